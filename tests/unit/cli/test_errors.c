/* Errors: complete, escaped, without secrets, in both forms. */
#include "cli/errors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char text[ERRORS_TEXT_MAX + 1];

static const char *format(const struct failure *failure, const char *job, enum errors_form form)
{
	size_t length = errors_format(failure, job, form, text);

	assert_true(length > 0 && length < ERRORS_TEXT_MAX);
	text[length] = 0;
	return text;
}

static struct failure example(void)
{
	struct failure failure;

	failure_set(&failure, FAILURE_NOT_FOUND, "Check the name.", "no repository %s",
		    "acme/shop");
	failure.status = 404;
	strcpy(failure.request_id, "ABCD:1");
	return failure;
}

static void test_the_object_has_every_member(void **state)
{
	struct failure failure = example();

	(void)state;
	assert_string_equal(
		format(&failure, "j-1", ERRORS_JSON),
		"{\"error\":{\"kind\":\"not_found\",\"message\":\"no repository acme/shop\","
		"\"status\":404,\"request_id\":\"ABCD:1\",\"hint\":\"Check the name.\","
		"\"job\":\"j-1\"}}\n");
}

static void test_what_is_unknown_is_null(void **state)
{
	struct failure failure;

	(void)state;
	failure_set(&failure, FAILURE_NETWORK, "", "no route");
	assert_string_equal(format(&failure, "", ERRORS_JSON),
			    "{\"error\":{\"kind\":\"network\",\"message\":\"no route\","
			    "\"status\":null,\"request_id\":null,\"hint\":null,\"job\":null}}\n");
}

static void test_quotes_and_controls_are_escaped(void **state)
{
	struct failure failure;

	(void)state;
	failure_set(&failure, FAILURE_SERVER, "", "a\"b\\c\nd\x1b[2Je\xff");
	format(&failure, "", ERRORS_JSON);
	assert_non_null(strstr(text, "a\\\"b\\\\c"));
	assert_null(strchr(text, '\x1b'));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	format(&failure, "", ERRORS_TEXT);
	assert_null(strchr(text, '\x1b'));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void test_tokens_are_hidden(void **state)
{
	static const char token[] = "ghp_0123456789abcdefghijklmnopqrstuvwxyz";
	struct failure failure;

	(void)state;
	failure_set(&failure, FAILURE_SERVER, token, "the server said %s", token);
	assert_null(strstr(format(&failure, token, ERRORS_JSON), "0123456789"));
	assert_null(strstr(format(&failure, token, ERRORS_TEXT), "0123456789"));
	assert_non_null(strstr(text, "ghp_****"));
}

static void test_people_get_only_what_is_known(void **state)
{
	struct failure failure = example();

	(void)state;
	assert_string_equal(format(&failure, "j-1", ERRORS_TEXT),
			    "ghward: no repository acme/shop\n"
			    "ghward: Check the name.\n"
			    "ghward: request id ABCD:1, job j-1\n");
	failure.request_id[0] = failure.hint[0] = 0;
	assert_string_equal(format(&failure, "j-1", ERRORS_TEXT),
			    "ghward: no repository acme/shop\n"
			    "ghward: job j-1\n");
	assert_string_equal(format(&failure, "", ERRORS_TEXT), "ghward: no repository acme/shop\n");
}

static void test_the_longest_failure_fits(void **state)
{
	struct failure failure = {.kind = FAILURE_SERVER, .status = 500};
	char job[64];

	(void)state;
	memset(failure.message, 1, sizeof(failure.message) - 1);
	memset(failure.hint, 1, sizeof(failure.hint) - 1);
	memset(failure.request_id, 1, sizeof(failure.request_id) - 1);
	memset(job, 1, sizeof(job) - 1);
	job[sizeof(job) - 1] = 0;
	format(&failure, job, ERRORS_JSON);
	assert_string_equal(text + strlen(text) - 3, "}}\n");
	format(&failure, job, ERRORS_TEXT);
	assert_non_null(strstr(text, "job \\x01"));
}

static void test_the_exit_status_is_the_kinds(void **state)
{
	struct failure failure = {.kind = FAILURE_NONE};

	(void)state;
	assert_int_equal(errors_report(&failure, "", ERRORS_TEXT), 0);
	failure.kind = FAILURE_INTERRUPTED;
	assert_int_equal(errors_report(&failure, "", ERRORS_JSON), 130);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_object_has_every_member),
		cmocka_unit_test(test_what_is_unknown_is_null),
		cmocka_unit_test(test_quotes_and_controls_are_escaped),
		cmocka_unit_test(test_tokens_are_hidden),
		cmocka_unit_test(test_people_get_only_what_is_known),
		cmocka_unit_test(test_the_longest_failure_fits),
		cmocka_unit_test(test_the_exit_status_is_the_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
