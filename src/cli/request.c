/* From the command line to a job request. */
#include "cli/request.h"

#include "cli/suggest.h"
#include "lib/github/alert_fields.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LIMIT_MAX 1000000u

_Static_assert(ALERT_FIELDS <= JOB_FIELDS_MAX, "every field must fit a request");

const char *request_host(const struct request *request)
{
	return *request->repo.host ? request->repo.host : NULL;
}

__attribute__((format(printf, 2, 3))) static int usage(struct failure *failure, const char *format,
						       ...)
{
	char message[sizeof(failure->message)];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	failure_set(failure, FAILURE_USAGE, "", "%s", message);
	return -1;
}

static int set_parameter(struct job_request *job, enum operation_parameter parameter,
			 const char *what, const char *value, struct failure *failure)
{
	enum validate_kind kind = operation_parameter_validator(parameter);

	if (!validate_param(kind, value, strlen(value)))
		return usage(failure, "\"%s\" is no valid %s: expected %s", value, what,
			     validate_expectation(kind));
	job->arguments.values[parameter] = value;
	return 0;
}

static int set_repo(struct request *request, const char *what, const char *text,
		    struct failure *failure)
{
	struct validate_repo_spec *repo = &request->repo;

	if (validate_repo_spec(text, strlen(text), repo) < 0)
		return usage(failure, "\"%s\" is no valid %s: expected [HOST/]OWNER/REPO", text,
			     what);
	if (set_parameter(&request->job, PARAMETER_OWNER, "owner", repo->owner, failure) < 0)
		return -1;
	return set_parameter(&request->job, PARAMETER_REPO, "repository name", repo->repo, failure);
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
	return usage(failure, "which repository? Add -R OWNER/REPO%s, or set GH_REPO", others);
}

/* The filters: every option that stands for a parameter of the operation. */
static int set_filters(struct job_request *job, const struct options *options,
		       struct failure *failure)
{
	char what[40];

	for (unsigned i = 0; i < OPTIONS; i++) {
		const struct option_spec *spec = option_get((enum option_id)i);
		if (!options->values[i] || spec->parameter == PARAMETERS)
			continue;
		snprintf(what, sizeof(what), "--%s", spec->name);
		if (set_parameter(job, spec->parameter, what, options->values[i], failure) < 0)
			return -1;
	}
	return 0;
}

static int set_limit(struct job_request *job, const char *text, struct failure *failure)
{
	if (text && validate_parse_u32(text, strlen(text), 1, LIMIT_MAX, &job->limit) < 0)
		return usage(failure, "\"%s\" is no valid --limit: expected a number from 1 to %u",
			     text, LIMIT_MAX);
	return 0;
}

static int unknown_field(const char *name, struct failure *failure)
{
	struct suggestion suggestion;

	suggest_start(&suggestion, name);
	for (unsigned i = 0; i < ALERT_FIELDS; i++)
		suggest_name(&suggestion, alert_field_name((enum alert_field)i));
	if (suggestion.nearest)
		usage(failure, "unknown field \"%s\"; did you mean \"%s\"?", name,
		      suggestion.nearest);
	else
		usage(failure, "unknown field \"%s\"", name);
	snprintf(failure->hint, sizeof(failure->hint), "--json help lists the fields.");
	return -1;
}

static int add_field(struct job_request *job, const char *name, struct failure *failure)
{
	int field = alert_field_index(name, strlen(name));

	if (field < 0)
		return unknown_field(name, failure);
	/* Twice the same is once: the table of names bounds the list. */
	if (!memchr(job->fields, field, job->field_count))
		job->fields[job->field_count++] = (uint8_t)field;
	return 0;
}

int request_set_fields(struct job_request *job, const char *list, struct failure *failure)
{
	char name[64];

	while (*list) {
		size_t length = strcspn(list, ",");
		if (length == 0 || length >= sizeof(name))
			return usage(failure,
				     "\"%s\" is no list of fields: expected names with "
				     "commas between them",
				     list);
		memcpy(name, list, length);
		name[length] = 0;
		if (add_field(job, name, failure) < 0)
			return -1;
		list += length;
		/* A comma at the end is a slip, too. */
		if (*list == ',' && !*++list)
			return usage(failure, "--json ends with a comma");
	}
	return 0;
}

static int set_common(struct job_request *job, const struct options *options,
		      struct failure *failure)
{
	if (set_filters(job, options, failure) < 0 ||
	    set_limit(job, options->values[OPTION_LIMIT], failure) < 0)
		return -1;
	const char *fields = options->values[OPTION_JSON];
	return fields ? request_set_fields(job, fields, failure) : 0;
}

/* What the filters are combined with decides which of them exist. */
static int check_operation(enum operation_id operation, const char *scope,
			   const struct job_request *job, struct failure *failure)
{
	enum operation_parameter wrong = PARAMETERS;

	if (operation_check(operation, &job->arguments, &wrong) == 0)
		return 0;
	return usage(failure, "GitHub has no --%s for %s", operation_parameter_name(wrong), scope);
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
		return usage(failure, "--repo, --org and --enterprise exclude each other");
	if (!org && !enterprise &&
	    require_repo(request, options, environment, ", --org ORG or --enterprise ENTERPRISE",
			 failure) < 0)
		return -1;
	if (set_common(&request->job, options, failure) < 0)
		return -1;
	if (org)
		return check_operation(OPERATION_ALERTS_LIST_ORG, "an organisation's alerts",
				       &request->job, failure);
	if (enterprise)
		return check_operation(OPERATION_ALERTS_LIST_ENTERPRISE, "an enterprise's alerts",
				       &request->job, failure);
	return check_operation(OPERATION_ALERTS_LIST, "a repository's alerts", &request->job,
			       failure);
}

int request_make_view(struct request *request, const struct options *options,
		      const struct environment *environment, struct failure *failure)
{
	memset(request, 0, sizeof(*request));
	request->job.kind = JOB_ALERTS_VIEW;
	request->job.api_url = "";
	if (set_parameter(&request->job, PARAMETER_ALERT_NUMBER, "alert number", options->words[0],
			  failure) < 0)
		return -1;
	if (require_repo(request, options, environment, "", failure) < 0)
		return -1;
	return set_common(&request->job, options, failure);
}
