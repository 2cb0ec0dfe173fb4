/* Entries: what is said about a secret, and the secret, under a data key of their own. */
#include "lib/vault/parts.h"
#include "lib/vault/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENTRY_ID_SIZE 16u

/* An entry taken apart; pointers into the part. */
struct entry {
	uint32_t uid, version, term;
	uint8_t id[ENTRY_ID_SIZE];
	char provider[VAULT_PROVIDER_MAX + 1], name[VAULT_NAME_MAX + 1];
	char origin[VAULT_ORIGIN_MAX + 1];
	size_t public_size; /* of all the above in the file */
	const uint8_t *data_key;
	struct sealed_text {
		const uint8_t *nonce;
		struct crypto_bytes text;
	} details, secret;
};

#define DETAILS_MAX                                                                                \
	(1 + 4 * 8 + 2 + VAULT_OWNER_MAX + 2 + VAULT_ACCOUNT_MAX + 2 + VAULT_SCOPES_MAX + 2 + 16)

static void get_sealed(struct wire_reader *reader, struct sealed_text *sealed)
{
	sealed->nonce = wire_get_bytes(reader, CRYPTO_NONCE_SIZE);
	sealed->text.length = (size_t)wire_get(reader, 2);
	sealed->text.bytes = wire_get_bytes(reader, sealed->text.length);
	if (sealed->text.length < CRYPTO_TAG_SIZE)
		reader->poisoned = true;
}

static bool get_entry(const struct vault_part *part, struct entry *entry)
{
	struct wire_reader reader = {part->bytes, part->bytes + part->length, false};

	entry->uid = (uint32_t)wire_get(&reader, 4);
	memcpy(entry->id, wire_get_bytes(&reader, ENTRY_ID_SIZE), ENTRY_ID_SIZE);
	entry->version = (uint32_t)wire_get(&reader, 4);
	entry->term = (uint32_t)wire_get(&reader, 4);
	wire_get_text(&reader, entry->provider, sizeof(entry->provider));
	wire_get_text(&reader, entry->name, sizeof(entry->name));
	wire_get_text(&reader, entry->origin, sizeof(entry->origin));
	entry->public_size = (size_t)(reader.at - part->bytes);
	entry->data_key = wire_get_bytes(&reader, VAULT_WRAPPED_SIZE);
	get_sealed(&reader, &entry->details);
	get_sealed(&reader, &entry->secret);
	return !reader.poisoned && reader.at == reader.end &&
	       entry->details.text.length <= DETAILS_MAX + CRYPTO_TAG_SIZE &&
	       entry->secret.text.length <= VAULT_SECRET_MAX + CRYPTO_TAG_SIZE;
}

bool vault_entry_is_sound(const struct vault_part *part)
{
	struct entry entry;

	return get_entry(part, &entry);
}

/* The two that are called often copy nothing and rely on vault_entry_is_sound(). */

uint32_t vault_entry_term(const struct vault_part *part)
{
	struct wire_reader reader = {part->bytes, part->bytes + part->length, false};

	wire_get_bytes(&reader, 4 + ENTRY_ID_SIZE + 4);
	return (uint32_t)wire_get(&reader, 4);
}

void vault_entry_place(const struct vault_part *part, struct vault_place *place)
{
	struct wire_reader reader = {part->bytes, part->bytes + part->length, false};

	place->uid = (uint32_t)wire_get(&reader, 4);
	wire_get_bytes(&reader, ENTRY_ID_SIZE + 4 + 4);
	wire_get_bytes(&reader, (size_t)wire_get(&reader, 2));
	place->length = (size_t)wire_get(&reader, 2);
	place->name = (const char *)wire_get_bytes(&reader, place->length);
}

/* --- what binds a cipher text to its place: which vault, whose entry, which of its three --- */

enum role_of_text { TEXT_DATA_KEY = 'k', TEXT_DETAILS = 'd', TEXT_SECRET = 's' };

#define PUBLIC_MAX                                                                                 \
	(4 + ENTRY_ID_SIZE + 4 + 4 + 6 + VAULT_PROVIDER_MAX + VAULT_NAME_MAX + VAULT_ORIGIN_MAX)
#define BOUND_MAX (VAULT_MAGIC_SIZE + VAULT_ID_SIZE + PUBLIC_MAX + 1)

static struct crypto_bytes bind(const struct vault *vault, const uint8_t *entry, size_t public_size,
				enum role_of_text text, uint8_t bound[BOUND_MAX])
{
	struct wire_writer writer = {bound};

	wire_put_bytes(&writer, VAULT_MAGIC, VAULT_MAGIC_SIZE);
	wire_put_bytes(&writer, vault->id, VAULT_ID_SIZE);
	wire_put_bytes(&writer, entry, public_size);
	wire_put(&writer, (uint64_t)text, 1);
	return (struct crypto_bytes){bound, (size_t)(writer.at - bound)};
}

/* A key of the entry's user under its term, into the scratch memory. */
static enum vault_fault user_key(const struct vault *vault, struct vault_keys *keys,
				 const struct entry *entry, const char *purpose)
{
	for (unsigned i = 0; i < keys->term_count; i++) {
		if (keys->terms[i].number != entry->term)
			continue;
		return vault_outcome(vault_derive(vault, keys->terms[i].root, purpose, entry->uid,
						  keys->scratch),
				     VAULT_CRYPTO);
	}
	return VAULT_CHANGED;
}

static void forget(struct vault_keys *keys)
{
	explicit_bzero(keys->scratch, sizeof(keys->scratch));
}

/* --- opening --- */

/* The entry's data key, into the scratch memory. */
static enum vault_fault open_data_key(const struct vault *vault, struct vault_keys *keys,
				      const struct vault_part *part, struct entry *entry)
{
	uint8_t bound[BOUND_MAX];

	if (!get_entry(part, entry))
		return VAULT_MALFORMED;
	enum vault_fault fault = user_key(vault, keys, entry, "user");
	if (fault != VAULT_FINE)
		return fault;
	return vault_outcome(
		vault_unwrap(keys->scratch,
			     bind(vault, part->bytes, entry->public_size, TEXT_DATA_KEY, bound),
			     entry->data_key, keys->scratch),
		VAULT_CHANGED);
}

static enum vault_fault open_text(const struct vault *vault, const struct vault_keys *keys,
				  const struct vault_part *part, const struct entry *entry,
				  enum role_of_text text, uint8_t *plain)
{
	const struct sealed_text *sealed = text == TEXT_DETAILS ? &entry->details : &entry->secret;
	uint8_t bound[BOUND_MAX];

	return vault_outcome(crypto_open(keys->scratch, sealed->nonce,
					 bind(vault, part->bytes, entry->public_size, text, bound),
					 sealed->text, plain),
			     VAULT_CHANGED);
}

static enum vault_fault get_details(const uint8_t *bytes, size_t length,
				    struct vault_details *details)
{
	struct wire_reader reader = {bytes, bytes + length, false};

	details->kind = (uint8_t)wire_get(&reader, 1);
	details->created = wire_get(&reader, 8);
	details->expires = wire_get(&reader, 8);
	details->refresh_expires = wire_get(&reader, 8);
	details->last_used = wire_get(&reader, 8);
	wire_get_text(&reader, details->owner, sizeof(details->owner));
	wire_get_text(&reader, details->account, sizeof(details->account));
	wire_get_text(&reader, details->scopes, sizeof(details->scopes));
	wire_get_text(&reader, details->fingerprint, sizeof(details->fingerprint));
	return reader.poisoned || reader.at != reader.end ? VAULT_MALFORMED : VAULT_FINE;
}

/* What the entry says but for its public part, with the data key in the scratch memory. */
static enum vault_fault open_details(const struct vault *vault, const struct vault_keys *keys,
				     const struct vault_part *part, const struct entry *entry,
				     struct vault_details *details)
{
	uint8_t plain[DETAILS_MAX];
	enum vault_fault fault = open_text(vault, keys, part, entry, TEXT_DETAILS, plain);

	return fault == VAULT_FINE
		       ? get_details(plain, entry->details.text.length - CRYPTO_TAG_SIZE, details)
		       : fault;
}

enum vault_fault vault_describe(const struct vault *vault, struct vault_keys *keys, size_t at,
				struct vault_details *details)
{
	const struct vault_part *part = &vault->entries[at];
	struct entry entry;
	enum vault_fault fault = open_data_key(vault, keys, part, &entry);

	*details = (struct vault_details){0};
	if (fault == VAULT_FINE)
		fault = open_details(vault, keys, part, &entry, details);
	forget(keys);
	memcpy(details->name, entry.name, sizeof(entry.name));
	memcpy(details->provider, entry.provider, sizeof(entry.provider));
	memcpy(details->origin, entry.origin, sizeof(entry.origin));
	return fault;
}

enum vault_fault vault_reveal(const struct vault *vault, struct vault_keys *keys, size_t at,
			      uint8_t *secret, size_t *length)
{
	const struct vault_part *part = &vault->entries[at];
	struct entry entry;
	enum vault_fault fault = open_data_key(vault, keys, part, &entry);

	if (fault == VAULT_FINE)
		fault = open_text(vault, keys, part, &entry, TEXT_SECRET, secret);
	forget(keys);
	*length = fault == VAULT_FINE ? entry.secret.text.length - CRYPTO_TAG_SIZE : 0;
	return fault;
}

/* --- making --- */

static size_t put_details(uint8_t plain[DETAILS_MAX], const struct vault_details *details)
{
	struct wire_writer writer = {plain};

	wire_put(&writer, details->kind, 1);
	wire_put(&writer, details->created, 8);
	wire_put(&writer, details->expires, 8);
	wire_put(&writer, details->refresh_expires, 8);
	wire_put(&writer, details->last_used, 8);
	wire_put_text(&writer, details->owner);
	wire_put_text(&writer, details->account);
	wire_put_text(&writer, details->scopes);
	wire_put_text(&writer, details->fingerprint);
	return (size_t)(writer.at - plain);
}

static size_t public_size(const struct entry *entry)
{
	return 4 + ENTRY_ID_SIZE + 4 + 4 + wire_text_size(entry->provider) +
	       wire_text_size(entry->name) + wire_text_size(entry->origin);
}

static void put_public(struct wire_writer *writer, const struct entry *entry)
{
	wire_put(writer, entry->uid, 4);
	wire_put_bytes(writer, entry->id, ENTRY_ID_SIZE);
	wire_put(writer, entry->version, 4);
	wire_put(writer, entry->term, 4);
	wire_put_text(writer, entry->provider);
	wire_put_text(writer, entry->name);
	wire_put_text(writer, entry->origin);
}

static int put_sealed(struct wire_writer *writer, const uint8_t key[CRYPTO_KEY_SIZE],
		      struct crypto_bytes bound, struct crypto_bytes plain)
{
	uint8_t *nonce = writer->at;

	if (crypto_random(nonce, CRYPTO_NONCE_SIZE) < 0)
		return -1;
	writer->at += CRYPTO_NONCE_SIZE;
	wire_put(writer, plain.length + CRYPTO_TAG_SIZE, 2);
	if (crypto_seal(key, nonce, bound, plain, writer->at) < 0)
		return -1;
	writer->at += plain.length + CRYPTO_TAG_SIZE;
	return 0;
}

/* Two keys are in protected memory for a moment: the data key comes first, since it is needed
 * longer. */
static enum vault_fault put_texts(const struct vault *vault, struct vault_keys *keys,
				  const struct entry *entry, struct wire_writer *writer,
				  const uint8_t *start, struct crypto_bytes details,
				  struct crypto_bytes secret)
{
	uint8_t *data_key = keys->fresh, bound[BOUND_MAX];
	size_t size = (size_t)(writer->at - start);

	if (crypto_random(data_key, CRYPTO_KEY_SIZE) < 0)
		return vault_outcome(-1, VAULT_CRYPTO);
	enum vault_fault fault = user_key(vault, keys, entry, "user");
	if (fault != VAULT_FINE)
		return fault;
	int status = vault_wrap(keys->scratch, bind(vault, start, size, TEXT_DATA_KEY, bound),
				data_key, writer->at);
	writer->at += VAULT_WRAPPED_SIZE;
	if (status == 0)
		status = put_sealed(writer, data_key, bind(vault, start, size, TEXT_DETAILS, bound),
				    details);
	if (status == 0)
		status = put_sealed(writer, data_key, bind(vault, start, size, TEXT_SECRET, bound),
				    secret);
	return vault_outcome(status, VAULT_CRYPTO);
}

static enum vault_fault make(const struct vault *vault, struct vault_keys *keys,
			     const struct entry *entry, const struct vault_details *details,
			     struct crypto_bytes secret, struct vault_part *part)
{
	uint8_t plain[DETAILS_MAX];
	size_t length = put_details(plain, details);

	if (!vault_part_new(part, public_size(entry) + VAULT_WRAPPED_SIZE +
					  2 * (CRYPTO_NONCE_SIZE + 2 + CRYPTO_TAG_SIZE) + length +
					  secret.length))
		return VAULT_NO_MEMORY;
	struct wire_writer writer = {part->owned};
	put_public(&writer, entry);
	enum vault_fault fault = put_texts(vault, keys, entry, &writer, part->bytes,
					   (struct crypto_bytes){plain, length}, secret);
	forget(keys);
	explicit_bzero(keys->fresh, sizeof(keys->fresh));
	if (fault != VAULT_FINE)
		vault_part_free(part);
	return fault;
}

static enum vault_fault add_fingerprint(const struct vault *vault, struct vault_keys *keys,
					const struct entry *entry, struct crypto_bytes secret,
					struct vault_details *details)
{
	uint8_t mac[CRYPTO_MAC_SIZE];
	enum vault_fault fault = user_key(vault, keys, entry, "fingerprint");

	if (fault == VAULT_FINE)
		fault = vault_outcome(crypto_mac(keys->scratch, secret, mac), VAULT_CRYPTO);
	forget(keys);
	for (unsigned i = 0; fault == VAULT_FINE && i < 8; i++)
		snprintf(details->fingerprint + 2 * (size_t)i, 3, "%02x", mac[i]);
	return fault;
}

/* The entry under the newest term. */
static enum vault_fault make_newest(const struct vault *vault, struct vault_keys *keys,
				    struct entry *entry, struct vault_details *details,
				    struct crypto_bytes secret, struct vault_part *part)
{
	if (secret.length == 0 || secret.length > VAULT_SECRET_MAX || !*entry->name)
		return VAULT_BAD_ENTRY;
	entry->version++;
	entry->term = keys->terms[keys->term_count - 1].number;
	enum vault_fault fault = add_fingerprint(vault, keys, entry, secret, details);
	return fault == VAULT_FINE ? make(vault, keys, entry, details, secret, part) : fault;
}

enum vault_fault vault_entry_make(const struct vault *vault, struct vault_keys *keys, uint32_t uid,
				  struct vault_details *details, struct crypto_bytes secret,
				  struct vault_part *part)
{
	struct entry entry = {.uid = uid};

	memcpy(entry.provider, details->provider, sizeof(entry.provider));
	memcpy(entry.name, details->name, sizeof(entry.name));
	memcpy(entry.origin, details->origin, sizeof(entry.origin));
	if (crypto_random(entry.id, sizeof(entry.id)) < 0)
		return vault_outcome(-1, VAULT_CRYPTO);
	return make_newest(vault, keys, &entry, details, secret, part);
}

static enum vault_fault exchange(const struct vault *vault, struct vault_keys *keys,
				 struct vault_part *part, struct entry *entry,
				 struct vault_details *details, struct crypto_bytes secret)
{
	struct vault_part made;
	enum vault_fault fault = make_newest(vault, keys, entry, details, secret, &made);

	if (fault != VAULT_FINE)
		return fault;
	vault_part_free(part);
	*part = made;
	return VAULT_FINE;
}

enum vault_fault vault_entry_move(const struct vault *vault, struct vault_keys *keys,
				  struct vault_part *part, const uint64_t *last_used,
				  uint8_t *secret)
{
	struct vault_details details = {0};
	struct entry entry;
	enum vault_fault fault = open_data_key(vault, keys, part, &entry);

	if (fault == VAULT_FINE)
		fault = open_details(vault, keys, part, &entry, &details);
	if (fault == VAULT_FINE)
		fault = open_text(vault, keys, part, &entry, TEXT_SECRET, secret);
	forget(keys);
	if (fault != VAULT_FINE)
		return fault;
	size_t length = entry.secret.text.length - CRYPTO_TAG_SIZE;
	if (last_used)
		details.last_used = *last_used;
	fault = exchange(vault, keys, part, &entry, &details,
			 (struct crypto_bytes){secret, length});
	explicit_bzero(secret, length);
	return fault;
}

enum vault_fault vault_entry_replace(const struct vault *vault, struct vault_keys *keys,
				     struct vault_part *part, struct vault_details *details,
				     struct crypto_bytes secret)
{
	struct entry entry;

	if (!get_entry(part, &entry))
		return VAULT_MALFORMED;
	return exchange(vault, keys, part, &entry, details, secret);
}
