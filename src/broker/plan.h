/* Writes that a person sees before they are sent, or instead: the worker proposes, the broker
 * builds the request and freezes it, the client confirms. */
#ifndef GHWARD_BROKER_PLAN_H
#define GHWARD_BROKER_PLAN_H

#include "broker/job.h"

/* A request as it goes over the wire. */
struct wire {
	char url[OPERATION_URL_MAX];
	char body[OPERATION_BODY_MAX]; /* with a NUL behind it */
	size_t body_length;
};

/* Builds the request of arguments that a grant covers. Returns 0, or -1 if it does not fit. */
int wire_make(struct wire *, enum operation_id, const struct operation_arguments *,
	      const char *base_url) __attribute__((warn_unused_result, nonnull));

/* Takes a MESSAGE_PROPOSE of the worker and shows the client what would be sent. Returns -1 when it
 * is malformed, not covered by the grant, or not wanted. */
int plan_propose(struct job *, struct ipc_incoming *) __attribute__((warn_unused_result, nonnull));

/* The client has agreed to what it was shown. Returns -1 when there is nothing to agree to. */
int plan_confirm(struct job *) __attribute__((warn_unused_result, nonnull));

/* Whether this write may go out: nobody had to be asked, or somebody has agreed to exactly this. */
bool plan_permits(const struct job *, const struct wire *) __attribute__((nonnull));

/* The rule of the audit log that lets the job's writes pass. */
const char *plan_rule(const struct job *) __attribute__((nonnull, returns_nonnull));

#endif
