/* The seal: an earlier vault shows, a later one is fine, and nothing but the vault's own seal
 * counts. */
#include "fixture.h"

static struct crypto_bytes bytes_of(const struct vault_seal *seal)
{
	return (struct crypto_bytes){seal->bytes, seal->size};
}

static void make(struct fixture *at, struct vault_seal *seal)
{
	assert_int_equal(vault_seal_make(&at->vault, &at->keys, seal), VAULT_FINE);
}

static void expect(struct fixture *at, const struct vault_seal *seal, enum vault_fault fault)
{
	assert_int_equal(vault_seal_check(&at->vault, &at->keys, bytes_of(seal)), fault);
	for (size_t i = 0; i < CRYPTO_KEY_SIZE; i++)
		assert_int_equal(at->keys.scratch[i], 0);
}

static void test_earlier_is_refused_later_is_not(void **state)
{
	struct fixture *at = *state;
	struct vault_seal seal;

	at->vault.generation = 300;
	make(at, &seal);
	expect(at, &seal, VAULT_FINE);
	at->vault.generation = 301;
	expect(at, &seal, VAULT_FINE);
	at->vault.generation = 299;
	expect(at, &seal, VAULT_ROLLED_BACK);
	at->vault.generation = 1;
	expect(at, &seal, VAULT_ROLLED_BACK);
	at->vault.generation = 0x1000000000000;
	make(at, &seal);
	at->vault.generation = 0xffffffffffff;
	expect(at, &seal, VAULT_ROLLED_BACK);
}

/* Also for the first generation: it may be put back, and the seal removed. */
static void test_none_is_a_fault(void **state)
{
	struct fixture *at = *state;
	const struct vault_seal none = {.size = 0};

	at->vault.generation = 1;
	expect(at, &none, VAULT_SEAL_MISSING);
}

static void test_every_change_shows(void **state)
{
	struct fixture *at = *state;
	struct vault_seal seal, cut;

	make(at, &seal);
	for (size_t i = 0; i < seal.size; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			seal.bytes[i] ^= (uint8_t)(1u << bit);
			expect(at, &seal,
			       i >= 16 && i < 32 ? VAULT_SEAL_FOREIGN : VAULT_SEAL_DAMAGED);
			seal.bytes[i] ^= (uint8_t)(1u << bit);
		}
		cut = seal;
		cut.size = i;
		expect(at, &cut, i ? VAULT_SEAL_DAMAGED : VAULT_SEAL_MISSING);
	}
	cut = seal;
	for (cut.size = seal.size + 1; cut.size < VAULT_SEAL_MAX; cut.size++)
		expect(at, &cut, VAULT_SEAL_DAMAGED);
}

static void test_another_vaults_is_not_ours(void **state)
{
	struct fixture *at = *state, other = {0};
	struct vault_seal seal;

	assert_int_equal(vault_create(&other.vault, &other.keys, &key_source, 1, NOW), VAULT_FINE);
	make(&other, &seal);
	expect(at, &seal, VAULT_SEAL_FOREIGN);
	vault_free(&other.vault);
}

/* While a rekey is under way, the seal is good for the vault under either KEK; then for the new one
 * only. */
static void test_between_two_keys(void **state)
{
	struct fixture *at = *state, old = *at;
	struct vault_seal before, between, after;

	at->vault.generation = old.vault.generation = 7;
	make(at, &before);
	assert_int_equal(vault_rekey(&at->vault, &at->keys, &other_source, 1, &between),
			 VAULT_FINE);
	assert_int_equal(between.size, VAULT_SEAL_MAX);
	expect(&old, &between, VAULT_FINE);
	expect(at, &between, VAULT_FINE);
	expect(at, &before, VAULT_SEAL_DAMAGED);
	at->vault.generation = 8;
	expect(at, &between, VAULT_FINE);
	make(at, &after);
	expect(at, &after, VAULT_FINE);
	expect(&old, &after, VAULT_SEAL_DAMAGED);
	at->vault.generation = old.vault.generation = 6;
	expect(at, &between, VAULT_ROLLED_BACK);
	expect(&old, &between, VAULT_ROLLED_BACK);
	/* The facts are under both: neither an earlier number nor half of it passes. */
	between.bytes[32] ^= 1;
	expect(at, &between, VAULT_SEAL_DAMAGED);
	expect(&old, &between, VAULT_SEAL_DAMAGED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		vault_test(test_earlier_is_refused_later_is_not),
		vault_test(test_none_is_a_fault),
		vault_test(test_every_change_shows),
		vault_test(test_another_vaults_is_not_ours),
		vault_test(test_between_two_keys),
	};

	if (crypto_start(NULL, NULL) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
