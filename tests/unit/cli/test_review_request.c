/* From options to a request about the audit log. */
#include "cli/review_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define NOW_US UINT64_C(1769853600000000)
#define DAY_US UINT64_C(86400000000)

struct typed {
	enum option_id id;
	const char *value;
};

static int make(struct job_request *job, enum job_kind kind, const struct typed *typed,
		size_t count, bool terminal, struct failure *failure)
{
	struct options options = {0};

	for (size_t i = 0; i < count; i++)
		options.values[typed[i].id] = typed[i].value;
	memset(failure, 0, sizeof(*failure));
	return review_request_make(job, kind, &options, terminal, NOW_US, failure);
}

#define MAKE(job, kind, terminal, ...)                                                             \
	make(job, kind, (struct typed[]){__VA_ARGS__},                                             \
	     sizeof((struct typed[]){__VA_ARGS__}) / sizeof(struct typed), terminal, &failure)

static void test_every_filter(void **state)
{
	struct job_request job;
	struct failure failure;

	(void)state;
	assert_int_equal(MAKE(&job, JOB_AUDIT_SEARCH, false, {OPTION_SINCE, "24h"},
			      {OPTION_UNTIL, "2026-01-31"}, {OPTION_ACTOR, "uid:*"},
			      {OPTION_EVENT, "alerts.*"}, {OPTION_OF_REPO, "acme/shop"},
			      {OPTION_OF_JOB, "j-0123456789abcdef"},
			      {OPTION_SEVERITIES, "critical,info"}, {OPTION_OUTCOME, "denied"},
			      {OPTION_TEXT, "GH_TOKEN"}, {OPTION_NEWEST, "7"}),
			 0);
	const struct review_filter *filter = &job.review.filter;
	assert_int_equal(filter->since_us, NOW_US - DAY_US);
	assert_int_equal(filter->until_us, UINT64_C(1769904000000000));
	assert_string_equal(filter->actor, "uid:*");
	assert_string_equal(filter->event, "alerts.*");
	assert_string_equal(filter->repository, "acme/shop");
	assert_string_equal(filter->job, "j-0123456789abcdef");
	assert_int_equal(filter->severities, 1u << AUDIT_CRITICAL | 1u << AUDIT_INFO);
	assert_string_equal(filter->outcome, "denied");
	assert_string_equal(filter->text, "GH_TOKEN");
	assert_int_equal(job.limit, 7);
	assert_int_equal(job.review.newest, 1);
	assert_int_equal(job.review.follow, 0);
}

static void test_nothing_means_everything(void **state)
{
	struct job_request job;
	struct failure failure;

	(void)state;
	assert_int_equal(MAKE(&job, JOB_AUDIT_SEARCH, false, {OPTION_HELP, NULL}), 0);
	assert_string_equal(job.review.filter.actor, "");
	assert_int_equal(job.review.filter.since_us | job.review.filter.until_us, 0);
	assert_int_equal(job.limit, 0);
	assert_int_equal(MAKE(&job, JOB_AUDIT_TAIL, false, {OPTION_FOLLOW, ""}), 0);
	assert_int_equal(job.limit, 20);
	assert_int_equal(job.review.newest, 1);
	assert_int_equal(job.review.follow, 1);
}

static void test_formats(void **state)
{
	struct job_request job;
	struct failure failure;

	(void)state;
	assert_int_equal(MAKE(&job, JOB_AUDIT_SEARCH, true, {OPTION_HELP, NULL}), 0);
	assert_int_equal(job.review.format, REVIEW_TABLE);
	assert_int_equal(MAKE(&job, JOB_AUDIT_SEARCH, false, {OPTION_HELP, NULL}), 0);
	assert_int_equal(job.review.format, REVIEW_LINES);
	assert_int_equal(MAKE(&job, JOB_AUDIT_SEARCH, false, {OPTION_SEARCH_FORMAT, "table"}), 0);
	assert_int_equal(job.review.format, REVIEW_TABLE);
	assert_int_equal(MAKE(&job, JOB_AUDIT_TAIL, true, {OPTION_SEARCH_FORMAT, "cef"}), 0);
	assert_int_equal(job.review.format, REVIEW_CEF);
	assert_int_equal(MAKE(&job, JOB_AUDIT_STATS, true, {OPTION_JSON_WHOLE, ""}), 0);
	assert_int_equal(job.review.format, REVIEW_JSON);
	assert_int_equal(MAKE(&job, JOB_AUDIT_EXPORT, true, {OPTION_HELP, NULL}), 0);
	assert_int_equal(job.review.format, REVIEW_JSONL);
	assert_int_equal(MAKE(&job, JOB_AUDIT_EXPORT, true, {OPTION_EXPORT_FORMAT, "ocsf"}), 0);
	assert_int_equal(job.review.format, REVIEW_OCSF);
	assert_int_equal(MAKE(&job, JOB_AUDIT_EXPORT, true, {OPTION_BUNDLE, ""}), 0);
	assert_int_equal(job.review.format, REVIEW_BUNDLE);
	assert_int_equal(MAKE(&job, JOB_AUDIT_EXPORT, true, {OPTION_BUNDLE, ""},
			      {OPTION_EXPORT_FORMAT, "csv"}),
			 -1);
	assert_int_equal(MAKE(&job, JOB_AUDIT_REPORT, true, {OPTION_HELP, NULL}), 0);
	assert_int_equal(job.review.format, REVIEW_JSON);
	assert_int_equal(MAKE(&job, JOB_AUDIT_REPORT, true, {OPTION_REPORT_FORMAT, "html"}), 0);
	assert_int_equal(job.review.format, REVIEW_HTML);
}

static void test_the_time_of_a_report(void **state)
{
	struct job_request job;
	struct failure failure;

	(void)state;
	assert_int_equal(MAKE(&job, JOB_AUDIT_REPORT, false, {OPTION_HELP, NULL}), 0);
	assert_int_equal(job.review.filter.since_us, NOW_US - 30 * DAY_US);
	assert_int_equal(job.review.filter.until_us, NOW_US);
	assert_int_equal(MAKE(&job, JOB_AUDIT_REPORT, false, {OPTION_DAYS, "7"},
			      {OPTION_UNTIL, "2026-01-20"}),
			 0);
	assert_int_equal(job.review.filter.until_us - job.review.filter.since_us, 7 * DAY_US);
	assert_int_equal(MAKE(&job, JOB_AUDIT_REPORT, false, {OPTION_SINCE, "2026-01-01"}), 0);
	assert_int_equal(job.review.filter.until_us, NOW_US);
	assert_int_equal(MAKE(&job, JOB_AUDIT_REPORT, false, {OPTION_SINCE, "2027-01-01"}), -1);
	assert_string_equal(failure.message, "--since 2027-01-01 is in the future");
	assert_int_equal(
		MAKE(&job, JOB_AUDIT_REPORT, false, {OPTION_DAYS, "7"}, {OPTION_SINCE, "7d"}), -1);
	assert_string_equal(failure.message, "--days and --since exclude each other");
}

static void test_errors_name_the_option(void **state)
{
	static char long_text[REVIEW_PATTERN_MAX + 2];
	static const struct {
		struct typed typed;
		const char *message;
	} cases[] = {
		{{OPTION_SINCE, "yesterday"},
		 "\"yesterday\" is no valid --since: expected a time such as 2026-01-31T10:00:00Z, "
		 "a date such as 2026-01-31, or how long ago, such as 30m, 24h or 7d"},
		{{OPTION_OF_JOB, "j-1"},
		 "\"j-1\" is no job's id: expected one such as j-0123456789abcdef"},
		{{OPTION_OF_JOB, "j-0123456789ABCDEF"},
		 "\"j-0123456789ABCDEF\" is no job's id: expected one such as j-0123456789abcdef"},
		{{OPTION_SEVERITIES, "info,bad"},
		 "\"bad\" is no valid --severity: expected info, warning or critical"},
		{{OPTION_SEVERITIES, ",info"},
		 "\",info\" is no valid --severity: expected info, warning or critical"},
		{{OPTION_NEWEST, "0"},
		 "\"0\" is no valid --limit: expected a number from 1 to 1000000"},
		{{OPTION_SEARCH_FORMAT, "html"},
		 "\"html\" is no valid --format: expected table, json, jsonl, csv, ocsf, ecs or "
		 "cef"},
		{{OPTION_ACTOR, long_text}, "--actor is longer than 256 bytes"},
		{{OPTION_TEXT, "\xff"}, "--text is not UTF-8"},
	};
	struct job_request job;
	struct failure failure;

	(void)state;
	memset(long_text, 'a', sizeof(long_text) - 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(make(&job, JOB_AUDIT_SEARCH, &cases[i].typed, 1, false, &failure),
				 -1);
		assert_int_equal(failure.kind, FAILURE_USAGE);
		assert_string_equal(failure.message, cases[i].message);
	}
	assert_int_equal(
		MAKE(&job, JOB_AUDIT_SEARCH, false, {OPTION_SINCE, "1h"}, {OPTION_UNTIL, "2h"}),
		-1);
	assert_string_equal(failure.message, "--until 2h is not after --since 1h");
	assert_int_equal(MAKE(&job, JOB_AUDIT_SEARCH, false, {OPTION_SEARCH_FORMAT, "csv"},
			      {OPTION_JSON_WHOLE, ""}),
			 -1);
	assert_string_equal(failure.message, "--format and --json exclude each other");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_filter),
		cmocka_unit_test(test_nothing_means_everything),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_the_time_of_a_report),
		cmocka_unit_test(test_errors_name_the_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
