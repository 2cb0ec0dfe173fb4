/* "Did you mean": near names are offered, far ones are not. */
#include "cli/suggest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *nearest(const char *word)
{
	static const char *const names[] = {"state", "severity", "limit", "json", "repo", "org"};
	struct suggestion suggestion;

	suggest_start(&suggestion, word);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		suggest_name(&suggestion, names[i]);
	return suggestion.nearest;
}

static void test_slips_are_understood(void **state)
{
	(void)state;
	assert_string_equal(nearest("stat"), "state");
	assert_string_equal(nearest("sttae"), "state");
	assert_string_equal(nearest("severty"), "severity");
	assert_string_equal(nearest("limits"), "limit");
	assert_string_equal(nearest("jsno"), "json");
}

static void test_swapped_letters_are_one_slip(void **state)
{
	struct suggestion suggestion;

	(void)state;
	suggest_start(&suggestion, "rpeo");
	suggest_name(&suggestion, "repo");
	assert_int_equal(suggestion.distance, 1);
}

static void test_far_words_get_no_answer(void **state)
{
	char endless[4096];

	(void)state;
	assert_null(nearest("x"));
	assert_null(nearest(""));
	assert_null(nearest("frobnicate"));
	assert_null(nearest("zz"));
	memset(endless, 's', sizeof(endless));
	endless[sizeof(endless) - 1] = 0;
	assert_null(nearest(endless));
}

static void test_the_nearest_wins_whatever_the_order(void **state)
{
	struct suggestion suggestion;

	(void)state;
	suggest_start(&suggestion, "list");
	suggest_name(&suggestion, "lint");
	suggest_name(&suggestion, "list");
	suggest_name(&suggestion, "lost");
	assert_string_equal(suggestion.nearest, "list");
	assert_int_equal(suggestion.distance, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slips_are_understood),
		cmocka_unit_test(test_swapped_letters_are_one_slip),
		cmocka_unit_test(test_far_words_get_no_answer),
		cmocka_unit_test(test_the_nearest_wins_whatever_the_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
