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

/* PATH is the first variable, so that programs are found in the tree itself. */
static int find(struct pager *pager, const char *path, const char *command)
{
	const struct variable variables[] = {{"PATH", path}, {NULL, NULL}};
	const struct environment environment = {look_up, (void *)(uintptr_t)variables};

	return pager_find(pager, &environment, command);
}

static void test_words_are_executed(void **state)
{
	struct pager pager;

	(void)state;
	assert_int_equal(find(&pager, "bin:/nonexistent:/bin", " sh  -x\t-y "), 0);
	assert_string_equal(pager.path, "/bin/sh");
	assert_string_equal(pager.words[0], "sh");
	assert_string_equal(pager.words[1], "-x");
	assert_string_equal(pager.words[2], "-y");
	assert_null(pager.words[3]);
	assert_int_equal(find(&pager, "", "/bin/sh -x"), 0);
	assert_string_equal(pager.path, "/bin/sh");
}

static void test_anything_else_is_for_the_shell(void **state)
{
	static const char *const commands[] = {
		"less | cat",	"less 'a b'",
		"less $X",	"LESS=R less",
		"a; b",		"~/pager",
		"less -j{1,2}", "   ",
		"less\\ x",	"1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17",
	};
	struct pager pager;

	(void)state;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		assert_int_equal(find(&pager, "/nonexistent", commands[i]), 0);
		assert_string_equal(pager.path, "/bin/sh");
		assert_string_equal(pager.words[1], "-c");
		assert_string_equal(pager.words[2], commands[i]);
		assert_null(pager.words[3]);
	}
}

static void test_what_is_not_there(void **state)
{
	static char endless[2 * ENVIRONMENT_PATH_MAX];
	struct pager pager;

	(void)state;
	assert_int_equal(find(&pager, "/nonexistent", "less"), -1);
	assert_int_equal(find(&pager, "bin", "sh"), -1); /* relative entries do not count */
	assert_int_equal(find(&pager, "/bin", "/nonexistent/less"), -1);
	memset(endless, 'x', sizeof(endless) - 1);
	assert_int_equal(find(&pager, "/bin", endless), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_that_is_set),
		cmocka_unit_test(test_none_is_a_choice),
		cmocka_unit_test(test_words_are_executed),
		cmocka_unit_test(test_anything_else_is_for_the_shell),
		cmocka_unit_test(test_what_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
