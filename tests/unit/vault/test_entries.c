/* Entries: each under its name once, for its user only; used, renewed and removed. */
#include "fixture.h"

#include <stdio.h>

static void test_what_is_said_comes_back(void **state)
{
	struct fixture *at = *state;
	struct vault_details details;

	assert_int_equal(reopen(at, &key_source), VAULT_FINE);
	assert_int_equal(
		vault_describe(&at->vault, &at->keys, index_of(at, 1000, "home"), &details),
		VAULT_FINE);
	assert_string_equal(details.name, "home");
	assert_string_equal(details.provider, "github");
	assert_string_equal(details.origin, "https://api.github.com");
	assert_string_equal(details.owner, "octocat");
	assert_string_equal(details.account, "Iv23liExample");
	assert_string_equal(details.scopes, "repo, security_events");
	assert_int_equal(details.kind, 1);
	assert_int_equal(details.created, NOW);
	assert_int_equal(details.expires, NOW + 86400);
	assert_int_equal(details.refresh_expires, 0);
	assert_int_equal(details.last_used, 0);
}

static void fill(char *field, size_t size, char with)
{
	memset(field, with, size - 1);
	field[size - 1] = 0;
}

static void test_the_longest_of_everything(void **state)
{
	struct vault_details longest = {.kind = 255, .expires = UINT64_MAX}, found;
	uint8_t secret[VAULT_SECRET_MAX], revealed[VAULT_SECRET_MAX];
	struct fixture *at = *state;
	size_t length;

	fill(longest.name, sizeof(longest.name), 'n');
	fill(longest.provider, sizeof(longest.provider), 'p');
	fill(longest.origin, sizeof(longest.origin), 'o');
	fill(longest.owner, sizeof(longest.owner), 'w');
	fill(longest.account, sizeof(longest.account), 'a');
	fill(longest.scopes, sizeof(longest.scopes), 's');
	longest.refresh_expires = UINT64_MAX - 1;
	memset(secret, 'x', sizeof(secret));
	assert_int_equal(vault_add(&at->vault, &at->keys, UINT32_MAX, &longest,
				   (struct crypto_bytes){secret, sizeof(secret)}, UINT64_MAX),
			 VAULT_FINE);
	assert_int_equal(reopen(at, &key_source), VAULT_FINE);
	size_t index = index_of(at, UINT32_MAX, longest.name);
	assert_int_equal(vault_describe(&at->vault, &at->keys, index, &found), VAULT_FINE);
	assert_memory_equal(&found, &longest, sizeof(found));
	assert_int_equal(vault_reveal(&at->vault, &at->keys, index, revealed, &length), VAULT_FINE);
	assert_int_equal(length, sizeof(secret));
	assert_memory_equal(revealed, secret, length);
}

static void test_what_is_no_entry(void **state)
{
	struct fixture *at = *state;
	struct vault_details details = {.name = "new"}, nameless = {.provider = "github"};
	uint8_t secret[VAULT_SECRET_MAX + 1];

	memset(secret, 'x', sizeof(secret));
	assert_int_equal(vault_add(&at->vault, &at->keys, 1, &details, text(""), NOW),
			 VAULT_BAD_ENTRY);
	assert_int_equal(vault_add(&at->vault, &at->keys, 1, &details,
				   (struct crypto_bytes){secret, sizeof(secret)}, NOW),
			 VAULT_BAD_ENTRY);
	assert_int_equal(vault_add(&at->vault, &at->keys, 1, &nameless, text("x"), NOW),
			 VAULT_BAD_ENTRY);
	assert_int_equal(at->vault.entry_count, 3);
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
	for (index = 0, seen = 0; vault_next(&at->vault, 1001, &index); index++)
		seen++;
	assert_int_equal(seen, 1);
	index = 0;
	assert_false(vault_next(&at->vault, 999, &index));
	index = 0;
	assert_false(vault_next(&at->vault, UINT32_MAX, &index));
}

static void test_a_name_stands_once(void **state)
{
	struct fixture *at = *state;
	struct vault_details details = {.name = "work"};

	assert_int_equal(vault_add(&at->vault, &at->keys, 1000, &details, text("x"), NOW),
			 VAULT_EXISTS);
	assert_int_equal(vault_add(&at->vault, &at->keys, 1002, &details, text("x"), NOW),
			 VAULT_FINE);
}

/* Names that begin alike, in an order that is not theirs, among users likewise. */
static void test_any_order_is_put_in_order(void **state)
{
	static const char *const names[] = {"b",  "ab", "a",	    "aa", "abc",
					    "aB", "z",	"\xc3\xa4", "0"};
	const size_t count = sizeof(names) / sizeof(names[0]);
	struct fixture *at = *state;
	char secret[32];

	for (uint32_t uid = 1003; uid > 998; uid -= 2) {
		for (size_t i = 0; i < count; i++) {
			snprintf(secret, sizeof(secret), "%u %s", uid, names[i]);
			add(at, uid, names[i], secret);
		}
	}
	assert_int_equal(reopen(at, &key_source), VAULT_FINE);
	for (uint32_t uid = 1003; uid > 998; uid -= 2) {
		for (size_t i = 0; i < count; i++) {
			snprintf(secret, sizeof(secret), "%u %s", uid, names[i]);
			expect_secret(at, uid, names[i], secret);
		}
	}
	assert_int_equal(at->vault.entry_count, 3 + 3 * count);
	expect_secret(at, 1000, "work", "ghp_secretOfWork");
}

static void test_removed_is_gone(void **state)
{
	struct fixture *at = *state;
	size_t index;

	vault_remove(&at->vault, index_of(at, 1000, "work"));
	assert_int_equal(reopen(at, &key_source), VAULT_FINE);
	assert_false(vault_find(&at->vault, 1000, "work", &index));
	expect_secret(at, 1001, "work", "ghp_secretOfAnother");
}

static void describe(struct fixture *at, const char *name, struct vault_details *details)
{
	assert_int_equal(vault_describe(&at->vault, &at->keys, index_of(at, 1000, name), details),
			 VAULT_FINE);
}

static void test_a_use_is_noted(void **state)
{
	struct vault_details before, after;
	uint8_t secret[VAULT_SECRET_MAX] = {0};
	struct fixture *at = *state;

	describe(at, "work", &before);
	assert_int_equal(
		vault_touch(&at->vault, &at->keys, index_of(at, 1000, "work"), NOW + 5, secret),
		VAULT_FINE);
	assert_null(memmem(secret, sizeof(secret), "ghp_", 4));
	assert_int_equal(reopen(at, &key_source), VAULT_FINE);
	describe(at, "work", &after);
	before.last_used = NOW + 5;
	assert_memory_equal(&after, &before, sizeof(after));
	expect_secret(at, 1000, "work", "ghp_secretOfWork");
}

/* Every write has a data key of its own: nothing of the old version stays. */
static void test_a_new_version_shares_nothing_with_the_old_one(void **state)
{
	uint8_t secret[VAULT_SECRET_MAX];
	struct fixture *at = *state;
	size_t index = index_of(at, 1000, "work");
	const struct vault_part *part = &at->vault.entries[index];
	size_t length = part->length, public = 4 + 16 + 4 + 4 + 2 + 6 + 2 + 4 + 2 + 22;
	uint8_t *old = malloc(length);

	memcpy(old, part->bytes, length);
	assert_int_equal(vault_touch(&at->vault, &at->keys, index, NOW, secret), VAULT_FINE);
	assert_int_equal(part->length, length);
	assert_memory_equal(part->bytes, old, 20);
	assert_int_equal(part->bytes[20], old[20] + 1); /* the version */
	for (size_t i = public; i + 8 <= length; i += 8)
		assert_null(memmem(part->bytes + public, length - public, old + i, 8));
	free(old);
}

static void test_a_secret_is_replaced(void **state)
{
	struct fixture *at = *state;
	struct vault_details before, after;

	describe(at, "work", &before);
	after = before;
	after.expires = NOW + 100;
	after.refresh_expires = NOW + 1000;
	strcpy(after.scopes, "repo");
	strcpy(after.name, "another");
	strcpy(after.origin, "https://evil.example");
	assert_int_equal(vault_replace(&at->vault, &at->keys, index_of(at, 1000, "work"), &after,
				       text("ghu_refreshed")),
			 VAULT_FINE);
	assert_string_not_equal(after.fingerprint, before.fingerprint);
	assert_int_equal(reopen(at, &key_source), VAULT_FINE);
	expect_secret(at, 1000, "work", "ghu_refreshed");
	describe(at, "work", &after);
	assert_int_equal(after.expires, NOW + 100);
	assert_int_equal(after.refresh_expires, NOW + 1000);
	assert_string_equal(after.scopes, "repo");
	assert_string_equal(after.origin, before.origin);
	assert_int_equal(after.created, before.created);
}

static void test_a_replacement_that_fails_changes_nothing(void **state)
{
	struct fixture *at = *state;
	struct vault_details details;

	describe(at, "work", &details);
	assert_int_equal(vault_replace(&at->vault, &at->keys, index_of(at, 1000, "work"), &details,
				       text("")),
			 VAULT_BAD_ENTRY);
	expect_secret(at, 1000, "work", "ghp_secretOfWork");
}

/* The same for a user's same secret, also under a new KEK; different for another user or vault. */
static void test_fingerprints(void **state)
{
	struct vault_details details, other;
	struct fixture *at = *state, elsewhere = {0};
	struct vault_seal between;
	size_t index;

	add(at, 1000, "again", "ghp_secretOfWork");
	add(at, 1001, "taken", "ghp_secretOfWork");
	describe(at, "work", &details);
	describe(at, "again", &other);
	assert_string_equal(other.fingerprint, details.fingerprint);
	describe(at, "home", &other);
	assert_string_not_equal(other.fingerprint, details.fingerprint);
	index = index_of(at, 1001, "taken");
	assert_int_equal(vault_describe(&at->vault, &at->keys, index, &other), VAULT_FINE);
	assert_string_not_equal(other.fingerprint, details.fingerprint);
	assert_int_equal(vault_rekey(&at->vault, &at->keys, &other_source, 1, &between),
			 VAULT_FINE);
	add(at, 1000, "later", "ghp_secretOfWork");
	describe(at, "later", &other);
	assert_string_equal(other.fingerprint, details.fingerprint);

	assert_int_equal(vault_create(&elsewhere.vault, &elsewhere.keys, &key_source, 1, NOW),
			 VAULT_FINE);
	add(&elsewhere, 1000, "work", "ghp_secretOfWork");
	describe(&elsewhere, "work", &other);
	assert_string_not_equal(other.fingerprint, details.fingerprint);
	vault_free(&elsewhere.vault);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		vault_test(test_what_is_said_comes_back),
		vault_test(test_the_longest_of_everything),
		vault_test(test_what_is_no_entry),
		vault_test(test_a_user_sees_only_his_own),
		vault_test(test_a_name_stands_once),
		vault_test(test_any_order_is_put_in_order),
		vault_test(test_removed_is_gone),
		vault_test(test_a_use_is_noted),
		vault_test(test_a_new_version_shares_nothing_with_the_old_one),
		vault_test(test_a_secret_is_replaced),
		vault_test(test_a_replacement_that_fails_changes_nothing),
		vault_test(test_fingerprints),
	};

	if (crypto_start(NULL, NULL) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
