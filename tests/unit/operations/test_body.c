/* Bodies: the parameters that are given, as JSON that no value can break out of. */
#include "lib/operations/operations.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
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

/* Byte by byte, as no other part of ghward looks at it again. */
static void test_list_of_refs(void **state)
{
	struct operation_arguments arguments = {0};
	char expected[256];

	(void)state;
	arguments.values[PARAMETER_OWNER] = "acme";
	arguments.values[PARAMETER_REPO] = "shop";
	snprintf(expected, sizeof(expected),
		 "0014command=ls-refs\n%04zxagent=ghward/%s\n0017object-format=sha1\n0001"
		 "001bref-prefix refs/heads/\n001bref-prefix refs/notes/\n"
		 "001aref-prefix refs/tags/\n0000",
		 strlen(GHWARD_VERSION) + 18, GHWARD_VERSION);
	assert_string_equal(make(OPERATION_GIT_LS_REFS, &arguments), expected);
	/* git's own comes from git. */
	assert_string_equal(make(OPERATION_GIT_FETCH, &arguments), "");
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

#define TOKEN "ghp_0123456789abcdefghijABCDEFGHIJ012345"

static void test_what_an_installation_token_is_for(void **state)
{
	struct operation_arguments arguments = {0};

	(void)state;
	arguments.values[PARAMETER_INSTALLATION_ID] = "7";
	assert_string_equal(make(OPERATION_APP_TOKEN_CREATE, &arguments), "{}");
	arguments.values[PARAMETER_REPOSITORIES] = "shop";
	arguments.values[PARAMETER_PERMISSIONS] = "contents:read";
	assert_string_equal(make(OPERATION_APP_TOKEN_CREATE, &arguments),
			    "{\"repositories\":[\"shop\"],"
			    "\"permissions\":{\"contents\":\"read\"}}");
	arguments.values[PARAMETER_REPOSITORIES] = "shop,.github";
	arguments.values[PARAMETER_PERMISSIONS] =
		"contents:read,organization_hooks:admin,security_events:write";
	assert_string_equal(make(OPERATION_APP_TOKEN_CREATE, &arguments),
			    "{\"repositories\":[\"shop\",\".github\"],"
			    "\"permissions\":{\"contents\":\"read\","
			    "\"organization_hooks\":\"admin\",\"security_events\":\"write\"}}");
}

static void test_tokens_to_revoke(void **state)
{
	struct operation_arguments arguments = {0};

	(void)state;
	arguments.values[PARAMETER_CREDENTIALS] = TOKEN;
	assert_string_equal(make(OPERATION_CREDENTIALS_REVOKE, &arguments),
			    "{\"credentials\":[\"" TOKEN "\"]}");
	arguments.values[PARAMETER_CREDENTIALS] = TOKEN "," TOKEN;
	assert_string_equal(make(OPERATION_CREDENTIALS_REVOKE, &arguments),
			    "{\"credentials\":[\"" TOKEN "\",\"" TOKEN "\"]}");
}

static void test_login(void **state)
{
	struct operation_arguments arguments = {0};

	(void)state;
	arguments.values[PARAMETER_CLIENT_ID] = "Iv23li";
	arguments.values[PARAMETER_SCOPE] = "repo read:org";
	assert_string_equal(make(OPERATION_LOGIN_DEVICE_CODE, &arguments),
			    "{\"client_id\":\"Iv23li\",\"scope\":\"repo read:org\"}");
	arguments = (struct operation_arguments){0};
	arguments.values[PARAMETER_CLIENT_ID] = "12345"; /* a text, whatever it looks like */
	arguments.values[PARAMETER_GRANT_TYPE] = "urn:ietf:params:oauth:grant-type:device_code";
	arguments.values[PARAMETER_DEVICE_CODE] = "3584d83530557fdd1f46af8289938c8ef79f9dc5";
	assert_string_equal(make(OPERATION_LOGIN_TOKEN, &arguments),
			    "{\"client_id\":\"12345\","
			    "\"grant_type\":\"urn:ietf:params:oauth:grant-type:device_code\","
			    "\"device_code\":\"3584d83530557fdd1f46af8289938c8ef79f9dc5\"}");
	arguments.values[PARAMETER_DEVICE_CODE] = "a\"b\\c,d";
	arguments.values[PARAMETER_GRANT_TYPE] = NULL;
	assert_string_equal(make(OPERATION_LOGIN_TOKEN, &arguments),
			    "{\"client_id\":\"12345\",\"device_code\":\"a\\\"b\\\\c,d\"}");
}

/* What operation_check() has to keep out of a body, each in place of a good value. */
static void test_bad_values(void **state)
{
	static const struct {
		enum operation_id id;
		enum operation_parameter parameter;
		const char *value;
	} cases[] = {
		{OPERATION_APP_TOKEN_CREATE, PARAMETER_REPOSITORIES, ""},
		{OPERATION_APP_TOKEN_CREATE, PARAMETER_REPOSITORIES, "shop,,site"},
		{OPERATION_APP_TOKEN_CREATE, PARAMETER_REPOSITORIES, "acme/shop"},
		{OPERATION_APP_TOKEN_CREATE, PARAMETER_REPOSITORIES, "shop\"],\"x\":[\""},
		{OPERATION_APP_TOKEN_CREATE, PARAMETER_PERMISSIONS, ""},
		{OPERATION_APP_TOKEN_CREATE, PARAMETER_PERMISSIONS, "contents"},
		{OPERATION_APP_TOKEN_CREATE, PARAMETER_PERMISSIONS, "contents:read,contents:write"},
		{OPERATION_APP_TOKEN_CREATE, PARAMETER_PERMISSIONS, "contents:all"},
		{OPERATION_APP_TOKEN_CREATE, PARAMETER_PERMISSIONS, "contents:read;"},
		{OPERATION_APP_TOKEN_CREATE, PARAMETER_INSTALLATION_ID, "../1"},
		{OPERATION_CREDENTIALS_REVOKE, PARAMETER_CREDENTIALS, ""},
		{OPERATION_CREDENTIALS_REVOKE, PARAMETER_CREDENTIALS, "secret"},
		{OPERATION_CREDENTIALS_REVOKE, PARAMETER_CREDENTIALS, TOKEN ";" TOKEN},
		{OPERATION_LOGIN_DEVICE_CODE, PARAMETER_CLIENT_ID, "a b"},
		{OPERATION_LOGIN_DEVICE_CODE, PARAMETER_SCOPE, "repo,gist"},
		{OPERATION_LOGIN_DEVICE_CODE, PARAMETER_CLIENT_SECRET, "x"},
		{OPERATION_LOGIN_TOKEN, PARAMETER_GRANT_TYPE, "password"},
		{OPERATION_LOGIN_TOKEN, PARAMETER_CODE, "a b"},
		{OPERATION_LOGIN_TOKEN, PARAMETER_REFRESH_TOKEN, "ghr_\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct operation_arguments arguments = {0};
		enum operation_parameter wrong = PARAMETERS;
		if (cases[i].id == OPERATION_APP_TOKEN_CREATE)
			arguments.values[PARAMETER_INSTALLATION_ID] = "7";
		assert_int_equal(operation_check(cases[i].id, &arguments, &wrong), 0);
		arguments.values[cases[i].parameter] = cases[i].value;
		if (operation_check(cases[i].id, &arguments, &wrong) == 0 ||
		    wrong != cases[i].parameter)
			fail_msg("%s: \"%s\"", operation_parameter_name(cases[i].parameter),
				 cases[i].value);
	}
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

static void fill(char *text, size_t length, const char *item)
{
	size_t step = strlen(item) + 1;

	for (size_t i = 0; i < length; i++)
		text[i] = i % step == step - 1 ? ',' : item[i % step];
	text[length / step * step - 1] = 0;
}

/* The same of the others: each item of a list gets quotes of its own. */
static void test_the_longest_lists_fit(void **state)
{
	static char repositories[VALIDATE_REPOS_MAX + 1], permissions[VALIDATE_PERMISSIONS_MAX + 1];
	static char tokens[VALIDATE_TOKENS_MAX + 1];
	struct operation_arguments arguments = {0};
	enum operation_parameter wrong;

	(void)state;
	fill(repositories, VALIDATE_REPOS_MAX, "seven_b");
	repositories[8 * VALIDATE_REPOS_COUNT_MAX - 1] = 0;
	fill(permissions, VALIDATE_PERMISSIONS_MAX, "aa:read");
	for (size_t i = 0; i < strlen(permissions); i += 8) {
		permissions[i] = (char)('a' + i / 8 / 26 % 26);
		permissions[i + 1] = (char)('a' + i / 8 % 26);
	}
	fill(tokens, VALIDATE_TOKENS_MAX, "0123456789abcdef0123456789abcdef01234567");
	arguments.values[PARAMETER_INSTALLATION_ID] = "9007199254740991";
	arguments.values[PARAMETER_REPOSITORIES] = repositories;
	arguments.values[PARAMETER_PERMISSIONS] = permissions;
	assert_int_equal(operation_check(OPERATION_APP_TOKEN_CREATE, &arguments, &wrong), 0);
	make(OPERATION_APP_TOKEN_CREATE, &arguments);
	arguments = (struct operation_arguments){0};
	arguments.values[PARAMETER_CREDENTIALS] = tokens;
	assert_int_equal(operation_check(OPERATION_CREDENTIALS_REVOKE, &arguments, &wrong), 0);
	make(OPERATION_CREDENTIALS_REVOKE, &arguments);
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
		cmocka_unit_test(test_list_of_refs),
		cmocka_unit_test(test_each_kind_of_value),
		cmocka_unit_test(test_what_an_installation_token_is_for),
		cmocka_unit_test(test_tokens_to_revoke),
		cmocka_unit_test(test_login),
		cmocka_unit_test(test_bad_values),
		cmocka_unit_test(test_text_stays_within_its_quotes),
		cmocka_unit_test(test_the_longest_body_fits),
		cmocka_unit_test(test_the_longest_lists_fit),
		cmocka_unit_test(test_more_than_fits_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
