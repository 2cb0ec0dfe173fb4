/* Closing security incidents. */
#include "broker/errand_parts.h"
#include "broker/incidents.h"

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

void errand_close_incident(struct errand *errand)
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
	errand->waiting = audit_log_append(errand->broker->audit, &event, close_durable, errand);
}
