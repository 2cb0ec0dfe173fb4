/* The vault: files that are forged, also by somebody who can write the right MAC; and whole lives
 * of vaults, beside which a plain table says what must be in them. */
#include "lib/vault/parts.h"

#include <argon2.h>

#include "fuzz.h"

#define SOURCES 3u
#define NAMES 6u
#define USERS 3u
#define NOW UINT64_C(1790000000)
/* Everything before the parts: magic, id, generation, counts. */
#define ID_AT 16u

static const struct vault_source sources[SOURCES] = {
	{VAULT_SOURCE_KEY, "key file", {"0123456789abcdefghijklmnopqrstuv", CRYPTO_KEY_SIZE}},
	{VAULT_SOURCE_KEY, "kernel keyring", {"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", CRYPTO_KEY_SIZE}},
	{VAULT_SOURCE_PASSPHRASE, "passphrase", {"correct horse", 13}},
};

/* In Argon2's place: what it would cost is bounded, whatever the file says. */
int argon2id_hash_raw(const uint32_t passes, const uint32_t memory_kib, const uint32_t lanes,
		      const void *secret, const size_t length, const void *salt,
		      const size_t salt_length, void *hash, const size_t hash_length)
{
	require(passes >= 2 && passes <= 4 && lanes == 1);
	require(memory_kib >= 19 * 1024 && memory_kib <= 64 * 1024);
	require(length > 0 && length <= VAULT_PASSPHRASE_MAX && hash_length == CRYPTO_KEY_SIZE);
	return crypto_derive(sources[0].secret.bytes, (struct crypto_bytes){salt, salt_length},
			     (struct crypto_bytes){secret, length}, hash) == 0
		       ? ARGON2_OK
		       : ARGON2_MEMORY_ALLOCATION_ERROR;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return crypto_start(NULL, NULL);
}

static uint8_t *copy(const void *bytes, size_t size)
{
	uint8_t *made = malloc(size ? size : 1);

	require(made != NULL);
	memcpy(made, bytes, size);
	return made;
}

static bool is_wiped(const struct vault_keys *keys)
{
	for (size_t i = 0; i < sizeof(*keys); i++) {
		if (((const uint8_t *)keys)[i])
			return false;
	}
	return true;
}

/* --- files from outside --- */

/* What an open vault says is within its limits; each entry is found under its name, and whatever is
 * not open stays shut. */
static void check_entries(const struct vault *vault, struct vault_keys *keys)
{
	uint8_t secret[VAULT_SECRET_MAX];
	struct vault_details details;
	size_t length, at;

	for (size_t i = 0; i < vault->entry_count; i++) {
		struct vault_place place;
		char name[VAULT_NAME_MAX + 1] = "";
		vault_entry_place(&vault->entries[i], &place);
		require(place.length <= VAULT_NAME_MAX);
		memcpy(name, place.name, place.length);
		require(vault_find(vault, place.uid, name, &at) && at == i);
		require(vault_next(vault, place.uid, &at) && at == i);
		enum vault_fault fault = vault_describe(vault, keys, i, &details);
		require(strcmp(details.name, name) == 0);
		require(strlen(details.fingerprint) == (fault == VAULT_FINE ? 16 : 0));
		fault = vault_reveal(vault, keys, i, secret, &length);
		require(fault == VAULT_FINE ? length <= VAULT_SECRET_MAX : length == 0);
	}
	for (size_t i = 0; i < CRYPTO_KEY_SIZE; i++)
		require(keys->scratch[i] == 0 && keys->fresh[i] == 0);
}

/* Gives a file the MAC that belongs to it, if one of its stanzas opens. */
static void sign(uint8_t *file, size_t size, const struct vault_source *source)
{
	struct vault vault;
	struct vault_keys keys = {.term_count = 0};
	uint8_t key[CRYPTO_KEY_SIZE];
	size_t length = size - CRYPTO_MAC_SIZE;

	if (vault_load(&vault, copy(file, size), size) == VAULT_FINE) {
		for (unsigned i = 0; i < vault.stanza_count; i++) {
			if (vault_stanza_open(&vault, &vault.stanzas[i], source, &keys) !=
			    VAULT_FINE)
				continue;
			require(vault_derive(&vault, keys.kek, "mac", 0, key) == 0);
			require(crypto_mac(key, (struct crypto_bytes){file, length},
					   file + length) == 0);
			break;
		}
	}
	vault_free(&vault);
}

static void check_labels(const struct vault *vault)
{
	char label[VAULT_LABEL_MAX + 1];

	for (unsigned i = 0; i < vault->stanza_count; i++) {
		vault_label(vault, i, label);
		require(strlen(label) <= VAULT_LABEL_MAX);
	}
}

/* The file lies in memory of its exact size. */
static void check_file(uint8_t *file, size_t size, const struct vault_source *source)
{
	struct vault_keys keys;
	struct vault vault;

	memset(&keys, 'k', sizeof(keys));
	enum vault_fault fault = vault_load(&vault, file, size);
	if (fault == VAULT_FINE) {
		check_labels(&vault);
		fault = vault_unlock(&vault, &keys, source);
		if (fault == VAULT_FINE)
			check_entries(&vault, &keys);
		else
			require(is_wiped(&keys));
	}
	require(fault < VAULT_FAULTS && *vault_fault_text(fault));
	vault_free(&vault);
}

/* The rest is a seal: only the vault's own would pass, and those are not among the inputs. */
static void check_seal(const uint8_t *data, size_t size)
{
	struct vault vault = {.generation = 1};
	struct vault_keys keys = {.term_count = 0};

	if (size >= ID_AT + VAULT_ID_SIZE)
		memcpy(vault.id, data + ID_AT, VAULT_ID_SIZE);
	require(vault_seal_check(&vault, &keys, (struct crypto_bytes){data, size}) != VAULT_FINE);
}

/* --- lives of vaults --- */

struct model {
	struct vault vault;
	struct vault_keys keys;
	unsigned source; /* that opens it */
	struct vault_seal seal;
	struct {
		uint8_t secret[8];
		size_t length; /* 0: there is none */
		uint64_t last_used;
	} entries[USERS][NAMES];
};

/* What is left of the program. */
struct program {
	const uint8_t *at, *end;
};

static uint8_t next(struct program *program)
{
	return program->at < program->end ? *program->at++ : 0;
}

static const char *name_of(unsigned number)
{
	static const char *const names[NAMES] = {"a", "aa", "ab", "b", "work", "\xc3\xa4"};

	return names[number];
}

static void put(struct model *model, unsigned user, unsigned name, struct program *program)
{
	struct vault_details details = {.provider = "github", .kind = next(program)};
	uint8_t secret[8];
	size_t at, length = next(program) % 9;
	bool there = model->entries[user][name].length > 0;

	for (size_t i = 0; i < length; i++)
		secret[i] = next(program);
	strcpy(details.name, name_of(name));
	require(vault_find(&model->vault, user, details.name, &at) == there);
	const struct crypto_bytes bytes = {secret, length};
	enum vault_fault fault =
		there ? vault_replace(&model->vault, &model->keys, at, &details, bytes)
		      : vault_add(&model->vault, &model->keys, user, &details, bytes, NOW);
	require(fault == (length ? VAULT_FINE : VAULT_BAD_ENTRY));
	if (fault != VAULT_FINE)
		return;
	memcpy(model->entries[user][name].secret, secret, length);
	model->entries[user][name].length = length;
	model->entries[user][name].last_used = 0;
	if (!there)
		require(vault_add(&model->vault, &model->keys, user, &details, bytes, NOW) ==
			VAULT_EXISTS);
}

static void use(struct model *model, unsigned user, unsigned name, bool for_ever)
{
	uint8_t secret[VAULT_SECRET_MAX];
	size_t at;

	if (!vault_find(&model->vault, user, name_of(name), &at))
		return;
	if (for_ever) {
		vault_remove(&model->vault, at);
		model->entries[user][name].length = 0;
		return;
	}
	uint64_t now = ++model->entries[user][name].last_used;
	require(vault_touch(&model->vault, &model->keys, at, now, secret) == VAULT_FINE);
}

static void rotate(struct model *model, uint8_t how)
{
	uint8_t secret[VAULT_SECRET_MAX];
	size_t left;

	if (how & 1) {
		bool full = model->keys.term_count == VAULT_TERMS_MAX;
		require(vault_begin_term(&model->vault, &model->keys, NOW) ==
			(full ? VAULT_FULL : VAULT_FINE));
	}
	require(vault_move_entries(&model->vault, &model->keys, how >> 1 & 7, secret, &left) ==
		VAULT_FINE);
	require(left || model->keys.term_count == 1);
}

static void rekey(struct model *model, unsigned source)
{
	const struct vault_source none[] = {sources[source],
					    {VAULT_SOURCE_PASSPHRASE, "", {"", 0}}};
	struct vault_seal between;

	/* This one changes nothing. */
	require(vault_rekey(&model->vault, &model->keys, none, 2, &between) == VAULT_BAD_SOURCE);
	require(vault_rekey(&model->vault, &model->keys, &sources[source], 1, &between) ==
		VAULT_FINE);
	require(vault_seal_check(&model->vault, &model->keys,
				 (struct crypto_bytes){between.bytes, between.size}) == VAULT_FINE);
	model->source = source;
	model->seal = between;
}

/* Writes it and reads it: a changed bit shows, another source does not open it, an earlier one is
 * noticed. */
static void reopen(struct model *model, uint8_t how)
{
	struct vault_seal seal;
	uint8_t *file;
	size_t size;

	require(vault_serialize(&model->vault, &model->keys, &file, &size) == VAULT_FINE);
	require(vault_seal_check(&model->vault, &model->keys,
				 (struct crypto_bytes){model->seal.bytes, model->seal.size}) ==
		VAULT_FINE);
	require(vault_seal_make(&model->vault, &model->keys, &seal) == VAULT_FINE);
	vault_free(&model->vault);

	struct vault changed;
	uint8_t *bytes = copy(file, size);
	bytes[how * 31u % size] ^= (uint8_t)(1u << how % 8);
	if (vault_load(&changed, bytes, size) == VAULT_FINE)
		require(vault_unlock(&changed, &model->keys, &sources[model->source]) !=
			VAULT_FINE);
	vault_free(&changed);

	require(vault_load(&model->vault, file, size) == VAULT_FINE);
	for (unsigned i = 0; i < SOURCES; i++)
		require(i == model->source ||
			vault_unlock(&model->vault, &model->keys, &sources[i]) == VAULT_WRONG_KEY);
	require(vault_unlock(&model->vault, &model->keys, &sources[model->source]) == VAULT_FINE);
	const struct crypto_bytes sealed = {seal.bytes, seal.size};
	require(vault_seal_check(&model->vault, &model->keys, sealed) == VAULT_FINE);
	model->vault.generation--;
	require(vault_seal_check(&model->vault, &model->keys, sealed) == VAULT_ROLLED_BACK);
	model->vault.generation++;
	model->seal = seal;
}

static bool holds(struct model *model, unsigned user, unsigned name)
{
	size_t at, length, expected = model->entries[user][name].length;
	uint8_t secret[VAULT_SECRET_MAX];
	struct vault_details details;
	bool there = vault_find(&model->vault, user, name_of(name), &at);

	require(there == (expected > 0));
	if (!there)
		return false;
	require(vault_describe(&model->vault, &model->keys, at, &details) == VAULT_FINE);
	require(details.last_used == model->entries[user][name].last_used);
	require(vault_reveal(&model->vault, &model->keys, at, secret, &length) == VAULT_FINE);
	require(length == expected &&
		memcmp(secret, model->entries[user][name].secret, length) == 0);
	return true;
}

/* The vault holds what the table says, for each user, and nothing else. */
static void compare(struct model *model)
{
	size_t all = 0;

	for (unsigned user = 0; user <= USERS; user++) {
		size_t count = 0, at = 0;
		for (unsigned name = 0; name < NAMES && user < USERS; name++)
			count += holds(model, user, name);
		all += count;
		for (; vault_next(&model->vault, user, &at); at++)
			require(count-- > 0);
		require(count == 0);
	}
	require(all == model->vault.entry_count);
	check_entries(&model->vault, &model->keys);
}

static void live(struct program *program)
{
	static struct model model;

	memset(&model, 0, sizeof(model));
	require(vault_create(&model.vault, &model.keys, &sources[0], 1, NOW) == VAULT_FINE);
	require(vault_seal_make(&model.vault, &model.keys, &model.seal) == VAULT_FINE);
	for (unsigned step = 0; step < 64 && program->at < program->end; step++) {
		uint8_t what = next(program), which = next(program);
		unsigned user = which % USERS, name = which / USERS % NAMES;
		if (what % 6 <= 1)
			put(&model, user, name, program);
		else if (what % 6 == 2)
			use(&model, user, name, what & 32);
		else if (what % 6 == 3)
			rotate(&model, which);
		else if (what % 6 == 4)
			rekey(&model, which % SOURCES);
		else
			reopen(&model, which);
	}
	compare(&model);
	vault_free(&model.vault);
}

/* The first byte says what the rest is. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1 || size > 65536)
		return 0;
	const struct vault_source *source = &sources[data[0] / 4 % SOURCES];
	struct program program = {data + 1, data + size};
	size_t rest = size - 1;
	uint8_t *file;

	switch (data[0] % 4) {
	case 0:
		check_file(copy(data + 1, rest), rest, source);
		break;
	case 1:
		file = copy(data + 1, rest);
		if (rest >= VAULT_HEADER_SIZE + CRYPTO_MAC_SIZE)
			sign(file, rest, source);
		check_file(file, rest, source);
		break;
	case 2:
		check_seal(data + 1, rest);
		break;
	default:
		live(&program);
		break;
	}
	return 0;
}
