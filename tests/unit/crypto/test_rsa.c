/* RSA signatures: those that openssl(1) makes, and none with a key that is not whole. */
#include "lib/crypto/rsa.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <psa/crypto.h>

#include <cmocka.h>

#include "pem/keys.h"

static const struct crypto_bytes data = {"what is signed", 14};

/* SHA-256 of `printf 'what is signed' | openssl dgst -sha256 -sign KEY`. */
static const uint8_t digest_4096[32] = {
	0xcb, 0x63, 0xea, 0x0a, 0x7b, 0x8c, 0x21, 0x04, 0xb5, 0x6c, 0x57,
	0x7c, 0x2c, 0x45, 0x60, 0x00, 0xa0, 0x3e, 0x46, 0x67, 0xb9, 0xc4,
	0xa2, 0x8e, 0xa4, 0x88, 0xee, 0x98, 0x09, 0x85, 0xb5, 0xbb,
};

static void test_the_signature_is_the_standards(void **state)
{
	uint8_t der[KEY_TEXT_MAX], signature[CRYPTO_RSA_SIGNATURE_MAX], digest[32];
	size_t size = read_key("pkcs1-4096", der), length;

	(void)state;
	assert_true(size > 0);
	assert_int_equal(
		crypto_rsa_sign((struct crypto_bytes){der, size}, data, signature, &length), 0);
	assert_int_equal(length, 512);
	assert_int_equal(psa_hash_compute(PSA_ALG_SHA_256, signature, length, digest,
					  sizeof(digest), &length),
			 PSA_SUCCESS);
	assert_memory_equal(digest, digest_4096, sizeof(digest));
}

/* Whether it signs; if not, nothing is said. */
static bool signs(const uint8_t *der, size_t size, uint8_t signature[CRYPTO_RSA_SIGNATURE_MAX])
{
	size_t length;

	memset(signature, 'x', CRYPTO_RSA_SIGNATURE_MAX);
	if (crypto_rsa_sign((struct crypto_bytes){der, size}, data, signature, &length) == 0) {
		assert_int_equal(length, 256);
		return true;
	}
	assert_int_equal(length, 0);
	for (size_t i = 0; i < CRYPTO_RSA_SIGNATURE_MAX; i++)
		assert_int_equal(signature[i], 0);
	return false;
}

/* A signature made with one prime altered shows the other one: it must not get out. The private
 * exponent takes no part in a signature; that it is altered shows when the key is checked. */
static void test_a_damaged_key_signs_nothing_else(void **state)
{
	uint8_t der[KEY_TEXT_MAX], right[CRYPTO_RSA_SIGNATURE_MAX], other[CRYPTO_RSA_SIGNATURE_MAX];
	size_t size = read_key("pkcs1-2048", der);
	unsigned refused = 0;

	(void)state;
	assert_true(signs(der, size, right));
	assert_int_equal(crypto_rsa_check((struct crypto_bytes){der, size}), 0);
	for (size_t at = 0; at < size; at += 29) {
		der[at] ^= 4;
		if (signs(der, size, other))
			assert_memory_equal(other, right, 256);
		else
			refused++;
		assert_int_equal(crypto_rsa_check((struct crypto_bytes){der, size}), -1);
		der[at] ^= 4;
	}
	/* Of 41 places 9 are in that exponent. */
	assert_true(refused >= 32);
	for (size_t left = 0; left < size; left += 101) {
		assert_false(signs(der, left, other));
		assert_int_equal(crypto_rsa_check((struct crypto_bytes){der, left}), -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_signature_is_the_standards),
		cmocka_unit_test(test_a_damaged_key_signs_nothing_else),
	};

	if (crypto_start(NULL, NULL) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
