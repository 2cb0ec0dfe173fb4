/* Breaking lines: words stay whole, columns stand where they should, no line is too long. */
#include "cli/layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static char printed[4096];
static int saved;
static FILE *file;

/* Standard output goes into a file until collect(). */
static int capture(void **state)
{
	(void)state;
	fflush(stdout);
	file = tmpfile();
	saved = dup(STDOUT_FILENO);
	return file && saved >= 0 && dup2(fileno(file), STDOUT_FILENO) >= 0 ? 0 : -1;
}

static const char *collect(void)
{
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	rewind(file);
	printed[fread(printed, 1, sizeof(printed) - 1, file)] = 0;
	fclose(file);
	return printed;
}

static void test_short_text_is_one_line(void **state)
{
	(void)state;
	layout_text(0, 4, "  two   words ");
	assert_string_equal(collect(), "two words\n");
}

static void test_empty_text_ends_the_line(void **state)
{
	(void)state;
	layout_text(3, 4, "");
	assert_string_equal(collect(), "\n");
}

static void test_a_line_may_be_full_and_no_longer(void **state)
{
	char text[LAYOUT_WIDTH + 2];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[LAYOUT_WIDTH - 2] = ' ';
	text[LAYOUT_WIDTH] = 0;
	layout_text(0, 2, text);
	text[LAYOUT_WIDTH] = 'b';
	text[LAYOUT_WIDTH + 1] = 0;
	layout_text(0, 2, text);
	const char *got = collect();
	assert_int_equal(strcspn(got, "\n"), LAYOUT_WIDTH);
	got += LAYOUT_WIDTH + 1;
	assert_int_equal(strcspn(got, "\n"), LAYOUT_WIDTH - 2);
	assert_string_equal(got + LAYOUT_WIDTH - 2, "\n  ab\n");
}

static void test_long_words_stay_whole(void **state)
{
	char text[2 * LAYOUT_WIDTH + 1];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	layout_text(10, 2, text);
	assert_int_equal(strlen(collect()), sizeof(text));
}

static void test_items_are_aligned(void **state)
{
	(void)state;
	layout_item(10, "  --dir", "where");
	layout_item(10, "  --a-long-one", "what");
	assert_string_equal(collect(), "  --dir   where\n  --a-long-one\n          what\n");
}

static void test_the_gap_has_two_columns_at_least(void **state)
{
	(void)state;
	layout_item(10, "12345678", "fits");
	layout_item(10, "123456789", "does not");
	assert_string_equal(collect(), "12345678  fits\n123456789\n          does not\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_short_text_is_one_line, capture),
		cmocka_unit_test_setup(test_empty_text_ends_the_line, capture),
		cmocka_unit_test_setup(test_a_line_may_be_full_and_no_longer, capture),
		cmocka_unit_test_setup(test_long_words_stay_whole, capture),
		cmocka_unit_test_setup(test_items_are_aligned, capture),
		cmocka_unit_test_setup(test_the_gap_has_two_columns_at_least, capture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
