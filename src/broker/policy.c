/* What a client may have done in its name. */
#include "broker/policy.h"

#include "broker/app.h"
#include "broker/client.h"
#include "broker/entry.h"
#include "broker/environment.h"
#include "broker/errand.h"
#include "broker/review.h"
#include "broker/git_bearer.h"
#include "broker/sync.h"
#include "broker/incidents.h"
#include "broker/refusal.h"

#include <string.h>
#include <unistd.h>

bool policy_writes(const struct job_request *request)
{
	enum operation_id operation;

	return grant_operation(request, &operation) &&
	       operation_get(operation)->class == CLASS_WRITE;
}

/* Unless it is shared, anybody else cannot reach the socket; should its directory be opened to
 * others, they are refused here. */
static bool client_is_known(const struct client *client)
{
	return client->uid == geteuid() || client->broker->mode == MODE_SHARED;
}

/* Without a grant there is nothing that a token would be needed for. */
static bool needs_credential(const struct job_request *request)
{
	enum operation_id operation;

	return grant_operation(request, &operation);
}

bool policy_waits(const struct client *client, const struct job_request *request)
{
	struct broker *broker = client->broker;
	struct failure ignored;
	struct choice choice;
	const char *rule;

	if (environment_token_state(broker->environment) != ENVIRONMENT_UNREAD ||
	    broker->misconfigured.kind != FAILURE_NONE || !client_is_known(client) ||
	    !needs_credential(request))
		return false;
	return choose(broker, client->uid, request, &choice, &rule, &ignored) == CHOICE_WAITS;
}

/* In whose name the job will work. */
static const char *find_bearer(struct job *job, const struct job_request *request,
			       struct failure *failure)
{
	struct broker *broker = job->broker;
	const char *rule = "credential.usable";
	char credential[CHOICE_CREDENTIAL_SIZE];

	if (choose(broker, job->uid, request, &job->choice, &rule, failure) != CHOICE_MADE)
		return rule;
	choice_credential(&job->choice, credential);
	const char *refused = incidents_quarantine(broker, credential, failure);
	if (refused)
		return refused;
	if (!job->choice.from_vault)
		job->bearer = environment_token_bearer(broker->environment, job->choice.origin);
	else if (job->choice.kind != ENTRY_APP)
		job->bearer = entry_bearer(broker, &job->choice);
	else
		job->bearer = app_installation(broker, &job->choice, &job->grant, job->actor,
					       request->kind == JOB_AUTH_STATUS ||
							       request->kind == JOB_AUTH_CHECK
						       ? APP_WANT_SOME
						       : APP_WANT_ALL,
					       failure);
	return rule;
}

/* The same token, where git's repositories are. */
static void find_git_bearer(struct job *job, struct failure *failure)
{
	char base[BEARER_BASE_MAX + 1];
	uint32_t in_flight = sync_request(job->sync)->workers;

	if (in_flight < job->broker->settings.in_flight)
		in_flight = job->broker->settings.in_flight;
	if (git_bearer_base(job->broker, &job->choice, base, failure) == 0)
		job->git_bearer = git_bearer(job->bearer, base, in_flight);
}

static int make_grant(struct job *job, const struct job_request *request,
		      enum operation_parameter *wrong)
{
	return job->sync ? grant_make_repos(&job->grant, request, sync_listed(job->sync), wrong)
			 : grant_make(&job->grant, request, wrong);
}

/* What a person typed reaches this point as it is: here it is judged, refused and recorded. */
static void refuse_parameter(const struct job *job, const struct job_request *request,
			     enum operation_parameter wrong, struct failure *failure)
{
	const char *value = wrong < PARAMETERS ? request->arguments.values[wrong] : NULL;
	const char *name = wrong < PARAMETERS ? operation_parameter_name(wrong) : "";
	enum operation_id operation;

	if (value)
		refusal_record(job, name, value);
	if (value && grant_operation(request, &operation))
		failure_set(failure, FAILURE_USAGE, "", "\"%.100s\" is no valid %s: expected %s",
			    value, name,
			    validate_expectation(operation_parameter_validator(wrong)));
	else
		failure_set(failure, FAILURE_USAGE, "", "this job cannot be granted without %s",
			    name);
}

const char *policy_decide(struct job *job, const struct job_request *request,
			  struct failure *failure)
{
	const struct broker *broker = job->broker;
	enum operation_parameter wrong;
	const char *rule;

	memset(failure, 0, sizeof(*failure));
	if (broker->misconfigured.kind != FAILURE_NONE) {
		*failure = broker->misconfigured;
		return "configuration";
	}
	if (!client_is_known(job->client) ||
	    (request->kind == JOB_DOCTOR && job->uid != geteuid())) {
		failure_set(failure, FAILURE_DENIED,
			    "Add --private to use an agent and a credential of your own.",
			    "this agent does not serve %s", job->actor);
		return "clients.known";
	}
	const char *refused = incidents_block_actor(job, request->kind, failure);
	if (refused)
		return refused;
	if (!grant_allows_filter(request)) {
		failure_set(failure, FAILURE_USAGE, "",
			    "only JSON that was read goes through a jq program");
		return "operations.parameters";
	}
	if (request->kind == JOB_DOCTOR)
		return "clients.known";
	if (review_is(request->kind))
		return review_decide(job, request, failure);
	if (errand_is(request->kind))
		return errand_decide(job, request, failure);
	if (sync_is(request->kind)) {
		rule = sync_decide(job, request, failure);
		if (failure->kind != FAILURE_NONE)
			return rule;
	}
	if (make_grant(job, request, &wrong) < 0) {
		refuse_parameter(job, request, wrong, failure);
		return "operations.parameters";
	}
	if (sync_is_offline(request->kind))
		return "default.read";
	if (!*job->target)
		grant_target(&job->grant, job->target, sizeof(job->target));
	refused = incidents_block_target(job, failure);
	if (refused)
		return refused;
	rule = find_bearer(job, request, failure);
	if (failure->kind == FAILURE_NONE && request->kind == JOB_REPOS_SYNC)
		find_git_bearer(job, failure);
	if (failure->kind != FAILURE_NONE)
		return rule;
	return policy_writes(request) ? "default.write" : "default.read";
}
