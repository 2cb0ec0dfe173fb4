/* Requests: every value is checked before anything is started. */
#include "cli/request.h"
#include "lib/github/fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct options options;
static struct request request;
static struct failure failure;
static const char *gh_repo;

static const char *lookup(void *context, const char *name)
{
	(void)context;
	return strcmp(name, "GH_REPO") == 0 ? gh_repo : NULL;
}

static const struct environment environment = {.lookup = lookup};

static int set_up(void **state)
{
	(void)state;
	memset(&options, 0, sizeof(options));
	memset(&failure, 0, sizeof(failure));
	gh_repo = NULL;
	return 0;
}

static int make_list(void)
{
	return request_make_list(&request, &options, &environment, &failure);
}

static int make_view(const char *number)
{
	options.words[0] = number;
	options.word_count = 1;
	return request_make_view(&request, &options, &environment, &failure);
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

static void test_a_list_with_filters(void **state)
{
	(void)state;
	options.values[OPTION_REPO] = "acme/shop";
	options.values[OPTION_STATE] = "open";
	options.values[OPTION_SEVERITY] = "critical";
	options.values[OPTION_LIMIT] = "20";
	options.values[OPTION_JSON] = "number,rule,number";
	assert_int_equal(make_list(), 0);
	assert_int_equal(request.job.kind, JOB_ALERTS_LIST);
	assert_value(PARAMETER_OWNER, "acme");
	assert_value(PARAMETER_REPO, "shop");
	assert_value(PARAMETER_STATE, "open");
	assert_value(PARAMETER_SEVERITY, "critical");
	assert_int_equal(request.job.limit, 20);
	assert_int_equal(request.job.field_count, 2);
	assert_int_equal(request.job.fields[0], ALERT_FIELD_NUMBER);
	assert_int_equal(request.job.fields[1], ALERT_FIELD_RULE);
	assert_null(request_host(&request));
}

static void test_the_repository_may_come_from_the_environment(void **state)
{
	(void)state;
	gh_repo = "ghe.example.com/acme/shop";
	assert_int_equal(make_list(), 0);
	assert_value(PARAMETER_OWNER, "acme");
	assert_string_equal(request_host(&request), "ghe.example.com");
	options.values[OPTION_REPO] = "other/repo";
	assert_int_equal(make_list(), 0);
	assert_value(PARAMETER_OWNER, "other");
	assert_null(request_host(&request));
}

static void test_wider_scopes_need_no_repository(void **state)
{
	(void)state;
	gh_repo = "acme/shop";
	options.values[OPTION_ORG] = "acme";
	assert_int_equal(make_list(), 0);
	assert_value(PARAMETER_ORG, "acme");
	assert_null(request.job.arguments.values[PARAMETER_OWNER]);
	options.values[OPTION_ORG] = NULL;
	options.values[OPTION_ENTERPRISE] = "acme-inc";
	assert_int_equal(make_list(), 0);
	assert_value(PARAMETER_ENTERPRISE, "acme-inc");
	options.values[OPTION_SEVERITY] = "high";
	assert_refused(make_list(), "--severity");
	options.values[OPTION_REPO] = "acme/shop";
	assert_refused(make_list(), "exclude each other");
}

static void test_a_repository_is_required(void **state)
{
	(void)state;
	assert_refused(make_list(), "-R OWNER/REPO");
	assert_refused(make_view("1"), "-R OWNER/REPO");
}

static void test_wrong_values_are_refused(void **state)
{
	static const struct {
		enum option_id option;
		const char *value, *part;
	} wrong[] = {
		{OPTION_REPO, "acme", "OWNER/REPO"},
		{OPTION_REPO, "a/b/c/d", "OWNER/REPO"},
		{OPTION_LIMIT, "0", "number from 1"},
		{OPTION_LIMIT, "-1", "number from 1"},
		{OPTION_LIMIT, "5x", "number from 1"},
		{OPTION_LIMIT, "4294967297", "number from 1"},
		{OPTION_JSON, "numbr", "did you mean \"number\"?"},
		{OPTION_JSON, "number,", "comma"},
		{OPTION_JSON, ",number", "commas"},
		{OPTION_JSON, "number,,state", "commas"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		memset(&options, 0, sizeof(options));
		options.values[OPTION_REPO] = "acme/shop";
		options.values[wrong[i].option] = wrong[i].value;
		assert_refused(make_list(), wrong[i].part);
	}
}

static void test_every_field_may_be_asked_for(void **state)
{
	char list[1024] = "";

	(void)state;
	for (unsigned i = 0; i < ALERT_FIELDS; i++) {
		strcat(list, i ? "," : "");
		strcat(list, field_name(FIELD_SET_ALERT, i));
	}
	options.values[OPTION_REPO] = "acme/shop";
	options.values[OPTION_JSON] = list;
	assert_int_equal(make_list(), 0);
	assert_int_equal(request.job.field_count, ALERT_FIELDS);
	options.values[OPTION_JSON] = "";
	assert_int_equal(make_list(), 0);
	assert_int_equal(request.job.field_count, 0);
}

static void test_one_alert_by_number(void **state)
{
	(void)state;
	options.values[OPTION_REPO] = "acme/shop";
	assert_int_equal(make_view("42"), 0);
	assert_int_equal(request.job.kind, JOB_ALERTS_VIEW);
	assert_value(PARAMETER_ALERT_NUMBER, "42");
}

/* The broker refuses these, so that the refusal is on record: they have to reach it as they are. */
static void test_values_are_for_the_broker_to_judge(void **state)
{
	(void)state;
	options.values[OPTION_REPO] = "acme/..";
	options.values[OPTION_STATE] = "opened";
	assert_int_equal(make_list(), 0);
	assert_value(PARAMETER_REPO, "..");
	assert_value(PARAMETER_STATE, "opened");
	options.values[OPTION_STATE] = NULL;
	assert_int_equal(make_view("../1"), 0);
	assert_value(PARAMETER_ALERT_NUMBER, "../1");
}

static void test_the_rate_limit_has_fields_of_its_own(void **state)
{
	(void)state;
	options.values[OPTION_JSON] = "resources";
	assert_int_equal(request_make_rate_limit(&request, &options, &failure), 0);
	assert_int_equal(request.job.kind, JOB_RATE_LIMIT);
	assert_int_equal(request.job.field_count, 1);
	options.values[OPTION_JSON] = "number";
	assert_refused(request_make_rate_limit(&request, &options, &failure), "number");
}

static void test_a_filter_is_passed_on_as_it_is(void **state)
{
	char program[JOB_FILTER_MAX + 2];

	(void)state;
	options.values[OPTION_REPO] = "acme/shop";
	options.values[OPTION_JQ] = ".[] | nonsense(";
	assert_int_equal(make_list(), 0);
	assert_string_equal(request.job.filter, ".[] | nonsense(");
	assert_int_equal(request_make_rate_limit(&request, &options, &failure), 0);
	assert_string_equal(request.job.filter, ".[] | nonsense(");
	memset(program, '.', sizeof(program));
	program[JOB_FILTER_MAX] = 0;
	options.values[OPTION_JQ] = program;
	assert_int_equal(make_list(), 0);
	program[JOB_FILTER_MAX] = '.';
	program[JOB_FILTER_MAX + 1] = 0;
	assert_refused(make_list(), "longer than 4096 bytes");
	options.values[OPTION_JQ] = "\"\xff\"";
	assert_refused(make_list(), "UTF-8");
}

static void test_every_word_that_is_offered_is_understood(void **state)
{
	const char *const *words = option_words(OPTION_GROUP_BY);

	(void)state;
	options.words[0] = "7";
	options.word_count = 1;
	options.values[OPTION_REPO] = "acme/shop";
	for (unsigned i = 0; words[i]; i++) {
		options.values[OPTION_GROUP_BY] = words[i];
		assert_int_equal(request_make_instances(&request, &options, &environment, &failure),
				 0);
		assert_int_equal(request.job.grouping, GROUP_NONE + 1 + i);
	}
	assert_int_equal(request.job.grouping, GROUPINGS - 1);
	options.values[OPTION_GROUP_BY] = "colour";
	assert_refused(request_make_instances(&request, &options, &environment, &failure),
		       "file or state");
	options.values[OPTION_GROUP_BY] = NULL;
	options.values[OPTION_YES] = "";
	for (words = option_words(OPTION_REASON); *words; words++) {
		options.values[OPTION_REASON] = *words;
		assert_int_equal(request_make_write(&request, JOB_ALERTS_DISMISS, &options,
						    &environment, false, &failure),
				 0);
		const char *reason = request.job.arguments.values[PARAMETER_DISMISSED_REASON];
		assert_true(validate_param(VALIDATE_DISMISSED_REASON, reason, strlen(reason)));
	}
}

static void assert_auth_refused(int status, const char *part)
{
	assert_int_equal(status, -1);
	assert_int_equal(failure.kind, FAILURE_USAGE);
	if (!strstr(failure.message, part))
		fail_msg("\"%s\" should mention \"%s\"", failure.message, part);
}

static int make_status(void)
{
	return request_make_auth_status(&request, &options, &environment, &failure);
}

static int make_check(const char *operation)
{
	options.values[OPTION_FOR] = operation;
	return request_make_auth_check(&request, &options, &environment, &failure);
}

static void test_status_of_a_host_a_repository_or_an_organisation(void **state)
{
	(void)state;
	assert_int_equal(make_status(), 0);
	assert_int_equal(request.job.kind, JOB_AUTH_STATUS);
	assert_null(request.job.arguments.values[PARAMETER_OWNER]);
	assert_null(request.job.arguments.values[PARAMETER_ORG]);
	gh_repo = "acme/shop";
	assert_int_equal(make_status(), 0);
	assert_string_equal(request.job.arguments.values[PARAMETER_OWNER], "acme");
	options.values[OPTION_USED_ORG] = "other";
	assert_int_equal(make_status(), 0);
	assert_string_equal(request.job.arguments.values[PARAMETER_ORG], "other");
	assert_null(request.job.arguments.values[PARAMETER_OWNER]);
	options.values[OPTION_REPO] = "ghe.example.com/acme/shop";
	assert_auth_refused(make_status(), "exclude each other");
	options.values[OPTION_USED_ORG] = NULL;
	assert_int_equal(make_status(), 0);
	assert_string_equal(request_host(&request), "ghe.example.com");
	options.values[OPTION_REPO] = "acme";
	assert_auth_refused(make_status(), "no valid --repo");
}

static void test_operations_by_id_and_by_command(void **state)
{
	static const char *const names[] = {"alerts.list", "alerts.dismiss", "alerts.view",
					    "rate_limit.get"};

	(void)state;
	assert_auth_refused(make_check(NULL), "which repository?");
	gh_repo = "acme/shop";
	assert_int_equal(make_check(NULL), 0);
	assert_int_equal(request.job.kind, JOB_AUTH_CHECK);
	assert_null(request.job.operation);
	assert_string_equal(request.job.arguments.values[PARAMETER_REPO], "shop");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_int_equal(make_check(names[i]), 0);
		assert_string_equal(request.job.operation, names[i]);
	}
	assert_auth_refused(make_check("alerts.lits"), "did you mean \"alerts.list\"?");
	assert_non_null(strstr(failure.hint, "ghward operations"));
	assert_auth_refused(make_check("alerts list"), "unknown operation");
	assert_auth_refused(make_check("frobnicate"), "unknown operation \"frobnicate\"");
	options.values[OPTION_JSON] = "verdict,operation";
	assert_int_equal(make_check(NULL), 0);
	assert_int_equal(request.job.field_count, 2);
	assert_int_equal(request.job.fields[0], AUTH_CHECK_FIELD_VERDICT);
	options.values[OPTION_JSON] = "login";
	assert_auth_refused(make_check(NULL), "unknown field \"login\"");
	assert_int_equal(make_status(), 0);
	assert_int_equal(request.job.fields[0], AUTH_STATUS_FIELD_LOGIN);
	options.values[OPTION_JSON] = "verdict";
	assert_auth_refused(make_status(), "unknown field");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_every_word_that_is_offered_is_understood, set_up),
		cmocka_unit_test_setup(test_a_list_with_filters, set_up),
		cmocka_unit_test_setup(test_the_repository_may_come_from_the_environment, set_up),
		cmocka_unit_test_setup(test_wider_scopes_need_no_repository, set_up),
		cmocka_unit_test_setup(test_a_repository_is_required, set_up),
		cmocka_unit_test_setup(test_wrong_values_are_refused, set_up),
		cmocka_unit_test_setup(test_values_are_for_the_broker_to_judge, set_up),
		cmocka_unit_test_setup(test_the_rate_limit_has_fields_of_its_own, set_up),
		cmocka_unit_test_setup(test_a_filter_is_passed_on_as_it_is, set_up),
		cmocka_unit_test_setup(test_every_field_may_be_asked_for, set_up),
		cmocka_unit_test_setup(test_one_alert_by_number, set_up),
		cmocka_unit_test_setup(test_status_of_a_host_a_repository_or_an_organisation,
				       set_up),
		cmocka_unit_test_setup(test_operations_by_id_and_by_command, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
