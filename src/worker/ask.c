/* One question at a time. */
#include "worker/ask.h"

#include "lib/base/io.h"
#include "worker/calls.h"
#include "worker/classify.h"

#include <stdio.h>
#include <string.h>

static const struct response no_response = {
	.request_id = "",
	.link = "",
	.content_type = "",
	.resource = "",
	.location = "",
	.scopes = "",
	.accepted_scopes = "",
	.accepted_permissions = "",
	.token_expiration = "",
};

struct cJSON *ask_keeping(struct job *job, enum operation_id operation,
			  const struct operation_arguments *arguments, struct answer *answer)
{
	struct cJSON *root = NULL;
	uint32_t delay_ms = 0;
	bool again = true;

	for (unsigned repeats = 0; again; repeats++) {
		if (repeats)
			answer_free(answer);
		calls_ask(job->calls, 1, operation, arguments, delay_ms);
		calls_wait(job->calls, 1, answer);
		memset(&job->failure, 0, sizeof(job->failure));
		again = false;
		if (classify_answer(answer, operation, &job->failure) == 0)
			root = classify_json(answer, &job->failure);
		else
			again = classify_repeats(answer, operation, &job->failure, job, repeats,
						 &delay_ms);
	}
	io_close(&answer->body);
	if (answer->failure.kind != FAILURE_NONE)
		answer->response = no_response;
	return root;
}

struct cJSON *ask_json(struct job *job, enum operation_id operation,
		       const struct operation_arguments *arguments)
{
	struct answer answer;
	struct cJSON *root = ask_keeping(job, operation, arguments, &answer);

	answer_free(&answer);
	return root;
}

static void fail_unsupported(struct job *job, enum operation_id operation, const char *since,
			     const char *version)
{
	char shown[24];

	snprintf(shown, sizeof(shown), "%s", version);
	if (strcmp(since, OPERATION_GHES_NEVER) == 0)
		failure_set(&job->failure, FAILURE_UNSUPPORTED, "It exists on github.com only.",
			    "GitHub Enterprise Server has no %s", operation_get(operation)->id);
	else
		failure_set(&job->failure, FAILURE_UNSUPPORTED,
			    "Upgrade the server, or leave the option out.",
			    "%s with these options needs GitHub Enterprise Server %s; %s is %s",
			    operation_get(operation)->id, since, job->api_url, shown);
}

bool ask_supported(struct job *job, enum operation_id operation,
		   const struct operation_arguments *arguments)
{
	const char *since = operation_ghes_since(operation, arguments);
	bool supported = true;

	if (!since)
		return true;
	struct cJSON *meta = ask_json(job, OPERATION_META, &(struct operation_arguments){0});
	if (!meta)
		return false;
	/* Only an Enterprise Server has one. */
	const char *version = json_get_string(meta, "installed_version");
	if (version && !operation_ghes_at_least(version, since)) {
		fail_unsupported(job, operation, since, version);
		supported = false;
	}
	cJSON_Delete(meta);
	return supported;
}
