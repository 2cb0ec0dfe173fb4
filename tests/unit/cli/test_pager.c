/* Which pager is wanted. */
#include "cli/pager.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct variable {
	const char *name, *value;
};

static const char *look_up(void *context, const char *name)
{
	for (const struct variable *at = context; at->name; at++) {
		if (strcmp(at->name, name) == 0)
			return at->value;
	}
	return NULL;
}

static const char *wanted(const struct variable *variables)
{
	const struct environment environment = {look_up, (void *)(uintptr_t)variables};

	return pager_command(&environment);
}

static void test_the_first_that_is_set(void **state)
{
	static const struct variable all[] = {
		{"GHWARD_PAGER", "a"}, {"GH_PAGER", "b"}, {"PAGER", "c"}, {NULL, NULL}};

	(void)state;
	assert_string_equal(wanted(all), "a");
	assert_string_equal(wanted(all + 1), "b");
	assert_string_equal(wanted(all + 2), "c");
	assert_null(wanted(all + 3));
}

static void test_none_is_a_choice(void **state)
{
	static const struct variable empty[] = {{"GH_PAGER", ""}, {"PAGER", "c"}, {NULL, NULL}};
	static const struct variable cat[] = {
		{"GHWARD_PAGER", "cat"}, {"PAGER", "c"}, {NULL, NULL}};

	(void)state;
	assert_null(wanted(empty));
	assert_null(wanted(cat));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_that_is_set),
		cmocka_unit_test(test_none_is_a_choice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
