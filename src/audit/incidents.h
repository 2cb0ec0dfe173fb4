/* The incidents that are open, as the log's records say. */
#ifndef GHWARD_AUDIT_INCIDENTS_H
#define GHWARD_AUDIT_INCIDENTS_H

#include "lib/auditlog/record.h"

struct open_incident {
	char id[INCIDENT_ID_LENGTH + 1];
	char rule[RULE_NAME_MAX + 1], type[RULE_NAME_MAX + 1];
	char subject[INCIDENT_SUBJECT_MAX + 1], records[INCIDENT_RECORDS_MAX + 1];
	enum rule_per per;
	enum audit_severity severity;
	uint8_t actions, done;
	uint32_t count, window_s;
	uint64_t opened_us, seq; /* of its incident.open */
	enum incident_news news;
	bool told;   /* the broker knows of it */
	bool closed; /* and does not know yet that it is not open any more */
};

struct incidents {
	struct open_incident *list;
	size_t count, capacity;
};

void incidents_free(struct incidents *) __attribute__((nonnull));

/* Adds one, zeroed; NULL when INCIDENTS_MAX are there. Pointers to others are void then. */
struct open_incident *incidents_add(struct incidents *) __attribute__((nonnull));

/* Takes over what a record says that is one of incident.open, incident.respond and incident.close.
 * Returns the incident that it opened, changed or closed, NULL when it says nothing of an open one.
 * One that was closed and never told is gone with the next call of incidents_sweep(). */
struct open_incident *incidents_apply(struct incidents *, const struct auditlog_record *)
	__attribute__((nonnull));

/* "12,15": digits, with commas between them. */
bool incidents_are_records(const char *text) __attribute__((nonnull));

/* Forgets the closed ones. */
void incidents_sweep(struct incidents *) __attribute__((nonnull));

/* Is one open of this rule and subject? */
bool incidents_has(const struct incidents *, const char *rule, const char *subject)
	__attribute__((nonnull));

/* NULL when none is open that has this id. */
struct open_incident *incidents_find(const struct incidents *, const char *id)
	__attribute__((nonnull));

#endif
