/* Decoding and judging one character. */
#include "lib/sanitize/character.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_valid(void **state)
{
	static const struct {
		const char *text;
		uint32_t code;
	} cases[] = {
		{"a", 'a'},
		{"\x7f", 0x7f},
		{"\xc2\x80", 0x80},
		{"\xdf\xbf", 0x7ff},
		{"\xe0\xa0\x80", 0x800},
		{"\xed\x9f\xbf", 0xd7ff},
		{"\xee\x80\x80", 0xe000},
		{"\xef\xbf\xbf", 0xffff},
		{"\xf0\x90\x80\x80", 0x10000},
		{"\xf4\x8f\xbf\xbf", 0x10ffff},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t length = strlen(cases[i].text);
		struct sanitize_character character =
			sanitize_decode((const unsigned char *)cases[i].text, length);
		assert_true(character.valid);
		assert_int_equal(character.code, cases[i].code);
		assert_int_equal(character.length, length);
	}
}

static void test_invalid(void **state)
{
	static const char *const cases[] = {
		"\x80", /* a lone continuation */
		"\xbf",
		"\xc0\x80", /* overlong */
		"\xc1\xbf",
		"\xe0\x9f\xbf",
		"\xf0\x8f\xbf\xbf",
		"\xed\xa0\x80", /* surrogates */
		"\xed\xbf\xbf",
		"\xf4\x90\x80\x80", /* beyond Unicode */
		"\xf8\x88\x80\x80",
		"\xff",
		"\xc2", /* cut */
		"\xe2\x82",
		"\xf0\x9f\x98",
		"\xc2"
		"a", /* broken off */
		"\xe2\x82"
		"a",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sanitize_character character =
			sanitize_decode((const unsigned char *)cases[i], strlen(cases[i]));
		assert_false(character.valid);
		assert_int_equal(character.length, 1);
	}
}

static void test_active(void **state)
{
	static const uint32_t active[] = {
		0,	0x0a,	0x1b,	0x1f,	0x7f,	0x80,	 0x9b,	  0x9f,	  0xad,	  0x61c,
		0x115f, 0x200b, 0x200d, 0x200e, 0x200f, 0x2028,	 0x2029,  0x202a, 0x202e, 0x2060,
		0x2066, 0x2069, 0x3164, 0xfeff, 0xfff9, 0xe0001, 0xe007f, 0xe01ef};
	static const uint32_t harmless[] = {
		' ',	'~',	0xa0,	0xac,	0xae,	0xe9,	0x620,	0x200a,	 0x2010,  0x2027,
		0x202f, 0x205f, 0x2070, 0x4e2d, 0xfe0f, 0xfffc, 0xfffd, 0x1f600, 0xdffff, 0x10ffff};

	(void)state;
	for (size_t i = 0; i < sizeof(active) / sizeof(active[0]); i++)
		assert_true(sanitize_is_active(active[i]));
	for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		assert_false(sanitize_is_active(harmless[i]));
}

static void test_escapes(void **state)
{
	static const struct {
		const char *text, *escape;
	} cases[] = {
		{"\n", "\\x0a"},
		{"\x1b", "\\x1b"},
		{"\xc2\x9b", "\\x9b"},
		{"\xe2\x80\xae", "\\u202e"},
		{"\xf3\xa0\x81\x81", "\\U000e0041"},
		{"\xff", "\xef\xbf\xbd"},
	};
	char out[SANITIZE_ESCAPE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t length =
			sanitize_escape(out, sanitize_decode((const unsigned char *)cases[i].text,
							     strlen(cases[i].text)));
		assert_int_equal(length, strlen(cases[i].escape));
		assert_memory_equal(out, cases[i].escape, length);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_invalid),
		cmocka_unit_test(test_active),
		cmocka_unit_test(test_escapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
