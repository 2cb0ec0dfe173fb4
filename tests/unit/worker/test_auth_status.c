/* auth status: what is known of a credential, whatever GitHub says about it. */
#include "answers.h"
#include "lib/github/fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LIMITS                                                                                     \
	"{\"resources\":{\"core\":{\"limit\":5000,\"used\":13,\"remaining\":4987,"                 \
	"\"reset\":1900000000}}}"

static const struct canned user = {
	.operation = OPERATION_USER, .status = 200, .body = "{\"login\":\"octocat\"}"};
static const struct canned limits = {
	.operation = OPERATION_RATE_LIMIT, .status = 200, .body = LIMITS};

static void expect(struct job *job, enum failure_kind kind, const char *expected)
{
	auth_status_run(job);
	assert_string_equal(answers_written(job), expected);
	assert_int_equal(job->failure.kind, kind);
	answers_free(job);
}

static void test_a_token_with_scopes(void **state)
{
	struct canned canned[] = {user, limits, {0}};
	struct calls calls = {.canned = canned};

	(void)state;
	canned[0].scopes = "read:org, repo";
	canned[0].expiration = "2031-01-02 03:04:05 UTC";
	expect(answers_job(&calls, JOB_AUTH_STATUS, "classic", OUTPUT_JSON), FAILURE_NONE,
	       "{\"host\":\"github.com\",\"credential\":\"work\",\"source\":\"vault\","
	       "\"reason\":\"it is for github.com\",\"kind\":\"classic\",\"login\":\"octocat\","
	       "\"account\":null,\"owner\":null,\"scopes\":[\"read:org\",\"repo\"],"
	       "\"permissions\":null,\"expires\":\"2031-01-02T03:04:05Z\",\"rate_limit\":"
	       "{\"limit\":5000,\"remaining\":4987,\"reset\":1900000000}}\n");
	expect(answers_job(&calls, JOB_AUTH_STATUS, "classic", OUTPUT_LINES), FAILURE_NONE,
	       "host:\tgithub.com\ncredential:\twork\nsource:\tvault\n"
	       "reason:\tit is for github.com\nkind:\tclassic\nlogin:\toctocat\nclient:\t\n"
	       "owner:\t\nscopes:\tread:org, repo\npermissions:\t\n"
	       "expires:\t2031-01-02T03:04:05Z\n"
	       "rate limit:\t4987 of 5000 remaining until 2030-03-17T17:46:40Z\n");
	canned[0].scopes = canned[0].expiration = NULL;
	expect(answers_job(&calls, JOB_AUTH_STATUS, "classic", OUTPUT_TABLE), FAILURE_NONE,
	       "github.com\n\n"
	       "  credential        work\n"
	       "  source            vault\n"
	       "  reason            it is for github.com\n"
	       "  kind              classic\n"
	       "  login             octocat\n"
	       "  scopes            none\n"
	       "  rate limit        4987 of 5000 remaining until 2030-03-17T17:46:40Z\n");
}

static void test_chosen_fields(void **state)
{
	struct canned canned[] = {user, limits, {0}};
	struct calls calls = {.canned = canned};
	struct job *job = answers_job(&calls, JOB_AUTH_STATUS, "fine-grained", OUTPUT_JSON);

	(void)state;
	/* A kind that has no scopes; what it may do is told to nobody. */
	job->facts.permissions = "repo";
	job->request.fields[0] = AUTH_STATUS_FIELD_SCOPES;
	job->request.fields[1] = AUTH_STATUS_FIELD_LOGIN;
	job->request.field_count = 2;
	expect(job, FAILURE_NONE, "{\"scopes\":null,\"login\":\"octocat\"}\n");
}

static void test_expiry(void **state)
{
	struct canned canned[] = {user, limits, {0}};
	struct calls calls = {.canned = canned};
	struct job *job = answers_job(&calls, JOB_AUTH_STATUS, "fine-grained", OUTPUT_TABLE);

	(void)state;
	canned[0].expiration = "2001-01-02 03:04:05 UTC";
	auth_status_run(job);
	assert_non_null(strstr(answers_written(job), "2001-01-02T03:04:05Z (expired)\n"));
	answers_free(job);
	/* What is no time leaves what the vault knows. */
	canned[0].expiration = "soon";
	job = answers_job(&calls, JOB_AUTH_STATUS, "fine-grained", OUTPUT_TABLE);
	job->facts.expires = UINT64_C(4102444800);
	auth_status_run(job);
	assert_non_null(strstr(answers_written(job), "2100-01-01T00:00:00Z (in "));
	answers_free(job);
}

static void test_an_app_has_no_user(void **state)
{
	struct canned canned[] = {limits, {0}};
	struct calls calls = {.canned = canned};
	struct job *job = answers_job(&calls, JOB_AUTH_STATUS, "app", OUTPUT_JSON);

	(void)state;
	job->facts.account = "12345";
	job->facts.owner = "acme";
	job->facts.permissions = "metadata:read,security_events:write";
	job->facts.expires = 1900000000;
	expect(job, FAILURE_NONE,
	       "{\"host\":\"github.com\",\"credential\":\"work\",\"source\":\"vault\","
	       "\"reason\":\"it is for github.com\",\"kind\":\"app\",\"login\":null,"
	       "\"account\":\"12345\",\"owner\":\"acme\",\"scopes\":null,\"permissions\":"
	       "{\"metadata\":\"read\",\"security_events\":\"write\"},"
	       "\"expires\":\"2030-03-17T17:46:40Z\",\"rate_limit\":"
	       "{\"limit\":5000,\"remaining\":4987,\"reset\":1900000000}}\n");
	assert_int_equal(calls.asked[OPERATION_USER], 0);
}

/* One that nobody knows to be an App's until GitHub says so. */
static void test_an_integration_of_unknown_kind(void **state)
{
	struct canned canned[] = {
		{.operation = OPERATION_USER,
		 .status = 403,
		 .body = "{\"message\":\"Resource not accessible by integration\"}"},
		limits,
		{0}};
	struct calls calls = {.canned = canned};
	struct job *job = answers_job(&calls, JOB_AUTH_STATUS, "", OUTPUT_LINES);

	(void)state;
	auth_status_run(job);
	assert_non_null(strstr(answers_written(job), "login:\t\n"));
	assert_non_null(strstr(answers_written(job), "4987 of 5000"));
	assert_int_equal(job->failure.kind, FAILURE_NONE);
	answers_free(job);
	canned[0].body = "{\"message\":\"Your account was suspended\"}";
	job = answers_job(&calls, JOB_AUTH_STATUS, "", OUTPUT_LINES);
	auth_status_run(job);
	assert_int_equal(job->failure.kind, FAILURE_PERMISSION);
	answers_free(job);
}

static void test_a_refused_token(void **state)
{
	struct canned canned[] = {{.operation = OPERATION_USER,
				   .status = 401,
				   .body = "{\"message\":\"Bad credentials\"}"},
				  {0}};
	struct calls calls = {.canned = canned};
	struct job *job = answers_job(&calls, JOB_AUTH_STATUS, "classic", OUTPUT_JSON);

	(void)state;
	job->facts.permissions = "repo,gist";
	job->facts.expires = 1000000000;
	expect(job, FAILURE_AUTHENTICATION,
	       "{\"host\":\"github.com\",\"credential\":\"work\",\"source\":\"vault\","
	       "\"reason\":\"it is for github.com\",\"kind\":\"classic\",\"login\":null,"
	       "\"account\":null,\"owner\":null,\"scopes\":[\"repo\",\"gist\"],"
	       "\"permissions\":null,\"expires\":\"2001-09-09T01:46:40Z\",\"rate_limit\":null}"
	       "\n");
	assert_int_equal(calls.asked[OPERATION_RATE_LIMIT], 0);
	/* Nothing is made up. */
	job = answers_job(&calls, JOB_AUTH_STATUS, "classic", OUTPUT_LINES);
	auth_status_run(job);
	assert_non_null(strstr(answers_written(job), "scopes:\t\n"));
	answers_free(job);
}

static void test_no_connection(void **state)
{
	const struct canned canned[] = {{.operation = OPERATION_USER, .body = ""}, {0}};
	struct calls calls = {.canned = canned};
	struct job *job = answers_job(&calls, JOB_AUTH_STATUS, "classic", OUTPUT_LINES);

	(void)state;
	auth_status_run(job);
	assert_int_equal(job->failure.kind, FAILURE_NETWORK);
	assert_non_null(strstr(answers_written(job), "credential:\twork\n"));
	answers_free(job);
}

static void test_a_server_without_limits(void **state)
{
	struct canned canned[] = {user,
				  {.operation = OPERATION_RATE_LIMIT,
				   .status = 404,
				   .body = "{\"message\":\"Rate limiting is not enabled.\"}"},
				  {0}};
	struct calls calls = {.canned = canned};
	struct job *job = answers_job(&calls, JOB_AUTH_STATUS, "legacy", OUTPUT_LINES);

	(void)state;
	job->api_url = "https://ghes.example:8443/api/v3";
	auth_status_run(job);
	assert_int_equal(job->failure.kind, FAILURE_NONE);
	assert_non_null(strstr(answers_written(job), "host:\tghes.example:8443\n"));
	assert_non_null(strstr(answers_written(job), "rate limit:\t\n"));
	answers_free(job);
	canned[1].status = 500;
	job = answers_job(&calls, JOB_AUTH_STATUS, "legacy", OUTPUT_LINES);
	auth_status_run(job);
	assert_int_equal(job->failure.kind, FAILURE_SERVER);
	answers_free(job);
}

static void test_texts_from_outside(void **state)
{
	struct canned canned[] = {user, limits, {0}};
	struct calls calls = {.canned = canned};
	struct job *job = answers_job(&calls, JOB_AUTH_STATUS, "oauth", OUTPUT_LINES);

	(void)state;
	canned[0].body = "{\"login\":\"\\u001b[31mx\\ny\"}";
	canned[0].scopes = "repo\x1b[2J";
	auth_status_run(job);
	assert_null(strchr(answers_written(job), '\x1b'));
	assert_null(strstr(answers_written(job), "x\ny"));
	answers_free(job);
	canned[0].body = "{\"login\":7}";
	job = answers_job(&calls, JOB_AUTH_STATUS, "oauth", OUTPUT_LINES);
	auth_status_run(job);
	assert_non_null(strstr(answers_written(job), "login:\t\n"));
	answers_free(job);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_token_with_scopes),
		cmocka_unit_test(test_chosen_fields),
		cmocka_unit_test(test_expiry),
		cmocka_unit_test(test_an_app_has_no_user),
		cmocka_unit_test(test_an_integration_of_unknown_kind),
		cmocka_unit_test(test_a_refused_token),
		cmocka_unit_test(test_no_connection),
		cmocka_unit_test(test_a_server_without_limits),
		cmocka_unit_test(test_texts_from_outside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
