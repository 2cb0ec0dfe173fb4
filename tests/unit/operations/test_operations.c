/* The operation table: complete rows, strict arguments, URLs that cannot be bent. */
#include "lib/operations/operations.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
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
		/* Whatever writes is never sent twice by itself: but for what a second time does
		 * not change, and what only makes a code or token that nobody has seen yet. */
		bool harmless = operation->method == METHOD_DELETE ||
				operation->authority != AUTHORITY_TOKEN;
		assert_true(operation->class == CLASS_READ || operation->retry == RETRY_NEVER ||
			    harmless);
		assert_true(operation->method != METHOD_GET || operation->class == CLASS_READ);
		assert_true(operation->method != METHOD_GET || operation->body == 0);
		for (unsigned other = 0; other < i; other++)
			assert_string_not_equal(operation_get((enum operation_id)other)->id,
						operation->id);
	}
}

/* Who speaks, with what, and who may read the answer. */
static void test_authority_and_answers(void **state)
{
	(void)state;
	for (unsigned i = 0; i < OPERATIONS; i++) {
		const struct operation *operation = operation_get((enum operation_id)i);
		bool login = strncmp(operation->path, "/login/", 7) == 0;
		bool git = strncmp(operation->id, "git.", 4) == 0;
		/* What a token of the user's or a worker gets holds no secret. */
		assert_true(operation->authority != AUTHORITY_TOKEN ||
			    operation->answer != ANSWER_SECRET);
		assert_int_equal(operation->base == OPERATION_BASE_GIT, git);
		assert_int_equal(
			operation->answer == ANSWER_GIT || operation->answer == ANSWER_STREAM, git);
		assert_true(operation->authority != AUTHORITY_APP ||
			    operation->answer == ANSWER_SECRET);
		assert_int_equal(operation->base == OPERATION_BASE_WEB, login);
		assert_true(!login || operation->answer == ANSWER_SECRET);
		/* Scopes are those of tokens. */
		assert_true(!operation->scopes || operation->authority == AUTHORITY_TOKEN);
		assert_true(operation->scopes || operation->authority != AUTHORITY_TOKEN ||
			    i == OPERATION_APP_TOKEN_REVOKE);
	}
	/* What may be long goes on as it comes. */
	assert_int_equal(operation_get(OPERATION_GIT_LS_REFS)->answer, ANSWER_GIT);
	assert_int_equal(operation_get(OPERATION_GIT_FETCH)->answer, ANSWER_STREAM);
	/* A code can be redeemed once only. */
	assert_int_equal(operation_get(OPERATION_LOGIN_TOKEN)->retry, RETRY_NEVER);
}

static void test_names(void **state)
{
	static const char *const none[] = {
		"",	     "alerts", "alerts.", "Alerts.list", "alerts.list ", "alerts.update.x",
		"doctor.run"};
	enum operation_id id;

	(void)state;
	for (unsigned i = 0; i < OPERATIONS; i++) {
		assert_true(operation_find(operation_get((enum operation_id)i)->id, &id));
		assert_int_equal(id, i);
	}
	static const char *const writes[] = {"alerts.dismiss", "alerts.reopen", "alerts.assign",
					     "alerts.unassign"};
	for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
		assert_true(operation_find(writes[i], &id));
		assert_int_equal(id, OPERATION_ALERTS_UPDATE);
	}
	assert_true(operation_find("alerts.view", &id));
	assert_int_equal(id, OPERATION_ALERTS_GET);
	assert_true(operation_find("rate-limit", &id));
	assert_int_equal(id, OPERATION_RATE_LIMIT);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_false(operation_find(none[i], &id));
}

static void test_what_can_be_checked(void **state)
{
	(void)state;
	assert_true(operation_is_checkable(OPERATION_ALERTS_UPDATE));
	assert_true(operation_is_checkable(OPERATION_META));
	assert_false(operation_is_checkable(OPERATION_APP_GET));
	assert_false(operation_is_checkable(OPERATION_APP_TOKEN_REVOKE));
	assert_false(operation_is_checkable(OPERATION_LOGIN_TOKEN));
	assert_false(operation_is_checkable(OPERATION_CREDENTIALS_REVOKE));
}

static void test_what_it_is_about(void **state)
{
	(void)state;
	assert_true(operation_is_about(OPERATION_ALERTS_UPDATE, PARAMETER_ALERT_NUMBER));
	assert_true(operation_is_about(OPERATION_ALERTS_LIST_ORG, PARAMETER_ORG));
	assert_false(operation_is_about(OPERATION_ALERTS_LIST_ORG, PARAMETER_REPO));
	assert_false(operation_is_about(OPERATION_ALERTS_LIST, PARAMETER_STATE));
	assert_false(operation_is_about(OPERATION_USER, PARAMETER_OWNER));
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

/* A value that the parameter's validator accepts. */
static const char *example(unsigned parameter)
{
	static const struct {
		enum validate_kind kind;
		const char *text;
	} examples[] = {
		{VALIDATE_OWNER, "acme"},
		{VALIDATE_REPO, "shop"},
		{VALIDATE_ENTERPRISE, "acme"},
		{VALIDATE_ALERT_NUMBER, "7"},
		{VALIDATE_TOOL_NAME, "CodeQL"},
		{VALIDATE_TOOL_GUID, "0123abcd-0123-0123-0123-0123456789ab"},
		{VALIDATE_REF, "refs/heads/main"},
		{VALIDATE_PR, "3"},
		{VALIDATE_ALERT_STATE, "open"},
		{VALIDATE_ALERT_SEVERITY, "high"},
		{VALIDATE_SORT, "created"},
		{VALIDATE_DIRECTION, "desc"},
		{VALIDATE_ASSIGNEES, "octocat"},
		{VALIDATE_AFFILIATION, "owner"},
		{VALIDATE_CURSOR, "Y3Vyc29y"},
		{VALIDATE_PAGE, "2"},
		{VALIDATE_PER_PAGE, "100"},
		{VALIDATE_ALERT_WRITE_STATE, "dismissed"},
		{VALIDATE_DISMISSED_REASON, "won't fix"},
		{VALIDATE_COMMENT, "known"},
		{VALIDATE_BOOLEAN, "true"},
		{VALIDATE_LOGINS, "octocat"},
		{VALIDATE_ID, "12345"},
		{VALIDATE_REPOS, "shop,site"},
		{VALIDATE_PERMISSIONS, "contents:read,issues:write"},
		{VALIDATE_TOKENS, "ghp_0123456789abcdefghijABCDEFGHIJ012345"},
		{VALIDATE_CLIENT_ID, "Iv23liExample"},
		{VALIDATE_OPAQUE, "opaque"},
		{VALIDATE_SCOPES, "repo read:org"},
		{VALIDATE_GRANT_TYPE, "refresh_token"},
	};
	enum validate_kind kind =
		operation_parameter_validator((enum operation_parameter)parameter);

	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		if (examples[i].kind == kind)
			return examples[i].text;
	}
	return "";
}

/* Fills what stands in the path; two parameters may have one name, the first is the path's. */
static operation_parameters fill_path(enum operation_id id, struct operation_arguments *arguments)
{
	operation_parameters found = 0;
	char place[64];

	memset(arguments, 0, sizeof(*arguments));
	for (unsigned i = 0; i < PARAMETERS; i++) {
		snprintf(place, sizeof(place), "{%s}",
			 operation_parameter_name((enum operation_parameter)i));
		if (!strstr(operation_get(id)->path, place))
			continue;
		found |= OPERATION_PARAMETER_BIT(i);
		arguments->values[i] = example(i);
	}
	return found;
}

/* All operations with all parameters: needed, allowed, or refused, and named when wrong. */
static void test_every_parameter_of_every_operation(void **state)
{
	(void)state;
	for (unsigned id = 0; id < OPERATIONS; id++) {
		const struct operation *operation = operation_get((enum operation_id)id);
		struct operation_arguments arguments;
		enum operation_parameter wrong;
		char url[OPERATION_URL_MAX];

		operation_parameters path = fill_path((enum operation_id)id, &arguments);
		operation_parameters known = path | operation->query | operation->body;
		assert_int_equal(operation_check((enum operation_id)id, &arguments, &wrong), 0);
		assert_int_equal(operation_url((enum operation_id)id, &arguments, "https://h", url),
				 0);
		for (unsigned i = 0; i < PARAMETERS; i++) {
			operation_parameters bit = OPERATION_PARAMETER_BIT(i);
			const char *before = arguments.values[i];
			arguments.values[i] = path & bit ? NULL : example(i);
			int expected = (path & bit) || !(known & bit) ? -1 : 0;
			wrong = PARAMETERS;
			int got = operation_check((enum operation_id)id, &arguments, &wrong);
			if (got != expected || (got < 0 && (unsigned)wrong != i))
				fail_msg("%s, %s", operation->id,
					 operation_parameter_name((enum operation_parameter)i));
			/* Only what belongs into the query gets there. */
			if (!(path & bit)) {
				assert_int_equal(operation_url((enum operation_id)id, &arguments,
							       "https://h", url),
						 0);
				assert_int_equal(strchr(url, '?') != NULL,
						 (operation->query & bit) != 0);
			} else {
				assert_int_equal(operation_url((enum operation_id)id, &arguments,
							       "https://h", url),
						 -1);
			}
			arguments.values[i] = before;
		}
	}
}

/* RFC 3986: unreserved characters as they are, every other byte as %XX. */
static void test_every_byte_is_encoded(void **state)
{
	static const char unreserved[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	struct operation_arguments arguments = repo();
	char url[OPERATION_URL_MAX], expected[OPERATION_URL_MAX], value[2] = "";

	(void)state;
	for (unsigned byte = 1; byte < 256; byte++) {
		bool plain = strchr(unreserved, (int)byte) != NULL;
		value[0] = (char)byte;
		arguments.values[PARAMETER_TOOL_NAME] = value;
		assert_int_equal(operation_url(OPERATION_ALERTS_LIST, &arguments, "https://h", url),
				 0);
		snprintf(expected, sizeof(expected),
			 plain ? "https://h/repos/acme/shop/code-scanning/alerts?tool_name=%c"
			       : "https://h/repos/acme/shop/code-scanning/alerts?tool_name=%%%02X",
			 byte);
		assert_string_equal(url, expected);
	}
}

static void test_a_url_that_just_fits(void **state)
{
	static char value[OPERATION_URL_MAX];
	static const char rest[] = "https://h/repos/acme/shop/code-scanning/alerts?tool_name=";
	size_t room = OPERATION_URL_MAX - sizeof(rest);
	struct operation_arguments arguments = repo();
	char url[OPERATION_URL_MAX];

	(void)state;
	memset(value, 'x', room);
	arguments.values[PARAMETER_TOOL_NAME] = value;
	assert_int_equal(operation_url(OPERATION_ALERTS_LIST, &arguments, "https://h", url), 0);
	assert_int_equal(strlen(url), OPERATION_URL_MAX - 1);
	value[room] = 'x';
	assert_int_equal(operation_url(OPERATION_ALERTS_LIST, &arguments, "https://h", url), -1);
	value[room] = 0;
	value[room - 1] = '/'; /* becomes three characters */
	assert_int_equal(operation_url(OPERATION_ALERTS_LIST, &arguments, "https://h", url), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_are_complete),
		cmocka_unit_test(test_authority_and_answers),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_what_can_be_checked),
		cmocka_unit_test(test_what_it_is_about),
		cmocka_unit_test(test_every_placeholder_is_a_parameter),
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_values_cannot_leave_their_place),
		cmocka_unit_test(test_missing_and_unknown_arguments),
		cmocka_unit_test(test_scopes_have_their_own_filters),
		cmocka_unit_test(test_urls_are_bounded),
		cmocka_unit_test(test_every_parameter_of_every_operation),
		cmocka_unit_test(test_every_byte_is_encoded),
		cmocka_unit_test(test_a_url_that_just_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
