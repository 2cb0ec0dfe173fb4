/* A token that is kept for a while, encrypted in ordinary memory: the arena has room for the key
 * only. The key ends with the process. */
#ifndef GHWARD_SECRET_SEALED_H
#define GHWARD_SECRET_SEALED_H

#include "lib/crypto/crypto.h"

struct sealed {
	uint8_t *bytes; /* nonce, then the cipher text; NULL for none */
	size_t size;
};

/* All return 0, or -1 with errno as crypto.h says; sealed_open() of none is not authentic. */

int sealed_key_new(uint8_t key[CRYPTO_KEY_SIZE]) __attribute__((warn_unused_result, nonnull));

/* *sealed is overwritten, not freed. Nonces are random: a key is good for 2^32 texts. */
int sealed_make(const uint8_t key[CRYPTO_KEY_SIZE], struct crypto_bytes plain, struct sealed *)
	__attribute__((warn_unused_result, nonnull));

/* Bytes of the plain text; 0 for none. */
size_t sealed_length(const struct sealed *) __attribute__((nonnull));

/* `plain` has room for sealed_length() bytes; it is to be wiped by the caller. */
int sealed_open(const uint8_t key[CRYPTO_KEY_SIZE], const struct sealed *, uint8_t *plain,
		size_t *length) __attribute__((warn_unused_result, nonnull));

/* Harmless on none. */
void sealed_free(struct sealed *) __attribute__((nonnull));

#endif
