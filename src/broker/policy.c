/* What a client may have done in its name. */
#include "broker/policy.h"

#include "broker/client.h"

#include <string.h>
#include <unistd.h>

bool policy_writes(const struct job_request *request)
{
	enum operation_id operation;

	return grant_operation(request, &operation) &&
	       operation_get(operation)->class == CLASS_WRITE;
}

/* Anybody else cannot reach the socket; should its directory be opened to others, they are refused
 * here. */
static bool client_is_known(const struct client *client)
{
	return client->uid == geteuid();
}

static void judge_token(const struct broker *broker, struct failure *failure)
{
	static const char ways[] = "Set GH_TOKEN or GITHUB_TOKEN (for GitHub Enterprise Server "
				   "GH_ENTERPRISE_TOKEN), or run: gh auth login";
	const char *source = broker->credential.source;

	if (broker->credential.state == CREDENTIAL_ABSENT)
		failure_set(failure, FAILURE_AUTHENTICATION, ways, "no token for %s",
			    broker->settings.api_url);
	else if (broker->credential.state == CREDENTIAL_MALFORMED)
		failure_set(failure, FAILURE_AUTHENTICATION, ways,
			    "the token from %s is not in a form that GitHub issues", source);
	else if (broker->credential.state == CREDENTIAL_UNUSABLE)
		failure_set(failure, FAILURE_AUTHENTICATION, ways,
			    "the token from %s is a refresh token, which the API does not accept",
			    source);
}

/* What a person typed reaches this point as it is: here it is judged, refused and recorded. */
static void refuse_parameter(const struct job_request *request, enum operation_parameter wrong,
			     struct failure *failure)
{
	const char *value = wrong < PARAMETERS ? request->arguments.values[wrong] : NULL;
	const char *name = wrong < PARAMETERS ? operation_parameter_name(wrong) : "";
	enum operation_id operation;

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

	memset(failure, 0, sizeof(*failure));
	if (broker->misconfigured.kind != FAILURE_NONE) {
		*failure = broker->misconfigured;
		return "configuration";
	}
	if (!client_is_known(job->client)) {
		failure_set(failure, FAILURE_DENIED,
			    "Add --private to use an agent and a credential of your own.",
			    "this agent does not serve %s", job->actor);
		return "clients.known";
	}
	if (!grant_allows_filter(request)) {
		failure_set(failure, FAILURE_USAGE, "",
			    "only JSON that was read goes through a jq program");
		return "operations.parameters";
	}
	if (request->kind == JOB_DOCTOR)
		return "clients.known";
	if (*request->api_url && strcmp(request->api_url, broker->settings.api_url) != 0) {
		failure_set(failure, FAILURE_DENIED, "Add --private to use your own credential.",
			    "the running agent's credential is for %s, not for %s",
			    broker->settings.api_url, request->api_url);
		return "credential.origin";
	}
	if (grant_make(&job->grant, request, &wrong) < 0) {
		refuse_parameter(request, wrong, failure);
		return "operations.parameters";
	}
	grant_target(&job->grant, job->target, sizeof(job->target));
	judge_token(broker, failure);
	if (failure->kind != FAILURE_NONE)
		return "credential.usable";
	return policy_writes(request) ? "default.write" : "default.read";
}
