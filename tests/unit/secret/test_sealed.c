/* Sealed tokens: they come back whole, with their key only. */
#include "lib/secret/sealed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct crypto_bytes token = {"ghs_AppsTokenOfAnInstallation", 29};

static uint8_t key[CRYPTO_KEY_SIZE], other[CRYPTO_KEY_SIZE];

static int set_up(void **state)
{
	struct sealed *sealed = test_calloc(1, sizeof(*sealed));

	*state = sealed;
	return sealed_make(key, token, sealed);
}

static int tear_down(void **state)
{
	sealed_free(*state);
	test_free(*state);
	return 0;
}

static void test_it_comes_back(void **state)
{
	struct sealed *sealed = *state;
	uint8_t plain[64];
	size_t length;

	assert_int_equal(sealed_length(sealed), token.length);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(sealed_open(key, sealed, plain, &length), 0);
		assert_int_equal(length, token.length);
		assert_memory_equal(plain, token.bytes, length);
	}
}

static void test_it_does_not_show(void **state)
{
	const struct sealed *sealed = *state;
	struct sealed again;

	for (size_t length = 6; length <= token.length; length++)
		assert_null(memmem(sealed->bytes, sealed->size, token.bytes, length));
	assert_int_equal(sealed_make(key, token, &again), 0);
	assert_int_equal(again.size, sealed->size);
	assert_memory_not_equal(again.bytes, sealed->bytes, again.size);
	sealed_free(&again);
}

static void expect_shut(const uint8_t with[CRYPTO_KEY_SIZE], const struct sealed *sealed)
{
	uint8_t plain[64];
	size_t length = 1;

	memset(plain, 0, sizeof(plain));
	assert_int_equal(sealed_open(with, sealed, plain, &length), -1);
	assert_int_equal(length, 0);
	assert_null(memmem(plain, sizeof(plain), "ghs_", 4));
}

static void test_nothing_else_opens(void **state)
{
	struct sealed *sealed = *state;
	const struct sealed none = {0};

	expect_shut(other, sealed);
	expect_shut(key, &none);
	assert_int_equal(sealed_length(&none), 0);
	for (size_t i = 0; i < sealed->size; i++) {
		sealed->bytes[i] ^= 1;
		expect_shut(key, sealed);
		sealed->bytes[i] ^= 1;
	}
}

static void test_nothing_is_something(void **state)
{
	struct sealed sealed;
	uint8_t plain[1];
	size_t length = 1;

	(void)state;
	assert_int_equal(sealed_make(key, (struct crypto_bytes){"", 0}, &sealed), 0);
	assert_int_equal(sealed_open(key, &sealed, plain, &length), 0);
	assert_int_equal(length, 0);
	sealed_free(&sealed);
	assert_null(sealed.bytes);
	sealed_free(&sealed);
	assert_int_equal(sealed_make(key, (struct crypto_bytes){"", SIZE_MAX - 8}, &sealed), -1);
	assert_null(sealed.bytes);
}

#define sealed_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		sealed_test(test_it_comes_back),
		sealed_test(test_it_does_not_show),
		sealed_test(test_nothing_else_opens),
		sealed_test(test_nothing_is_something),
	};

	if (crypto_start(NULL, NULL) < 0 || sealed_key_new(key) < 0 || sealed_key_new(other) < 0 ||
	    memcmp(key, other, sizeof(key)) == 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
