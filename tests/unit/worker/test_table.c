/* Tables: aligned, cut to the terminal, harmless. */
#include "worker/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct table_column columns[] = {{"N", 5}, {"PLACE", 0}, {"AT", 4}};
static const enum table_colour plain[3] = {TABLE_PLAIN};

static int set_up(void **state)
{
	struct output *output = calloc(1, sizeof(*output));

	*state = output;
	return output ? 0 : -1;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

static const char *text(struct output *output)
{
	output->buffer[output->used] = 0;
	return output->buffer;
}

static void test_columns_align(void **state)
{
	struct output *output = *state;
	struct table *table = table_new(output, columns, 3, 80, false);

	table_row(table, (const char *[]){"1", "a", "x"}, plain);
	table_row(table, (const char *[]){"22", "bbbbbbb", "y"}, plain);
	table_settle(table);
	table_row(table, (const char *[]){"3", "c", "z"}, plain);
	assert_string_equal(text(output), "N   PLACE    AT\n"
					  "1   a        x\n"
					  "22  bbbbbbb  y\n"
					  "3   c        z\n");
	table_free(table);
}

static void test_the_flexible_column_is_cut(void **state)
{
	struct output *output = *state;
	struct table *table = table_new(output, columns, 3, 18, false);

	table_row(table, (const char *[]){"1", "a/very/long/path", "x"}, plain);
	table_settle(table);
	assert_string_equal(text(output), "N  PLACE        AT\n"
					  "1  a/very/lon\xe2\x80\xa6  x\n");
	table_free(table);
}

static void test_wide_characters_count_twice(void **state)
{
	(void)state;
	assert_int_equal(table_width("abc", 3), 3);
	assert_int_equal(table_width("\xe6\xbc\xa2\xe5\xad\x97", 6), 4); /* two ideographs */
	assert_int_equal(table_width("e\xcc\x81", 3), 1); /* e and a combining accent */
}

static void test_cells_cannot_act(void **state)
{
	struct output *output = *state;
	struct table *table = table_new(output, columns, 3, 80, false);

	table_row(table, (const char *[]){"1", "a\x1b[2J\n\t\xe2\x80\xae", "x"}, plain);
	table_settle(table);
	assert_null(strchr(text(output), '\x1b'));
	assert_non_null(strstr(text(output), "a\\x1b[2J\\x0a\\x09\\u202e"));
	table_free(table);
}

static void test_colours_only_when_wanted(void **state)
{
	struct output *output = *state;
	static const enum table_colour colours[3] = {TABLE_BOLD, TABLE_RED, TABLE_PLAIN};
	struct table *table = table_new(output, columns, 3, 80, true);

	table_row(table, (const char *[]){"1", "a", "x"}, colours);
	table_settle(table);
	assert_non_null(strstr(text(output), "\x1b[31ma\x1b[0m"));
	table_free(table);
}

#define table_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		table_test(test_columns_align),
		table_test(test_the_flexible_column_is_cut),
		cmocka_unit_test(test_wide_characters_count_twice),
		table_test(test_cells_cannot_act),
		table_test(test_colours_only_when_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
