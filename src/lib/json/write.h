/* A canonical JSON writer into a buffer of the caller: no spaces, keys in the order written, no
 * floats, no allocation. Running out of room is remembered and told by json_finish(). */
#ifndef GHWARD_JSON_WRITE_H
#define GHWARD_JSON_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_writer {
	char *text;
	size_t cap, used;
	bool overflow;
	bool comma; /* the next value or key needs one */
};

void json_writer_init(struct json_writer *, char *text, size_t cap) __attribute__((nonnull));

void json_object_begin(struct json_writer *) __attribute__((nonnull));
void json_object_end(struct json_writer *) __attribute__((nonnull));
void json_array_begin(struct json_writer *) __attribute__((nonnull));
void json_array_end(struct json_writer *) __attribute__((nonnull));
void json_key(struct json_writer *, const char *key) __attribute__((nonnull));
void json_key_n(struct json_writer *, const char *key, size_t length) __attribute__((nonnull));

/* Text of any bytes: what is not UTF-8, and U+0000, which the gate refuses, becomes U+FFFD;
 * controls, bidi characters and the like become \uXXXX, so that no reader's terminal acts on them.
 */
void json_string_n(struct json_writer *, const char *text, size_t length) __attribute__((nonnull));
void json_string(struct json_writer *, const char *text) __attribute__((nonnull));
void json_u64(struct json_writer *, uint64_t) __attribute__((nonnull));
void json_i64(struct json_writer *, int64_t) __attribute__((nonnull));
/* A number of thousandths: 1234 is 1.234. */
void json_milli(struct json_writer *, uint64_t) __attribute__((nonnull));
void json_bool(struct json_writer *, bool) __attribute__((nonnull));
void json_null(struct json_writer *) __attribute__((nonnull));

/* Returns 0 and the length, or -1 if it did not fit. The text is not NUL-terminated. */
int json_finish(const struct json_writer *, size_t *length)
	__attribute__((warn_unused_result, nonnull));

#endif
