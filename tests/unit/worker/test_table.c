/* Tables: aligned, cut to the terminal, harmless. */
#include "worker/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct table_column columns[] = {{"N", 5, 0, 0}, {"PLACE", 0, 0, 0}, {"AT", 4, 0, 0}};
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

/* Columns line up by what a terminal shows, not by bytes. */
static void test_wide_characters_and_marks_align(void **state)
{
	struct output *output = *state;
	struct table *table = table_new(output, columns, 3, 14, false);

	table_row(table,
		  (const char *[]){"1", "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97", "x"},
		  plain);
	table_row(table, (const char *[]){"2", "e\xcc\x81\xf0\x9f\x90\x9b", "y"}, plain);
	table_settle(table);
	/* Seven columns: three ideographs and the mark of the cut fill them. */
	assert_string_equal(text(output), "N  PLACE    AT\n"
					  "1  \xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe2\x80\xa6  x\n"
					  "2  e\xcc\x81\xf0\x9f\x90\x9b      y\n");
	table_free(table);
}

static const struct table_column ranked[] = {
	{"ID", 0, 0, 0}, {"WHAT", 0, 6, 1}, {"WHERE", 0, 8, 2}, {"WHO", 0, 3, 3}};

static void check_ranked(void **state, unsigned terminal, const char *expected)
{
	struct output *output = *state;
	static const enum table_colour none[4] = {TABLE_PLAIN};
	struct table *table = table_new(output, ranked, 4, terminal, false);

	output->used = 0;
	table_row(table, (const char *[]){"17", "something", "somewhere else", "me"}, none);
	table_settle(table);
	assert_string_equal(text(output), expected);
	table_free(table);
}

static void test_the_widest_give_way_first(void **state)
{
	check_ranked(state, 0,
		     "ID  WHAT       WHERE           WHO\n17  something  somewhere else  me\n");
	check_ranked(state, 34,
		     "ID  WHAT       WHERE           WHO\n17  something  somewhere else  me\n");
	check_ranked(state, 30,
		     "ID  WHAT       WHERE       WHO\n17  something  somewhere\xe2\x80\xa6  me\n");
	check_ranked(
		state, 26,
		"ID  WHAT     WHERE     WHO\n17  someth\xe2\x80\xa6  somewhe\xe2\x80\xa6  me\n");
}

static void test_the_least_important_are_left_out(void **state)
{
	check_ranked(state, 24, "ID  WHAT       WHERE\n17  something  somewher\xe2\x80\xa6\n");
	/* What is left out makes room for something smaller. */
	check_ranked(state, 17, "ID  WHAT      WHO\n17  somethi\xe2\x80\xa6  me\n");
	check_ranked(state, 10, "ID  WHAT\n17  somet\xe2\x80\xa6\n");
	check_ranked(state, 1, "ID\n17\n");
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
	/* A title's line is as long as its column, but not the gap. */
	assert_non_null(
		strstr(text(output), "\x1b[1;4mN\x1b[0m  \x1b[1;4mPLACE\x1b[0m  \x1b[1;4mAT"));
	table_free(table);
}

#define table_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		table_test(test_columns_align),
		table_test(test_the_flexible_column_is_cut),
		table_test(test_wide_characters_and_marks_align),
		table_test(test_the_widest_give_way_first),
		table_test(test_the_least_important_are_left_out),
		table_test(test_cells_cannot_act),
		table_test(test_colours_only_when_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
