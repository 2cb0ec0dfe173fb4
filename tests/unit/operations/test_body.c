/* Bodies: the parameters that are given, as JSON that no value can break out of. */
#include "lib/operations/operations.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char body[OPERATION_BODY_MAX + 1];

static const char *make(enum operation_id id, const struct operation_arguments *arguments)
{
	size_t length = 0;

	memset(body, 0, sizeof(body));
	assert_int_equal(operation_body(id, arguments, body, &length), 0);
	assert_int_equal(length, strlen(body));
	return body;
}

static struct operation_arguments alert(void)
{
	struct operation_arguments arguments = {0};

	arguments.values[PARAMETER_OWNER] = "acme";
	arguments.values[PARAMETER_REPO] = "shop";
	arguments.values[PARAMETER_ALERT_NUMBER] = "7";
	return arguments;
}

static void test_only_what_belongs_into_the_body(void **state)
{
	struct operation_arguments arguments = alert();

	(void)state;
	assert_string_equal(make(OPERATION_ALERTS_UPDATE, &arguments), "{}");
	arguments.values[PARAMETER_NEW_STATE] = "open";
	arguments.values[PARAMETER_PAGE] = "2"; /* of no body */
	arguments.values[PARAMETER_STATE] =
		"closed"; /* a filter's, although its name is the same */
	assert_string_equal(make(OPERATION_ALERTS_UPDATE, &arguments), "{\"state\":\"open\"}");
}

static void test_reads_have_none(void **state)
{
	struct operation_arguments arguments = alert();

	(void)state;
	arguments.values[PARAMETER_NEW_STATE] = "open";
	assert_string_equal(make(OPERATION_ALERTS_GET, &arguments), "");
	assert_string_equal(make(OPERATION_ALERTS_LIST, &arguments), "");
}

static void test_each_kind_of_value(void **state)
{
	struct operation_arguments arguments = alert();

	(void)state;
	arguments.values[PARAMETER_ASSIGNEES] = "octocat,hubot";
	arguments.values[PARAMETER_CREATE_REQUEST] = "true";
	arguments.values[PARAMETER_DISMISSED_COMMENT] = "known";
	arguments.values[PARAMETER_DISMISSED_REASON] = "won't fix";
	arguments.values[PARAMETER_NEW_STATE] = "dismissed";
	assert_string_equal(make(OPERATION_ALERTS_UPDATE, &arguments),
			    "{\"state\":\"dismissed\",\"dismissed_reason\":\"won't fix\","
			    "\"dismissed_comment\":\"known\",\"create_request\":true,"
			    "\"assignees\":[\"octocat\",\"hubot\"]}");
	arguments = alert();
	arguments.values[PARAMETER_CREATE_REQUEST] = "false";
	arguments.values[PARAMETER_ASSIGNEES] = "";
	assert_string_equal(make(OPERATION_ALERTS_UPDATE, &arguments),
			    "{\"create_request\":false,\"assignees\":[]}");
}

static void test_text_stays_within_its_quotes(void **state)
{
	static const struct {
		const char *text, *json;
	} texts[] = {
		{"\",\"state\":\"open", "\\\",\\\"state\\\":\\\"open"},
		{"a\\", "a\\\\"},
		{"\r\n\t", "\\r\\n\\t"},
		{"\xe2\x80\xa8\xe2\x80\xae", "\\u2028\\u202e"},
		{"\xf3\xa0\x81\x81", "\\udb40\\udc41"},
		{"\xf0\x9f\x98\x80\xc3\xa9", "\xf0\x9f\x98\x80\xc3\xa9"},
		{"</script>", "</script>"},
	};
	struct operation_arguments arguments = alert();
	char expected[256];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		arguments.values[PARAMETER_DISMISSED_COMMENT] = texts[i].text;
		strcpy(expected, "{\"dismissed_comment\":\"");
		strcat(expected, texts[i].json);
		strcat(expected, "\"}");
		assert_string_equal(make(OPERATION_ALERTS_UPDATE, &arguments), expected);
	}
}

/* The longest values that the validators let through, each character escaped to its longest. */
static void test_the_longest_body_fits(void **state)
{
	static char comment[4 * VALIDATE_COMMENT_MAX + 1], logins[VALIDATE_LOGINS_MAX + 1];
	struct operation_arguments arguments = alert();
	enum operation_parameter wrong;

	(void)state;
	for (size_t i = 0; i < VALIDATE_COMMENT_MAX; i++)
		memcpy(comment + 4 * i, "\xf3\xa0\x81\x81", 4);
	memset(logins, 'a', VALIDATE_LOGINS_MAX);
	for (size_t i = 1; i < VALIDATE_LOGINS_MAX - 1; i += 2)
		logins[i] = ',';
	arguments.values[PARAMETER_NEW_STATE] = "dismissed";
	arguments.values[PARAMETER_DISMISSED_REASON] = "false positive";
	arguments.values[PARAMETER_DISMISSED_COMMENT] = comment;
	arguments.values[PARAMETER_CREATE_REQUEST] = "false";
	arguments.values[PARAMETER_ASSIGNEES] = logins;
	assert_int_equal(operation_check(OPERATION_ALERTS_UPDATE, &arguments, &wrong), 0);
	make(OPERATION_ALERTS_UPDATE, &arguments);
}

static void test_more_than_fits_is_refused(void **state)
{
	static char text[OPERATION_BODY_MAX];
	static const char around[] = "{\"dismissed_comment\":\"\"}";
	size_t room = OPERATION_BODY_MAX - strlen(around), length;
	struct operation_arguments arguments = alert();

	(void)state;
	memset(text, 'x', room);
	arguments.values[PARAMETER_DISMISSED_COMMENT] = text;
	assert_int_equal(operation_body(OPERATION_ALERTS_UPDATE, &arguments, body, &length), 0);
	assert_int_equal(length, OPERATION_BODY_MAX);
	text[room] = 'x';
	assert_int_equal(operation_body(OPERATION_ALERTS_UPDATE, &arguments, body, &length), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_what_belongs_into_the_body),
		cmocka_unit_test(test_reads_have_none),
		cmocka_unit_test(test_each_kind_of_value),
		cmocka_unit_test(test_text_stays_within_its_quotes),
		cmocka_unit_test(test_the_longest_body_fits),
		cmocka_unit_test(test_more_than_fits_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
