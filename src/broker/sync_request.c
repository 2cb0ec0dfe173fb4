/* What is asked of repositories: whether it may be, and how it is recorded. */
#include "broker/sync_parts.h"

#include "broker/refusal.h"
#include "lib/base/memory.h"
#include "lib/path/system.h"
#include "lib/validate/validate.h"

#include <stdio.h>
#include <string.h>

bool sync_is(enum job_kind kind)
{
	return kind >= JOB_REPOS_LIST && kind <= JOB_REPOS_VERIFY;
}

bool sync_is_online(enum job_kind kind)
{
	return kind == JOB_REPOS_LIST || kind == JOB_REPOS_SYNC;
}

bool sync_is_offline(enum job_kind kind)
{
	return kind == JOB_REPOS_STATUS || kind == JOB_REPOS_VERIFY;
}

static const char *keep(char *copy, size_t size, const char *text)
{
	snprintf(copy, size, "%s", text);
	return copy;
}

#define KEEP(copy, text) keep(copy, sizeof(copy), text)

struct sync *sync_new(struct job *job, const struct job_request *request, struct listed *listed)
{
	struct sync *sync = memory_new(sizeof(*sync));

	sync->job = job;
	sync->states = -1;
	sync->listed = listed ? listed : listed_new();
	sync->request = request->repos;
	sync->request.destination = KEEP(sync->destination, request->repos.destination);
	sync->request.include = KEEP(sync->include, request->repos.include);
	sync->request.exclude = KEEP(sync->exclude, request->repos.exclude);
	sync->request.topic = KEEP(sync->topic, request->repos.topic);
	sync->request.language = KEEP(sync->language, request->repos.language);
	return sync;
}

const struct repos_request *sync_request(const struct sync *sync)
{
	return &sync->request;
}

struct listed *sync_listed(struct sync *sync)
{
	return sync->listed;
}

/* --- whether it may be --- */

static void refuse_name(const struct job *job, const char *value, enum validate_kind kind,
			struct failure *failure)
{
	refusal_record(job, kind == VALIDATE_OWNER ? "owner" : "repo", value);
	failure_usage(failure, "\"%.100s\" is no valid %s: expected %s", value,
		      kind == VALIDATE_OWNER ? "owner" : "repository", validate_expectation(kind));
}

void sync_record_refused(const struct job *job, const char *target, const char *outcome,
			 const char *path)
{
	struct audit_event event = job_event(job, "path.refused", AUDIT_NOTE);

	event.target = target;
	event.outcome = outcome;
	event.severity = AUDIT_WARNING;
	event.detail_count = 1;
	event.details[0].key = "path";
	event.details[0].value = path;
	audit_log_note(job->broker->audit, &event);
}

/* Who owns a directory that others need as it is must not find repositories in it. */
static bool check_destination(const struct job *job, const struct sync *sync,
			      struct failure *failure)
{
	if (*sync->destination != '/') {
		failure_usage(failure, "the directory for the repositories has no absolute name");
		return false;
	}
	if (!path_is_system(sync->destination))
		return true;
	sync_record_refused(job, "", "system", sync->destination);
	failure_set(failure, FAILURE_DENIED, "Choose a directory of your own with --dest.",
		    "%.300s belongs to the system, and no repositories are kept there",
		    sync->destination);
	return false;
}

static bool check_selection(const struct job *job, const struct job_request *request,
			    struct failure *failure)
{
	const char *const *values = request->arguments.values;
	const struct sync *sync = job->sync;
	bool owner = values[PARAMETER_ORG] || values[PARAMETER_USERNAME];
	enum validate_kind kind;

	const char *wrong = listed_wrong(sync->listed, &kind);
	if (wrong) {
		refuse_name(job, wrong, kind, failure);
		return false;
	}
	if (listed_count(sync->listed) != sync->request.listed ||
	    (values[PARAMETER_ORG] && values[PARAMETER_USERNAME]) ||
	    (owner && sync->request.listed) ||
	    (sync_is_online(request->kind) && !owner && !sync->request.listed)) {
		failure_usage(failure,
			      "which repositories are meant is not clear: name an owner, or "
			      "the repositories");
		return false;
	}
	return true;
}

static bool check_work(const struct sync *sync, enum job_kind kind, struct failure *failure)
{
	const struct repos_request *request = &sync->request;

	if (request->workers < 1) {
		failure_usage(failure, "at least one repository has to be worked on at a time");
		return false;
	}
	if (request->mode == REPOS_WORKTREE && request->partial != REPOS_WHOLE) {
		failure_usage(failure,
			      "a working tree needs all of its files: it cannot be partial");
		return false;
	}
	if (request->prune && (request->listed || kind != JOB_REPOS_SYNC)) {
		failure_usage(failure, "what has vanished shows only in the list of an owner's "
				       "repositories");
		return false;
	}
	return true;
}

const char *sync_decide(struct job *job, const struct job_request *request, struct failure *failure)
{
	struct sync *sync = job->sync;
	const char *name = listed_single(sync->listed);

	/* A directory that a client chose is opened by an agent of its own only. */
	if (request->kind != JOB_REPOS_LIST && job->broker->mode != MODE_PRIVATE) {
		failure_set(failure, FAILURE_DENIED, "Add --private.",
			    "a shared agent keeps no repositories");
		return "repos.private";
	}
	if (!check_selection(job, request, failure) ||
	    (request->kind != JOB_REPOS_LIST &&
	     (!check_destination(job, sync, failure) || !check_work(sync, request->kind, failure))))
		return "operations.parameters";
	if (name)
		snprintf(job->target, sizeof(job->target), "%s/%s", listed_owner(sync->listed),
			 name);
	return "default.read";
}

/* --- how it is recorded --- */

static void add_detail(struct audit_event *event, const char *key, const char *value)
{
	if (!*value || event->detail_count == AUDIT_DETAILS_MAX)
		return;
	event->details[event->detail_count].key = key;
	event->details[event->detail_count++].value = value;
}

static size_t add_word(char *text, size_t size, size_t used, const char *word, const char *value)
{
	if (!*value || used >= size)
		return used;
	int added = snprintf(text + used, size - used, "%s%s %s", used ? ", " : "", word, value);
	return added > 0 ? used + (size_t)added : used;
}

static void describe_filters(struct sync *sync)
{
	static const char *const with[REPOS_WITHS] = {
		[REPOS_WITH] = "", [REPOS_WITHOUT] = "no", [REPOS_ONLY] = "only"};
	const struct repos_request *request = &sync->request;
	char *text = sync->filters, sizes[48] = "";
	size_t size = sizeof(sync->filters), used = 0;

	if (request->size_min_kb || request->size_max_kb)
		snprintf(sizes, sizeof(sizes), "%u-%u KB", request->size_min_kb,
			 request->size_max_kb);
	used = add_word(text, size, used, "include", request->include);
	used = add_word(text, size, used, "exclude", request->exclude);
	used = add_word(text, size, used, "topic", request->topic);
	used = add_word(text, size, used, "language", request->language);
	used = add_word(text, size, used, "archived", with[request->archived]);
	used = add_word(text, size, used, "forks", with[request->forks]);
	add_word(text, size, used, "size", sizes);
}

void sync_describe(struct sync *sync, struct audit_event *event)
{
	static const char *const partial[REPOS_PARTIALS] = {
		[REPOS_WHOLE] = "", [REPOS_BLOBLESS] = " blob:none", [REPOS_TREELESS] = " tree:0"};
	const struct repos_request *request = &sync->request;
	char depth[24] = "";

	if (request->depth)
		snprintf(depth, sizeof(depth), " depth %u", request->depth);
	if (sync->job->request.kind == JOB_REPOS_SYNC)
		snprintf(sync->how, sizeof(sync->how), "%s%s%s%s%s%s",
			 request->mode == REPOS_MIRROR ? "mirror" : "working tree", depth,
			 partial[request->partial], request->wiki ? " wiki" : "",
			 request->full ? " full" : "", request->prune ? " prune" : "");
	describe_filters(sync);
	add_detail(event, "destination", sync->destination);
	add_detail(event, "how", sync->how);
	add_detail(event, "filters", sync->filters);
}
