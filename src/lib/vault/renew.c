/* New keys: of a new vault, of a new term, and in place of the KEK. */
#include "lib/vault/parts.h"

#include <string.h>

enum vault_fault vault_begin_term(struct vault *vault, struct vault_keys *keys, uint64_t now)
{
	unsigned index = keys->term_count;

	if (index == VAULT_TERMS_MAX || (index && keys->terms[index - 1].number == UINT32_MAX))
		return VAULT_FULL;
	keys->terms[index].number = index ? keys->terms[index - 1].number + 1 : 1;
	keys->terms[index].created = now;
	if (crypto_random(keys->terms[index].root, CRYPTO_KEY_SIZE) < 0)
		return vault_outcome(-1, VAULT_CRYPTO);
	enum vault_fault fault = vault_term_make(vault, keys, index, &vault->terms[index]);
	if (fault != VAULT_FINE) {
		vault_part_free(&vault->terms[index]);
		return fault;
	}
	keys->term_count = vault->term_count = index + 1;
	return VAULT_FINE;
}

static void drop_older_terms(struct vault *vault, struct vault_keys *keys)
{
	unsigned last = keys->term_count - 1;

	for (unsigned i = 0; i < last; i++)
		vault_part_free(&vault->terms[i]);
	vault->terms[0] = vault->terms[last];
	vault->terms[last] = (struct vault_part){0};
	keys->terms[0] = keys->terms[last];
	explicit_bzero(&keys->terms[1], sizeof(keys->terms) - sizeof(keys->terms[0]));
	vault->term_count = keys->term_count = 1;
}

enum vault_fault vault_move_entries(struct vault *vault, struct vault_keys *keys, size_t count,
				    uint8_t *secret, size_t *left)
{
	uint32_t newest = keys->terms[keys->term_count - 1].number;

	*left = 0;
	for (size_t i = 0; i < vault->entry_count; i++) {
		if (vault_entry_term(&vault->entries[i]) == newest)
			continue;
		if (count == 0) {
			++*left;
			continue;
		}
		enum vault_fault fault =
			vault_entry_move(vault, keys, &vault->entries[i], NULL, secret);
		if (fault != VAULT_FINE)
			return fault;
		count--;
	}
	if (*left == 0 && keys->term_count > 1)
		drop_older_terms(vault, keys);
	return VAULT_FINE;
}

/* The KEK's parts: a stanza for each source, and the terms. */
struct lids {
	struct vault_part stanzas[VAULT_STANZAS_MAX], terms[VAULT_TERMS_MAX];
	unsigned stanza_count, term_count;
};

static void free_lids(struct lids *lids)
{
	for (unsigned i = 0; i < lids->stanza_count; i++)
		vault_part_free(&lids->stanzas[i]);
	for (unsigned i = 0; i < lids->term_count; i++)
		vault_part_free(&lids->terms[i]);
}

/* After a fault there are none. */
static enum vault_fault make_lids(const struct vault *vault, struct vault_keys *keys,
				  const struct vault_source *sources, size_t count,
				  struct lids *lids)
{
	enum vault_fault fault = VAULT_FINE;

	*lids = (struct lids){0};
	if (count == 0 || count > VAULT_STANZAS_MAX)
		return VAULT_BAD_SOURCE;
	for (; lids->stanza_count < count && fault == VAULT_FINE; lids->stanza_count++)
		fault = vault_stanza_make(vault, keys, &sources[lids->stanza_count],
					  &lids->stanzas[lids->stanza_count]);
	for (; lids->term_count < keys->term_count && fault == VAULT_FINE; lids->term_count++)
		fault = vault_term_make(vault, keys, lids->term_count,
					&lids->terms[lids->term_count]);
	if (fault != VAULT_FINE)
		free_lids(lids);
	return fault;
}

static void exchange_lids(struct vault *vault, const struct lids *lids)
{
	struct lids old = {.stanza_count = vault->stanza_count, .term_count = vault->term_count};

	memcpy(old.stanzas, vault->stanzas, sizeof(old.stanzas));
	memcpy(old.terms, vault->terms, sizeof(old.terms));
	free_lids(&old);
	memcpy(vault->stanzas, lids->stanzas, sizeof(vault->stanzas));
	memcpy(vault->terms, lids->terms, sizeof(vault->terms));
	vault->stanza_count = lids->stanza_count;
	vault->term_count = lids->term_count;
}

enum vault_fault vault_rekey(struct vault *vault, struct vault_keys *keys,
			     const struct vault_source *sources, size_t source_count,
			     struct vault_seal *between)
{
	struct lids lids;
	enum vault_fault fault = vault_seal_make(vault, keys, between);

	if (fault != VAULT_FINE)
		return fault;
	memcpy(keys->fresh, keys->kek, CRYPTO_KEY_SIZE);
	fault = vault_outcome(crypto_random(keys->kek, CRYPTO_KEY_SIZE), VAULT_CRYPTO);
	if (fault == VAULT_FINE)
		fault = vault_seal_extend(vault, keys, between);
	if (fault == VAULT_FINE)
		fault = make_lids(vault, keys, sources, source_count, &lids);
	if (fault == VAULT_FINE)
		exchange_lids(vault, &lids);
	else
		memcpy(keys->kek, keys->fresh, CRYPTO_KEY_SIZE);
	explicit_bzero(keys->fresh, sizeof(keys->fresh));
	return fault;
}

enum vault_fault vault_create(struct vault *vault, struct vault_keys *keys,
			      const struct vault_source *sources, size_t source_count, uint64_t now)
{
	struct lids lids;

	*vault = (struct vault){0};
	*keys = (struct vault_keys){0};
	if (crypto_random(vault->id, VAULT_ID_SIZE) < 0 ||
	    crypto_random(keys->kek, CRYPTO_KEY_SIZE) < 0)
		return vault_outcome(-1, VAULT_CRYPTO);
	enum vault_fault fault = make_lids(vault, keys, sources, source_count, &lids);
	if (fault != VAULT_FINE)
		return fault;
	exchange_lids(vault, &lids);
	return vault_begin_term(vault, keys, now);
}
