/* Security incidents. */
#include "broker/incidents.h"

#include "broker/alert.h"
#include "broker/refusal.h"
#include "lib/base/memory.h"
#include "lib/rules/rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ACTS(incident, action) ((incident)->told.actions >> RULE_##action & 1)

bool incidents_check_id(const struct job *job, const char *id, struct failure *failure)
{
	if (rules_is_incident(id, strlen(id)))
		return true;
	refusal_record(job, "incident", id);
	failure_set(failure, FAILURE_USAGE, "ghward audit incidents list shows them.",
		    "\"%.64s\" is no id of an incident: expected one such as "
		    "SEC-20260102-0123abcd",
		    id);
	return false;
}

struct known_incident *incidents_find(struct broker *broker, const char *id)
{
	struct known_incident *at = broker->incidents;

	while (at && strcmp(at->id, id) != 0)
		at = at->next;
	return at;
}

/* --- refusing --- */

static void explain(const struct known_incident *incident, const char *what,
		    struct failure *failure)
{
	char hint[sizeof(failure->hint)];

	snprintf(hint, sizeof(hint),
		 "Look into it: ghward audit incidents show %s. To release it: ghward audit "
		 "incidents close %s --reason TEXT.",
		 incident->id, incident->id);
	failure_set(failure, FAILURE_DENIED, hint, "%s by the security incident %s (%s)", what,
		    incident->id, incident->type);
}

static bool is_about(const struct known_incident *incident, enum rule_per per, const char *subject,
		     size_t length)
{
	return incident->told.per == per && strlen(incident->subject) == length &&
	       memcmp(incident->subject, subject, length) == 0;
}

/* Whoever is blocked can still look why, and release it. */
static bool is_exempt(const struct job *job, enum job_kind kind)
{
	return job->uid == geteuid() &&
	       (kind == JOB_DOCTOR || kind == JOB_AUDIT_INCIDENTS_LIST ||
		kind == JOB_AUDIT_INCIDENTS_SHOW || kind == JOB_AUDIT_INCIDENTS_CLOSE);
}

static bool blocks_actor(const struct known_incident *incident, const struct job *job)
{
	return ACTS(incident, BLOCK) &&
	       is_about(incident, RULE_PER_ACTOR, job->actor, strlen(job->actor));
}

/* "acme/shop#42" is about acme/shop. */
static bool blocks_target(const struct known_incident *incident, const struct job *job)
{
	size_t length = strcspn(job->target, "#");

	return ACTS(incident, BLOCK) && length > 0 &&
	       is_about(incident, RULE_PER_TARGET, job->target, length);
}

static bool quarantines(const struct known_incident *incident, const char *credential)
{
	return ACTS(incident, QUARANTINE) &&
	       is_about(incident, RULE_PER_CREDENTIAL, credential, strlen(credential));
}

const char *incidents_block_actor(const struct job *job, enum job_kind kind,
				  struct failure *failure)
{
	char what[64];

	if (is_exempt(job, kind))
		return NULL;
	for (struct known_incident *at = job->broker->incidents; at; at = at->next) {
		if (!blocks_actor(at, job))
			continue;
		snprintf(what, sizeof(what), "%s is blocked", job->actor);
		explain(at, what, failure);
		return "incident.block";
	}
	return NULL;
}

const char *incidents_block_target(const struct job *job, struct failure *failure)
{
	char what[INCIDENT_SUBJECT_MAX + 32];

	for (struct known_incident *at = job->broker->incidents; at; at = at->next) {
		if (!blocks_target(at, job))
			continue;
		snprintf(what, sizeof(what), "%s is blocked", at->subject);
		explain(at, what, failure);
		return "incident.block";
	}
	return NULL;
}

const char *incidents_quarantine(struct broker *broker, const char *credential,
				 struct failure *failure)
{
	char what[INCIDENT_SUBJECT_MAX + 64];

	for (struct known_incident *at = broker->incidents; at; at = at->next) {
		if (!quarantines(at, credential))
			continue;
		snprintf(what, sizeof(what), "the credential %s is quarantined", credential);
		explain(at, what, failure);
		return "incident.quarantine";
	}
	return NULL;
}

/* --- responding --- */

void incidents_record(struct known_incident *incident, struct broker *broker,
		      enum rule_action action, const char *outcome, const char *detail)
{
	struct audit_event event = {
		.actor = "broker",
		.event = "incident.respond",
		.phase = AUDIT_RESULT,
		.rule = incident->rule,
		.outcome = outcome,
		.severity = strcmp(outcome, "done") == 0 ? AUDIT_INFO : AUDIT_WARNING,
		.detail_count = 3,
		.details = {{"id", incident->id},
			    {"action", rules_actions[action]},
			    {"subject", incident->subject}},
	};

	if (detail) {
		event.details[event.detail_count].key = "message";
		event.details[event.detail_count++].value = detail;
	}
	if (strcmp(outcome, "done") == 0)
		incident->told.done |= (uint8_t)(1u << action);
	audit_log_note(broker->audit, &event);
}

/* What runs already ends as if it had been refused. */
static void end_jobs(struct broker *broker, const struct known_incident *incident)
{
	char credential[CHOICE_CREDENTIAL_SIZE];
	struct failure failure;

	for (struct job *job = broker->jobs; job; job = job->next) {
		enum job_kind kind = job->request.kind;
		choice_credential(&job->choice, credential);
		if (job->ending || is_exempt(job, kind))
			continue;
		if (blocks_actor(incident, job) || blocks_target(incident, job))
			explain(incident, "this was stopped", &failure);
		else if (job->bearer && quarantines(incident, credential))
			explain(incident, "its credential was quarantined", &failure);
		else
			continue;
		job_end(job, &failure);
	}
}

static void respond(struct broker *broker, struct known_incident *incident)
{
	for (unsigned i = 0; i < RULE_ACTIONS; i++) {
		enum rule_action action = (enum rule_action)i;
		if (action != RULE_ALERT &&
		    (incident->told.actions & ~incident->told.done) >> action & 1)
			incidents_record(incident, broker, action, "done", NULL);
	}
	alert_begin(broker, incident);
}

/* Somebody sits before a command; an agent has its log. */
static void announce(struct broker *broker, const struct known_incident *incident)
{
	char text[200];

	snprintf(text, sizeof(text), "security incident %s: %s (%.64s); see ghward audit incidents",
		 incident->id, incident->type, incident->subject);
	if (broker->mode != MODE_PRIVATE)
		log_write(LOG_LEVEL_WARNING, "%s", text);
	for (struct job *job = broker->jobs; job; job = job->next) {
		if (broker->mode == MODE_PRIVATE)
			job_note(job, text);
	}
}

/* --- what the audit writer tells --- */

static struct known_incident *keep(const struct incident *told)
{
	struct known_incident *kept = memory_new(sizeof(*kept));

	snprintf(kept->id, sizeof(kept->id), "%s", told->id);
	snprintf(kept->rule, sizeof(kept->rule), "%s", told->rule);
	snprintf(kept->type, sizeof(kept->type), "%s", told->type);
	snprintf(kept->subject, sizeof(kept->subject), "%s", told->subject);
	snprintf(kept->records, sizeof(kept->records), "%s", told->records);
	kept->told = *told;
	kept->told.id = kept->id;
	kept->told.rule = kept->rule;
	kept->told.type = kept->type;
	kept->told.subject = kept->subject;
	kept->told.records = kept->records;
	return kept;
}

int incidents_take(struct broker *broker, struct ipc_incoming *in)
{
	struct known_incident **end = &broker->incidents;
	struct incident told;

	protocol_get_incident(in, &told);
	if (ipc_end(in) < 0 || incidents_find(broker, told.id))
		return -1;
	while (*end)
		end = &(*end)->next;
	struct known_incident *incident = *end = keep(&told);
	end_jobs(broker, incident);
	if (told.news != INCIDENT_ELSEWHERE)
		respond(broker, incident);
	if (told.news != INCIDENT_FOUND)
		announce(broker, incident);
	return 0;
}

int incidents_take_closed(struct broker *broker, struct ipc_incoming *in)
{
	struct known_incident **at = &broker->incidents;
	const char *id = ipc_get_string(in);

	if (ipc_end(in) < 0)
		return -1;
	while (*at && strcmp((*at)->id, id) != 0)
		at = &(*at)->next;
	struct known_incident *closed = *at;
	if (!closed)
		return -1;
	alert_stop(broker, closed);
	*at = closed->next;
	free(closed);
	return 0;
}
