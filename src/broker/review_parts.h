/* What review.c and review_request.c share. */
#ifndef GHWARD_BROKER_REVIEW_PARTS_H
#define GHWARD_BROKER_REVIEW_PARTS_H

#include "broker/assistant.h"
#include "broker/review.h"
#include "lib/base/clock.h"

#include <limits.h>

struct review {
	struct job *job;
	struct review_request request; /* its strings are those below */
	char actor[REVIEW_PATTERN_MAX + 1], event[REVIEW_PATTERN_MAX + 1];
	char outcome[REVIEW_PATTERN_MAX + 1], repository[REVIEW_PATTERN_MAX + 1];
	char wanted_job[REVIEW_PATTERN_MAX + 1], text[REVIEW_PATTERN_MAX + 1];
	char directory[PATH_MAX];
	char incident[INCIDENT_ID_LENGTH + 1], state[8]; /* JOB_AUDIT_INCIDENTS_* */
	/* For the job's records. */
	char since[CLOCK_RFC3339_SIZE], until[CLOCK_RFC3339_SIZE];
	char severities[32], limit[16], found[24];
	struct assistant store, verifier;
	const struct verify_result *verified; /* while the worker is told; NULL for nothing */
	int pipe;	  /* the worker's end of the pipe with records, until it is told */
	uint64_t records; /* that the store has found */
	bool worker_done;
	struct failure of_worker;
};

#endif
