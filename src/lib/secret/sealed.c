/* Tokens encrypted in ordinary memory. */
#include "lib/secret/sealed.h"

#include <errno.h>
#include <stdlib.h>

#define OVERHEAD (CRYPTO_NONCE_SIZE + CRYPTO_TAG_SIZE)

/* Nothing but a token and its length is bound: whose it is, the memory beside it says anyway. */
static const struct crypto_bytes nothing = {"", 0};

int sealed_key_new(uint8_t key[CRYPTO_KEY_SIZE])
{
	return crypto_random(key, CRYPTO_KEY_SIZE);
}

int sealed_make(const uint8_t key[CRYPTO_KEY_SIZE], struct crypto_bytes plain,
		struct sealed *sealed)
{
	*sealed = (struct sealed){0};
	if (__builtin_add_overflow(plain.length, OVERHEAD, &sealed->size)) {
		errno = ENOMEM;
		return -1;
	}
	sealed->bytes = malloc(sealed->size);
	if (sealed->bytes && crypto_random(sealed->bytes, CRYPTO_NONCE_SIZE) == 0 &&
	    crypto_seal(key, sealed->bytes, nothing, plain, sealed->bytes + CRYPTO_NONCE_SIZE) == 0)
		return 0;
	sealed_free(sealed);
	return -1;
}

size_t sealed_length(const struct sealed *sealed)
{
	return sealed->bytes ? sealed->size - OVERHEAD : 0;
}

int sealed_open(const uint8_t key[CRYPTO_KEY_SIZE], const struct sealed *sealed, uint8_t *plain,
		size_t *length)
{
	*length = 0;
	if (!sealed->bytes || crypto_open(key, sealed->bytes, nothing,
					  (struct crypto_bytes){sealed->bytes + CRYPTO_NONCE_SIZE,
								sealed->size - CRYPTO_NONCE_SIZE},
					  plain) < 0)
		return -1;
	*length = sealed_length(sealed);
	return 0;
}

void sealed_free(struct sealed *sealed)
{
	free(sealed->bytes);
	*sealed = (struct sealed){0};
}
