/* Stands in for worker/calls.c: a broker whose answers are written down. */
#ifndef GHWARD_TESTS_UNIT_WORKER_ANSWERS_H
#define GHWARD_TESTS_UNIT_WORKER_ANSWERS_H

#include "worker/calls.h"
#include "worker/job.h"

/* What GitHub says to one operation; texts are "" where NULL. */
struct canned {
	enum operation_id operation;
	uint16_t status; /* 0: the network failed */
	const char *body, *scopes, *accepted, *expiration;
};

struct calls {
	const struct canned *canned; /* up to one without a body and a status */
	unsigned asked[OPERATIONS];
	enum operation_id open; /* the question that waits for its answer */
};

/* A job with a credential of this kind, whose questions get these answers. Free it. */
struct job *answers_job(struct calls *, enum job_kind, const char *credential_kind,
			enum output_format);

/* What the job has written; valid until the next call. */
const char *answers_written(struct job *);
void answers_free(struct job *);

#endif
