/* Text for logs and people: escapes, bounds, what passes unharmed. */
#include "lib/sanitize/sanitize.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define REPLACEMENT "\xef\xbf\xbd"
#define ELLIPSIS "\xe2\x80\xa6"

struct pair {
	const char *text, *expected;
};

static const struct pair escapes[] = {
	{"", ""},
	{"plain text 100% \"quoted\" \\ ok", "plain text 100% \"quoted\" \\ ok"},
	{"line\nline\ttab\r", "line\\x0aline\\x09tab\\x0d"},
	{"\x1b[31mred\x1b]0;title\x07", "\\x1b[31mred\\x1b]0;title\\x07"},
	{"\x7f\xc2\x9b"
	 "2J",
	 "\\x7f\\x9b2J"},
	{"a\xe2\x80\xae"
	 "b\xe2\x81\xa6"
	 "c",
	 "a\\u202eb\\u2066c"},
	{"zero\xe2\x80\x8bwidth\xef\xbb\xbf", "zero\\u200bwidth\\ufeff"},
	{"\xe2\x80\xa8\xe2\x80\xa9", "\\u2028\\u2029"},
	{"\xf3\xa0\x81\xa1", "\\U000e0061"},
	{"gr\xc3\xbc\xc3\x9f \xe4\xb8\xad \xf0\x9f\x98\x80",
	 "gr\xc3\xbc\xc3\x9f \xe4\xb8\xad \xf0\x9f\x98\x80"},
	{"\xff\xc3(\xe2\x82", REPLACEMENT REPLACEMENT "(" REPLACEMENT REPLACEMENT},
	{"\xed\xa0\x80", REPLACEMENT REPLACEMENT REPLACEMENT},
};

static void test_escapes(void **state)
{
	char out[256];

	(void)state;
	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
		const struct pair *pair = &escapes[i];
		size_t length = sanitize_text(out, sizeof(out), pair->text, strlen(pair->text));
		assert_string_equal(out, pair->expected);
		assert_int_equal(length, strlen(pair->expected));
		sanitize_field(out, sizeof(out), pair->text, strlen(pair->text));
		assert_string_equal(out, pair->expected);
	}
}

static void test_nul_is_visible(void **state)
{
	char out[32];

	(void)state;
	assert_int_equal(sanitize_text(out, sizeof(out), "a\0b", 3), 6);
	assert_string_equal(out, "a\\x00b");
	assert_int_equal(sanitize_field(out, sizeof(out), "a\0b", 3), 6);
	assert_string_equal(out, "a\\x00b");
}

/* Fields are shown as they are: an alert may be about a password. */
static void test_fields_are_not_redacted(void **state)
{
	static const char text[] = "password=hunter2 ghp_0123";
	char out[64];

	(void)state;
	sanitize_field(out, sizeof(out), text, sizeof(text) - 1);
	assert_string_equal(out, text);
	sanitize_text(out, sizeof(out), text, sizeof(text) - 1);
	assert_string_equal(out, "password=**** ghp_****");
}

static void test_truncation(void **state)
{
	static const struct {
		size_t cap;
		const char *text, *expected;
	} cases[] = {
		{9, "12345678", "12345678"},
		{8, "12345678", "1234" ELLIPSIS},
		{5, "12345678", "1" ELLIPSIS},
		{4, "12345678", ELLIPSIS},
		{4, "123", "123"},
		{3, "12", ""}, /* no room to say that it was cut */
		{1, "12", ""},
		{1, "", ""},
		/* Never within a character or an escape. */
		{9, "abcd\xe4\xb8\xad\xe4\xb8\xad", "abcd" ELLIPSIS},
		{10,
		 "abcdef\x1b"
		 "gh",
		 "abcdef" ELLIPSIS},
		{10,
		 "abcde\x1b"
		 "gh",
		 "abcde" ELLIPSIS},
		{10, "\x1b\x1b\x1b", "\\x1b" ELLIPSIS},
	};
	char out[16];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(out, '#', sizeof(out));
		size_t length =
			sanitize_text(out, cases[i].cap, cases[i].text, strlen(cases[i].text));
		assert_string_equal(out, cases[i].expected);
		assert_int_equal(length, strlen(cases[i].expected));
		assert_int_equal(out[cases[i].cap], '#');
	}
}

static void test_no_room_at_all(void **state)
{
	char out[] = "#";

	(void)state;
	assert_int_equal(sanitize_text(out, 0, "abc", 3), 0);
	assert_int_equal(sanitize_field(out, 0, "abc", 3), 0);
	assert_int_equal(out[0], '#');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_nul_is_visible),
		cmocka_unit_test(test_fields_are_not_redacted),
		cmocka_unit_test(test_truncation),
		cmocka_unit_test(test_no_room_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
