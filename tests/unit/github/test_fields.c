/* The names that --json may choose. */
#include "lib/github/fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int index_of(const char *name)
{
	return field_index(FIELD_SET_ALERT, name, strlen(name));
}

/* GitHub's, as its description of an alert has them, and ours. */
static void test_names(void **state)
{
	static const char *const names[] = {"number",
					    "state",
					    "created_at",
					    "updated_at",
					    "url",
					    "html_url",
					    "instances_url",
					    "fixed_at",
					    "dismissed_at",
					    "dismissed_by",
					    "dismissed_reason",
					    "dismissed_comment",
					    "dismissal_approved_by",
					    "rule",
					    "tool",
					    "most_recent_instance",
					    "assignees",
					    "repository",
					    "severity",
					    "cwes"};

	(void)state;
	assert_int_equal(ALERT_FIELDS, sizeof(names) / sizeof(names[0]));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		int index = index_of(names[i]);
		assert_true(index >= 0 && index < (int)ALERT_FIELDS);
		assert_string_equal(field_name(FIELD_SET_ALERT, (unsigned)index), names[i]);
	}
	assert_int_equal(index_of("number"), ALERT_FIELD_NUMBER);
	assert_int_equal(index_of("cwes"), ALERT_FIELD_CWES);
}

static void test_no_names(void **state)
{
	static const char *const names[] = {"",	       "Number", "numbe", "number ", " number",
					    "numberx", "cwe",	 "*",	  "unknown"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(index_of(names[i]), -1);
	/* The length counts, not a NUL. */
	assert_int_equal(field_index(FIELD_SET_ALERT, "number,state", 6), ALERT_FIELD_NUMBER);
	assert_int_equal(field_index(FIELD_SET_ALERT, "number\0", 7), -1);
	assert_string_equal(field_name(FIELD_SET_ALERT, ALERT_FIELDS), "unknown");
}

static void test_sets_are_apart(void **state)
{
	(void)state;
	assert_int_equal(field_count(FIELD_SET_RATE_LIMIT), RATE_LIMIT_FIELDS);
	assert_int_equal(field_index(FIELD_SET_RATE_LIMIT, "rate", 4), RATE_LIMIT_FIELD_RATE);
	assert_int_equal(field_index(FIELD_SET_RATE_LIMIT, "number", 6), -1);
	assert_int_equal(field_index(FIELD_SET_ALERT, "rate", 4), -1);
	assert_int_equal(field_count(FIELD_SET_AUTH_STATUS), AUTH_STATUS_FIELDS);
	assert_int_equal(field_index(FIELD_SET_AUTH_STATUS, "login", 5), AUTH_STATUS_FIELD_LOGIN);
	assert_int_equal(field_index(FIELD_SET_AUTH_STATUS, "verdict", 7), -1);
	assert_int_equal(field_count(FIELD_SET_AUTH_CHECK), AUTH_CHECK_FIELDS);
	assert_int_equal(field_index(FIELD_SET_AUTH_CHECK, "verdict", 7), AUTH_CHECK_FIELD_VERDICT);
	assert_int_equal(field_index(FIELD_SET_AUTH_CHECK, "login", 5), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_no_names),
		cmocka_unit_test(test_sets_are_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
