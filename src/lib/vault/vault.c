/* The vault as a whole. */
#include "lib/vault/vault.h"

#include "lib/vault/parts.h"
#include "lib/vault/wire.h"

#include <stdlib.h>
#include <string.h>

const char *vault_fault_text(enum vault_fault fault)
{
	static const char *const texts[VAULT_FAULTS] = {
		[VAULT_FINE] = "it is fine",
		[VAULT_NOT_A_VAULT] = "it is not a vault",
		[VAULT_TRUNCATED] = "it ends too early",
		[VAULT_MALFORMED] = "its structure is damaged",
		[VAULT_WRONG_KEY] = "the key does not open it",
		[VAULT_CHANGED] = "it was changed by something other than ghward",
		[VAULT_NO_ENTRY] = "it has no entry of that name",
		[VAULT_EXISTS] = "it has an entry of that name already",
		[VAULT_FULL] = "it has no room for more",
		[VAULT_NO_MEMORY] = "there is not enough memory for it",
		[VAULT_CRYPTO] = "the cryptographic library failed",
		[VAULT_BAD_SOURCE] = "a key has 32 bytes, a passphrase 1 to 1,024; 1 to 8 of them",
		[VAULT_BAD_ENTRY] = "an entry needs a name and a secret of 1 to 8,192 bytes",
		[VAULT_ROLLED_BACK] = "it is older than its seal: it is an earlier copy",
		[VAULT_SEAL_MISSING] = "its seal is missing, so that it may be an earlier copy",
		[VAULT_SEAL_FOREIGN] = "its seal is another vault's",
		[VAULT_SEAL_DAMAGED] = "its seal is damaged",
	};

	return fault < VAULT_FAULTS ? texts[fault] : "unknown";
}

void vault_free(struct vault *vault)
{
	for (unsigned i = 0; i < vault->stanza_count; i++)
		vault_part_free(&vault->stanzas[i]);
	for (unsigned i = 0; i < vault->term_count; i++)
		vault_part_free(&vault->terms[i]);
	for (size_t i = 0; i < vault->entry_count; i++)
		vault_part_free(&vault->entries[i]);
	free(vault->entries);
	free(vault->file);
	*vault = (struct vault){0};
}

/* --- reading --- */

static bool get_part(struct wire_reader *reader, struct vault_part *part)
{
	part->owned = NULL;
	part->length = (size_t)wire_get(reader, 4);
	part->bytes = wire_get_bytes(reader, part->length);
	return !reader->poisoned;
}

static enum vault_fault get_parts(struct wire_reader *reader, struct vault *vault)
{
	for (unsigned i = 0; i < vault->stanza_count; i++) {
		if (!get_part(reader, &vault->stanzas[i]))
			return VAULT_TRUNCATED;
	}
	for (unsigned i = 0; i < vault->term_count; i++) {
		if (!get_part(reader, &vault->terms[i]))
			return VAULT_TRUNCATED;
	}
	for (size_t i = 0; i < vault->entry_count; i++) {
		if (!get_part(reader, &vault->entries[i]))
			return VAULT_TRUNCATED;
		if (!vault_entry_is_sound(&vault->entries[i]) ||
		    (i && !vault_entries_ascend(&vault->entries[i - 1])))
			return VAULT_MALFORMED;
	}
	return VAULT_FINE;
}

static enum vault_fault get_counts(struct wire_reader *reader, struct vault *vault)
{
	vault->stanza_count = (unsigned)wire_get(reader, 2);
	vault->term_count = (unsigned)wire_get(reader, 2);
	vault->entry_count = (size_t)wire_get(reader, 4);
	if (vault->stanza_count == 0 || vault->stanza_count > VAULT_STANZAS_MAX ||
	    vault->term_count == 0 || vault->term_count > VAULT_TERMS_MAX ||
	    vault->entry_count > VAULT_ENTRIES_MAX)
		return VAULT_MALFORMED;
	/* Nothing is allocated for entries that cannot be there: each has its length at least. */
	if (vault->entry_count > (size_t)(reader->end - reader->at) / 4)
		return VAULT_TRUNCATED;
	vault->entry_capacity = vault->entry_count + 1;
	vault->entries = calloc(vault->entry_capacity, sizeof(*vault->entries));
	return vault->entries ? VAULT_FINE : VAULT_NO_MEMORY;
}

enum vault_fault vault_load(struct vault *vault, uint8_t *file, size_t size)
{
	struct wire_reader reader = {file, file + size, false};

	*vault = (struct vault){.file = file, .file_size = size};
	if (memcmp(file, VAULT_MAGIC, size < VAULT_MAGIC_SIZE ? size : VAULT_MAGIC_SIZE) != 0)
		return VAULT_NOT_A_VAULT;
	if (size < VAULT_HEADER_SIZE + CRYPTO_MAC_SIZE)
		return VAULT_TRUNCATED;
	wire_get_bytes(&reader, VAULT_MAGIC_SIZE);
	memcpy(vault->id, wire_get_bytes(&reader, VAULT_ID_SIZE), VAULT_ID_SIZE);
	vault->generation = wire_get(&reader, 8);
	enum vault_fault fault = get_counts(&reader, vault);
	if (fault == VAULT_FINE)
		fault = get_parts(&reader, vault);
	if (fault != VAULT_FINE) {
		/* Parts that were not read must not be looked at. */
		vault->stanza_count = vault->term_count = 0;
		vault->entry_count = 0;
		return fault;
	}
	size_t left = (size_t)(reader.end - reader.at);
	if (left < CRYPTO_MAC_SIZE)
		return VAULT_TRUNCATED;
	return left == CRYPTO_MAC_SIZE ? VAULT_FINE : VAULT_MALFORMED;
}

static enum vault_fault check_mac(const struct vault *vault, struct vault_keys *keys)
{
	size_t size = vault->file_size - CRYPTO_MAC_SIZE;

	if (vault_derive(vault, keys->kek, "mac", 0, keys->scratch) < 0)
		return vault_outcome(-1, VAULT_CRYPTO);
	int status = crypto_mac_verify(keys->scratch, (struct crypto_bytes){vault->file, size},
				       vault->file + size);
	explicit_bzero(keys->scratch, sizeof(keys->scratch));
	return vault_outcome(status, VAULT_CHANGED);
}

/* Tries one after the other. If none opens, a fault of one counts more than that none fits. */
static enum vault_fault open_stanza(const struct vault *vault, struct vault_keys *keys,
				    const struct vault_source *source)
{
	enum vault_fault worst = VAULT_WRONG_KEY;

	for (unsigned i = 0; i < vault->stanza_count; i++) {
		enum vault_fault fault = vault_stanza_open(vault, &vault->stanzas[i], source, keys);
		if (fault == VAULT_FINE)
			return fault;
		if (fault != VAULT_WRONG_KEY)
			worst = fault;
	}
	return worst;
}

enum vault_fault vault_unlock(const struct vault *vault, struct vault_keys *keys,
			      const struct vault_source *source)
{
	enum vault_fault fault;

	/* Nothing of an earlier opening stays, as of terms that have gone since. */
	explicit_bzero(keys, sizeof(*keys));
	/* Only what was read has a MAC. */
	if (!vault->file)
		return VAULT_MALFORMED;
	fault = open_stanza(vault, keys, source);
	if (fault == VAULT_FINE)
		fault = check_mac(vault, keys);
	if (fault == VAULT_FINE)
		fault = vault_terms_open(vault, keys);
	if (fault != VAULT_FINE)
		explicit_bzero(keys, sizeof(*keys));
	return fault;
}

/* --- writing --- */

static size_t parts_size(const struct vault_part *parts, size_t count)
{
	size_t size = 0;

	for (size_t i = 0; i < count; i++)
		size += 4 + parts[i].length;
	return size;
}

static void put_parts(struct wire_writer *writer, const struct vault_part *parts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		wire_put(writer, parts[i].length, 4);
		wire_put_bytes(writer, parts[i].bytes, parts[i].length);
	}
}

enum vault_fault vault_serialize(struct vault *vault, struct vault_keys *keys, uint8_t **file,
				 size_t *size)
{
	size_t length = VAULT_HEADER_SIZE + parts_size(vault->stanzas, vault->stanza_count) +
			parts_size(vault->terms, vault->term_count) +
			parts_size(vault->entries, vault->entry_count);

	if (length + CRYPTO_MAC_SIZE > VAULT_FILE_MAX || vault->generation == UINT64_MAX)
		return VAULT_FULL;
	*file = malloc(length + CRYPTO_MAC_SIZE);
	*size = length + CRYPTO_MAC_SIZE;
	if (!*file)
		return VAULT_NO_MEMORY;
	struct wire_writer writer = {*file};
	wire_put_bytes(&writer, VAULT_MAGIC, VAULT_MAGIC_SIZE);
	wire_put_bytes(&writer, vault->id, VAULT_ID_SIZE);
	wire_put(&writer, ++vault->generation, 8);
	wire_put(&writer, vault->stanza_count, 2);
	wire_put(&writer, vault->term_count, 2);
	wire_put(&writer, vault->entry_count, 4);
	put_parts(&writer, vault->stanzas, vault->stanza_count);
	put_parts(&writer, vault->terms, vault->term_count);
	put_parts(&writer, vault->entries, vault->entry_count);
	int status = vault_derive(vault, keys->kek, "mac", 0, keys->scratch);
	if (status == 0)
		status = crypto_mac(keys->scratch, (struct crypto_bytes){*file, length}, writer.at);
	explicit_bzero(keys->scratch, sizeof(keys->scratch));
	if (status < 0) {
		free(*file);
		*file = NULL;
	}
	return vault_outcome(status, VAULT_CRYPTO);
}
