/* Requests that change something: how reasons are spelled, and who is asked. */
#include "cli/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct options options;
static struct request request;
static struct failure failure;

static const char *lookup(void *context, const char *name)
{
	(void)context;
	(void)name;
	return NULL;
}

static const struct environment environment = {.lookup = lookup};

static int set_up(void **state)
{
	(void)state;
	memset(&options, 0, sizeof(options));
	options.values[OPTION_REPO] = "acme/shop";
	options.words[0] = "7";
	options.word_count = 1;
	return 0;
}

static int make(enum job_kind kind, bool can_ask)
{
	memset(&failure, 0, sizeof(failure));
	return request_make_write(&request, kind, &options, &environment, can_ask, &failure);
}

static void assert_value(enum operation_parameter parameter, const char *value)
{
	assert_non_null(request.job.arguments.values[parameter]);
	assert_string_equal(request.job.arguments.values[parameter], value);
}

static void assert_refused(int status, const char *part)
{
	assert_int_equal(status, -1);
	assert_int_equal(failure.kind, FAILURE_USAGE);
	if (!strstr(failure.message, part))
		fail_msg("\"%s\" should mention \"%s\"", failure.message, part);
}

static void test_a_dismissal(void **state)
{
	(void)state;
	options.values[OPTION_REASON] = "wont-fix";
	options.values[OPTION_COMMENT] = "known";
	options.values[OPTION_REQUEST] = "";
	assert_int_equal(make(JOB_ALERTS_DISMISS, true), 0);
	assert_int_equal(request.job.kind, JOB_ALERTS_DISMISS);
	assert_value(PARAMETER_OWNER, "acme");
	assert_value(PARAMETER_ALERT_NUMBER, "7");
	assert_value(PARAMETER_DISMISSED_REASON, "won't fix");
	assert_value(PARAMETER_DISMISSED_COMMENT, "known");
	assert_value(PARAMETER_CREATE_REQUEST, "true");
	/* These are for broker and worker to say. */
	assert_null(request.job.arguments.values[PARAMETER_NEW_STATE]);
	assert_null(request.job.arguments.values[PARAMETER_ASSIGNEES]);
}

static void test_spellings_of_reasons(void **state)
{
	static const struct {
		const char *typed, *reason;
	} spellings[] = {
		{"false-positive", "false positive"},
		{"false positive", "false positive"},
		{"wont-fix", "won't fix"},
		{"won't fix", "won't fix"},
		{"used-in-tests", "used in tests"},
		{"used in tests", "used in tests"},
		{"mitigated", "mitigated"},
		{"whatever", "whatever"},
		{"Wont-Fix", "Wont-Fix"},
	};

	(void)state;
	options.values[OPTION_COMMENT] = "known";
	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
		options.values[OPTION_REASON] = spellings[i].typed;
		assert_int_equal(make(JOB_ALERTS_DISMISS, true), 0);
		assert_value(PARAMETER_DISMISSED_REASON, spellings[i].reason);
	}
}

static void test_a_repository_is_required(void **state)
{
	(void)state;
	options.values[OPTION_REPO] = NULL;
	assert_refused(make(JOB_ALERTS_REOPEN, true), "which repository");
}

static void test_who_is_asked(void **state)
{
	(void)state;
	assert_int_equal(make(JOB_ALERTS_REOPEN, true), 0);
	assert_int_equal(request.job.consent, CONSENT_ASK);
	assert_refused(make(JOB_ALERTS_REOPEN, false), "--yes");
	for (int can_ask = 0; can_ask < 2; can_ask++) {
		options.values[OPTION_YES] = "";
		assert_int_equal(make(JOB_ALERTS_UNASSIGN, can_ask), 0);
		assert_int_equal(request.job.consent, CONSENT_GIVEN);
		/* In doubt nothing is sent. */
		options.values[OPTION_DRY_RUN] = "";
		assert_int_equal(make(JOB_ALERTS_UNASSIGN, can_ask), 0);
		assert_int_equal(request.job.consent, CONSENT_DRY_RUN);
		options.values[OPTION_YES] = NULL;
		assert_int_equal(make(JOB_ALERTS_UNASSIGN, can_ask), 0);
		assert_int_equal(request.job.consent, CONSENT_DRY_RUN);
		options.values[OPTION_DRY_RUN] = NULL;
	}
}

static void test_assignees(void **state)
{
	(void)state;
	options.values[OPTION_NEW_ASSIGNEE] = "octocat,hubot";
	assert_int_equal(make(JOB_ALERTS_ASSIGN, true), 0);
	assert_value(PARAMETER_ASSIGNEES, "octocat,hubot");
	assert_null(request.job.arguments.values[PARAMETER_FILTER_ASSIGNEES]);
}

static void test_instances(void **state)
{
	static const struct {
		const char *key;
		enum grouping grouping;
	} keys[] = {{NULL, GROUP_NONE}, {"file", GROUP_FILE}, {"state", GROUP_STATE}};

	(void)state;
	options.values[OPTION_REF] = "main";
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		options.values[OPTION_GROUP_BY] = keys[i].key;
		assert_int_equal(request_make_instances(&request, &options, &environment, &failure),
				 0);
		assert_int_equal(request.job.grouping, keys[i].grouping);
		assert_value(PARAMETER_REF, "main");
	}
	options.values[OPTION_GROUP_BY] = "rule";
	assert_refused(request_make_instances(&request, &options, &environment, &failure),
		       "file or state");
	options.values[OPTION_GROUP_BY] = NULL;
	options.values[OPTION_JSON] = "number";
	assert_refused(request_make_instances(&request, &options, &environment, &failure),
		       "number");
}

static void test_a_list_takes_one_tool_and_one_scope(void **state)
{
	(void)state;
	options.values[OPTION_TOOL_NAME] = "CodeQL";
	assert_int_equal(request_make_list(&request, &options, &environment, &failure), 0);
	options.values[OPTION_TOOL_GUID] = "0123abcd-0123-0123-0123-0123456789ab";
	assert_refused(request_make_list(&request, &options, &environment, &failure),
		       "exclude each other");
	options.values[OPTION_TOOL_GUID] = NULL;
	options.values[OPTION_ORG] = "acme";
	assert_refused(request_make_list(&request, &options, &environment, &failure),
		       "exclude each other");
	options.values[OPTION_REPO] = NULL;
	options.values[OPTION_PR] = "7";
	assert_refused(request_make_list(&request, &options, &environment, &failure), "--pr");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_a_dismissal, set_up),
		cmocka_unit_test_setup(test_spellings_of_reasons, set_up),
		cmocka_unit_test_setup(test_a_repository_is_required, set_up),
		cmocka_unit_test_setup(test_who_is_asked, set_up),
		cmocka_unit_test_setup(test_assignees, set_up),
		cmocka_unit_test_setup(test_instances, set_up),
		cmocka_unit_test_setup(test_a_list_takes_one_tool_and_one_scope, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
