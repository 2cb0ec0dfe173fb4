/* Percent-encoding of URLs (RFC 3986, section 2.1). */
#ifndef GHWARD_BASE_PERCENT_H
#define GHWARD_BASE_PERCENT_H

#include <stdbool.h>
#include <stddef.h>

/* A text that grows within a buffer of the caller, always NUL-terminated once something was put.
 * What does not fit is not put at all, nor anything after it. */
struct percent_text {
	char *text;
	size_t size, used;
	bool overflow;
};

/* As it is. */
void percent_put_plain(struct percent_text *, const char *text, size_t length)
	__attribute__((nonnull));

/* RFC 3986's "unreserved" stays, all else becomes %XX: a value can never add a segment or a
 * parameter. */
void percent_put(struct percent_text *, const char *value) __attribute__((nonnull));

/* The value of a hexadecimal digit; -1 for what is none. */
int percent_digit(char);

/* Decodes a value of a query string, where "+" is a space: into `value`, NUL-terminated, of at most
 * `size` bytes. Returns 0; or -1 when it does not fit, when a "%" has no two hexadecimal digits
 * behind it, or when a byte stands there that has to be encoded, or decodes to NUL. */
int percent_decode(const char *text, size_t length, char *value, size_t size)
	__attribute__((warn_unused_result, nonnull));

#endif
