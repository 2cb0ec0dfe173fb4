/* A vault with three entries of two users, and what opens it. */
#ifndef GHWARD_TESTS_VAULT_FIXTURE_H
#define GHWARD_TESTS_VAULT_FIXTURE_H

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

static inline struct crypto_bytes text(const char *string)
{
	return (struct crypto_bytes){string, strlen(string)};
}

static inline void add(struct fixture *at, uint32_t uid, const char *name, const char *secret)
{
	struct vault_details details = {.kind = 1, .expires = NOW + 86400};

	strcpy(details.name, name);
	strcpy(details.provider, "github");
	strcpy(details.origin, "https://api.github.com");
	strcpy(details.owner, "octocat");
	strcpy(details.account, "Iv23liExample");
	strcpy(details.scopes, "repo, security_events");
	assert_int_equal(vault_add(&at->vault, &at->keys, uid, &details, text(secret), NOW),
			 VAULT_FINE);
	assert_int_equal(strlen(details.fingerprint), 16);
}

static inline int set_up(void **state)
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

static inline int tear_down(void **state)
{
	struct fixture *made = *state;

	vault_free(&made->vault);
	test_free(made);
	return 0;
}

static inline size_t index_of(const struct fixture *at, uint32_t uid, const char *name)
{
	size_t index;

	assert_true(vault_find(&at->vault, uid, name, &index));
	return index;
}

static inline void expect_secret(struct fixture *at, uint32_t uid, const char *name,
				 const char *secret)
{
	uint8_t revealed[VAULT_SECRET_MAX];
	size_t length;

	assert_int_equal(
		vault_reveal(&at->vault, &at->keys, index_of(at, uid, name), revealed, &length),
		VAULT_FINE);
	assert_int_equal(length, strlen(secret));
	assert_memory_equal(revealed, secret, length);
}

/* Neither what the entry says nor its secret can be had. */
static inline void expect_shut(struct fixture *at, size_t index)
{
	uint8_t revealed[VAULT_SECRET_MAX] = {0};
	struct vault_details details;
	size_t length;

	assert_int_equal(vault_describe(&at->vault, &at->keys, index, &details), VAULT_CHANGED);
	assert_string_equal(details.owner, "");
	assert_int_equal(vault_reveal(&at->vault, &at->keys, index, revealed, &length),
			 VAULT_CHANGED);
	assert_int_equal(length, 0);
	assert_null(memmem(revealed, sizeof(revealed), "gh", 2));
}

/* Writes the vault with its real MAC, and reads it again. */
static inline enum vault_fault reload(struct fixture *at)
{
	uint8_t *file;
	size_t size;

	assert_int_equal(vault_serialize(&at->vault, &at->keys, &file, &size), VAULT_FINE);
	vault_free(&at->vault);
	return vault_load(&at->vault, file, size);
}

static inline enum vault_fault reopen(struct fixture *at, const struct vault_source *source)
{
	assert_int_equal(reload(at), VAULT_FINE);
	memset(&at->keys, 0, sizeof(at->keys));
	return vault_unlock(&at->vault, &at->keys, source);
}

#define vault_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
