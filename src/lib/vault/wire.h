/* Fields of the vault's file: little-endian numbers, bytes, strings with their length in front. */
#ifndef GHWARD_VAULT_WIRE_H
#define GHWARD_VAULT_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Poisoned by any read past the end: from then on everything is zero or empty. */
struct wire_reader {
	const uint8_t *at, *end;
	bool poisoned;
};

const uint8_t *wire_get_bytes(struct wire_reader *, size_t length) __attribute__((nonnull));
uint64_t wire_get(struct wire_reader *, unsigned bytes) __attribute__((nonnull));
/* A string of at most size - 1 bytes without NUL; a longer one poisons. */
void wire_get_text(struct wire_reader *, char *text, size_t size) __attribute__((nonnull));

/* Into memory that the caller has made large enough. */
struct wire_writer {
	uint8_t *at;
};

void wire_put_bytes(struct wire_writer *, const void *bytes, size_t length)
	__attribute__((nonnull));
void wire_put(struct wire_writer *, uint64_t value, unsigned bytes) __attribute__((nonnull));
void wire_put_text(struct wire_writer *, const char *text) __attribute__((nonnull));
/* What wire_put_text() takes. */
size_t wire_text_size(const char *text) __attribute__((nonnull));

#endif
