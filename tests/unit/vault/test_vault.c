/* The vault in memory: what goes in comes out, for its user and key only, and every change shows.
 */
#include "lib/vault/vault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW UINT64_C(1790000000)

static const uint8_t key_bytes[CRYPTO_KEY_SIZE] = "0123456789abcdefghijklmnopqrstu";
static const uint8_t other_bytes[CRYPTO_KEY_SIZE] = "abcdefghijklmnopqrstuvwxyz01234";

static const struct vault_source key_source = {
	VAULT_SOURCE_KEY, "key file", {key_bytes, CRYPTO_KEY_SIZE}};
static const struct vault_source other_source = {
	VAULT_SOURCE_KEY, "kernel keyring", {other_bytes, CRYPTO_KEY_SIZE}};
static const struct vault_source phrase_source = {
	VAULT_SOURCE_PASSPHRASE, "passphrase", {"correct horse", 13}};

struct fixture {
	struct vault vault;
	struct vault_keys keys;
};

static void add(struct fixture *at, uint32_t uid, const char *name, const char *secret)
{
	struct vault_details details = {.kind = 1, .expires = NOW + 86400};

	strcpy(details.name, name);
	strcpy(details.provider, "github");
	strcpy(details.origin, "https://api.github.com");
	strcpy(details.owner, "octocat");
	strcpy(details.scopes, "repo, security_events");
	assert_int_equal(vault_add(&at->vault, &at->keys, uid, &details,
				   (struct crypto_bytes){secret, strlen(secret)}, NOW),
			 VAULT_FINE);
	assert_int_equal(strlen(details.fingerprint), 16);
}

static int set_up(void **state)
{
	struct fixture *made = test_calloc(1, sizeof(*made));

	*state = made;
	if (vault_create(&made->vault, &made->keys, &key_source, 1, NOW) != VAULT_FINE)
		return -1;
	add(made, 1000, "work", "ghp_secretOfWork");
	add(made, 1001, "work", "ghp_secretOfAnother");
	add(made, 1000, "home", "ghp_secretOfHome");
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *made = *state;

	vault_free(&made->vault);
	test_free(made);
	return 0;
}

static void expect_secret(struct fixture *at, uint32_t uid, const char *name, const char *secret)
{
	uint8_t revealed[VAULT_SECRET_MAX];
	size_t index, length;

	assert_true(vault_find(&at->vault, uid, name, &index));
	assert_int_equal(vault_reveal(&at->vault, &at->keys, index, revealed, &length), VAULT_FINE);
	assert_int_equal(length, strlen(secret));
	assert_memory_equal(revealed, secret, length);
}

/* Writes the vault and reads it again. */
static enum vault_fault reopen(struct fixture *at, const struct vault_source *source)
{
	uint8_t *file;
	size_t size;

	assert_int_equal(vault_serialize(&at->vault, &at->keys, &file, &size), VAULT_FINE);
	vault_free(&at->vault);
	memset(&at->keys, 0, sizeof(at->keys));
	assert_int_equal(vault_load(&at->vault, file, size), VAULT_FINE);
	return vault_unlock(&at->vault, &at->keys, source);
}

static void test_what_went_in_comes_out(void **state)
{
	struct fixture *at = *state;
	struct vault_details details;
	size_t index;

	assert_int_equal(reopen(at, &key_source), VAULT_FINE);
	assert_int_equal(at->vault.generation, 1);
	expect_secret(at, 1000, "work", "ghp_secretOfWork");
	expect_secret(at, 1000, "home", "ghp_secretOfHome");
	expect_secret(at, 1001, "work", "ghp_secretOfAnother");
	assert_true(vault_find(&at->vault, 1000, "home", &index));
	assert_int_equal(vault_describe(&at->vault, &at->keys, index, &details), VAULT_FINE);
	assert_string_equal(details.name, "home");
	assert_string_equal(details.origin, "https://api.github.com");
	assert_string_equal(details.owner, "octocat");
	assert_string_equal(details.scopes, "repo, security_events");
	assert_int_equal(details.created, NOW);
	assert_int_equal(details.expires, NOW + 86400);
}

static void test_a_user_sees_only_his_own(void **state)
{
	struct fixture *at = *state;
	size_t index = 0, seen = 0;

	for (; vault_next(&at->vault, 1000, &index); index++)
		seen++;
	assert_int_equal(seen, 2);
	assert_false(vault_find(&at->vault, 1001, "home", &index));
	assert_false(vault_find(&at->vault, 0, "work", &index));
}

static void test_a_name_stands_once(void **state)
{
	struct fixture *at = *state;
	struct vault_details details = {.name = "work"};

	assert_int_equal(vault_add(&at->vault, &at->keys, 1000, &details,
				   (struct crypto_bytes){"x", 1}, NOW),
			 VAULT_EXISTS);
}

static void test_other_keys_do_not_open_it(void **state)
{
	struct fixture *at = *state;

	assert_int_equal(reopen(at, &key_source), VAULT_FINE);
	assert_int_equal(vault_unlock(&at->vault, &at->keys, &other_source), VAULT_WRONG_KEY);
	assert_int_equal(vault_unlock(&at->vault, &at->keys, &phrase_source), VAULT_WRONG_KEY);
	/* Nothing is left of the attempt. */
	for (size_t i = 0; i < sizeof(at->keys); i++)
		assert_int_equal(((const uint8_t *)&at->keys)[i], 0);
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
		assert_int_not_equal(try(file, i), VAULT_FINE);
	}
	free(file);
}

/* Somebody with the file's key material of another place: a part moved is a part refused, even if
 * the whole were signed again. */
static void test_parts_do_not_work_elsewhere(void **state)
{
	struct fixture *at = *state, other = {0};
	uint8_t revealed[VAULT_SECRET_MAX];
	struct vault_part kept;
	size_t length;

	assert_int_equal(vault_create(&other.vault, &other.keys, &key_source, 1, NOW), VAULT_FINE);
	add(&other, 1000, "work", "ghp_secretElsewhere");
	kept = at->vault.entries[0];
	at->vault.entries[0] = other.vault.entries[0];
	assert_int_equal(vault_reveal(&at->vault, &at->keys, 0, revealed, &length), VAULT_CHANGED);
	at->vault.entries[0] = kept;
	/* Another user's number on one's own entry. */
	at->vault.entries[0].owned[0] ^= 1;
	assert_int_equal(vault_reveal(&at->vault, &at->keys, 0, revealed, &length), VAULT_CHANGED);
	at->vault.entries[0].owned[0] ^= 1;
	assert_int_equal(vault_reveal(&at->vault, &at->keys, 0, revealed, &length), VAULT_FINE);
	vault_free(&other.vault);
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
	assert_int_equal(vault_move_entries(&at->vault, &at->keys, 9, secret, &left), VAULT_FINE);
	assert_int_equal(left, 0);
	assert_int_equal(reopen(at, &key_source), VAULT_FINE);
	assert_int_equal(at->keys.term_count, 1);
	assert_int_equal(at->keys.terms[0].number, 2);
	expect_secret(at, 1000, "work", "ghp_secretOfWork");
	expect_secret(at, 1001, "work", "ghp_secretOfAnother");
}

static void test_rekeying_shuts_the_old_key_out(void **state)
{
	struct fixture *at = *state;
	const struct vault_source both[] = {other_source, phrase_source};
	struct vault_seal between;

	assert_int_equal(vault_rekey(&at->vault, &at->keys, both, 2, &between), VAULT_FINE);
	assert_int_equal(reopen(at, &other_source), VAULT_FINE);
	expect_secret(at, 1000, "work", "ghp_secretOfWork");
	assert_int_equal(vault_unlock(&at->vault, &at->keys, &phrase_source), VAULT_FINE);
	expect_secret(at, 1000, "home", "ghp_secretOfHome");
	assert_int_equal(vault_unlock(&at->vault, &at->keys, &key_source), VAULT_WRONG_KEY);
}

static void test_removed_is_gone(void **state)
{
	struct fixture *at = *state;
	size_t index;

	assert_true(vault_find(&at->vault, 1000, "work", &index));
	vault_remove(&at->vault, index);
	assert_int_equal(reopen(at, &key_source), VAULT_FINE);
	assert_false(vault_find(&at->vault, 1000, "work", &index));
	expect_secret(at, 1001, "work", "ghp_secretOfAnother");
}

#define vault_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		vault_test(test_what_went_in_comes_out),
		vault_test(test_a_user_sees_only_his_own),
		vault_test(test_a_name_stands_once),
		vault_test(test_other_keys_do_not_open_it),
		vault_test(test_every_flipped_bit_and_every_cut_shows),
		vault_test(test_parts_do_not_work_elsewhere),
		vault_test(test_rotation_goes_on_where_it_stopped),
		vault_test(test_rekeying_shuts_the_old_key_out),
		vault_test(test_removed_is_gone),
	};

	if (crypto_start(NULL, NULL) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
