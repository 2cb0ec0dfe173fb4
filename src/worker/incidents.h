/* Security incidents as the log's records tell them, put together. */
#ifndef GHWARD_WORKER_INCIDENTS_H
#define GHWARD_WORKER_INCIDENTS_H

#include "worker/review.h"

/* Of the newest so many incidents and of each so many responses is told. */
#define INCIDENT_STORIES_MAX 65536u
#define INCIDENT_RESPONSES_MAX 32u

struct incident_response {
	char time[28], action[16], outcome[24];
	char message[128];
};

/* Texts are as in the records, cut where there is no room. */
struct incident_story {
	char id[INCIDENT_ID_LENGTH + 1];
	char type[RULE_NAME_MAX + 1], rule[RULE_NAME_MAX + 1], per[12];
	char subject[INCIDENT_SUBJECT_MAX + 1], records[INCIDENT_RECORDS_MAX + 1], actions[32];
	enum audit_severity severity;
	char opened[28], closed[28]; /* when; "" for not at all */
	uint64_t count, window_s, opened_us;
	char closed_by[32];
	char *reason;			     /* owned; NULL for none */
	struct incident_response *responses; /* owned */
	unsigned response_count;
};

/* How they are shown. */
void incident_put_table(struct review *, const struct incident_story *, size_t count)
	__attribute__((nonnull(1)));
void incident_put_lines(struct output *, const struct incident_story *) __attribute__((nonnull));
void incident_put_one(struct output *, const struct incident_story *) __attribute__((nonnull));
void incident_put_json(struct output *, const struct incident_story *) __attribute__((nonnull));

#endif
