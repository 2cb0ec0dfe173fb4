/* Parts of the file, and keys that are kept in them. */
#include "lib/vault/parts.h"

#include "lib/vault/wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void vault_part_free(struct vault_part *part)
{
	free(part->owned);
	*part = (struct vault_part){0};
}

bool vault_part_new(struct vault_part *part, size_t length)
{
	uint8_t *bytes = calloc(1, length);

	*part = (struct vault_part){.bytes = bytes, .length = length, .owned = bytes};
	return bytes != NULL;
}

enum vault_fault vault_outcome(int status, enum vault_fault not_authentic)
{
	if (status == 0)
		return VAULT_FINE;
	return errno == EBADMSG ? not_authentic : errno == ENOMEM ? VAULT_NO_MEMORY : VAULT_CRYPTO;
}

int vault_derive(const struct vault *vault, const uint8_t key[CRYPTO_KEY_SIZE], const char *purpose,
		 uint32_t number, uint8_t derived[CRYPTO_KEY_SIZE])
{
	uint8_t info[32];
	struct wire_writer writer = {info};

	/* With its NUL, so that no purpose begins as another one does. */
	wire_put_bytes(&writer, purpose, strlen(purpose) + 1);
	wire_put(&writer, number, 4);
	return crypto_derive(key, (struct crypto_bytes){vault->id, VAULT_ID_SIZE},
			     (struct crypto_bytes){info, (size_t)(writer.at - info)}, derived);
}

int vault_wrap(const uint8_t wrapping[CRYPTO_KEY_SIZE], struct crypto_bytes additional,
	       const uint8_t key[CRYPTO_KEY_SIZE], uint8_t wrapped[VAULT_WRAPPED_SIZE])
{
	if (crypto_random(wrapped, CRYPTO_NONCE_SIZE) < 0)
		return -1;
	return crypto_seal(wrapping, wrapped, additional,
			   (struct crypto_bytes){key, CRYPTO_KEY_SIZE},
			   wrapped + CRYPTO_NONCE_SIZE);
}

int vault_unwrap(const uint8_t wrapping[CRYPTO_KEY_SIZE], struct crypto_bytes additional,
		 const uint8_t wrapped[VAULT_WRAPPED_SIZE], uint8_t key[CRYPTO_KEY_SIZE])
{
	return crypto_open(wrapping, wrapped, additional,
			   (struct crypto_bytes){wrapped + CRYPTO_NONCE_SIZE,
						 VAULT_WRAPPED_SIZE - CRYPTO_NONCE_SIZE},
			   key);
}
