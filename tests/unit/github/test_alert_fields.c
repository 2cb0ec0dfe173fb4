/* The names that --json of an alert may choose. */
#include "lib/github/alert_fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int index_of(const char *name)
{
	return alert_field_index(name, strlen(name));
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
		assert_string_equal(alert_field_name((enum alert_field)index), names[i]);
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
	assert_int_equal(alert_field_index("number,state", 6), ALERT_FIELD_NUMBER);
	assert_int_equal(alert_field_index("number\0", 7), -1);
	assert_non_null(alert_field_name(ALERT_FIELDS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_no_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
