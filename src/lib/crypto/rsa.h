/* RSA signatures as GitHub wants them of an App (RS256): PKCS#1 v1.5 with SHA-256, over PSA.
 * Private keys are PKCS#1 DER in protected memory; what PSA makes of them lies on the heap given to
 * crypto_start(). */
#ifndef GHWARD_CRYPTO_RSA_H
#define GHWARD_CRYPTO_RSA_H

#include "lib/crypto/crypto.h"

#define CRYPTO_RSA_BITS_MIN 2048u
#define CRYPTO_RSA_BITS_MAX 4096u
#define CRYPTO_RSA_SIGNATURE_MAX (CRYPTO_RSA_BITS_MAX / 8)

/* Returns 0; or -1 with errno, which is ENOMEM when the heap has no room (docs/vault.md has the
 * figures), or else the key is damaged or of another size. Nothing is in `signature` then. */
int crypto_rsa_sign(struct crypto_bytes der, struct crypto_bytes data,
		    uint8_t signature[CRYPTO_RSA_SIGNATURE_MAX], size_t *length)
	__attribute__((warn_unused_result, nonnull));

/* Whether a key is whole: it can sign, and all its numbers go together. Returns as above. */
int crypto_rsa_check(struct crypto_bytes der) __attribute__((warn_unused_result));

#endif
