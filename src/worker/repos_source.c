/* GitHub's objects of the repositories that a job is about. */
#include "worker/repos_source.h"

#include "worker/ask.h"
#include "worker/calls.h"
#include "worker/classify.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* --- by name --- */

/* Those from the first that is waited for on are asked for, numbered from 1. */
struct getting {
	struct job *job;
	const struct repos_names *names;
	const struct repos_source *source;
	size_t to_ask, to_take; /* places in the names */
	uint32_t asked, taken;
	unsigned repeats; /* of the one that is waited for */
};

static void ask(struct getting *getting, uint32_t id, const struct repos_name *name,
		uint32_t delay_ms)
{
	struct operation_arguments arguments = {
		.values = {[PARAMETER_OWNER] = name->owner, [PARAMETER_REPO] = name->name}};

	calls_ask(getting->job->calls, id, OPERATION_REPO_GET, &arguments, delay_ms);
}

static void ask_ahead(struct getting *getting)
{
	struct repos_name name;

	while (getting->asked - getting->taken < getting->job->in_flight &&
	       repos_names_next(getting->names, &getting->to_ask, &name))
		ask(getting, ++getting->asked, &name, 0);
}

/* What is wrong with all of them, rather than with this one. */
static bool is_everybodys(const struct failure *failure)
{
	switch (failure->kind) {
	case FAILURE_NOT_FOUND:
	case FAILURE_PERMISSION:
	case FAILURE_REDIRECT:
	case FAILURE_MALFORMED:
	case FAILURE_SERVER:
		return false;
	default:
		return true;
	}
}

/* Another one than was asked for could not be fetched, and is no word about this one. */
static struct cJSON *parse(const struct answer *answer, const struct repos_name *name,
			   struct failure *failure)
{
	struct cJSON *object = classify_json(answer, failure);
	char full[SYNC_NAME_MAX + 2];

	snprintf(full, sizeof(full), "%s/%s", name->owner, name->name);
	if (!object || strcasecmp(json_get_text(object, "full_name"), full) == 0)
		return object;
	failure_set(failure, FAILURE_MALFORMED, CLASSIFY_HINT,
		    "GitHub answered with another repository");
	cJSON_Delete(object);
	return NULL;
}

static bool take(struct getting *getting, const struct repos_name *name,
		 const struct answer *answer, const struct failure *failure)
{
	const struct repos_source *source = getting->source;
	struct job *job = getting->job;
	struct failure broken = *failure;
	bool more;

	struct cJSON *object = broken.kind == FAILURE_NONE ? parse(answer, name, &broken) : NULL;
	if (object) {
		more = source->element(job, object, source->context);
	} else if (is_everybodys(&broken)) {
		job->failure = broken;
		more = false;
	} else {
		more = source->missing(job, name, &broken, source->context);
	}
	cJSON_Delete(object);
	return more;
}

/* Returns false at an error or when no more are wanted. */
static bool take_next(struct getting *getting, const struct repos_name *name)
{
	struct failure failure = {0};
	struct answer answer;
	uint32_t delay_ms;
	bool more = true;

	calls_wait(getting->job->calls, getting->taken + 1, &answer);
	if (classify_answer(&answer, OPERATION_REPO_GET, &failure) < 0 &&
	    classify_repeats(&answer, OPERATION_REPO_GET, &failure, getting->job, getting->repeats,
			     &delay_ms)) {
		getting->repeats++;
		ask(getting, getting->taken + 1, name, delay_ms);
	} else {
		getting->repeats = 0;
		getting->taken++;
		more = take(getting, name, &answer, &failure);
	}
	answer_free(&answer);
	return more;
}

void repos_source_get(struct job *job, const struct repos_names *names,
		      const struct repos_source *source)
{
	struct getting getting = {.job = job, .names = names, .source = source};
	struct repos_name name;
	bool more = true;

	while (more && repos_names_next(names, &getting.to_take, &name)) {
		uint32_t before = getting.taken;
		while (more && getting.taken == before) {
			ask_ahead(&getting);
			more = take_next(&getting, &name);
		}
		if (more && (getting.taken % REPOS_PER_PAGE == 0 || getting.taken == names->count))
			source->end(job, source->context);
	}
}

/* --- by owner --- */

/* Only the user's own list shows what is private. False with job->failure. */
static bool is_own(struct job *job, const char *username, bool *own)
{
	struct cJSON *user = ask_json(job, OPERATION_USER, &(struct operation_arguments){0});

	*own = user && strcasecmp(json_get_text(user, "login"), username) == 0;
	cJSON_Delete(user);
	/* An App's installation is no user, and may list one nevertheless. */
	if (job->failure.kind == FAILURE_PERMISSION)
		memset(&job->failure, 0, sizeof(job->failure));
	return job->failure.kind == FAILURE_NONE;
}

static void read_user(struct job *job, const char *username, const struct repos_source *source)
{
	struct operation_arguments arguments = {.values = {[PARAMETER_USERNAME] = username}};
	enum operation_id operation = OPERATION_REPOS_LIST_USER;
	bool own;

	if (!is_own(job, username, &own))
		return;
	if (own) {
		operation = OPERATION_REPOS_LIST_OWN;
		arguments =
			(struct operation_arguments){.values = {[PARAMETER_AFFILIATION] = "owner"}};
	}
	pages_read(job, operation, &arguments, REPOS_PER_PAGE, source->element, source->end,
		   source->context);
}

void repos_source_read(struct job *job, const struct repos_names *names,
		       const struct repos_source *source)
{
	const char *org = job->request.arguments.values[PARAMETER_ORG];
	const char *username = job->request.arguments.values[PARAMETER_USERNAME];

	if (org)
		pages_read(job, OPERATION_REPOS_LIST_ORG,
			   &(struct operation_arguments){.values = {[PARAMETER_ORG] = org}},
			   REPOS_PER_PAGE, source->element, source->end, source->context);
	else if (username)
		read_user(job, username, source);
	else
		repos_source_get(job, names, source);
}
