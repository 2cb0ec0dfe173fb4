/* Percent-encoding: what goes in comes out, and nothing else is taken for it. */
#include "lib/base/percent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_encoding(void **state)
{
	char text[64];
	struct percent_text to = {.text = text, .size = sizeof(text)};

	(void)state;
	percent_put_plain(&to, "/a?b=", 5);
	percent_put(&to, "Az09-._~ /?&=#%+\"\x7f\xc3\xa9");
	assert_string_equal(text, "/a?b=Az09-._~%20%2F%3F%26%3D%23%25%2B%22%7F%C3%A9");
	assert_false(to.overflow);
	assert_int_equal(to.used, strlen(text));
}

static void test_what_does_not_fit(void **state)
{
	char text[8];
	struct percent_text to = {.text = text, .size = sizeof(text)};

	(void)state;
	percent_put(&to, "abcdefg");
	assert_string_equal(text, "abcdefg");
	assert_false(to.overflow);
	percent_put(&to, "h");
	assert_true(to.overflow);
	/* Nothing is put behind a gap. */
	to.used = 0;
	percent_put(&to, "x");
	assert_string_equal(text, "abcdefg");
}

static void test_every_byte_comes_back(void **state)
{
	char value[256], text[1024], back[256];
	struct percent_text to = {.text = text, .size = sizeof(text)};

	(void)state;
	for (size_t i = 0; i < 255; i++)
		value[i] = (char)(i + 1);
	value[255] = 0;
	percent_put(&to, value);
	assert_false(to.overflow);
	assert_int_equal(percent_decode(text, to.used, back, sizeof(back)), 0);
	assert_string_equal(back, value);
	assert_int_equal(percent_decode(text, to.used, back, sizeof(back) - 1), -1);
}

static void test_decoding(void **state)
{
	static const char *const pairs[][2] = {
		{"", ""},	  {"a+b", "a b"},     {"%41%5a%5A", "AZZ"},
		{"%2B%26", "+&"}, {"a/b?c", "a/b?c"}, {"!$'()*,;:@", "!$'()*,;:@"},
	};
	char value[16];

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const char *text = pairs[i][0];
		assert_int_equal(percent_decode(text, strlen(text), value, sizeof(value)), 0);
		assert_string_equal(value, pairs[i][1]);
	}
	/* Not a byte behind the end is looked at. */
	assert_int_equal(percent_decode("%41", 2, value, sizeof(value)), -1);
	assert_int_equal(percent_decode("%41", 1, value, sizeof(value)), -1);
	assert_int_equal(percent_decode("ab", 1, value, sizeof(value)), 0);
	assert_string_equal(value, "a");
	assert_int_equal(percent_decode("a", 0, value, 0), -1);
	assert_int_equal(percent_decode("a", 1, value, 1), -1);
}

static void test_what_is_not_encoded(void **state)
{
	static const char *const others[] = {
		"%",	"%4",	"%4g", "%g4", "%00", "a%", "%%41", " ", "a b",	    "a\nb",
		"\x7f", "\x01", "#",   "\"",  "<",   "\\", "&",	   "=", "\xc3\xa9", "[",
	};
	char value[16];

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(percent_decode(others[i], strlen(others[i]), value, sizeof(value)),
				 -1);
	assert_int_equal(percent_decode("a\0b", 3, value, sizeof(value)), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_encoding),
		cmocka_unit_test(test_what_does_not_fit),
		cmocka_unit_test(test_every_byte_comes_back),
		cmocka_unit_test(test_decoding),
		cmocka_unit_test(test_what_is_not_encoded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
