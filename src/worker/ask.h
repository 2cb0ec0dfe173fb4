/* One question at a time. */
#ifndef GHWARD_WORKER_ASK_H
#define GHWARD_WORKER_ASK_H

#include "lib/json/parse.h"
#include "worker/calls.h"
#include "worker/job.h"

/* Asks and waits. Returns the body of a good answer as a tree (cJSON_Delete it), or NULL with
 * job->failure. No other question may be open. */
struct cJSON *ask_json(struct job *, enum operation_id, const struct operation_arguments *)
	__attribute__((warn_unused_result, nonnull));

/* The same, and hands the answer over, without a body but with its headers, whatever it was: the
 * status is 0 where there was none. Free it with answer_free(). */
struct cJSON *ask_keeping(struct job *, enum operation_id, const struct operation_arguments *,
			  struct answer *) __attribute__((warn_unused_result, nonnull));

/* Whether the server knows the operation and these arguments; a GitHub Enterprise Server is asked
 * for its version where that depends on it. False with job->failure. */
bool ask_supported(struct job *, enum operation_id, const struct operation_arguments *)
	__attribute__((warn_unused_result, nonnull));

#endif
