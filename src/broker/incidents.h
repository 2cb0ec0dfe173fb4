/* Security incidents: what is open, as the audit writer tells, and what is not done because of it.
 */
#ifndef GHWARD_BROKER_INCIDENTS_H
#define GHWARD_BROKER_INCIDENTS_H

#include "broker/job.h"

enum alert_state {
	ALERT_NONE, /* was sent before, or is not wanted */
	ALERT_WAITING,
	ALERT_UNDER_WAY,
	ALERT_OVER, /* sent, or given up by this broker */
};

/* One that is open. */
struct known_incident {
	struct known_incident *next;
	struct incident told; /* with the following as its strings */
	char id[INCIDENT_ID_LENGTH + 1];
	char rule[RULE_NAME_MAX + 1], type[RULE_NAME_MAX + 1];
	char subject[INCIDENT_SUBJECT_MAX + 1], records[INCIDENT_RECORDS_MAX + 1];
	enum alert_state alert;
	struct alert_delivery *delivery; /* while under way; the alert's own */
};

/* Messages of the audit writer. Return 0, or -1 for what is none. */
int incidents_take(struct broker *, struct ipc_incoming *) __attribute__((nonnull));
int incidents_take_closed(struct broker *, struct ipc_incoming *) __attribute__((nonnull));

/* Whether it can be the id of one; false with a failure, and a value that looks like an attack is
 * on record. */
bool incidents_check_id(const struct job *, const char *id, struct failure *)
	__attribute__((nonnull));

/* NULL when none is open that has this id. */
struct known_incident *incidents_find(struct broker *, const char *id) __attribute__((nonnull));

/* Whether an incident keeps a job from being begun: by its actor, by what it is about, by the
 * credential that it would use. Each returns the rule that refuses, with a failure, or NULL. */
const char *incidents_block_actor(const struct job *, enum job_kind, struct failure *)
	__attribute__((nonnull));
const char *incidents_block_target(const struct job *, struct failure *) __attribute__((nonnull));
const char *incidents_quarantine(struct broker *, const char *credential, struct failure *)
	__attribute__((nonnull));

/* Records what was done about one: "done", or how it failed. `detail` says more, NULL for nothing.
 */
void incidents_record(struct known_incident *, struct broker *, enum rule_action,
		      const char *outcome, const char *detail) __attribute__((nonnull(1, 2, 4)));

#endif
