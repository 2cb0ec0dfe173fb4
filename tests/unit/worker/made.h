/* Lines of an audit log as anybody could write them into its directory: well-formed, and with
 * whatever content. */
#ifndef GHWARD_TESTS_UNIT_WORKER_MADE_H
#define GHWARD_TESTS_UNIT_WORKER_MADE_H

#include "worker/job.h"

/* 2026-01-02T03:04:05Z */
#define MADE_TIME UINT64_C(1767323045000000)

struct made {
	char *lines;
	size_t length, room;
	uint64_t seq, time_us; /* of the next record */
};

/* Adds a record with texts as they are: nothing but `"` and `\` is escaped. */
void made_add(struct made *, const struct audit_event *);
void made_add_text(struct made *, const char *text);

/* Runs the job over the lines, which are freed. What it wrote lives until the next call. */
const char *made_run(struct made *, struct job *);

/* A job whose records and output are files in memory; verified says nothing. */
struct job *made_job(enum job_kind, enum review_format);
void made_free(struct job *);

/* The texts that a hostile record is made of, up to NULL. */
extern const char *const made_hostile[];

#endif
