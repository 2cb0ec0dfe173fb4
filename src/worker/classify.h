/* What an answer of GitHub means for the job. */
#ifndef GHWARD_WORKER_CLASSIFY_H
#define GHWARD_WORKER_CLASSIFY_H

#include "lib/failure/failure.h"
#include "lib/json/parse.h"
#include "worker/calls.h"

/* Judges status, headers and, for refusals, the body. Returns 0 for a 2xx answer; else -1 and a
 * failure with status, request id, GitHub's own message, and what to do. */
int classify_answer(const struct answer *, enum operation_id, struct failure *)
	__attribute__((warn_unused_result, nonnull));

/* The body of a good answer as JSON. Returns the tree, or NULL with a failure. */
struct cJSON *classify_json(const struct answer *, struct failure *)
	__attribute__((warn_unused_result, nonnull));

#endif
