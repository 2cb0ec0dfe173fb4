/* Stanzas: the KEK, once for each source that opens the vault. */
#include "lib/vault/parts.h"
#include "lib/vault/wire.h"

#include <argon2.h>
#include <string.h>

#define SALT_SIZE 16u

/* OWASP's floor; the ceiling keeps a forged file from eating the machine. */
#define ARGON_MEMORY_KIB (19u * 1024)
#define ARGON_PASSES 2u
#define ARGON_MEMORY_CEILING_KIB (64u * 1024)
#define ARGON_PASSES_CEILING 4u

struct stanza {
	enum vault_source_kind kind;
	char label[VAULT_LABEL_MAX + 1];
	uint8_t salt[SALT_SIZE];
	uint32_t memory_kib, passes; /* of Argon2id; 0 for a key */
};

static size_t head_size(const struct stanza *stanza)
{
	return 1 + wire_text_size(stanza->label) + SALT_SIZE + 4 + 4;
}

static void put_head(struct wire_writer *writer, const struct stanza *stanza)
{
	wire_put(writer, stanza->kind, 1);
	wire_put_text(writer, stanza->label);
	wire_put_bytes(writer, stanza->salt, SALT_SIZE);
	wire_put(writer, stanza->memory_kib, 4);
	wire_put(writer, stanza->passes, 4);
}

static bool get_head(struct wire_reader *reader, struct stanza *stanza)
{
	stanza->kind = (enum vault_source_kind)wire_get(reader, 1);
	wire_get_text(reader, stanza->label, sizeof(stanza->label));
	memcpy(stanza->salt, wire_get_bytes(reader, SALT_SIZE), SALT_SIZE);
	stanza->memory_kib = (uint32_t)wire_get(reader, 4);
	stanza->passes = (uint32_t)wire_get(reader, 4);
	if (stanza->kind == VAULT_SOURCE_KEY)
		return !reader->poisoned && stanza->memory_kib == 0 && stanza->passes == 0;
	return !reader->poisoned && stanza->kind == VAULT_SOURCE_PASSPHRASE &&
	       stanza->memory_kib >= ARGON_MEMORY_KIB &&
	       stanza->memory_kib <= ARGON_MEMORY_CEILING_KIB && stanza->passes >= ARGON_PASSES &&
	       stanza->passes <= ARGON_PASSES_CEILING;
}

static bool is_sound(const struct vault_source *source)
{
	size_t length = source->secret.length;

	return source->kind == VAULT_SOURCE_KEY ? length == CRYPTO_KEY_SIZE
						: length > 0 && length <= VAULT_PASSPHRASE_MAX;
}

/* The key of the stanza itself, in protected memory. */
static enum vault_fault source_key(const struct vault *vault, const struct stanza *stanza,
				   const struct vault_source *source, uint8_t key[CRYPTO_KEY_SIZE])
{
	const struct crypto_bytes *secret = &source->secret;

	if (!is_sound(source))
		return VAULT_BAD_SOURCE;
	if (source->kind == VAULT_SOURCE_KEY)
		memcpy(key, secret->bytes, CRYPTO_KEY_SIZE);
	/* With lengths and costs as they are here, it can fail for nothing else. */
	else if (argon2id_hash_raw(stanza->passes, stanza->memory_kib, 1, secret->bytes,
				   secret->length, stanza->salt, SALT_SIZE, key,
				   CRYPTO_KEY_SIZE) != ARGON2_OK)
		return VAULT_NO_MEMORY;
	return vault_outcome(vault_derive(vault, key, "stanza", (uint32_t)stanza->kind, key),
			     VAULT_CRYPTO);
}

/* Binds a stanza to the vault and to what its head says. */
static size_t additional(const struct vault *vault, const uint8_t *head, size_t size,
			 uint8_t text[VAULT_MAGIC_SIZE + VAULT_ID_SIZE + 128])
{
	struct wire_writer writer = {text};

	wire_put_bytes(&writer, VAULT_MAGIC, VAULT_MAGIC_SIZE);
	wire_put_bytes(&writer, vault->id, VAULT_ID_SIZE);
	wire_put_bytes(&writer, head, size);
	return (size_t)(writer.at - text);
}

enum vault_fault vault_stanza_make(const struct vault *vault, struct vault_keys *keys,
				   const struct vault_source *source, struct vault_part *part)
{
	uint8_t bound[VAULT_MAGIC_SIZE + VAULT_ID_SIZE + 128];
	struct stanza stanza = {.kind = source->kind};

	if (!is_sound(source))
		return VAULT_BAD_SOURCE;
	strncpy(stanza.label, source->label, VAULT_LABEL_MAX);
	if (source->kind == VAULT_SOURCE_PASSPHRASE) {
		stanza.memory_kib = ARGON_MEMORY_KIB;
		stanza.passes = ARGON_PASSES;
	}
	if (crypto_random(stanza.salt, SALT_SIZE) < 0)
		return vault_outcome(-1, VAULT_CRYPTO);
	size_t size = head_size(&stanza);
	if (!vault_part_new(part, size + VAULT_WRAPPED_SIZE))
		return VAULT_NO_MEMORY;
	put_head(&(struct wire_writer){part->owned}, &stanza);
	size_t length = additional(vault, part->bytes, size, bound);
	enum vault_fault fault = source_key(vault, &stanza, source, keys->scratch);
	if (fault == VAULT_FINE)
		fault = vault_outcome(vault_wrap(keys->scratch,
						 (struct crypto_bytes){bound, length}, keys->kek,
						 part->owned + size),
				      VAULT_CRYPTO);
	explicit_bzero(keys->scratch, sizeof(keys->scratch));
	return fault;
}

enum vault_fault vault_stanza_open(const struct vault *vault, const struct vault_part *part,
				   const struct vault_source *source, struct vault_keys *keys)
{
	struct wire_reader reader = {part->bytes, part->bytes + part->length, false};
	uint8_t bound[VAULT_MAGIC_SIZE + VAULT_ID_SIZE + 128];
	struct stanza stanza;

	bool sound = get_head(&reader, &stanza);
	size_t size = (size_t)(reader.at - part->bytes);
	const uint8_t *wrapped = wire_get_bytes(&reader, VAULT_WRAPPED_SIZE);
	if (!sound || reader.poisoned || reader.at != reader.end)
		return VAULT_MALFORMED;
	if (stanza.kind != source->kind)
		return VAULT_WRONG_KEY;
	size_t length = additional(vault, part->bytes, size, bound);
	enum vault_fault fault = source_key(vault, &stanza, source, keys->scratch);
	if (fault == VAULT_FINE)
		fault = vault_outcome(vault_unwrap(keys->scratch,
						   (struct crypto_bytes){bound, length}, wrapped,
						   keys->kek),
				      VAULT_WRONG_KEY);
	explicit_bzero(keys->scratch, sizeof(keys->scratch));
	return fault;
}

void vault_label(const struct vault *vault, unsigned index, char label[VAULT_LABEL_MAX + 1])
{
	const struct vault_part *part = &vault->stanzas[index];
	struct wire_reader reader = {part->bytes, part->bytes + part->length, false};
	struct stanza stanza;

	get_head(&reader, &stanza);
	memcpy(label, stanza.label, sizeof(stanza.label));
}
