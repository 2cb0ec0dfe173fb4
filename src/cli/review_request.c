/* From the command line to a request about the audit log. */
#include "cli/review_request.h"

#include "cli/moment.h"
#include "lib/validate/validate.h"

#include <stdio.h>
#include <string.h>

#define NEWEST_MAX 1000000u
#define NEWEST_OF_TAIL 20u

#define DAYS_MAX 36500u
#define DAYS_OF_REPORT 30u
#define DAY_US UINT64_C(86400000000)

/* --- when --- */

static int set_time(uint64_t *us, enum option_id id, const struct options *options,
		    enum moment_edge edge, uint64_t now_us, struct failure *failure)
{
	const char *text = options->values[id];

	if (!text || moment_parse(text, edge, now_us, us) == 0)
		return 0;
	return failure_usage(failure, "\"%.100s\" is no valid --%s: expected %s", text,
			     option_get(id)->name, moment_expectation);
}

static int set_times(struct review_filter *filter, const struct options *options, uint64_t now_us,
		     struct failure *failure)
{
	if (set_time(&filter->since_us, OPTION_SINCE, options, MOMENT_SINCE, now_us, failure) < 0 ||
	    set_time(&filter->until_us, OPTION_UNTIL, options, MOMENT_UNTIL, now_us, failure) < 0)
		return -1;
	if (filter->until_us && filter->until_us <= filter->since_us)
		return failure_usage(failure, "--until %s is not after --since %s",
				     options->values[OPTION_UNTIL], options->values[OPTION_SINCE]);
	return 0;
}

/* A report is about a time that has a beginning and an end. */
static int set_period(struct review_filter *filter, const struct options *options, uint64_t now_us,
		      struct failure *failure)
{
	const char *text = options->values[OPTION_DAYS];
	uint32_t days = DAYS_OF_REPORT;

	if (text && options->values[OPTION_SINCE])
		return failure_usage(failure, "--days and --since exclude each other");
	if (text && validate_parse_u32(text, strlen(text), 1, DAYS_MAX, &days) < 0)
		return failure_usage(
			failure, "\"%.100s\" is no valid --days: expected a number from 1 to %u",
			text, DAYS_MAX);
	if (!filter->until_us)
		filter->until_us = now_us;
	if (!options->values[OPTION_SINCE])
		filter->since_us =
			filter->until_us > days * DAY_US ? filter->until_us - days * DAY_US : 1;
	return filter->since_us < filter->until_us
		       ? 0
		       : failure_usage(failure, "--since %s is in the future",
				       options->values[OPTION_SINCE]);
}

/* --- what --- */

static int set_pattern(const char **pattern, enum option_id id, const struct options *options,
		       struct failure *failure)
{
	const char *text = options->values[id];
	size_t characters;

	*pattern = text ? text : "";
	if (strlen(*pattern) > REVIEW_PATTERN_MAX)
		return failure_usage(failure, "--%s is longer than %u bytes", option_get(id)->name,
				     REVIEW_PATTERN_MAX);
	if (!validate_utf8(*pattern, strlen(*pattern), &characters))
		return failure_usage(failure, "--%s is not UTF-8", option_get(id)->name);
	return 0;
}

static int set_job(struct review_filter *filter, const struct options *options,
		   struct failure *failure)
{
	const char *text = options->values[OPTION_OF_JOB];

	filter->job = text ? text : "";
	if (!text || (strlen(text) == 18 && strncmp(text, "j-", 2) == 0 &&
		      strspn(text + 2, "0123456789abcdef") == 16))
		return 0;
	return failure_usage(failure,
			     "\"%.100s\" is no job's id: expected one such as j-0123456789abcdef",
			     text);
}

/* The words are in the order of enum audit_severity. */
static int set_severities(struct review_filter *filter, const struct options *options,
			  struct failure *failure)
{
	const char *list = options->values[OPTION_SEVERITIES];

	while (list && *list) {
		size_t length = strcspn(list, ",");
		int severity = option_word_index(OPTION_SEVERITIES, list, length);
		if (severity < 0)
			return option_no_word(OPTION_SEVERITIES, list, failure);
		filter->severities |= (uint8_t)(1u << severity);
		list += length;
		list += *list == ',';
	}
	return 0;
}

static int set_filter(struct review_filter *filter, const struct options *options, uint64_t now_us,
		      struct failure *failure)
{
	if (set_times(filter, options, now_us, failure) < 0 ||
	    set_pattern(&filter->actor, OPTION_ACTOR, options, failure) < 0 ||
	    set_pattern(&filter->event, OPTION_EVENT, options, failure) < 0 ||
	    set_pattern(&filter->outcome, OPTION_OUTCOME, options, failure) < 0 ||
	    set_pattern(&filter->repository, OPTION_OF_REPO, options, failure) < 0 ||
	    set_pattern(&filter->text, OPTION_TEXT, options, failure) < 0 ||
	    set_job(filter, options, failure) < 0)
		return -1;
	return set_severities(filter, options, failure);
}

/* --- how many, and in which form --- */

static int set_newest(struct job_request *job, const struct options *options,
		      struct failure *failure)
{
	const char *text = options->values[OPTION_NEWEST];

	job->limit = job->kind == JOB_AUDIT_TAIL ? NEWEST_OF_TAIL : 0;
	if (text && validate_parse_u32(text, strlen(text), 1, NEWEST_MAX, &job->limit) < 0)
		return failure_usage(
			failure, "\"%.100s\" is no valid --limit: expected a number from 1 to %u",
			text, NEWEST_MAX);
	job->review.newest = job->limit > 0;
	job->review.follow = options->values[OPTION_FOLLOW] != NULL;
	return 0;
}

static enum review_format format_named(const char *name)
{
	static const struct {
		const char *name;
		enum review_format format;
	} formats[] = {
		{"table", REVIEW_TABLE}, {"json", REVIEW_JSON}, {"jsonl", REVIEW_JSONL},
		{"csv", REVIEW_CSV},	 {"ocsf", REVIEW_OCSF}, {"ecs", REVIEW_ECS},
		{"cef", REVIEW_CEF},	 {"html", REVIEW_HTML},
	};
	size_t i = 0;

	while (strcmp(formats[i].name, name) != 0)
		i++;
	return formats[i].format;
}

/* Its option, OPTIONS for none, and the format without one. */
static enum option_id format_option(enum job_kind kind, enum review_format *usual)
{
	switch (kind) {
	case JOB_AUDIT_EXPORT:
		*usual = REVIEW_JSONL;
		return OPTION_EXPORT_FORMAT;
	case JOB_AUDIT_REPORT:
		*usual = REVIEW_JSON;
		return OPTION_REPORT_FORMAT;
	default:
		*usual = REVIEW_TABLE;
		return kind == JOB_AUDIT_STATS ? OPTIONS : OPTION_SEARCH_FORMAT;
	}
}

static int set_format(struct job_request *job, const struct options *options, bool terminal,
		      struct failure *failure)
{
	enum option_id option = format_option(job->kind, &job->review.format);
	const char *name = option < OPTIONS ? options->values[option] : NULL;

	if (name && options->values[OPTION_JSON_WHOLE])
		return failure_usage(failure, "--format and --json exclude each other");
	if (name && options->values[OPTION_BUNDLE])
		return failure_usage(failure, "--format and --bundle exclude each other");
	if (name && option_word_index(option, name, strlen(name)) < 0)
		return option_no_word(option, name, failure);
	if (name)
		job->review.format = format_named(name);
	else if (options->values[OPTION_BUNDLE])
		job->review.format = REVIEW_BUNDLE;
	else if (options->values[OPTION_JSON_WHOLE])
		job->review.format = REVIEW_JSON;
	else if (job->review.format == REVIEW_TABLE && !terminal)
		job->review.format = REVIEW_LINES;
	return 0;
}

int review_request_make(struct job_request *job, enum job_kind kind, const struct options *options,
			bool terminal, uint64_t now_us, struct failure *failure)
{
	memset(job, 0, sizeof(*job));
	job->kind = kind;
	if (set_filter(&job->review.filter, options, now_us, failure) < 0 ||
	    set_newest(job, options, failure) < 0 ||
	    set_format(job, options, terminal, failure) < 0)
		return -1;
	return kind == JOB_AUDIT_REPORT ? set_period(&job->review.filter, options, now_us, failure)
					: 0;
}
