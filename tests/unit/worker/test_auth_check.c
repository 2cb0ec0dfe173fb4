/* auth check: what is asked, what the answers amount to, and that nothing is ever changed. */
#include "answers.h"
#include "lib/github/fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct canned repository = {
	.operation = OPERATION_REPO_GET,
	.status = 200,
	.body = "{\"private\":true,\"permissions\":{\"admin\":false,\"push\":true,\"pull\":true}}",
	.scopes = "repo"};
static const struct canned alerts = {
	.operation = OPERATION_ALERTS_LIST, .status = 200, .body = "[]", .scopes = "repo"};

static struct job *check(struct calls *calls, const char *kind, const char *operation,
			 enum output_format format)
{
	struct job *job = answers_job(calls, JOB_AUTH_CHECK, kind, format);

	job->request.arguments.values[PARAMETER_OWNER] = "acme";
	job->request.arguments.values[PARAMETER_REPO] = "shop";
	job->request.operation = operation;
	auth_check_run(job);
	return job;
}

static void expect(struct job *job, enum failure_kind kind, const char *expected)
{
	assert_string_equal(answers_written(job), expected);
	assert_int_equal(job->failure.kind, kind);
	answers_free(job);
}

static void test_one_operation(void **state)
{
	const struct canned canned[] = {repository, alerts, {0}};
	struct calls calls = {.canned = canned};

	(void)state;
	expect(check(&calls, "classic", "alerts.dismiss", OUTPUT_LINES), FAILURE_NONE,
	       "alerts.dismiss\tyes\t\tscopes: repo; the account may push\n");
	expect(check(&calls, "classic", "alerts.update", OUTPUT_JSON), FAILURE_NONE,
	       "[{\"operation\":\"alerts.update\",\"verdict\":\"yes\",\"missing\":null,"
	       "\"evidence\":\"scopes: repo; the account may push\","
	       "\"permission\":\"security_events:write\","
	       "\"scopes\":[\"security_events\",\"repo\"]}]\n");
	assert_int_equal(calls.asked[OPERATION_REPO_GET], 2);
	assert_int_equal(calls.asked[OPERATION_ALERTS_LIST], 2);
	expect(check(&calls, "classic", "user.get", OUTPUT_LINES), FAILURE_NONE,
	       "user.get\tyes\t\tGitHub accepts the token\n");
	expect(check(&calls, "fine-grained", "alerts.assign", OUTPUT_LINES), FAILURE_NONE,
	       "alerts.assign\tunknown\t\tit may read alerts; what such a token may change shows "
	       "only when it does\n");
	assert_int_equal(calls.asked[OPERATION_ALERTS_LIST], 3);
}

static void test_all_operations(void **state)
{
	const struct canned canned[] = {repository, alerts, {0}};
	struct calls calls = {.canned = canned};

	(void)state;
	expect(check(&calls, "classic", "", OUTPUT_TABLE), FAILURE_NONE,
	       "OPERATION               VERDICT  MISSING  EVIDENCE\n"
	       "alerts.list             yes               GitHub answers alerts.list\n"
	       "alerts.list.org         unknown           scopes suffice: repo; what its account "
	       "may "
	       "read there was not tried\n"
	       "alerts.list.enterprise  unknown           scopes suffice: repo; what its account "
	       "may "
	       "read there was not tried\n"
	       "alerts.get              yes               GitHub answers alerts.list\n"
	       "alerts.update           yes               scopes: repo; the account may push\n"
	       "alerts.instances        yes               GitHub answers alerts.list\n"
	       "rate_limit.get          yes               GitHub accepts the token\n"
	       "meta.get                yes               GitHub accepts the token\n"
	       "user.get                yes               GitHub accepts the token\n"
	       "repos.get               yes               GitHub answers repos.get\n"
	       "repos.list.org          unknown           scopes suffice: repo; what its account "
	       "may read there was not tried\n"
	       "repos.list.user         yes               GitHub accepts the token\n"
	       "repos.list.own          yes               GitHub accepts the token\n"
	       "git.ls_refs             yes               scopes: repo; GitHub answers repos.get\n"
	       "git.fetch               yes               scopes: repo; GitHub answers "
	       "repos.get\n");
}

static void test_chosen_fields(void **state)
{
	const struct canned canned[] = {
		repository,
		{.operation = OPERATION_ALERTS_LIST,
		 .status = 403,
		 .body = "{\"message\":\"Resource not accessible by personal access token\"}",
		 .accepted = "security_events=read"},
		{0}};
	struct calls calls = {.canned = canned};
	struct job *job = answers_job(&calls, JOB_AUTH_CHECK, "fine-grained", OUTPUT_JSON);

	(void)state;
	job->request.arguments.values[PARAMETER_OWNER] = "acme";
	job->request.arguments.values[PARAMETER_REPO] = "shop";
	job->request.fields[0] = AUTH_CHECK_FIELD_MISSING;
	job->request.fields[1] = AUTH_CHECK_FIELD_OPERATION;
	job->request.field_count = 2;
	auth_check_run(job);
	assert_int_equal(job->items, 15);
	assert_non_null(strstr(job->failure.message,
			       "the token does not suffice for alerts.list and 4 more"));
	const char *text = answers_written(job);
	static const char first[] = "[{\"missing\":\"permission security_events=read\","
				    "\"operation\":\"alerts.list\"},\n";
	assert_memory_equal(text, first, sizeof(first) - 1);
	assert_non_null(strstr(text, "{\"missing\":null,\"operation\":\"user.get\"}"));
	answers_free(job);
}

static void test_refusals(void **state)
{
	struct canned canned[] = {repository,
				  {.operation = OPERATION_ALERTS_LIST,
				   .status = 404,
				   .body = "{\"message\":\"no analysis found\"}",
				   .scopes = "repo"},
				  {0}};
	struct calls calls = {.canned = canned};

	(void)state;
	/* Who is told that much may read. */
	expect(check(&calls, "fine-grained", "alerts.list", OUTPUT_LINES), FAILURE_NONE,
	       "alerts.list\tyes\t\tGitHub answers alerts.list\n");
	canned[1].body = "{\"message\":\"Not Found\"}";
	expect(check(&calls, "classic", "alerts.list", OUTPUT_LINES), FAILURE_PERMISSION,
	       "alerts.list\tno\taccess of the account to the alerts, or SSO authorisation\t"
	       "not found: Not Found\n");
	canned[1].status = 403;
	canned[1].body = "{\"message\":\"Advanced Security must be enabled for this repository to "
			 "use code scanning.\"}";
	expect(check(&calls, "classic", "alerts.list", OUTPUT_LINES), FAILURE_NONE,
	       "alerts.list\tunknown\t\tGitHub refuses this to the token: Advanced Security must "
	       "be "
	       "enabled for this repository to use code scanning.\n");
	canned[0].scopes = "gist";
	expect(check(&calls, "classic", "alerts.dismiss", OUTPUT_LINES), FAILURE_PERMISSION,
	       "alerts.dismiss\tno\tscope security_events or repo\tscopes: gist\n");
}

static void test_a_repository_that_is_not_shown(void **state)
{
	const struct canned canned[] = {{.operation = OPERATION_REPO_GET,
					 .status = 404,
					 .body = "{\"message\":\"Not Found\"}",
					 .scopes = "repo"},
					{0}};
	struct calls calls = {.canned = canned};
	struct job *job = check(&calls, "classic", "alerts.list", OUTPUT_LINES);

	(void)state;
	assert_string_equal(job->failure.message, "the token does not suffice for alerts.list");
	assert_int_equal(calls.asked[OPERATION_ALERTS_LIST], 0);
	expect(job, FAILURE_PERMISSION,
	       "alerts.list\tno\taccess to acme/shop\tnot found: Not Found\n");
}

static void test_an_app(void **state)
{
	const struct canned canned[] = {
		{.operation = OPERATION_REPO_GET,
		 .status = 200,
		 .body = "{\"private\":true,\"permissions\":{\"push\":false}}"},
		alerts,
		{0}};
	struct calls calls = {.canned = canned};
	struct job *job = answers_job(&calls, JOB_AUTH_CHECK, "app", OUTPUT_LINES);

	(void)state;
	job->request.arguments.values[PARAMETER_OWNER] = "acme";
	job->request.arguments.values[PARAMETER_REPO] = "shop";
	job->request.operation = "alerts.reopen";
	job->facts.permissions = "metadata:read,security_events:read";
	auth_check_run(job);
	assert_int_equal(calls.asked[OPERATION_ALERTS_LIST], 0);
	expect(job, FAILURE_PERMISSION,
	       "alerts.reopen\tno\tpermission security_events:write\tthe installation has "
	       "metadata:read,security_events:read\n");
	/* One of the environment's has no role in the repository, which says nothing. */
	expect(check(&calls, "installation", "alerts.reopen", OUTPUT_LINES), FAILURE_NONE,
	       "alerts.reopen\tunknown\t\tit may read alerts; what such a token may change shows "
	       "only when it does\n");
}

/* Nothing can be said of a token when GitHub could not be asked. */
static void test_failures(void **state)
{
	struct canned canned[] = {repository, alerts, {0}};
	struct calls calls = {.canned = canned};

	(void)state;
	canned[1].status = 0;
	expect(check(&calls, "classic", "", OUTPUT_JSON), FAILURE_NETWORK, "");
	canned[1].status = 500;
	expect(check(&calls, "classic", "", OUTPUT_JSON), FAILURE_SERVER, "");
	canned[1].status = 429;
	expect(check(&calls, "classic", "", OUTPUT_LINES), FAILURE_RATE_LIMITED, "");
	canned[0].status = 401;
	expect(check(&calls, "classic", "", OUTPUT_LINES), FAILURE_AUTHENTICATION, "");
	canned[0].status = 200;
	canned[0].body = "<html>";
	expect(check(&calls, "classic", "user.get", OUTPUT_LINES), FAILURE_MALFORMED, "");
}

static void test_what_cannot_be_checked(void **state)
{
	const struct canned canned[] = {{0}};
	static const char *const names[] = {"alerts", "app.get", "login.token", "app.token.revoke",
					    "credentials.revoke"};
	struct calls calls = {.canned = canned};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		expect(check(&calls, "classic", names[i], OUTPUT_JSON), FAILURE_USAGE, "");
	assert_int_equal(calls.asked[OPERATION_REPO_GET], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_operation),
		cmocka_unit_test(test_all_operations),
		cmocka_unit_test(test_chosen_fields),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_a_repository_that_is_not_shown),
		cmocka_unit_test(test_an_app),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_what_cannot_be_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
