/* Columns: Latin, East Asian, marks, emoji. */
#include "lib/width/width.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *text;
	unsigned width;
} samples[] = {
	{"", 0},
	{"abc", 3},
	{"\xc3\xa9", 1},			     /* e acute, one character */
	{"e\xcc\x81", 1},			     /* e and a combining acute */
	{"\xe6\xbc\xa2\xe5\xad\x97", 4},	     /* two ideographs */
	{"\xed\x95\x9c\xea\xb8\x80", 4},	     /* two Hangul syllables */
	{"\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", 2}, /* one syllable in three letters */
	{"\xef\xbd\xb1", 1},			     /* half-width katakana */
	{"\xef\xbc\xa1", 2},			     /* full-width A */
	{"\xf0\x9f\x90\x9b", 2},		     /* a bug */
	{"\xe2\x9c\x85", 2},			     /* a check mark that is an emoji */
	{"\xe2\x9d\xa4", 1},			     /* a heart that is text by default */
	{"\xe2\x9d\xa4\xef\xb8\x8f", 1},	     /* and with a variation selector */
	{"\xd7\xa9\xd7\x81", 1},		     /* Hebrew shin and its dot */
	{"\xe0\xa4\x95\xe0\xa5\x8d", 1},	     /* Devanagari ka and virama */
	{"\xe0\xb8\x81\xe0\xb8\xb4", 1},	     /* Thai ko kai and sara i */
	{"\xe2\x80\xa6", 1},			     /* the ellipsis of a cut cell */
	{"\xf0\xa0\x80\x80", 2},		     /* an ideograph of plane 2 */
	{"\xf4\x8f\xbf\xbd", 1},		     /* the last character there is */
	{"\xff", 1},				     /* no character at all */
};

static void test_widths(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		unsigned width = width_of_text(samples[i].text, strlen(samples[i].text));
		if (width != samples[i].width)
			fail_msg("sample %zu takes %u columns, not %u", i, width, samples[i].width);
	}
}

/* Neighbours on both sides of a range's ends. */
static void test_ends_of_ranges(void **state)
{
	(void)state;
	assert_int_equal(width_of(0x10ff), 1);
	assert_int_equal(width_of(0x1100), 2);
	assert_int_equal(width_of(0x115f), 2);
	assert_int_equal(width_of(0x1160), 0);
	assert_int_equal(width_of(0x2ff), 1);
	assert_int_equal(width_of(0x300), 0);
	assert_int_equal(width_of(0x36f), 0);
	assert_int_equal(width_of(0x370), 1);
	assert_int_equal(width_of(0x10ffff), 1);
	assert_int_equal(width_of(UINT32_MAX), 1);
}

static size_t fit(const char *text, unsigned width)
{
	return width_fit(text, strlen(text), width);
}

static void test_what_fits(void **state)
{
	static const char wide[] = "\xe6\xbc\xa2\xe5\xad\x97";

	(void)state;
	assert_int_equal(fit("abc", 5), 3);
	assert_int_equal(fit("abc", 2), 2);
	assert_int_equal(fit("abc", 0), 0);
	/* No half of a wide character. */
	assert_int_equal(fit(wide, 3), 3);
	assert_int_equal(fit(wide, 1), 0);
	/* A mark stays with its letter. */
	assert_int_equal(fit("e\xcc\x81x", 1), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_widths),
		cmocka_unit_test(test_ends_of_ranges),
		cmocka_unit_test(test_what_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
