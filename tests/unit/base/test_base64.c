/* Base64: RFC 4648's examples, and one text only for each sequence of bytes. */
#include "lib/base/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_the_rfcs_examples(void **state)
{
	static const char *const pairs[][2] = {{"", ""},
					       {"f", "Zg=="},
					       {"fo", "Zm8="},
					       {"foo", "Zm9v"},
					       {"foob", "Zm9vYg=="},
					       {"fooba", "Zm9vYmE="},
					       {"foobar", "Zm9vYmFy"}};
	char text[16];
	uint8_t bytes[16];

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		size_t size = strlen(pairs[i][0]);
		base64_encode((const uint8_t *)pairs[i][0], size, text);
		assert_string_equal(text, pairs[i][1]);
		assert_int_equal(base64_decode(text, strlen(text), bytes, size), 0);
		assert_memory_equal(bytes, pairs[i][0], size);
	}
}

static void test_every_byte_comes_back(void **state)
{
	uint8_t bytes[256], back[256];
	char text[BASE64_LENGTH(256) + 1];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 167);
	for (size_t size = 0; size <= sizeof(bytes); size++) {
		base64_encode(bytes, size, text);
		assert_int_equal(strlen(text), BASE64_LENGTH(size));
		assert_int_equal(base64_decode(text, strlen(text), back, size), 0);
		assert_memory_equal(back, bytes, size);
	}
}

/* Whatever is accepted is what encoding gives. */
static void test_only_the_canonical_text(void **state)
{
	static const char right[] = "Zm9vYg==";
	unsigned accepted = 0;
	uint8_t bytes[5];
	char text[sizeof(right)];

	(void)state;
	for (size_t at = 0; at < sizeof(right) - 1; at++) {
		for (int c = 0; c < 256; c++) {
			char again[sizeof(right)];
			strcpy(text, right);
			text[at] = (char)c;
			if (base64_decode(text, sizeof(right) - 1, bytes, 4) < 0)
				continue;
			base64_encode(bytes, 4, again);
			assert_memory_equal(again, text, sizeof(right));
			accepted++;
		}
	}
	/* Five places with 64 choices, one with 4, two with 1. */
	assert_int_equal(accepted, 5 * 64 + 4 + 2);
	assert_int_equal(base64_decode("Zm9vYg=", 7, bytes, 4), -1);
	assert_int_equal(base64_decode("Zm9vYg", 6, bytes, 4), -1);
	assert_int_equal(base64_decode("Zm9vYg==\n", 9, bytes, 4), -1);
	assert_int_equal(base64_decode("Zm9vYg==", 8, bytes, 5), -1);
}

static void test_for_addresses(void **state)
{
	/* Section 10's alphabet by its last two, and section 5: no padding. */
	static const uint8_t bytes[] = {0xfb, 0xff, 0xbf, 0xff};
	static const char *const texts[] = {"", "-w", "-_8", "-_-_", "-_-__w"};
	char text[16];

	(void)state;
	for (size_t size = 0; size <= sizeof(bytes); size++) {
		base64_encode_url(bytes, size, text);
		assert_string_equal(text, texts[size]);
		assert_int_equal(strlen(text), BASE64_URL_LENGTH(size));
	}
}

static void test_decoding_in_place(void **state)
{
	char text[] = "Zm9vYmFyZm9vYg==";

	(void)state;
	assert_int_equal(base64_decode(text, sizeof(text) - 1, (uint8_t *)text, 10), 0);
	assert_memory_equal(text, "foobarfoob", 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_rfcs_examples),
		cmocka_unit_test(test_every_byte_comes_back),
		cmocka_unit_test(test_only_the_canonical_text),
		cmocka_unit_test(test_for_addresses),
		cmocka_unit_test(test_decoding_in_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
