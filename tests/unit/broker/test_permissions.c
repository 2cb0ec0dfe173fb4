/* What of the wanted permissions an installation grants. */
#include "broker/permissions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_what_is_had_and_what_is_missing(void **state)
{
	static const struct {
		const char *wanted, *granted, *have, *missing;
	} rows[] = {
		{"", "contents:read", "", ""},
		{"contents:read", "contents:read", "contents:read", ""},
		{"contents:read", "contents:write", "contents:read", ""},
		{"contents:read", "contents:admin", "contents:read", ""},
		{"contents:write", "contents:read", "", "contents:write"},
		{"contents:read", "", "", "contents:read"},
		/* Neither the beginning nor the end of a name is the name. */
		{"issue:read", "issues:write", "", "issue:read"},
		{"issues:read", "issue:write", "", "issues:read"},
		{"sues:read", "issues:write", "", "sues:read"},
		{"checks:write,contents:read,issues:read", "contents:write,issues:read",
		 "contents:read,issues:read", "checks:write"},
		{"checks:read,issues:write", "issues:read", "", "checks:read"},
		/* A level that nobody knows grants nothing. */
		{"contents:read", "contents:owner", "", "contents:read"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char have[PERMISSIONS_SIZE], missing[PERMISSION_SIZE];
		permissions_intersect(rows[i].wanted, rows[i].granted, have, missing);
		assert_string_equal(have, rows[i].have);
		assert_string_equal(missing, rows[i].missing);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_is_had_and_what_is_missing)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
