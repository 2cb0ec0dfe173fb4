/* The operation table: complete rows, strict arguments, URLs that cannot be bent. */
#include "lib/operations/operations.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct operation_arguments repo(void)
{
	struct operation_arguments arguments = {0};

	arguments.values[PARAMETER_OWNER] = "acme";
	arguments.values[PARAMETER_REPO] = "shop";
	return arguments;
}

static void test_rows_are_complete(void **state)
{
	(void)state;
	for (unsigned i = 0; i < OPERATIONS; i++) {
		const struct operation *operation = operation_get((enum operation_id)i);
		assert_non_null(operation->id);
		assert_int_equal(operation->path[0], '/');
		assert_non_null(operation->permission);
		/* Whatever writes is never sent twice by itself. */
		assert_true(operation->class == CLASS_READ || operation->retry == RETRY_NEVER);
		assert_true(operation->method != METHOD_GET || operation->class == CLASS_READ);
		assert_true(operation->method != METHOD_GET || operation->body == 0);
		for (unsigned other = 0; other < i; other++)
			assert_string_not_equal(operation_get((enum operation_id)other)->id,
						operation->id);
	}
}

static void test_every_placeholder_is_a_parameter(void **state)
{
	(void)state;
	for (unsigned i = 0; i < OPERATIONS; i++) {
		const char *path = operation_get((enum operation_id)i)->path;
		for (const char *at = strchr(path, '{'); at; at = strchr(at + 1, '{')) {
			size_t length = strcspn(at + 1, "}");
			unsigned parameter = 0;
			while (parameter < PARAMETERS &&
			       (strlen(operation_parameter_name(parameter)) != length ||
				memcmp(operation_parameter_name(parameter), at + 1, length) != 0))
				parameter++;
			assert_true(parameter < PARAMETERS);
		}
	}
}

static void test_urls(void **state)
{
	struct operation_arguments arguments = repo();
	char url[OPERATION_URL_MAX];

	(void)state;
	assert_int_equal(
		operation_url(OPERATION_ALERTS_LIST, &arguments, "https://api.github.com", url), 0);
	assert_string_equal(url, "https://api.github.com/repos/acme/shop/code-scanning/alerts");
	arguments.values[PARAMETER_STATE] = "open";
	arguments.values[PARAMETER_PAGE] = "2";
	arguments.values[PARAMETER_TOOL_NAME] = "Code QL/&?#%\xc3\xa9";
	assert_int_equal(operation_url(OPERATION_ALERTS_LIST, &arguments, "https://h/api/v3", url),
			 0);
	assert_string_equal(url, "https://h/api/v3/repos/acme/shop/code-scanning/alerts?tool_name="
				 "Code%20QL%2F%26%3F%23%25%C3%A9&state=open&page=2");
}

/* operation_check() refuses these; should it ever be forgotten, the URL still has its shape. */
static void test_values_cannot_leave_their_place(void **state)
{
	struct operation_arguments arguments = repo();
	char url[OPERATION_URL_MAX];

	(void)state;
	arguments.values[PARAMETER_REPO] = "../../user?x=";
	assert_int_equal(operation_url(OPERATION_ALERTS_LIST, &arguments, "https://h", url), 0);
	assert_string_equal(url, "https://h/repos/acme/..%2F..%2Fuser%3Fx%3D/code-scanning/alerts");
}

static void test_missing_and_unknown_arguments(void **state)
{
	struct operation_arguments arguments = repo();
	enum operation_parameter wrong;
	char url[OPERATION_URL_MAX];

	(void)state;
	assert_int_equal(operation_check(OPERATION_ALERTS_LIST, &arguments, &wrong), 0);
	arguments.values[PARAMETER_ORG] = "acme";
	assert_int_equal(operation_check(OPERATION_ALERTS_LIST, &arguments, &wrong), -1);
	assert_int_equal(wrong, PARAMETER_ORG);
	arguments = repo();
	arguments.values[PARAMETER_REPO] = NULL;
	assert_int_equal(operation_check(OPERATION_ALERTS_LIST, &arguments, &wrong), -1);
	assert_int_equal(wrong, PARAMETER_REPO);
	assert_int_equal(operation_url(OPERATION_ALERTS_LIST, &arguments, "https://h", url), -1);
	arguments = repo();
	arguments.values[PARAMETER_STATE] = "all";
	assert_int_equal(operation_check(OPERATION_ALERTS_LIST, &arguments, &wrong), -1);
	assert_int_equal(wrong, PARAMETER_STATE);
}

static void test_scopes_have_their_own_filters(void **state)
{
	struct operation_arguments arguments = {0};
	enum operation_parameter wrong;

	(void)state;
	arguments.values[PARAMETER_ENTERPRISE] = "acme";
	assert_int_equal(operation_check(OPERATION_ALERTS_LIST_ENTERPRISE, &arguments, &wrong), 0);
	arguments.values[PARAMETER_SEVERITY] = "high"; /* GitHub has no such filter there */
	assert_int_equal(operation_check(OPERATION_ALERTS_LIST_ENTERPRISE, &arguments, &wrong), -1);
	arguments = (struct operation_arguments){0};
	arguments.values[PARAMETER_ORG] = "acme";
	arguments.values[PARAMETER_REF] = "main"; /* nor this */
	assert_int_equal(operation_check(OPERATION_ALERTS_LIST_ORG, &arguments, &wrong), -1);
	assert_int_equal(wrong, PARAMETER_REF);
}

static void test_urls_are_bounded(void **state)
{
	static char base[OPERATION_URL_MAX];
	struct operation_arguments arguments = repo();
	char url[OPERATION_URL_MAX];

	(void)state;
	memset(base, 'a', sizeof(base) - 1);
	assert_int_equal(operation_url(OPERATION_ALERTS_LIST, &arguments, base, url), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_are_complete),
		cmocka_unit_test(test_every_placeholder_is_a_parameter),
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_values_cannot_leave_their_place),
		cmocka_unit_test(test_missing_and_unknown_arguments),
		cmocka_unit_test(test_scopes_have_their_own_filters),
		cmocka_unit_test(test_urls_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
