/* Writes that a person sees before they are sent. */
#include "broker/plan.h"

#include "broker/client.h"
#include "lib/base/memory.h"

#include <string.h>

#define SUBJECT_MAX 1024u

struct plan {
	bool confirmed;
	struct wire wire;
};

int wire_make(struct wire *wire, enum operation_id operation,
	      const struct operation_arguments *arguments, const char *base_url)
{
	if (operation_url(operation, arguments, base_url, wire->url) < 0 ||
	    operation_body(operation, arguments, wire->body, &wire->body_length) < 0 ||
	    wire->body_length == sizeof(wire->body))
		return -1;
	wire->body[wire->body_length] = 0;
	return 0;
}

static void show(const struct job *job, enum operation_id operation, const struct wire *wire,
		 const char *subject)
{
	struct ipc_message *message = ipc_new(MESSAGE_PLAN, 0);

	ipc_put_string(message, operation_method_name(operation_get(operation)->method));
	ipc_put_string(message, wire->url);
	ipc_put_string(message, wire->body);
	ipc_put_string(message, subject);
	ipc_send(job->client->channel, message);
}

int plan_propose(struct job *job, struct ipc_incoming *in)
{
	enum operation_id operation = (enum operation_id)ipc_get_enum(in, OPERATIONS);
	struct operation_arguments arguments;

	protocol_get_arguments(in, &arguments);
	const char *subject = ipc_get_string(in);
	if (ipc_end(in) < 0 || strlen(subject) > SUBJECT_MAX || job->plan ||
	    job->request.consent == CONSENT_GIVEN ||
	    operation_get(operation)->class != CLASS_WRITE ||
	    grant_covers(&job->grant, operation, &arguments) != NULL)
		return -1;
	job->plan = memory_new(sizeof(*job->plan));
	if (wire_make(&job->plan->wire, operation, &arguments, job->choice.origin) < 0)
		return -1;
	show(job, operation, &job->plan->wire, subject);
	return 0;
}

int plan_confirm(struct job *job)
{
	if (!job->plan || job->plan->confirmed || job->request.consent != CONSENT_ASK)
		return -1;
	job->plan->confirmed = true;
	/* Without a channel the job is about to end. */
	if (job->channel)
		ipc_send(job->channel, ipc_new(MESSAGE_CONFIRMED, 0));
	return 0;
}

bool plan_permits(const struct job *job, const struct wire *wire)
{
	const struct plan *plan = job->plan;

	if (job->request.consent == CONSENT_GIVEN)
		return true;
	return job->request.consent == CONSENT_ASK && plan && plan->confirmed &&
	       strcmp(plan->wire.url, wire->url) == 0 && strcmp(plan->wire.body, wire->body) == 0;
}

const char *plan_rule(const struct job *job)
{
	return job->request.consent == CONSENT_ASK ? "write.confirmed" : "write.requested";
}
