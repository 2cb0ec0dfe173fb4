/* The keyring: terms, each with the root of all users' keys. */
#include "lib/vault/parts.h"
#include "lib/vault/wire.h"

#include <string.h>

/* u32 number, u64 created, wrapped root. */
#define HEAD_SIZE 12u
#define BOUND_SIZE (VAULT_MAGIC_SIZE + VAULT_ID_SIZE + HEAD_SIZE)

static void bind(const struct vault *vault, const uint8_t *head, uint8_t bound[BOUND_SIZE])
{
	struct wire_writer writer = {bound};

	wire_put_bytes(&writer, VAULT_MAGIC, VAULT_MAGIC_SIZE);
	wire_put_bytes(&writer, vault->id, VAULT_ID_SIZE);
	wire_put_bytes(&writer, head, HEAD_SIZE);
}

enum vault_fault vault_term_make(const struct vault *vault, struct vault_keys *keys, unsigned index,
				 struct vault_part *part)
{
	uint8_t bound[BOUND_SIZE];

	if (!vault_part_new(part, HEAD_SIZE + VAULT_WRAPPED_SIZE))
		return VAULT_NO_MEMORY;
	struct wire_writer writer = {part->owned};
	wire_put(&writer, keys->terms[index].number, 4);
	wire_put(&writer, keys->terms[index].created, 8);
	bind(vault, part->bytes, bound);
	int status = vault_derive(vault, keys->kek, "keyring", 0, keys->scratch);
	if (status == 0)
		status = vault_wrap(keys->scratch, (struct crypto_bytes){bound, sizeof(bound)},
				    keys->terms[index].root, writer.at);
	explicit_bzero(keys->scratch, sizeof(keys->scratch));
	return vault_outcome(status, VAULT_CRYPTO);
}

static enum vault_fault open_term(const struct vault *vault, const struct vault_part *part,
				  struct vault_keys *keys)
{
	struct wire_reader reader = {part->bytes, part->bytes + part->length, false};
	uint8_t bound[BOUND_SIZE];
	unsigned index = keys->term_count;

	if (part->length != HEAD_SIZE + VAULT_WRAPPED_SIZE)
		return VAULT_MALFORMED;
	keys->terms[index].number = (uint32_t)wire_get(&reader, 4);
	keys->terms[index].created = wire_get(&reader, 8);
	bind(vault, part->bytes, bound);
	if (index && keys->terms[index].number <= keys->terms[index - 1].number)
		return VAULT_MALFORMED;
	if (vault_unwrap(keys->scratch, (struct crypto_bytes){bound, sizeof(bound)}, reader.at,
			 keys->terms[index].root) < 0)
		return vault_outcome(-1, VAULT_CHANGED);
	keys->term_count++;
	return VAULT_FINE;
}

enum vault_fault vault_terms_open(const struct vault *vault, struct vault_keys *keys)
{
	enum vault_fault fault = VAULT_FINE;

	keys->term_count = 0;
	if (vault_derive(vault, keys->kek, "keyring", 0, keys->scratch) < 0)
		return vault_outcome(-1, VAULT_CRYPTO);
	for (unsigned i = 0; i < vault->term_count && fault == VAULT_FINE; i++)
		fault = open_term(vault, &vault->terms[i], keys);
	explicit_bzero(keys->scratch, sizeof(keys->scratch));
	return fault;
}
