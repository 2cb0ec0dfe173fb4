/* Base64 (RFC 4648, section 4), canonical only: one text for each sequence of bytes. */
#ifndef GHWARD_BASE_BASE64_H
#define GHWARD_BASE_BASE64_H

#include <stddef.h>
#include <stdint.h>

/* Characters of an encoding, without NUL. */
#define BASE64_LENGTH(size) (((size) + 2) / 3 * 4)

/* Writes BASE64_LENGTH(size) characters and a NUL. */
void base64_encode(const uint8_t *bytes, size_t size, char *text) __attribute__((nonnull));

/* The alphabet for addresses and JWT (section 5), without padding: BASE64_URL_LENGTH(size)
 * characters and a NUL. `text` has room for BASE64_LENGTH(size) + 1. */
#define BASE64_URL_LENGTH(size) (((size)*4 + 2) / 3)
void base64_encode_url(const uint8_t *bytes, size_t size, char *text) __attribute__((nonnull));

/* Decodes a text of exactly `size` bytes: padded, without white space, unused bits zero. Returns 0,
 * or -1. Works in constant time for texts of the right length. `bytes` may be the text's own
 * memory. */
int base64_decode(const char *text, size_t length, uint8_t *bytes, size_t size)
	__attribute__((warn_unused_result, nonnull));

#endif
