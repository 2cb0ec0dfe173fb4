/* Errands about security incidents. */
#include "broker/client.h"
#include "broker/errand_parts.h"
#include "broker/incidents.h"

#include <string.h>

static void tell(const struct errand *errand, const struct known_incident *incident)
{
	struct ipc_message *message = ipc_new(MESSAGE_INCIDENT, 0);

	protocol_put_incident(message, &incident->told);
	ipc_send(errand->job->client->channel, message);
}

static bool find(struct errand *errand, struct known_incident **incident)
{
	struct failure failure;

	*incident = incidents_find(errand->broker, errand->incident);
	if (*incident)
		return true;
	failure_set(&failure, FAILURE_NOT_FOUND,
		    "ghward audit incidents list shows those that are.",
		    "no security incident %s is open", errand->incident);
	errand_end(errand, &failure);
	return false;
}

static void list(struct errand *errand)
{
	for (struct known_incident *at = errand->broker->incidents; at; at = at->next) {
		tell(errand, at);
		errand->job->items++;
	}
	errand_end(errand, NULL);
}

static void show(struct errand *errand)
{
	struct known_incident *incident;

	if (!find(errand, &incident))
		return;
	tell(errand, incident);
	errand_end(errand, NULL);
}

/* The audit writer has told by now that it is closed. */
static void close_durable(void *context, bool durable)
{
	struct errand *errand = context;

	errand->waiting = NULL;
	if (durable)
		errand_end(errand, NULL);
	else
		errand_fail(errand, FAILURE_AUDIT,
			    "Check the audit directory's permissions and free space.",
			    "the incident is still open: the audit log cannot be written");
}

static void close_incident(struct errand *errand)
{
	struct known_incident *incident;

	if (!find(errand, &incident))
		return;
	struct audit_event event = job_event(errand->job, "incident.close", AUDIT_NOTE);
	event.rule = incident->rule;
	event.outcome = "done";
	event.severity = AUDIT_WARNING;
	event.detail_count = 3;
	event.details[0].key = "id";
	event.details[0].value = incident->id;
	event.details[1].key = "subject";
	event.details[1].value = incident->subject;
	event.details[2].key = "reason";
	event.details[2].value = errand->reason;
	tell(errand, incident);
	errand->waiting = audit_log_append(errand->broker->audit, &event, close_durable, errand);
}

void errand_incidents(struct errand *errand)
{
	if (errand->kind == JOB_AUDIT_INCIDENTS_LIST)
		list(errand);
	else if (errand->kind == JOB_AUDIT_INCIDENTS_SHOW)
		show(errand);
	else
		close_incident(errand);
}
