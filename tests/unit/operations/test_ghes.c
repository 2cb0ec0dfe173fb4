/* Versions of GitHub Enterprise Server: compared as numbers, refused when they are none. */
#include "lib/operations/operations.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_at_least(void **state)
{
	static const struct {
		const char *version, *least;
		bool expected;
	} cases[] = {
		{"3.19", "3.19", true},		 {"3.19.0", "3.19", true},
		{"3.19.12", "3.19", true},	 {"3.20.0.rc1", "3.19", true},
		{"4.0.0", "3.19", true},	 {"10.1", "9.9", true},
		{"3.100", "3.19", true},	 {"3.18.9", "3.19", false},
		{"3.2", "3.19", false},		 {"2.99", "3.19", false},
		{"0.0", "0.1", false},		 {"3.19", "3.19.5", true}, /* two numbers count */
		{"999999.0", "3.19", true},	 {"1000000.0", "3.19", false},
		{"3.4294967315", "3.19", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (operation_ghes_at_least(cases[i].version, cases[i].least) != cases[i].expected)
			fail_msg("%s against %s", cases[i].version, cases[i].least);
	}
}

static void test_what_is_no_version(void **state)
{
	static const char *const texts[] = {
		"",	 "3",	  "3.",	      ".19",   "x.y",	      "v3.19",
		" 3.19", "3.19 ", "3.x",      "-3.20", "3.-20",	      "+3.20",
		"3,20",	 "none",  "3.20-rc1", "3..20", "\xd9\xa3.20",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (operation_ghes_at_least(texts[i], "0.0"))
			fail_msg("\"%s\" passes for a version", texts[i]);
	}
	/* A table that is wrong refuses, too. */
	assert_false(operation_ghes_at_least("3.19", OPERATION_GHES_NEVER));
	assert_false(operation_ghes_at_least("3.19", ""));
}

static void test_what_is_given_decides(void **state)
{
	struct operation_arguments arguments = {0};

	(void)state;
	arguments.values[PARAMETER_OWNER] = "acme";
	arguments.values[PARAMETER_DISMISSED_REASON] = "mitigated";
	assert_null(operation_ghes_since(OPERATION_ALERTS_UPDATE, &arguments));
	assert_null(operation_ghes_since(OPERATION_ALERTS_GET, &arguments));
	arguments.values[PARAMETER_CREATE_REQUEST] = "false";
	assert_string_equal(operation_ghes_since(OPERATION_ALERTS_UPDATE, &arguments), "3.19");
}

/* Every entry of the table is a version, or says that there is none. */
static void test_the_table_has_versions(void **state)
{
	(void)state;
	for (unsigned i = 0; i < OPERATIONS + PARAMETERS; i++) {
		const char *since = i < OPERATIONS
					    ? operation_get((enum operation_id)i)->ghes_since
					    : operation_parameter_ghes_since(
						      (enum operation_parameter)(i - OPERATIONS));
		if (since && strcmp(since, OPERATION_GHES_NEVER) != 0)
			assert_true(operation_ghes_at_least(since, since));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_at_least),
		cmocka_unit_test(test_what_is_no_version),
		cmocka_unit_test(test_what_is_given_decides),
		cmocka_unit_test(test_the_table_has_versions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
