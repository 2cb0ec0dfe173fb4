/* What is asked of the audit log: whether it may be, and how it is recorded. */
#include "broker/incidents.h"
#include "broker/review_parts.h"

#include "lib/base/memory.h"
#include "lib/validate/validate.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* As many as ghward-store keeps in memory. */
#define NEWEST_MAX 1000000u

bool review_is(enum job_kind kind)
{
	return kind >= JOB_AUDIT_SEARCH && kind <= JOB_AUDIT_REPORT;
}

static bool is_about_incidents(enum job_kind kind)
{
	return kind == JOB_AUDIT_INCIDENTS_LIST || kind == JOB_AUDIT_INCIDENTS_SHOW;
}

/* What is too long will be refused, but be recorded as far as it goes. */
static const char *keep(char *copy, size_t size, const char *text)
{
	snprintf(copy, size, "%s", text);
	return copy;
}

#define KEEP(copy, text) keep(copy, sizeof(copy), text)

struct review *review_new(struct job *job, const struct job_request *request)
{
	struct review *review = memory_new(sizeof(*review));
	const struct review_filter *filter = &request->review.filter;
	struct review_filter *own = &review->request.filter;

	review->job = job;
	review->pipe = -1;
	review->request = request->review;
	own->actor = KEEP(review->actor, filter->actor);
	own->event = KEEP(review->event, filter->event);
	own->outcome = KEEP(review->outcome, filter->outcome);
	own->repository = KEEP(review->repository, filter->repository);
	own->job = KEEP(review->wanted_job, filter->job);
	own->text = KEEP(review->text, filter->text);
	review->request.directory = KEEP(review->directory, request->review.directory);
	review->request.name = KEEP(review->incident, request->review.name);
	review->request.text = KEEP(review->state, request->review.text);
	if (is_about_incidents(request->kind)) {
		own->event = KEEP(review->event, "incident.*");
		own->text = review->incident;
		snprintf(job->target, sizeof(job->target), "%s", review->incident);
	}
	return review;
}

const struct review_request *review_request(const struct review *review)
{
	return &review->request;
}

/* --- whether it may be --- */

static bool check_text(const char *text, const char *what, struct failure *failure)
{
	size_t characters;

	if (strlen(text) <= REVIEW_PATTERN_MAX && validate_utf8(text, strlen(text), &characters))
		return true;
	failure_set(failure, FAILURE_USAGE, "",
		    "the %s to look for is longer than %u bytes, or not UTF-8", what,
		    REVIEW_PATTERN_MAX);
	return false;
}

static bool check_filter(const struct review_filter *filter, struct failure *failure)
{
	if (filter->until_us && filter->until_us <= filter->since_us) {
		failure_set(failure, FAILURE_USAGE, "",
			    "nothing is both since one time and until an earlier one");
		return false;
	}
	return check_text(filter->actor, "actor", failure) &&
	       check_text(filter->event, "event", failure) &&
	       check_text(filter->outcome, "outcome", failure) &&
	       check_text(filter->repository, "repository", failure) &&
	       check_text(filter->job, "job", failure) && check_text(filter->text, "text", failure);
}

static bool is_state(const char *text)
{
	return strcmp(text, INCIDENTS_OPEN) == 0 || strcmp(text, INCIDENTS_CLOSED) == 0 ||
	       strcmp(text, INCIDENTS_ALL) == 0;
}

/* What no command of ours asks for. */
static bool is_sensible(const struct job_request *request)
{
	const struct review_request *review = &request->review;
	bool is_report = request->kind == JOB_AUDIT_REPORT;

	return (!review->follow || request->kind == JOB_AUDIT_TAIL) &&
	       (!review->newest || request->limit <= NEWEST_MAX) &&
	       (review->format != REVIEW_HTML || is_report) &&
	       (review->format != REVIEW_BUNDLE || request->kind == JOB_AUDIT_EXPORT) &&
	       (request->kind != JOB_AUDIT_INCIDENTS_LIST || is_state(review->text)) &&
	       strlen(review->directory) < PATH_MAX;
}

const char *review_decide(const struct job *job, const struct job_request *request,
			  struct failure *failure)
{
	if (job->uid != geteuid()) {
		failure_set(failure, FAILURE_DENIED, "Add --private to review your own.",
			    "the audit log of this agent is that of user id %u; it is not shown to "
			    "%s",
			    (unsigned)geteuid(), job->actor);
		return "audit.owner";
	}
	if (*request->review.directory && job->broker->mode != MODE_PRIVATE) {
		failure_set(failure, FAILURE_DENIED, "Add --private.",
			    "a running agent reads no audit log but its own");
		return "audit.directory";
	}
	if (request->kind == JOB_AUDIT_INCIDENTS_SHOW &&
	    !incidents_check_id(job, request->review.name, failure))
		return "operations.parameters";
	if (!is_sensible(request))
		failure_set(failure, FAILURE_USAGE, "", "this is no way to look at an audit log");
	else if (check_filter(&request->review.filter, failure))
		return "audit.owner";
	return "operations.parameters";
}

/* --- how it is recorded --- */

static void add(struct audit_event *event, const char *key, const char *value)
{
	if (!*value || event->detail_count == AUDIT_DETAILS_MAX)
		return;
	event->details[event->detail_count].key = key;
	event->details[event->detail_count++].value = value;
}

static void list_severities(char text[32], unsigned severities)
{
	static const char *const names[AUDIT_SEVERITIES] = {"info", "warning", "critical"};
	size_t used = 0;

	*text = 0;
	for (unsigned i = 0; i < AUDIT_SEVERITIES; i++) {
		if (severities >> i & 1)
			used += (size_t)snprintf(text + used, 32 - used, "%s%s", used ? "," : "",
						 names[i]);
	}
}

static void set_time(char text[CLOCK_RFC3339_SIZE], uint64_t time_us)
{
	*text = 0;
	if (time_us && time_us / 1000000 <= CLOCK_RFC3339_MAX_S)
		clock_rfc3339(text, time_us);
}

static const char *format_name(enum review_format format)
{
	static const char *const names[REVIEW_FORMATS] = {
		[REVIEW_TABLE] = "table",   [REVIEW_LINES] = "lines", [REVIEW_JSON] = "json",
		[REVIEW_JSONL] = "jsonl",   [REVIEW_CSV] = "csv",     [REVIEW_OCSF] = "ocsf",
		[REVIEW_ECS] = "ecs",	    [REVIEW_CEF] = "cef",     [REVIEW_HTML] = "html",
		[REVIEW_BUNDLE] = "bundle",
	};

	return names[format];
}

void review_describe(struct review *review, struct audit_event *event)
{
	const struct review_filter *filter = &review->request.filter;

	set_time(review->since, filter->since_us);
	set_time(review->until, filter->until_us);
	list_severities(review->severities, filter->severities);
	if (review->job->request.limit)
		snprintf(review->limit, sizeof(review->limit), "%u", review->job->request.limit);
	add(event, "since", review->since);
	add(event, "until", review->until);
	add(event, "actor", filter->actor);
	add(event, "event", filter->event);
	add(event, "repository", filter->repository);
	add(event, "job", filter->job);
	add(event, "severity", review->severities);
	add(event, "outcome", filter->outcome);
	add(event, "text", filter->text);
	add(event, "state", review->state);
	add(event, "limit", review->limit);
	add(event, "format", format_name(review->request.format));
	add(event, "directory", review->request.directory);
}

void review_describe_result(struct review *review, struct audit_event *event)
{
	snprintf(review->found, sizeof(review->found), "%llu", (unsigned long long)review->records);
	add(event, "records", review->found);
}
