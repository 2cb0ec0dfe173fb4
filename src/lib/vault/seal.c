/* The seal: how far the vault had come when it was last written. */
#include "lib/vault/parts.h"
#include "lib/vault/wire.h"

#include <string.h>

#define MAGIC "ghward seal 1\n\0"
#define MAGIC_SIZE 16u
#define FACTS_SIZE (MAGIC_SIZE + VAULT_ID_SIZE + 8)
_Static_assert(sizeof(MAGIC) == MAGIC_SIZE, "the magic has its size");
_Static_assert(FACTS_SIZE + 2 * CRYPTO_MAC_SIZE == VAULT_SEAL_MAX, "a seal has up to two MACs");

enum vault_fault vault_seal_extend(const struct vault *vault, struct vault_keys *keys,
				   struct vault_seal *seal)
{
	int status = vault_derive(vault, keys->kek, "seal", 0, keys->scratch);

	if (status == 0)
		status = crypto_mac(keys->scratch, (struct crypto_bytes){seal->bytes, seal->size},
				    seal->bytes + seal->size);
	explicit_bzero(keys->scratch, sizeof(keys->scratch));
	seal->size += CRYPTO_MAC_SIZE;
	return vault_outcome(status, VAULT_CRYPTO);
}

enum vault_fault vault_seal_make(const struct vault *vault, struct vault_keys *keys,
				 struct vault_seal *seal)
{
	struct wire_writer writer = {seal->bytes};

	wire_put_bytes(&writer, MAGIC, MAGIC_SIZE);
	wire_put_bytes(&writer, vault->id, VAULT_ID_SIZE);
	wire_put(&writer, vault->generation, 8);
	seal->size = FACTS_SIZE;
	return vault_seal_extend(vault, keys, seal);
}

/* Whether one of its MACs is by this KEK: the first covers the facts, the second the first as well.
 */
static enum vault_fault check_macs(const struct vault *vault, struct vault_keys *keys,
				   const uint8_t *seal, size_t size)
{
	enum vault_fault fault = VAULT_SEAL_DAMAGED;

	if (vault_derive(vault, keys->kek, "seal", 0, keys->scratch) < 0)
		return vault_outcome(-1, VAULT_CRYPTO);
	for (size_t at = FACTS_SIZE; at < size && fault == VAULT_SEAL_DAMAGED;
	     at += CRYPTO_MAC_SIZE)
		fault = vault_outcome(crypto_mac_verify(keys->scratch,
							(struct crypto_bytes){seal, at}, seal + at),
				      VAULT_SEAL_DAMAGED);
	explicit_bzero(keys->scratch, sizeof(keys->scratch));
	return fault;
}

enum vault_fault vault_seal_check(const struct vault *vault, struct vault_keys *keys,
				  struct crypto_bytes seal)
{
	const uint8_t *bytes = seal.bytes;
	struct wire_reader reader = {bytes, bytes + seal.length, false};

	if (seal.length == 0)
		return VAULT_SEAL_MISSING;
	if ((seal.length != VAULT_SEAL_MAX && seal.length != VAULT_SEAL_MAX - CRYPTO_MAC_SIZE) ||
	    memcmp(wire_get_bytes(&reader, MAGIC_SIZE), MAGIC, MAGIC_SIZE) != 0)
		return VAULT_SEAL_DAMAGED;
	if (memcmp(wire_get_bytes(&reader, VAULT_ID_SIZE), vault->id, VAULT_ID_SIZE) != 0)
		return VAULT_SEAL_FOREIGN;
	enum vault_fault fault = check_macs(vault, keys, bytes, seal.length);
	if (fault != VAULT_FINE)
		return fault;
	return wire_get(&reader, 8) > vault->generation ? VAULT_ROLLED_BACK : VAULT_FINE;
}
