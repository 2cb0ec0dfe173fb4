/* The few cryptographic operations that ghward needs, over the PSA API of mbedTLS. No algorithm can
 * be chosen: AES-256-GCM, HKDF and HMAC with SHA-256. */
#ifndef GHWARD_CRYPTO_CRYPTO_H
#define GHWARD_CRYPTO_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

#define CRYPTO_KEY_SIZE 32u
#define CRYPTO_NONCE_SIZE 12u
#define CRYPTO_TAG_SIZE 16u
#define CRYPTO_MAC_SIZE 32u

struct crypto_bytes {
	const void *bytes;
	size_t length;
};

/* All return 0; or -1 with errno: EBADMSG, when opening and verifying, for what is not authentic;
 * ENOMEM when the heap has no room; EIO. No plain text is in the output then. */

/* Once, before the sandbox. Keys are kept in memory of `calloc_in` and `free_in` when these are
 * given: see secret/heap.h. */
int crypto_start(void *(*calloc_in)(size_t, size_t), void (*free_in)(void *))
	__attribute__((warn_unused_result));

int crypto_random(void *bytes, size_t length) __attribute__((warn_unused_result, nonnull));

#define CRYPTO_HASH_SIZE 32u

int crypto_sha256(struct crypto_bytes, uint8_t hash[CRYPTO_HASH_SIZE])
	__attribute__((warn_unused_result, nonnull));

/* HKDF-SHA-256 (RFC 5869). */
int crypto_derive(const uint8_t key[CRYPTO_KEY_SIZE], struct crypto_bytes salt,
		  struct crypto_bytes info, uint8_t derived[CRYPTO_KEY_SIZE])
	__attribute__((warn_unused_result, nonnull));

/* AES-256-GCM. `sealed` has CRYPTO_TAG_SIZE bytes more than the plain text, and does not overlap
 * with it. A nonce must never be used twice with one key. */
int crypto_seal(const uint8_t key[CRYPTO_KEY_SIZE], const uint8_t nonce[CRYPTO_NONCE_SIZE],
		struct crypto_bytes additional, struct crypto_bytes plain, uint8_t *sealed)
	__attribute__((warn_unused_result, nonnull));
int crypto_open(const uint8_t key[CRYPTO_KEY_SIZE], const uint8_t nonce[CRYPTO_NONCE_SIZE],
		struct crypto_bytes additional, struct crypto_bytes sealed, uint8_t *plain)
	__attribute__((warn_unused_result, nonnull));

/* HMAC-SHA-256. */
int crypto_mac(const uint8_t key[CRYPTO_KEY_SIZE], struct crypto_bytes,
	       uint8_t mac[CRYPTO_MAC_SIZE]) __attribute__((warn_unused_result, nonnull));
int crypto_mac_verify(const uint8_t key[CRYPTO_KEY_SIZE], struct crypto_bytes,
		      const uint8_t mac[CRYPTO_MAC_SIZE])
	__attribute__((warn_unused_result, nonnull));

#endif
