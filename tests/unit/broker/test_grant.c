/* Grants: a worker gets what its job was allowed, and nothing beside it. */
#include "broker/grant.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct job_request list_request(void)
{
	struct job_request request = {.kind = JOB_ALERTS_LIST, .api_url = ""};

	request.arguments.values[PARAMETER_OWNER] = "acme";
	request.arguments.values[PARAMETER_REPO] = "shop";
	request.arguments.values[PARAMETER_STATE] = "open";
	return request;
}

static struct operation_arguments page_of(const struct job_request *request, const char *page)
{
	struct operation_arguments arguments = request->arguments;

	arguments.values[PARAMETER_PAGE] = page;
	arguments.values[PARAMETER_PER_PAGE] = "100";
	return arguments;
}

static int set_up(void **state)
{
	static struct grant grant;
	struct job_request request = list_request();
	enum operation_parameter wrong;

	*state = &grant;
	return grant_make(&grant, &request, &wrong);
}

static int tear_down(void **state)
{
	grant_free(*state);
	return 0;
}

static void test_pages_are_the_workers_choice(void **state)
{
	struct job_request request = list_request();

	for (int i = 1; i < 4; i++) {
		const char page[] = {(char)('0' + i), 0};
		struct operation_arguments arguments = page_of(&request, page);
		assert_null(grant_take(*state, OPERATION_ALERTS_LIST, &arguments));
	}
}

static void test_another_repository_is_refused(void **state)
{
	struct job_request request = list_request();
	struct operation_arguments arguments = page_of(&request, "1");

	arguments.values[PARAMETER_REPO] = "secrets";
	assert_non_null(grant_take(*state, OPERATION_ALERTS_LIST, &arguments));
	arguments.values[PARAMETER_REPO] = NULL;
	assert_non_null(grant_take(*state, OPERATION_ALERTS_LIST, &arguments));
}

static void test_filters_are_fixed(void **state)
{
	struct job_request request = list_request();
	struct operation_arguments arguments = page_of(&request, "1");

	arguments.values[PARAMETER_STATE] = "dismissed";
	assert_non_null(grant_take(*state, OPERATION_ALERTS_LIST, &arguments));
	arguments.values[PARAMETER_STATE] = NULL;
	assert_non_null(grant_take(*state, OPERATION_ALERTS_LIST, &arguments));
	arguments = page_of(&request, "1");
	arguments.values[PARAMETER_SEVERITY] = "high";
	assert_non_null(grant_take(*state, OPERATION_ALERTS_LIST, &arguments));
}

static void test_another_operation_is_refused(void **state)
{
	struct job_request request = list_request();
	struct operation_arguments arguments = request.arguments;

	assert_non_null(grant_take(*state, OPERATION_RATE_LIMIT, &arguments));
	assert_non_null(grant_take(*state, OPERATION_ALERTS_UPDATE, &arguments));
}

static void test_holes_still_have_a_form(void **state)
{
	struct job_request request = list_request();
	static const char *const malformed[] = {"0", "-1", "1&state=open", "1/../..", "", "x"};

	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
		struct operation_arguments arguments = page_of(&request, malformed[i]);
		assert_non_null(grant_take(*state, OPERATION_ALERTS_LIST, &arguments));
	}
}

static void test_calls_run_out(void **state)
{
	struct grant *grant = *state;
	struct job_request request = list_request();
	struct operation_arguments arguments = page_of(&request, "1");

	grant->rules[0].calls_left = 1;
	assert_null(grant_take(grant, OPERATION_ALERTS_LIST, &arguments));
	assert_non_null(grant_take(grant, OPERATION_ALERTS_LIST, &arguments));
}

static void test_grants_expire(void **state)
{
	struct grant *grant = *state;
	struct job_request request = list_request();
	struct operation_arguments arguments = page_of(&request, "1");

	grant->expires_boottime_ms = 1;
	assert_non_null(grant_take(grant, OPERATION_ALERTS_LIST, &arguments));
}

static void test_bytes_run_out(void **state)
{
	struct grant *grant = *state;

	assert_int_equal(grant_take_bytes(grant, GRANT_BYTES_MAX), 0);
	assert_int_equal(grant_take_bytes(grant, 1), -1);
	assert_int_equal(grant_take_bytes(grant, UINT64_MAX), -1);
}

static void expect_refused(struct job_request *request, enum operation_parameter expected)
{
	struct grant grant;
	enum operation_parameter wrong;

	assert_int_equal(grant_make(&grant, request, &wrong), -1);
	assert_int_equal(wrong, expected);
	grant_free(&grant);
}

static void test_malformed_requests_get_no_grant(void **state)
{
	(void)state;
	struct job_request request = list_request();
	request.arguments.values[PARAMETER_OWNER] = "../acme";
	expect_refused(&request, PARAMETER_OWNER);
	request = list_request();
	request.arguments.values[PARAMETER_STATE] = "opened";
	expect_refused(&request, PARAMETER_STATE);
	request = list_request();
	request.arguments.values[PARAMETER_REPO] = NULL;
	expect_refused(&request, PARAMETER_REPO);
	request = list_request();
	request.arguments.values[PARAMETER_ALERT_NUMBER] = "7"; /* not of this operation */
	expect_refused(&request, PARAMETER_ALERT_NUMBER);
	request = list_request();
	request.arguments.values[PARAMETER_PAGE] = "2"; /* would look like a whole list */
	expect_refused(&request, PARAMETER_PAGE);
	request = list_request();
	request.kind = JOB_DOCTOR; /* does not talk to GitHub */
	expect_refused(&request, PARAMETERS);
}

static void test_scope_decides_the_operation(void **state)
{
	struct job_request request = {.kind = JOB_ALERTS_LIST, .api_url = ""};
	struct grant grant;
	enum operation_parameter wrong;
	char target[64];

	(void)state;
	request.arguments.values[PARAMETER_ORG] = "acme";
	assert_int_equal(grant_make(&grant, &request, &wrong), 0);
	assert_int_equal(grant.rules[0].operation, OPERATION_ALERTS_LIST_ORG);
	grant_target(&grant, target, sizeof(target));
	assert_string_equal(target, "acme");
	grant_free(&grant);
	request.arguments.values[PARAMETER_REPO] = "shop"; /* two scopes at once */
	expect_refused(&request, PARAMETER_REPO);
}

static void test_target_names_the_alert(void **state)
{
	struct job_request request = list_request();
	struct grant grant;
	enum operation_parameter wrong;
	char target[64];

	(void)state;
	request.kind = JOB_ALERTS_VIEW;
	request.arguments.values[PARAMETER_STATE] = NULL;
	request.arguments.values[PARAMETER_ALERT_NUMBER] = "42";
	assert_int_equal(grant_make(&grant, &request, &wrong), 0);
	assert_int_equal(grant.rules[0].calls_left, 1 + GRANT_REPEATS);
	grant_target(&grant, target, sizeof(target));
	assert_string_equal(target, "acme/shop#42");
	grant_free(&grant);
}

/* What a token is worth is asked by reads of one repository, and by nothing else. */
static void test_a_check_only_reads(void **state)
{
	struct job_request request = list_request();
	struct operation_arguments arguments, none = {0};
	struct grant grant;
	enum operation_parameter wrong;

	(void)state;
	request.kind = JOB_AUTH_CHECK;
	request.arguments.values[PARAMETER_STATE] = NULL;
	arguments = request.arguments;
	assert_int_equal(grant_make(&grant, &request, &wrong), 0);
	for (unsigned i = 0; i < grant.rule_count; i++)
		assert_int_equal(operation_get(grant.rules[i].operation)->class, CLASS_READ);
	assert_null(grant_covers(&grant, OPERATION_REPO_GET, &arguments));
	assert_null(grant_covers(&grant, OPERATION_USER, &none));
	arguments.values[PARAMETER_PER_PAGE] = "1";
	assert_null(grant_covers(&grant, OPERATION_ALERTS_LIST, &arguments));
	arguments.values[PARAMETER_PAGE] = "2";
	assert_non_null(grant_covers(&grant, OPERATION_ALERTS_LIST, &arguments));
	arguments.values[PARAMETER_PAGE] = NULL;
	arguments.values[PARAMETER_REPO] = "other";
	assert_non_null(grant_covers(&grant, OPERATION_ALERTS_LIST, &arguments));
	grant_free(&grant);
	request.kind = JOB_AUTH_STATUS;
	request.arguments = none;
	assert_int_equal(grant_make(&grant, &request, &wrong), 0);
	assert_null(grant_covers(&grant, OPERATION_USER, &none));
	assert_null(grant_covers(&grant, OPERATION_RATE_LIMIT, &none));
	assert_non_null(grant_covers(&grant, OPERATION_REPO_GET, &arguments));
	grant_free(&grant);
}

static void test_only_json_that_was_read_is_filtered(void **state)
{
	struct job_request request = {.format = OUTPUT_JSON, .filter = "."};

	(void)state;
	for (unsigned kind = 0; kind < JOB_KINDS; kind++) {
		bool reads = kind == JOB_ALERTS_LIST || kind == JOB_ALERTS_VIEW ||
			     kind == JOB_ALERTS_INSTANCES || kind == JOB_RATE_LIMIT ||
			     kind == JOB_AUTH_STATUS || kind == JOB_AUTH_CHECK ||
			     kind == JOB_REPOS_LIST || kind == JOB_REPOS_STATUS;
		request.kind = (enum job_kind)kind;
		assert_int_equal(grant_allows_filter(&request), reads);
	}
	request.kind = JOB_ALERTS_LIST;
	request.format = OUTPUT_LINES;
	assert_false(grant_allows_filter(&request));
	request.filter = "";
	assert_true(grant_allows_filter(&request));
	request.kind = JOB_ALERTS_DISMISS;
	assert_true(grant_allows_filter(&request));
}

#define grant_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		grant_test(test_pages_are_the_workers_choice),
		grant_test(test_another_repository_is_refused),
		grant_test(test_filters_are_fixed),
		grant_test(test_another_operation_is_refused),
		grant_test(test_holes_still_have_a_form),
		grant_test(test_calls_run_out),
		grant_test(test_grants_expire),
		grant_test(test_bytes_run_out),
		cmocka_unit_test(test_malformed_requests_get_no_grant),
		cmocka_unit_test(test_scope_decides_the_operation),
		cmocka_unit_test(test_target_names_the_alert),
		cmocka_unit_test(test_only_json_that_was_read_is_filtered),
		cmocka_unit_test(test_a_check_only_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
