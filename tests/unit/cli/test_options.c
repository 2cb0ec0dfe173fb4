/* The command line: what is an option, what is its value, what is a word. */
#include "cli/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define O(option) OPTION_BIT(OPTION_##option)

static const option_set known = O(REPO) | O(STATE) | O(LIMIT) | O(JSON) | O(PRIVATE) | O(HELP) |
				O(INCLUDE) | O(EXCLUDE) | O(TOPIC);

static struct options options;
static struct failure failure;

/* Words are given as one string with spaces; "_" stands for an empty word. */
static int parse(const char *line)
{
	static char buffer[256];
	static char *words[16];
	unsigned count = 0;
	char *rest = NULL;

	strncpy(buffer, line, sizeof(buffer) - 1);
	for (char *word = strtok_r(buffer, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		if (strcmp(word, "_") == 0)
			*word = 0;
		words[count++] = word;
	}
	memset(&failure, 0, sizeof(failure));
	return options_parse(known, "alerts list", words, count, &options, &failure);
}

static void assert_refused(const char *line, const char *part)
{
	assert_int_equal(parse(line), -1);
	assert_int_equal(failure.kind, FAILURE_USAGE);
	if (!strstr(failure.message, part))
		fail_msg("\"%s\" should mention \"%s\"", failure.message, part);
}

static void test_values_in_every_notation(void **state)
{
	static const char *const lines[] = {"--repo a/b", "--repo=a/b", "-R a/b", "-Ra/b",
					    "-R=a/b"};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		assert_int_equal(parse(lines[i]), 0);
		assert_string_equal(options.values[OPTION_REPO], "a/b");
		assert_null(options.values[OPTION_STATE]);
		assert_int_equal(options.word_count, 0);
	}
}

static void test_words_before_between_and_after(void **state)
{
	(void)state;
	assert_int_equal(parse("7 --repo a/b"), 0);
	assert_string_equal(options.words[0], "7");
	assert_int_equal(parse("--repo a/b 7 --private"), 0);
	assert_string_equal(options.words[0], "7");
	assert_non_null(options.values[OPTION_PRIVATE]);
	assert_int_equal(parse("-- --repo"), 0);
	assert_string_equal(options.words[0], "--repo");
	assert_null(options.values[OPTION_REPO]);
	assert_int_equal(parse("-"), 0);
	assert_string_equal(options.words[0], "-");
}

static void test_the_last_one_wins(void **state)
{
	(void)state;
	assert_int_equal(parse("--state open --state=fixed"), 0);
	assert_string_equal(options.values[OPTION_STATE], "fixed");
}

static void assert_lists(enum option_id id, const char *const *expected)
{
	unsigned at = 0;

	for (; *expected; expected++) {
		const char *value = options_next(&options, id, &at);
		assert_non_null(value);
		assert_string_equal(value, *expected);
	}
	assert_null(options_next(&options, id, &at));
}

static void test_every_list_counts(void **state)
{
	char joined[8];

	(void)state;
	assert_int_equal(parse("--include a,b --exclude x --include=c --state open"), 0);
	assert_lists(OPTION_INCLUDE, (const char *const[]){"a,b", "c", NULL});
	assert_lists(OPTION_EXCLUDE, (const char *const[]){"x", NULL});
	assert_lists(OPTION_TOPIC, (const char *const[]){NULL});
	assert_string_equal(options.values[OPTION_INCLUDE], "c");
	assert_int_equal(options_join(&options, OPTION_INCLUDE, joined, 6, &failure), 0);
	assert_string_equal(joined, "a,b,c");
	assert_int_equal(options_join(&options, OPTION_INCLUDE, joined, 5, &failure), -1);
	assert_string_equal(failure.message, "--include is longer than 4 bytes");
	assert_int_equal(options_join(&options, OPTION_TOPIC, joined, 1, &failure), 0);
	assert_string_equal(joined, "");
	assert_refused("--include", "needs a value");
	assert_refused("--include=", "needs a value");
}

static void test_lists_without_end(void **state)
{
	static char word[] = "--include=x";
	static char *words[OPTION_LISTS_MAX + 1];

	(void)state;
	for (unsigned i = 0; i <= OPTION_LISTS_MAX; i++)
		words[i] = word;
	assert_int_equal(options_parse(known, "x", words, OPTION_LISTS_MAX, &options, &failure), 0);
	assert_int_equal(options_parse(known, "x", words, OPTION_LISTS_MAX + 1, &options, &failure),
			 -1);
	assert_non_null(strstr(failure.message, "too often"));
}

static void test_words_of_a_set(void **state)
{
	(void)state;
	assert_int_equal(option_word_index(OPTION_ARCHIVED, "only", 4), 2);
	assert_int_equal(option_word_index(OPTION_ARCHIVED, "only", 3), -1);
	assert_int_equal(option_word_index(OPTION_ARCHIVED, "onlyx", 5), -1);
	assert_int_equal(option_no_word(OPTION_ARCHIVED, "maybe", &failure), -1);
	assert_string_equal(failure.message,
			    "\"maybe\" is no valid --archived: expected yes, no or only");
}

static void test_json_takes_a_list_only_where_one_stands(void **state)
{
	(void)state;
	assert_int_equal(parse("--json number,state"), 0);
	assert_string_equal(options.values[OPTION_JSON], "number,state");
	assert_int_equal(parse("--json=number 7"), 0);
	assert_string_equal(options.values[OPTION_JSON], "number");
	assert_string_equal(options.words[0], "7");
	assert_int_equal(parse("--json"), 0);
	assert_string_equal(options.values[OPTION_JSON], "");
	assert_int_equal(parse("--json --limit 5"), 0);
	assert_string_equal(options.values[OPTION_JSON], "");
	assert_string_equal(options.values[OPTION_LIMIT], "5");
}

static void test_a_number_behind_json_is_not_a_field(void **state)
{
	(void)state;
	assert_int_equal(parse("--json 7"), 0);
	assert_string_equal(options.values[OPTION_JSON], "");
	assert_string_equal(options.words[0], "7");
	assert_int_equal(parse("--json number 7"), 0);
	assert_string_equal(options.values[OPTION_JSON], "number");
	assert_string_equal(options.words[0], "7");
	assert_int_equal(parse("--json 7x"), 0);
	assert_string_equal(options.values[OPTION_JSON], "7x");
}

static void test_what_cannot_be_is_refused(void **state)
{
	(void)state;
	assert_refused("--stat open", "--state");
	assert_refused("--org x", "unknown option --org");
	assert_refused("-x", "-x");
	assert_refused("--repo", "needs a value");
	assert_refused("--repo=", "needs a value");
	assert_refused("--repo _", "needs a value");
	assert_refused("-R", "needs a value");
	assert_refused("--private=yes", "takes no value");
	assert_refused("--json=", "empty list");
	assert_refused("--json _", "empty list");
	assert_refused("1 2 3", "unexpected argument");
	assert_refused("--=x", "unknown option");
}

/* One name, two options: the command says which of them it means. */
static void test_the_command_decides_what_a_name_means(void **state)
{
	char name[] = "--assignee", value[] = "octocat", letter[] = "-a";
	char *by_name[] = {name, value}, *by_letter[] = {letter, value};

	(void)state;
	assert_int_equal(
		options_parse(O(FILTER_ASSIGNEE), "alerts list", by_name, 2, &options, &failure),
		0);
	assert_string_equal(options.values[OPTION_FILTER_ASSIGNEE], "octocat");
	assert_null(options.values[OPTION_NEW_ASSIGNEE]);
	assert_int_equal(
		options_parse(O(NEW_ASSIGNEE), "alerts assign", by_name, 2, &options, &failure), 0);
	assert_string_equal(options.values[OPTION_NEW_ASSIGNEE], "octocat");
	assert_null(options.values[OPTION_FILTER_ASSIGNEE]);
	assert_int_equal(
		options_parse(O(NEW_ASSIGNEE), "alerts assign", by_letter, 2, &options, &failure),
		0);
	assert_string_equal(options.values[OPTION_NEW_ASSIGNEE], "octocat");
	assert_int_equal(
		options_parse(O(FILTER_ASSIGNEE), "alerts list", by_letter, 2, &options, &failure),
		-1);
}

static void test_json_is_seen_before_parsing(void **state)
{
	char json[] = "--json", with[] = "--json=x", like[] = "--jsonx", end[] = "--";
	char *first[] = {json}, *second[] = {with}, *third[] = {like}, *fourth[] = {end, json};

	(void)state;
	assert_true(options_want_json(first, 1));
	assert_true(options_want_json(second, 1));
	assert_false(options_want_json(third, 1));
	assert_false(options_want_json(fourth, 2));
}

static void test_every_option_is_in_the_group_above_it(void **state)
{
	(void)state;
	assert_int_equal(option_group_of((enum option_id)0), 0);
	assert_int_equal(option_group_of(OPTION_REPO), OPTION_GROUP_SCOPE);
	assert_int_equal(option_group_of(OPTION_STATE), OPTION_GROUP_FILTERS);
	assert_int_equal(option_group_of(OPTION_LIMIT), OPTION_GROUP_OUTPUT);
	assert_int_equal(option_group_of(OPTION_JSON_WHOLE), OPTION_GROUP_OUTPUT);
	assert_int_equal(option_group_of(OPTION_PRIVATE), OPTION_GROUP_GENERAL);
	assert_int_equal(option_group_of(OPTION_HELP), OPTION_GROUP_GENERAL);
	assert_string_equal(option_group_title(OPTION_GROUP_FILTERS), "Filters");
}

static void test_closed_sets_have_words(void **state)
{
	(void)state;
	assert_string_equal(option_words(OPTION_STATE)[0], "open");
	assert_null(option_words(OPTION_STATE)[4]);
	assert_string_equal(option_words(OPTION_GROUP_BY)[1], "state");
	assert_null(option_words(OPTION_GROUP_BY)[2]);
	/* Its own spellings, not those of GitHub. */
	assert_string_equal(option_words(OPTION_REASON)[0], "false-positive");
	assert_null(option_words(OPTION_REPO));
	assert_null(option_words(OPTION_ORG));
	/* A parameter of the closed set true, false that is given by being there. */
	assert_null(option_words(OPTION_REQUEST));
}

static void test_descriptions_say_what_is_expected(void **state)
{
	char text[OPTION_DESCRIPTION_MAX];

	(void)state;
	option_describe(OPTION_STATE, text);
	assert_string_equal(text, "only alerts in this state: open, closed, dismissed or fixed");
	option_describe(OPTION_GROUP_BY, text);
	assert_string_equal(text, "put together by: file or state");
	option_describe(OPTION_HELP, text);
	assert_string_equal(text, "this text");
	for (unsigned i = 0; i < OPTIONS; i++) {
		option_describe((enum option_id)i, text);
		assert_true(strlen(text) > 0 && strlen(text) < sizeof(text) - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_option_is_in_the_group_above_it),
		cmocka_unit_test(test_closed_sets_have_words),
		cmocka_unit_test(test_descriptions_say_what_is_expected),
		cmocka_unit_test(test_values_in_every_notation),
		cmocka_unit_test(test_words_before_between_and_after),
		cmocka_unit_test(test_the_last_one_wins),
		cmocka_unit_test(test_every_list_counts),
		cmocka_unit_test(test_lists_without_end),
		cmocka_unit_test(test_words_of_a_set),
		cmocka_unit_test(test_json_takes_a_list_only_where_one_stands),
		cmocka_unit_test(test_a_number_behind_json_is_not_a_field),
		cmocka_unit_test(test_what_cannot_be_is_refused),
		cmocka_unit_test(test_the_command_decides_what_a_name_means),
		cmocka_unit_test(test_json_is_seen_before_parsing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
