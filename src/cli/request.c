/* From the command line to a job request. */
#include "cli/request.h"

#include "cli/suggest.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define LIMIT_MAX 1000000u

_Static_assert((unsigned)ALERT_FIELDS <= JOB_FIELDS_MAX &&
		       (unsigned)INSTANCE_FIELDS <= JOB_FIELDS_MAX &&
		       (unsigned)RATE_LIMIT_FIELDS <= JOB_FIELDS_MAX &&
		       (unsigned)AUTH_STATUS_FIELDS <= JOB_FIELDS_MAX &&
		       (unsigned)AUTH_CHECK_FIELDS <= JOB_FIELDS_MAX &&
		       (unsigned)ENTRY_FIELDS <= JOB_FIELDS_MAX &&
		       (unsigned)REPOSITORY_FIELDS <= JOB_FIELDS_MAX &&
		       (unsigned)SYNC_STATE_FIELDS <= JOB_FIELDS_MAX,
	       "every field must fit a request");

const char *request_host(const struct request *request)
{
	return *request->repo.host ? request->repo.host : NULL;
}

static int set_repo(struct request *request, const char *what, const char *text,
		    struct failure *failure)
{
	struct validate_repo_spec *repo = &request->repo;

	if (validate_repo_spec(text, strlen(text), repo) < 0)
		return failure_usage(failure, "\"%s\" is no valid %s: expected [HOST/]OWNER/REPO",
				     text, what);
	request->job.arguments.values[PARAMETER_OWNER] = repo->owner;
	request->job.arguments.values[PARAMETER_REPO] = repo->repo;
	return 0;
}

/* --repo, else $GH_REPO. */
static int require_repo(struct request *request, const struct options *options,
			const struct environment *environment, const char *others,
			struct failure *failure)
{
	const char *given = options->values[OPTION_REPO];
	const char *fallback = environment_get(environment, "GH_REPO");

	if (given)
		return set_repo(request, "--repo", given, failure);
	if (fallback)
		return set_repo(request, "GH_REPO", fallback, failure);
	return failure_usage(failure, "which repository? Add -R OWNER/REPO%s, or set GH_REPO",
			     others);
}

/* The filters: every option that stands for a parameter of the operation. */
static void set_filters(struct job_request *job, const struct options *options)
{
	for (unsigned i = 0; i < OPTIONS; i++) {
		const struct option_spec *spec = option_get((enum option_id)i);
		if (!options->values[i] || spec->parameter == PARAMETERS)
			continue;
		job->arguments.values[spec->parameter] =
			spec->takes == OPTION_TAKES_NOTHING ? "true" : options->values[i];
	}
}

static int set_limit(struct job_request *job, const char *text, struct failure *failure)
{
	if (text && validate_parse_u32(text, strlen(text), 1, LIMIT_MAX, &job->limit) < 0)
		return failure_usage(failure,
				     "\"%s\" is no valid --limit: expected a number from 1 to %u",
				     text, LIMIT_MAX);
	return 0;
}

static int unknown_field(enum field_set set, const char *name, struct failure *failure)
{
	struct suggestion suggestion;

	suggest_start(&suggestion, name);
	for (unsigned i = 0; i < field_count(set); i++)
		suggest_name(&suggestion, field_name(set, i));
	if (suggestion.nearest)
		failure_usage(failure, "unknown field \"%s\"; did you mean \"%s\"?", name,
			      suggestion.nearest);
	else
		failure_usage(failure, "unknown field \"%s\"", name);
	snprintf(failure->hint, sizeof(failure->hint), "--json help lists the fields.");
	return -1;
}

static int add_field(struct job_request *job, enum field_set set, const char *name,
		     struct failure *failure)
{
	int field = field_index(set, name, strlen(name));

	if (field < 0)
		return unknown_field(set, name, failure);
	/* Twice the same is once: the table of names bounds the list. */
	if (!memchr(job->fields, field, job->field_count))
		job->fields[job->field_count++] = (uint8_t)field;
	return 0;
}

int request_set_fields(struct job_request *job, enum field_set set, const char *list,
		       struct failure *failure)
{
	char name[64];

	while (*list) {
		size_t length = strcspn(list, ",");
		if (length == 0 || length >= sizeof(name))
			return failure_usage(failure,
					     "\"%s\" is no list of fields: expected names with "
					     "commas between them",
					     list);
		memcpy(name, list, length);
		name[length] = 0;
		if (add_field(job, set, name, failure) < 0)
			return -1;
		list += length;
		/* A comma at the end is a slip, too. */
		if (*list == ',' && !*++list)
			return failure_usage(failure, "--json ends with a comma");
	}
	return 0;
}

/* Only its form: whether it is a program is for ghward-jq to say. */
static int set_filter(struct job_request *job, const char *program, struct failure *failure)
{
	size_t characters;

	if (!program)
		return 0;
	if (strlen(program) > JOB_FILTER_MAX)
		return failure_usage(failure, "the --jq program is longer than %u bytes",
				     JOB_FILTER_MAX);
	if (!validate_utf8(program, strlen(program), &characters))
		return failure_usage(failure, "the --jq program is not UTF-8");
	job->filter = program;
	return 0;
}

int request_set_form(struct job_request *job, enum field_set set, const struct options *options,
		     struct failure *failure)
{
	if (set_limit(job, options->values[OPTION_LIMIT], failure) < 0 ||
	    set_filter(job, options->values[OPTION_JQ], failure) < 0)
		return -1;
	const char *fields = options->values[OPTION_JSON];
	return fields ? request_set_fields(job, set, fields, failure) : 0;
}

static int set_common(struct job_request *job, enum field_set set, const struct options *options,
		      struct failure *failure)
{
	set_filters(job, options);
	return request_set_form(job, set, options, failure);
}

/* What the filters are combined with decides which of them exist. */
static int check_filters(enum operation_id operation, const char *scope,
			 const struct options *options, struct failure *failure)
{
	for (unsigned i = 0; i < OPTIONS; i++) {
		const struct option_spec *spec = option_get((enum option_id)i);
		bool is_scope = i == OPTION_ORG || i == OPTION_ENTERPRISE;
		if (!options->values[i] || spec->parameter == PARAMETERS || is_scope)
			continue;
		if (!(operation_get(operation)->query & OPERATION_PARAMETER_BIT(spec->parameter)))
			return failure_usage(failure, "GitHub has no --%s for %s", spec->name,
					     scope);
	}
	return 0;
}

int request_make_list(struct request *request, const struct options *options,
		      const struct environment *environment, struct failure *failure)
{
	const char *org = options->values[OPTION_ORG];
	const char *enterprise = options->values[OPTION_ENTERPRISE];
	const char *repo = options->values[OPTION_REPO];

	memset(request, 0, sizeof(*request));
	request->job.kind = JOB_ALERTS_LIST;
	request->job.api_url = "";
	if ((org != NULL) + (enterprise != NULL) + (repo != NULL) > 1)
		return failure_usage(failure, "--repo, --org and --enterprise exclude each other");
	if (!org && !enterprise &&
	    require_repo(request, options, environment, ", --org ORG or --enterprise ENTERPRISE",
			 failure) < 0)
		return -1;
	if (options->values[OPTION_TOOL_NAME] && options->values[OPTION_TOOL_GUID])
		return failure_usage(failure, "--tool-name and --tool-guid exclude each other");
	if (set_common(&request->job, FIELD_SET_ALERT, options, failure) < 0)
		return -1;
	if (org)
		return check_filters(OPERATION_ALERTS_LIST_ORG, "an organisation's alerts", options,
				     failure);
	if (enterprise)
		return check_filters(OPERATION_ALERTS_LIST_ENTERPRISE, "an enterprise's alerts",
				     options, failure);
	return check_filters(OPERATION_ALERTS_LIST, "a repository's alerts", options, failure);
}

/* What all jobs about one alert have in common. */
static int make_single(struct request *request, enum job_kind kind, enum field_set set,
		       const struct options *options, const struct environment *environment,
		       struct failure *failure)
{
	memset(request, 0, sizeof(*request));
	request->job.kind = kind;
	request->job.api_url = "";
	request->job.arguments.values[PARAMETER_ALERT_NUMBER] = options->words[0];
	if (require_repo(request, options, environment, "", failure) < 0)
		return -1;
	return set_common(&request->job, set, options, failure);
}

int request_make_view(struct request *request, const struct options *options,
		      const struct environment *environment, struct failure *failure)
{
	return make_single(request, JOB_ALERTS_VIEW, FIELD_SET_ALERT, options, environment,
			   failure);
}

int request_make_instances(struct request *request, const struct options *options,
			   const struct environment *environment, struct failure *failure)
{
	const char *group = options->values[OPTION_GROUP_BY];

	if (make_single(request, JOB_ALERTS_INSTANCES, FIELD_SET_INSTANCE, options, environment,
			failure) < 0)
		return -1;
	if (!group)
		return 0;
	/* The words are in the order of enum grouping. */
	int word = option_word_index(OPTION_GROUP_BY, group, strlen(group));
	if (word < 0)
		return option_no_word(OPTION_GROUP_BY, group, failure);
	request->job.grouping = (enum grouping)(GROUP_NONE + 1 + word);
	return 0;
}

/* GitHub's reasons have spaces and an apostrophe, which shells make hard to type. */
static const char *reason_of(const char *text)
{
	static const struct {
		const char *typed, *reason;
	} spellings[] = {
		{"false-positive", "false positive"},
		{"wont-fix", "won't fix"},
		{"used-in-tests", "used in tests"},
	};

	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++) {
		if (strcmp(spellings[i].typed, text) == 0)
			return spellings[i].reason;
	}
	return text;
}

static int set_consent(struct job_request *job, const struct options *options, bool can_ask,
		       struct failure *failure)
{
	if (options->values[OPTION_DRY_RUN])
		job->consent = CONSENT_DRY_RUN;
	else if (options->values[OPTION_YES])
		job->consent = CONSENT_GIVEN;
	else if (can_ask)
		job->consent = CONSENT_ASK;
	else
		return failure_usage(failure,
				     "nobody can be asked to confirm this: add --yes to do it "
				     "without, or --dry-run to see the request");
	return 0;
}

int request_make_write(struct request *request, enum job_kind kind, const struct options *options,
		       const struct environment *environment, bool can_ask, struct failure *failure)
{
	const char **reason = &request->job.arguments.values[PARAMETER_DISMISSED_REASON];

	if (make_single(request, kind, FIELD_SET_ALERT, options, environment, failure) < 0)
		return -1;
	if (*reason)
		*reason = reason_of(*reason);
	return set_consent(&request->job, options, can_ask, failure);
}

int request_make_rate_limit(struct request *request, const struct options *options,
			    struct failure *failure)
{
	const char *fields = options->values[OPTION_JSON];

	memset(request, 0, sizeof(*request));
	request->job.kind = JOB_RATE_LIMIT;
	request->job.api_url = "";
	if (set_filter(&request->job, options->values[OPTION_JQ], failure) < 0)
		return -1;
	return fields ? request_set_fields(&request->job, FIELD_SET_RATE_LIMIT, fields, failure)
		      : 0;
}

/* --- auth --- */

int request_make_auth_status(struct request *request, const struct options *options,
			     const struct environment *environment, struct failure *failure)
{
	const char *org = options->values[OPTION_USED_ORG];
	const char *fields = options->values[OPTION_JSON];

	memset(request, 0, sizeof(*request));
	request->job.kind = JOB_AUTH_STATUS;
	request->job.api_url = "";
	request->job.arguments.values[PARAMETER_ORG] = org;
	if (fields && request_set_fields(&request->job, FIELD_SET_AUTH_STATUS, fields, failure) < 0)
		return -1;
	if (org && options->values[OPTION_REPO])
		return failure_usage(failure, "--repo and --org exclude each other");
	if (org || (!options->values[OPTION_REPO] && !environment_get(environment, "GH_REPO")))
		return 0;
	return require_repo(request, options, environment, "", failure);
}

static int set_operation(struct job_request *job, const char *text, struct failure *failure)
{
	struct suggestion suggestion;
	enum operation_id id;

	job->operation = text;
	bool known = operation_find(text, &id);
	if (known && operation_is_checkable(id))
		return 0;
	suggest_start(&suggestion, text);
	for (unsigned i = 0; i < OPERATIONS; i++) {
		if (operation_is_checkable((enum operation_id)i))
			suggest_name(&suggestion, operation_get((enum operation_id)i)->id);
	}
	if (known)
		failure_usage(failure, "\"%s\" is not done with a user's token", text);
	else if (suggestion.nearest)
		failure_usage(failure, "unknown operation \"%s\"; did you mean \"%s\"?", text,
			      suggestion.nearest);
	else
		failure_usage(failure, "unknown operation \"%s\"", text);
	snprintf(failure->hint, sizeof(failure->hint), "ghward operations lists them.");
	return -1;
}

int request_make_auth_check(struct request *request, const struct options *options,
			    const struct environment *environment, struct failure *failure)
{
	const char *operation = options->values[OPTION_FOR];
	const char *fields = options->values[OPTION_JSON];

	memset(request, 0, sizeof(*request));
	request->job.kind = JOB_AUTH_CHECK;
	request->job.api_url = "";
	if (fields && request_set_fields(&request->job, FIELD_SET_AUTH_CHECK, fields, failure) < 0)
		return -1;
	if (operation && set_operation(&request->job, operation, failure) < 0)
		return -1;
	return require_repo(request, options, environment, "", failure);
}
