/* Answers of GitHub: what each means for the job. */
#include "worker/classify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static struct answer answer(uint16_t status, const char *body)
{
	struct answer made = {
		.body = memfd_create("body", MFD_CLOEXEC),
		.response = {.status = status,
			     .body_size = strlen(body),
			     .limit = RESPONSE_NUMBER_ABSENT,
			     .remaining = RESPONSE_NUMBER_ABSENT,
			     .used = RESPONSE_NUMBER_ABSENT,
			     .reset = RESPONSE_NUMBER_ABSENT,
			     .retry_after = RESPONSE_NUMBER_ABSENT,
			     .date = RESPONSE_NUMBER_ABSENT,
			     .request_id = "ABCD:1234",
			     .link = "",
			     .content_type = "",
			     .resource = "",
			     .location = ""},
	};

	assert_int_equal(write(made.body, body, strlen(body)), (ssize_t)strlen(body));
	return made;
}

static void expect(struct answer made, enum failure_kind kind, const char *text)
{
	struct failure failure;

	assert_int_equal(classify_answer(&made, OPERATION_ALERTS_LIST, &failure), -1);
	assert_int_equal(failure.kind, kind);
	assert_int_equal(failure.status, made.response.status);
	assert_string_equal(failure.request_id, "ABCD:1234");
	if (!strstr(failure.message, text))
		fail_msg("\"%s\" is not in \"%s\"", text, failure.message);
	answer_free(&made);
}

static void test_success(void **state)
{
	struct answer made = answer(200, "[]");
	struct failure failure;

	(void)state;
	assert_int_equal(classify_answer(&made, OPERATION_ALERTS_LIST, &failure), 0);
	answer_free(&made);
}

static void test_refusals(void **state)
{
	(void)state;
	expect(answer(401, "{\"message\":\"Bad credentials\"}"), FAILURE_AUTHENTICATION,
	       "Bad credentials");
	expect(answer(403, "{\"message\":\"Resource not accessible\"}"), FAILURE_PERMISSION,
	       "Resource not accessible");
	expect(answer(404, "{\"message\":\"no analysis found\"}"), FAILURE_NOT_FOUND,
	       "no analysis found");
	expect(answer(422, "{\"message\":\"Validation Failed\",\"errors\":[{\"field\":\"state\","
			   "\"message\":\"is wrong\"}]}"),
	       FAILURE_VALIDATION, "Validation Failed field state: is wrong");
	expect(answer(502, "<html>"), FAILURE_SERVER, "502");
	expect(answer(418, ""), FAILURE_MALFORMED, "418");
}

static void test_rate_limits(void **state)
{
	(void)state;
	struct answer primary = answer(403, "{\"message\":\"API rate limit exceeded\"}");
	primary.response.remaining = 0;
	primary.response.reset = 1900000000;
	expect(primary, FAILURE_RATE_LIMITED, "2030-03-17T17:46:40Z");
	struct answer secondary = answer(403, "{}");
	secondary.response.retry_after = 120;
	expect(secondary, FAILURE_RATE_LIMITED, "until 2");
	expect(answer(403, "{\"message\":\"You have exceeded a secondary rate limit\"}"),
	       FAILURE_RATE_LIMITED, "secondary");
	struct answer plain = answer(429, "");
	plain.response.remaining = 10;
	expect(plain, FAILURE_RATE_LIMITED, "until 2");
}

/* From the table: what the operation takes. */
static void test_hints_name_what_is_missing(void **state)
{
	static const struct {
		enum operation_id operation;
		const char *hint;
	} cases[] = {
		{OPERATION_ALERTS_UPDATE,
		 "needs security_events:write (classic: security_events or repo;"},
		{OPERATION_REPO_GET, "needs metadata:read (classic: repo;"},
		{OPERATION_USER, "Check what the token may do."},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct answer made = answer(403, "{}");
		struct failure failure;
		assert_int_equal(classify_answer(&made, cases[i].operation, &failure), -1);
		if (!strstr(failure.hint, cases[i].hint))
			fail_msg("\"%s\" is not in \"%s\"", cases[i].hint, failure.hint);
		answer_free(&made);
	}
}

static void test_unlimited(void **state)
{
	struct failure failure = {.kind = FAILURE_NOT_FOUND,
				  .message = "not found: Rate limiting is not enabled."};

	(void)state;
	assert_true(classify_is_unlimited(&failure));
	failure.kind = FAILURE_PERMISSION;
	assert_false(classify_is_unlimited(&failure));
	failure = (struct failure){.kind = FAILURE_NOT_FOUND, .message = "not found: Not Found"};
	assert_false(classify_is_unlimited(&failure));
}

static void test_redirects_are_named_not_followed(void **state)
{
	struct answer made = answer(301, "");

	(void)state;
	made.response.location = "https://evil.example/\x1b[31m";
	expect(made, FAILURE_REDIRECT, "https://evil.example/\\x1b[31m");
}

static void test_hostile_messages_are_tamed(void **state)
{
	(void)state;
	expect(answer(404,
		      "{\"message\":\"a\\u001b[2Jb ghp_0123456789abcdefghijABCDEFGHIJ012345\"}"),
	       FAILURE_NOT_FOUND, "a\\x1b[2Jb ghp_****");
	expect(answer(404, "{\"message\":{\"nested\":1}}"), FAILURE_NOT_FOUND, "not found");
	expect(answer(404, "[[[["), FAILURE_NOT_FOUND, "not found");
}

static void expect_unusable(const char *body, const char *text)
{
	struct answer made = answer(200, body);
	struct failure failure;

	assert_null(classify_json(&made, &failure));
	assert_int_equal(failure.kind, FAILURE_MALFORMED);
	if (!strstr(failure.message, text))
		fail_msg("\"%s\" is not in \"%s\"", text, failure.message);
	answer_free(&made);
}

static void test_bodies_that_are_no_json(void **state)
{
	(void)state;
	expect_unusable("<!DOCTYPE html>", "HTML");
	expect_unusable("", "ends too early");
	expect_unusable("[1,2", "ends too early");
	expect_unusable("{\"a\":1,\"a\":2}", "twice");
	expect_unusable("[\"\xff\"]", "UTF-8");
	expect_unusable("[1] x", "follows");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_success),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_rate_limits),
		cmocka_unit_test(test_hints_name_what_is_missing),
		cmocka_unit_test(test_unlimited),
		cmocka_unit_test(test_redirects_are_named_not_followed),
		cmocka_unit_test(test_hostile_messages_are_tamed),
		cmocka_unit_test(test_bodies_that_are_no_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
