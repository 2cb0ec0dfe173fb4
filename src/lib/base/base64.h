/* Base64 (RFC 4648, section 4), canonical only: one text for each sequence of bytes. */
#ifndef GHWARD_BASE_BASE64_H
#define GHWARD_BASE_BASE64_H

#include <stddef.h>
#include <stdint.h>

/* Characters of an encoding, without NUL. */
#define BASE64_LENGTH(size) (((size) + 2) / 3 * 4)

/* Writes BASE64_LENGTH(size) characters and a NUL. */
void base64_encode(const uint8_t *bytes, size_t size, char *text) __attribute__((nonnull));

/* Decodes a text of exactly `size` bytes: padded, without white space, unused bits zero. Returns 0,
 * or -1. Works in constant time for texts of the right length. */
int base64_decode(const char *text, size_t length, uint8_t *bytes, size_t size)
	__attribute__((warn_unused_result, nonnull));

#endif
