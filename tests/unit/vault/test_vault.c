/* The vault as a whole: what opens it, every change of its file, new keys. */
#include "fixture.h"

#include <argon2.h>
#include <stdio.h>

static unsigned argon2_calls;
static bool argon2_fails;

int __real_argon2id_hash_raw(uint32_t passes, uint32_t memory_kib, uint32_t lanes,
			     const void *secret, size_t length, const void *salt,
			     size_t salt_length, void *hash, size_t hash_length);
int __wrap_argon2id_hash_raw(uint32_t passes, uint32_t memory_kib, uint32_t lanes,
			     const void *secret, size_t length, const void *salt,
			     size_t salt_length, void *hash, size_t hash_length);

int __wrap_argon2id_hash_raw(uint32_t passes, uint32_t memory_kib, uint32_t lanes,
			     const void *secret, size_t length, const void *salt,
			     size_t salt_length, void *hash, size_t hash_length)
{
	argon2_calls++;
	if (argon2_fails)
		return ARGON2_MEMORY_ALLOCATION_ERROR;
	assert_true(memory_kib >= 19 * 1024 && passes >= 2 && lanes == 1);
	return __real_argon2id_hash_raw(passes, memory_kib, lanes, secret, length, salt,
					salt_length, hash, hash_length);
}

static void expect_wiped(const struct vault_keys *keys)
{
	for (size_t i = 0; i < sizeof(*keys); i++)
		assert_int_equal(((const uint8_t *)keys)[i], 0);
}

static void test_what_went_in_comes_out(void **state)
{
	struct fixture *at = *state;

	assert_int_equal(reopen(at, &key_source), VAULT_FINE);
	assert_int_equal(at->vault.generation, 1);
	expect_secret(at, 1000, "work", "ghp_secretOfWork");
	expect_secret(at, 1000, "home", "ghp_secretOfHome");
	expect_secret(at, 1001, "work", "ghp_secretOfAnother");
}

static void test_other_keys_do_not_open_it(void **state)
{
	struct fixture *at = *state;

	assert_int_equal(reopen(at, &key_source), VAULT_FINE);
	assert_int_equal(vault_unlock(&at->vault, &at->keys, &other_source), VAULT_WRONG_KEY);
	expect_wiped(&at->keys);
	assert_int_equal(vault_unlock(&at->vault, &at->keys, &phrase_source), VAULT_WRONG_KEY);
	expect_wiped(&at->keys);
}

/* It costs much: it is tried where there is one, and only there. */
static void test_a_passphrase_opens_it(void **state)
{
	const struct vault_source both[] = {other_source, phrase_source};
	const struct vault_source wrong = {VAULT_SOURCE_PASSPHRASE, "", {"correct horsf", 13}};
	struct fixture *at = *state;
	struct vault_seal between;

	assert_int_equal(reopen(at, &key_source), VAULT_FINE);
	argon2_calls = 0;
	assert_int_equal(vault_unlock(&at->vault, &at->keys, &phrase_source), VAULT_WRONG_KEY);
	assert_int_equal(argon2_calls, 0);
	assert_int_equal(vault_unlock(&at->vault, &at->keys, &key_source), VAULT_FINE);
	assert_int_equal(vault_rekey(&at->vault, &at->keys, both, 2, &between), VAULT_FINE);
	assert_int_equal(argon2_calls, 1);
	assert_int_equal(reopen(at, &phrase_source), VAULT_FINE);
	assert_int_equal(argon2_calls, 2);
	expect_secret(at, 1000, "home", "ghp_secretOfHome");
	assert_int_equal(vault_unlock(&at->vault, &at->keys, &wrong), VAULT_WRONG_KEY);
	assert_int_equal(argon2_calls, 3);
	assert_int_equal(vault_unlock(&at->vault, &at->keys, &other_source), VAULT_FINE);
	assert_int_equal(argon2_calls, 3);
}

/* Not enough memory for it is not a wrong passphrase. */
static void test_a_passphrase_needs_memory(void **state)
{
	struct fixture *at = *state;
	struct vault_seal between;

	assert_int_equal(vault_rekey(&at->vault, &at->keys, &phrase_source, 1, &between),
			 VAULT_FINE);
	argon2_fails = true;
	assert_int_equal(reopen(at, &phrase_source), VAULT_NO_MEMORY);
	assert_int_equal(vault_unlock(&at->vault, &at->keys, &key_source), VAULT_WRONG_KEY);
	argon2_fails = false;
	assert_int_equal(vault_unlock(&at->vault, &at->keys, &phrase_source), VAULT_FINE);
}

/* A forged stanza decides neither how long a start takes nor how little a guess. */
static void test_costs_are_within_bounds(void **state)
{
	static const struct {
		uint32_t memory_kib, passes;
	} bad[] = {{64 * 1024 + 1, 2}, {UINT32_MAX, 2}, {19 * 1024, 5}, {19 * 1024, UINT32_MAX},
		   {19 * 1024 - 1, 2}, {19 * 1024, 1},	{0, 0}};
	struct fixture *at = *state;
	struct vault_seal between;

	assert_int_equal(vault_rekey(&at->vault, &at->keys, &phrase_source, 1, &between),
			 VAULT_FINE);
	argon2_calls = 0;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		/* Kind, label, salt, then these. */
		uint8_t *costs = at->vault.stanzas[0].owned + 1 + 2 + 10 + 16;
		for (unsigned byte = 0; byte < 4; byte++) {
			costs[byte] = (uint8_t)(bad[i].memory_kib >> 8 * byte);
			costs[4 + byte] = (uint8_t)(bad[i].passes >> 8 * byte);
		}
		uint8_t *file;
		size_t size;
		struct vault forged;
		struct vault_keys keys;
		assert_int_equal(vault_serialize(&at->vault, &at->keys, &file, &size), VAULT_FINE);
		assert_int_equal(vault_load(&forged, file, size), VAULT_FINE);
		assert_int_equal(vault_unlock(&forged, &keys, &phrase_source), VAULT_MALFORMED);
		vault_free(&forged);
	}
	assert_int_equal(argon2_calls, 0);
}

static void test_sources_that_are_none(void **state)
{
	static const struct vault_source bad[] = {
		{VAULT_SOURCE_PASSPHRASE, "empty", {"", 0}},
		{VAULT_SOURCE_PASSPHRASE, "long", {key_bytes, VAULT_PASSPHRASE_MAX + 1}},
		{VAULT_SOURCE_KEY, "short", {key_bytes, CRYPTO_KEY_SIZE - 1}},
		{VAULT_SOURCE_KEY, "empty", {key_bytes, 0}},
	};
	const struct vault_source many[VAULT_STANZAS_MAX + 1] = {[0 ... VAULT_STANZAS_MAX] =
									 other_source};
	struct fixture *at = *state;
	struct vault vault;
	struct vault_keys keys;

	assert_int_equal(reopen(at, &key_source), VAULT_FINE);
	argon2_calls = 0;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(vault_create(&vault, &keys, &bad[i], 1, NOW), VAULT_BAD_SOURCE);
		vault_free(&vault);
		assert_int_equal(vault_unlock(&at->vault, &keys, &bad[i]),
				 bad[i].kind == VAULT_SOURCE_KEY ? VAULT_BAD_SOURCE
								 : VAULT_WRONG_KEY);
	}
	assert_int_equal(argon2_calls, 0);
	assert_int_equal(vault_create(&vault, &keys, many, 0, NOW), VAULT_BAD_SOURCE);
	assert_int_equal(vault_create(&vault, &keys, many, VAULT_STANZAS_MAX + 1, NOW),
			 VAULT_BAD_SOURCE);
	assert_int_equal(vault_create(&vault, &keys, many, VAULT_STANZAS_MAX, NOW), VAULT_FINE);
	vault_free(&vault);
}

static void test_it_says_what_opens_it(void **state)
{
	struct fixture *at = *state;
	char long_label[100], label[VAULT_LABEL_MAX + 1];
	struct vault_source named = other_source;
	struct vault_seal between;

	memset(long_label, 'l', sizeof(long_label));
	long_label[99] = 0;
	named.label = long_label;
	const struct vault_source both[] = {key_source, named};
	assert_int_equal(vault_rekey(&at->vault, &at->keys, both, 2, &between), VAULT_FINE);
	assert_int_equal(reopen(at, &other_source), VAULT_FINE);
	assert_int_equal(at->vault.stanza_count, 2);
	vault_label(&at->vault, 0, label);
	assert_string_equal(label, "key file");
	vault_label(&at->vault, 1, label);
	assert_int_equal(strlen(label), VAULT_LABEL_MAX);
}

/* A file of the first version stays readable: tests/papers/test_vault_format.py reads it as well.
 */
static void test_a_vault_of_old(void **state)
{
	const struct vault_source source = {
		VAULT_SOURCE_KEY, "", {"0123456789abcdefghijklmnopqrstuv", CRYPTO_KEY_SIZE}};
	struct fixture *at = *state;
	uint8_t *file = malloc(4096), seal[VAULT_SEAL_MAX];

	FILE *stream = fopen("tests/unit/vault/known/vault", "re");
	assert_non_null(stream);
	size_t size = fread(file, 1, 4096, stream);
	fclose(stream);
	stream = fopen("tests/unit/vault/known/vault.seal", "re");
	assert_non_null(stream);
	size_t seal_size = fread(seal, 1, sizeof(seal), stream);
	fclose(stream);
	vault_free(&at->vault);
	assert_int_equal(vault_load(&at->vault, file, size), VAULT_FINE);
	assert_int_equal(vault_unlock(&at->vault, &at->keys, &phrase_source), VAULT_FINE);
	assert_int_equal(vault_unlock(&at->vault, &at->keys, &source), VAULT_FINE);
	assert_int_equal(
		vault_seal_check(&at->vault, &at->keys, (struct crypto_bytes){seal, seal_size}),
		VAULT_FINE);
	expect_secret(at, 1000, "work", "ghp_ATokenOfNoValueWhatsoever");
	expect_secret(at, 1001, "work", "github_pat_AnotherUsers");
}

static enum vault_fault try(const uint8_t *file, size_t size)
{
	static struct vault_keys keys;
	struct vault vault;
	uint8_t *copy = malloc(size ? size : 1);

	memcpy(copy, file, size);
	enum vault_fault fault = vault_load(&vault, copy, size);
	if (fault == VAULT_FINE)
		fault = vault_unlock(&vault, &keys, &key_source);
	vault_free(&vault);
	return fault;
}

static void test_every_flipped_bit_and_every_cut_shows(void **state)
{
	struct fixture *at = *state;
	uint8_t *file;
	size_t size;

	assert_int_equal(vault_serialize(&at->vault, &at->keys, &file, &size), VAULT_FINE);
	assert_int_equal(try(file, size), VAULT_FINE);
	for (size_t i = 0; i < size; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			file[i] ^= (uint8_t)(1u << bit);
			assert_int_not_equal(try(file, size), VAULT_FINE);
			file[i] ^= (uint8_t)(1u << bit);
		}
		assert_int_equal(try(file, i), VAULT_TRUNCATED);
	}
	uint8_t *longer = calloc(1, size + 1);
	memcpy(longer, file, size);
	assert_int_equal(try(longer, size + 1), VAULT_MALFORMED);
	assert_int_equal(try((const uint8_t *)"-----BEGIN RSA", 14), VAULT_NOT_A_VAULT);
	free(longer);
	free(file);
}

/* Numbers in the header that no vault has are refused before anything is allocated for them. */
static void test_counts_that_cannot_be(void **state)
{
	static const struct {
		size_t at, bytes;
		uint32_t value;
	} cases[] = {
		{40, 2, 0},
		{40, 2, VAULT_STANZAS_MAX + 1},
		{42, 2, 0},
		{42, 2, VAULT_TERMS_MAX + 1},
		{44, 4, VAULT_ENTRIES_MAX + 1},
		{44, 4, UINT32_MAX},
	};
	struct fixture *at = *state;
	uint8_t *file;
	size_t size;

	assert_int_equal(vault_serialize(&at->vault, &at->keys, &file, &size), VAULT_FINE);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t kept[4];
		memcpy(kept, file + cases[i].at, 4);
		for (size_t byte = 0; byte < cases[i].bytes; byte++)
			file[cases[i].at + byte] = (uint8_t)(cases[i].value >> 8 * byte);
		assert_int_equal(try(file, size), VAULT_MALFORMED);
		memcpy(file + cases[i].at, kept, 4);
	}
	memcpy(file + 44, "\0\0\1", 4);
	assert_int_equal(try(file, size), VAULT_TRUNCATED);
	memcpy(file + 44, "\3\0\0", 4);
	assert_int_equal(try(file, size), VAULT_FINE);
	free(file);
}

static void test_nothing_of_an_earlier_opening_stays(void **state)
{
	struct fixture *at = *state;

	assert_int_equal(reload(at), VAULT_FINE);
	memset(&at->keys, 'k', sizeof(at->keys));
	assert_int_equal(vault_unlock(&at->vault, &at->keys, &key_source), VAULT_FINE);
	assert_int_equal(at->keys.term_count, 1);
	memset(at->keys.kek, 0, sizeof(at->keys.kek));
	memset(&at->keys.terms[0], 0, sizeof(at->keys.terms[0]));
	at->keys.term_count = 0;
	expect_wiped(&at->keys);
}

/* Only a file has a MAC. */
static void test_a_vault_that_was_not_read_is_not_opened(void **state)
{
	struct fixture *at = *state;

	assert_int_equal(vault_unlock(&at->vault, &at->keys, &key_source), VAULT_MALFORMED);
	expect_wiped(&at->keys);
}

static void test_rotation_goes_on_where_it_stopped(void **state)
{
	struct fixture *at = *state;
	uint8_t secret[VAULT_SECRET_MAX];
	size_t left;

	assert_int_equal(vault_begin_term(&at->vault, &at->keys, NOW + 1), VAULT_FINE);
	assert_int_equal(vault_move_entries(&at->vault, &at->keys, 1, secret, &left), VAULT_FINE);
	assert_int_equal(left, 2);
	assert_int_equal(reopen(at, &key_source), VAULT_FINE);
	assert_int_equal(at->keys.term_count, 2);
	expect_secret(at, 1000, "work", "ghp_secretOfWork");
	expect_secret(at, 1000, "home", "ghp_secretOfHome");
	memset(secret, 0, sizeof(secret));
	assert_int_equal(vault_move_entries(&at->vault, &at->keys, 9, secret, &left), VAULT_FINE);
	assert_null(memmem(secret, sizeof(secret), "ghp_", 4));
	assert_int_equal(left, 0);
	assert_int_equal(reopen(at, &key_source), VAULT_FINE);
	assert_int_equal(at->keys.term_count, 1);
	assert_int_equal(at->keys.terms[0].number, 2);
	expect_secret(at, 1000, "work", "ghp_secretOfWork");
	expect_secret(at, 1001, "work", "ghp_secretOfAnother");
}

static void test_terms_have_an_end(void **state)
{
	struct fixture *at = *state;
	uint8_t secret[VAULT_SECRET_MAX];
	size_t left;

	for (unsigned i = 1; i < VAULT_TERMS_MAX; i++)
		assert_int_equal(vault_begin_term(&at->vault, &at->keys, NOW), VAULT_FINE);
	assert_int_equal(vault_begin_term(&at->vault, &at->keys, NOW), VAULT_FULL);
	assert_int_equal(reopen(at, &key_source), VAULT_FINE);
	assert_int_equal(vault_move_entries(&at->vault, &at->keys, SIZE_MAX, secret, &left),
			 VAULT_FINE);
	assert_int_equal(at->vault.term_count, 1);
	/* The number behind the last one would make a vault that does not open. */
	at->keys.terms[0].number = UINT32_MAX;
	assert_int_equal(vault_begin_term(&at->vault, &at->keys, NOW), VAULT_FULL);
	at->keys.terms[0].number = VAULT_TERMS_MAX;
	assert_int_equal(vault_begin_term(&at->vault, &at->keys, NOW), VAULT_FINE);
	expect_secret(at, 1000, "work", "ghp_secretOfWork");
}

static void test_generations_have_an_end(void **state)
{
	struct fixture *at = *state;
	uint8_t *file;
	size_t size;

	at->vault.generation = UINT64_MAX;
	assert_int_equal(vault_serialize(&at->vault, &at->keys, &file, &size), VAULT_FULL);
	assert_int_equal(at->vault.generation, UINT64_MAX);
}

static void test_rekeying_shuts_the_old_key_out(void **state)
{
	const struct vault_source both[] = {other_source, phrase_source};
	struct fixture *at = *state;
	struct vault_seal between;

	assert_int_equal(vault_begin_term(&at->vault, &at->keys, NOW + 1), VAULT_FINE);
	assert_int_equal(vault_rekey(&at->vault, &at->keys, both, 2, &between), VAULT_FINE);
	assert_int_equal(reopen(at, &other_source), VAULT_FINE);
	expect_secret(at, 1000, "work", "ghp_secretOfWork");
	assert_int_equal(vault_unlock(&at->vault, &at->keys, &phrase_source), VAULT_FINE);
	expect_secret(at, 1000, "home", "ghp_secretOfHome");
	assert_int_equal(vault_unlock(&at->vault, &at->keys, &key_source), VAULT_WRONG_KEY);
}

static void test_a_rekey_that_fails_changes_nothing(void **state)
{
	const struct vault_source half[] = {other_source, {VAULT_SOURCE_PASSPHRASE, "", {"", 0}}};
	struct fixture *at = *state;
	struct vault_keys before = at->keys;
	struct vault_seal between;

	assert_int_equal(vault_rekey(&at->vault, &at->keys, half, 2, &between), VAULT_BAD_SOURCE);
	assert_memory_equal(&at->keys, &before, sizeof(before));
	assert_int_equal(reopen(at, &key_source), VAULT_FINE);
	expect_secret(at, 1000, "work", "ghp_secretOfWork");
	assert_int_equal(vault_unlock(&at->vault, &at->keys, &other_source), VAULT_WRONG_KEY);
}

static void test_each_fault_has_a_text(void **state)
{
	(void)state;
	for (enum vault_fault fault = VAULT_FINE; fault < VAULT_FAULTS; fault++)
		assert_string_not_equal(vault_fault_text(fault), "unknown");
	assert_string_equal(vault_fault_text(VAULT_FAULTS), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		vault_test(test_what_went_in_comes_out),
		vault_test(test_other_keys_do_not_open_it),
		vault_test(test_a_passphrase_opens_it),
		vault_test(test_a_passphrase_needs_memory),
		vault_test(test_costs_are_within_bounds),
		vault_test(test_sources_that_are_none),
		vault_test(test_it_says_what_opens_it),
		vault_test(test_a_vault_of_old),
		vault_test(test_every_flipped_bit_and_every_cut_shows),
		vault_test(test_counts_that_cannot_be),
		vault_test(test_nothing_of_an_earlier_opening_stays),
		vault_test(test_a_vault_that_was_not_read_is_not_opened),
		vault_test(test_rotation_goes_on_where_it_stopped),
		vault_test(test_terms_have_an_end),
		vault_test(test_generations_have_an_end),
		vault_test(test_rekeying_shuts_the_old_key_out),
		vault_test(test_a_rekey_that_fails_changes_nothing),
		vault_test(test_each_fault_has_a_text),
	};

	if (crypto_start(NULL, NULL) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
