/* Who may have what done: in this version the agent's own user, in shared mode every user with
 * credentials of his own, and the operations of the table. */
#ifndef GHWARD_BROKER_POLICY_H
#define GHWARD_BROKER_POLICY_H

#include "broker/job.h"

/* Decides a request, and makes the job's grant and target where it is allowed. Returns the name of
 * the rule that decided, with FAILURE_NONE only if it allows. */
const char *policy_decide(struct job *, const struct job_request *, struct failure *)
	__attribute__((nonnull, returns_nonnull));

/* Whether the environment's token must be read before it can be decided. */
bool policy_waits(const struct client *, const struct job_request *) __attribute__((nonnull));

/* Whether it asks for a change. */
bool policy_writes(const struct job_request *) __attribute__((nonnull));

#endif
