/* The operations tell what is not authentic from what went wrong. That they are the standards' is
 * shown by tests/papers/test_vault_format.py, which reads a vault with its own. */
#include "lib/crypto/crypto.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t key[CRYPTO_KEY_SIZE] = "0123456789abcdefghijklmnopqrstu";
static const uint8_t nonce[CRYPTO_NONCE_SIZE] = "a nonce once";
static const struct crypto_bytes plain = {"ghp_secret", 10}, bound = {"whose", 5};
static const struct crypto_bytes other = {"Whose", 5};

static bool no_memory;

static void *allocate(size_t count, size_t size)
{
	return no_memory ? NULL : calloc(count, size);
}

static void expect(int status, int fault)
{
	int found = errno;

	assert_int_equal(status, fault ? -1 : 0);
	if (fault)
		assert_int_equal(found, fault);
	errno = 0;
}

static void test_what_is_sealed_opens(void **state)
{
	uint8_t sealed[10 + CRYPTO_TAG_SIZE], opened[10];
	const struct crypto_bytes whole = {sealed, sizeof(sealed)};

	(void)state;
	expect(crypto_seal(key, nonce, bound, plain, sealed), 0);
	expect(crypto_open(key, nonce, bound, whole, opened), 0);
	assert_memory_equal(opened, plain.bytes, 10);
	expect(crypto_open(key, nonce, other, whole, opened), EBADMSG);
	assert_memory_equal(opened, (uint8_t[10]){0}, 10);
	expect(crypto_open((const uint8_t *)"another key of 32 bytes, no less.", nonce, bound,
			   whole, opened),
	       EBADMSG);
	for (size_t length = 0; length < sizeof(sealed); length++)
		expect(crypto_open(key, nonce, bound, (struct crypto_bytes){sealed, length},
				   opened),
		       EBADMSG);
}

static void test_a_mac_is_of_its_key_and_text(void **state)
{
	uint8_t mac[CRYPTO_MAC_SIZE], derived[CRYPTO_KEY_SIZE];

	(void)state;
	expect(crypto_mac(key, plain, mac), 0);
	expect(crypto_mac_verify(key, plain, mac), 0);
	expect(crypto_mac_verify(key, bound, mac), EBADMSG);
	expect(crypto_derive(key, bound, plain, derived), 0);
	expect(crypto_mac_verify(derived, plain, mac), EBADMSG);
	mac[CRYPTO_MAC_SIZE - 1] ^= 0x80;
	expect(crypto_mac_verify(key, plain, mac), EBADMSG);
}

static void test_derived_keys_differ(void **state)
{
	uint8_t keys[4][CRYPTO_KEY_SIZE];

	(void)state;
	expect(crypto_derive(key, bound, plain, keys[0]), 0);
	expect(crypto_derive(key, other, plain, keys[1]), 0);
	expect(crypto_derive(key, bound, other, keys[2]), 0);
	expect(crypto_derive(keys[0], bound, plain, keys[3]), 0);
	for (unsigned i = 0; i < 4; i++) {
		for (unsigned j = 0; j < i; j++)
			assert_memory_not_equal(keys[i], keys[j], CRYPTO_KEY_SIZE);
	}
	expect(crypto_derive(key, bound, plain, keys[1]), 0);
	assert_memory_equal(keys[1], keys[0], CRYPTO_KEY_SIZE);
}

static void test_without_memory(void **state)
{
	uint8_t out[10 + CRYPTO_TAG_SIZE], mac[CRYPTO_MAC_SIZE];

	(void)state;
	expect(crypto_mac(key, plain, mac), 0);
	expect(crypto_seal(key, nonce, bound, plain, out), 0);
	no_memory = true;
	expect(crypto_seal(key, nonce, bound, plain, out), ENOMEM);
	expect(crypto_open(key, nonce, bound, (struct crypto_bytes){out, sizeof(out)}, mac),
	       ENOMEM);
	expect(crypto_mac(key, plain, mac), ENOMEM);
	expect(crypto_mac_verify(key, plain, mac), ENOMEM);
	expect(crypto_derive(key, bound, plain, mac), ENOMEM);
	no_memory = false;
	expect(crypto_random(mac, sizeof(mac)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_sealed_opens),
		cmocka_unit_test(test_a_mac_is_of_its_key_and_text),
		cmocka_unit_test(test_derived_keys_differ),
		cmocka_unit_test(test_without_memory),
	};

	if (crypto_start(allocate, free) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
