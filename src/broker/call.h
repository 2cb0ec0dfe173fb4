/* A call: one question of a worker to GitHub, with its retries, under the job's grant. */
#ifndef GHWARD_BROKER_CALL_H
#define GHWARD_BROKER_CALL_H

#include "broker/job.h"

/* Starts after a delay, which may not be longer than job_patience_ms(). Returns -1 when the call is
 * not covered by the grant, which is a violation. The answer goes to
 * the worker as a MESSAGE_CALL_RESULT or MESSAGE_CALL_FAILED with this id. */
int call_start(struct job *, uint32_t id, enum operation_id, const struct operation_arguments *,
	       uint32_t delay_ms) __attribute__((nonnull, warn_unused_result));

/* Calls of all jobs, each with its memfd: with more, a worker that waits for answers already is not
 * read. What is on its way by then counts as well, one call per job at most. */
#define CALLS_MAX 128u

void call_cancel_all(struct job *) __attribute__((nonnull));

#endif
