/* Jobs that the broker does itself, since they are about secrets: the vault, login and logout. */
#ifndef GHWARD_BROKER_ERRAND_H
#define GHWARD_BROKER_ERRAND_H

#include "broker/job.h"

struct errand;

bool errand_is(enum job_kind);

/* Whether this user may have it done, and whether what he names is well-formed. Returns the rule
 * that decided, with FAILURE_NONE only if it allows. */
const char *errand_decide(const struct job *, const struct job_request *, struct failure *)
	__attribute__((nonnull, returns_nonnull));

/* Keeps what the request says; of one that was allowed. */
struct errand *errand_new(struct job *, const struct job_request *)
	__attribute__((nonnull, returns_nonnull));

/* Where the secret that it is to store may go; NULL where it stores none. */
const char *errand_api(const struct errand *) __attribute__((nonnull));

/* Its intent is durable: ends the job itself, now or later. */
void errand_start(struct errand *) __attribute__((nonnull));

/* The client says that all of its secret is in the pipe. Returns -1 when none was wanted. */
int errand_confirm(struct errand *) __attribute__((nonnull, warn_unused_result));

/* Stops what is under way, and frees. NULL is ignored. */
void errand_stop(struct errand *);

#endif
