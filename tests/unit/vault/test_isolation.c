/* Bytes moved within a file, or between files, by somebody who can even write the right MAC: what
 * was moved does not open. */
#include "fixture.h"

/* Where the fields of an entry with a provider and a name of 6 and 4 characters are. */
#define AT_UID 0
#define AT_ID 4
#define AT_VERSION 20
#define AT_TERM 24
#define AT_PROVIDER 30
#define AT_NAME 38
#define AT_ORIGIN 44
#define PUBLIC_SIZE (AT_ORIGIN + 22)
#define DATA_KEY_SIZE (12 + 32 + 16)

static struct vault_part *entry(struct fixture *at, uint32_t uid, const char *name)
{
	return &at->vault.entries[index_of(at, uid, name)];
}

/* A copy that can be altered, in place of the entry. */
static uint8_t *own(struct vault_part *part)
{
	uint8_t *bytes = malloc(part->length);

	memcpy(bytes, part->bytes, part->length);
	free(part->owned);
	part->bytes = part->owned = bytes;
	return bytes;
}

/* Changes one bit of what an entry says openly, in a file that is right otherwise, and back again.
 */
static void expect_bound(struct fixture *at, size_t offset, uint8_t bit)
{
	vault_remove(&at->vault, index_of(at, 1000, "home"));
	vault_remove(&at->vault, index_of(at, 1001, "work"));
	for (unsigned i = 0; i < 2; i++) {
		own(&at->vault.entries[0])[offset] ^= bit;
		assert_int_equal(reopen(at, &key_source), VAULT_FINE);
		if (i == 0)
			expect_shut(at, 0);
	}
	expect_secret(at, 1000, "work", "ghp_secretOfWork");
}

static void test_another_user(void **state)
{
	expect_bound(*state, AT_UID, 1);
}

static void test_another_id(void **state)
{
	expect_bound(*state, AT_ID + 7, 1);
}

static void test_another_version(void **state)
{
	expect_bound(*state, AT_VERSION, 2);
}

static void test_another_provider(void **state)
{
	expect_bound(*state, AT_PROVIDER + 5, 1);
}

static void test_another_name(void **state)
{
	expect_bound(*state, AT_NAME + 3, 1);
}

/* Above all: a token must not be sent elsewhere. */
static void test_another_origin(void **state)
{
	expect_bound(*state, AT_ORIGIN + 8, 1);
}

static void test_another_term(void **state)
{
	struct fixture *at = *state;

	assert_int_equal(vault_begin_term(&at->vault, &at->keys, NOW), VAULT_FINE);
	own(entry(at, 1000, "work"))[AT_TERM] = 2;
	assert_int_equal(reopen(at, &key_source), VAULT_FINE);
	expect_shut(at, index_of(at, 1000, "work"));
	/* One that there is not. */
	own(entry(at, 1000, "work"))[AT_TERM] = 3;
	assert_int_equal(reopen(at, &key_source), VAULT_FINE);
	expect_shut(at, index_of(at, 1000, "work"));
	expect_secret(at, 1000, "home", "ghp_secretOfHome");
}

/* The cipher texts of one entry under the name of another, from one of them on. */
static void test_cipher_texts_of_another_entry(void **state)
{
	struct fixture *at = *state;
	size_t length = entry(at, 1000, "home")->length, size;
	const size_t cuts[] = {PUBLIC_SIZE, PUBLIC_SIZE + DATA_KEY_SIZE, length - 16 - 16};
	uint8_t right[2048], revealed[VAULT_SECRET_MAX];

	assert_int_equal(entry(at, 1000, "work")->length, length);
	memcpy(right, entry(at, 1000, "work")->bytes, length);
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		memcpy(own(entry(at, 1000, "work")) + cuts[i],
		       entry(at, 1000, "home")->bytes + cuts[i], length - cuts[i]);
		assert_int_equal(reopen(at, &key_source), VAULT_FINE);
		assert_int_equal(vault_reveal(&at->vault, &at->keys, index_of(at, 1000, "work"),
					      revealed, &size),
				 VAULT_CHANGED);
		memcpy(own(entry(at, 1000, "work")), right, length);
	}
	assert_int_equal(reopen(at, &key_source), VAULT_FINE);
	expect_secret(at, 1000, "work", "ghp_secretOfWork");
}

/* Details in the place of the secret: both are under the same data key. */
static void test_the_two_texts_are_told_apart(void **state)
{
	struct fixture *at = *state;
	struct vault_part *part = entry(at, 1000, "work"), swapped;
	size_t texts = PUBLIC_SIZE + DATA_KEY_SIZE, secret_size = 12 + 2 + 16 + 16;
	size_t details_size = part->length - texts - secret_size;

	swapped.length = part->length;
	swapped.bytes = swapped.owned = malloc(part->length);
	memcpy(swapped.owned, part->bytes, texts);
	memcpy(swapped.owned + texts, part->bytes + texts + details_size, secret_size);
	memcpy(swapped.owned + texts + secret_size, part->bytes + texts, details_size);
	free(part->owned);
	*part = swapped;
	assert_int_equal(reopen(at, &key_source), VAULT_FINE);
	expect_shut(at, index_of(at, 1000, "work"));
}

static void test_an_earlier_version_of_itself(void **state)
{
	struct fixture *at = *state;
	struct vault_part *part = entry(at, 1000, "work");
	size_t length = part->length;
	uint8_t old[2048], secret[VAULT_SECRET_MAX];

	memcpy(old, part->bytes, length);
	assert_int_equal(
		vault_touch(&at->vault, &at->keys, index_of(at, 1000, "work"), NOW, secret),
		VAULT_FINE);
	/* Its cipher texts under the number of the new version. */
	uint8_t *now = own(entry(at, 1000, "work"));
	memcpy(now + PUBLIC_SIZE, old + PUBLIC_SIZE, length - PUBLIC_SIZE);
	assert_int_equal(reopen(at, &key_source), VAULT_FINE);
	expect_shut(at, index_of(at, 1000, "work"));
}

/* Another vault of the same key: neither its entries, nor its terms, nor its stanzas. */
static void test_another_vault(void **state)
{
	struct fixture *at = *state, other = {0};

	assert_int_equal(vault_create(&other.vault, &other.keys, &key_source, 1, NOW), VAULT_FINE);
	add(&other, 1000, "work", "ghp_secretElsewhere");
	struct vault_part *to = entry(at, 1000, "work"), *from = entry(&other, 1000, "work");
	struct vault_part kept = *to;
	*to = *from;
	expect_shut(at, index_of(at, 1000, "work"));
	*to = kept;
	expect_secret(at, 1000, "work", "ghp_secretOfWork");

	kept = at->vault.terms[0];
	at->vault.terms[0] = other.vault.terms[0];
	other.vault.terms[0] = kept;
	assert_int_equal(reopen(at, &key_source), VAULT_CHANGED);
	kept = at->vault.stanzas[0];
	at->vault.stanzas[0] = other.vault.stanzas[0];
	assert_int_equal(vault_unlock(&at->vault, &at->keys, &key_source), VAULT_WRONG_KEY);
	at->vault.stanzas[0] = kept;
	vault_free(&other.vault);
}

/* A forged file with two entries of one name: which one counts must not depend on the reader. */
static void test_a_name_twice(void **state)
{
	struct fixture *at = *state;
	struct vault_part *home = entry(at, 1000, "home"), *work = entry(at, 1000, "work");

	free(home->owned);
	*home = (struct vault_part){work->bytes, work->length, NULL};
	own(home);
	assert_int_equal(reload(at), VAULT_MALFORMED);
}

static void test_entries_out_of_order(void **state)
{
	struct fixture *at = *state;
	struct vault_part first = at->vault.entries[0];

	at->vault.entries[0] = at->vault.entries[2];
	at->vault.entries[2] = first;
	assert_int_equal(reload(at), VAULT_MALFORMED);
}

static void test_terms_out_of_order(void **state)
{
	struct fixture *at = *state;

	assert_int_equal(vault_begin_term(&at->vault, &at->keys, NOW), VAULT_FINE);
	struct vault_part first = at->vault.terms[0];
	at->vault.terms[0] = at->vault.terms[1];
	at->vault.terms[1] = first;
	assert_int_equal(reopen(at, &key_source), VAULT_MALFORMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		vault_test(test_another_user),
		vault_test(test_another_id),
		vault_test(test_another_version),
		vault_test(test_another_provider),
		vault_test(test_another_name),
		vault_test(test_another_origin),
		vault_test(test_another_term),
		vault_test(test_cipher_texts_of_another_entry),
		vault_test(test_the_two_texts_are_told_apart),
		vault_test(test_an_earlier_version_of_itself),
		vault_test(test_another_vault),
		vault_test(test_a_name_twice),
		vault_test(test_entries_out_of_order),
		vault_test(test_terms_out_of_order),
	};

	if (crypto_start(NULL, NULL) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
