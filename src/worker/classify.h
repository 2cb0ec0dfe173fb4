/* What an answer of GitHub means for the job. */
#ifndef GHWARD_WORKER_CLASSIFY_H
#define GHWARD_WORKER_CLASSIFY_H

#include "lib/failure/failure.h"
#include "lib/json/parse.h"
#include "worker/calls.h"
#include "worker/job.h"

/* What to do about an answer that is not what GitHub's API promises. */
#define CLASSIFY_HINT "Run the command again; if it recurs, the server or a proxy is at fault."

/* Judges status, headers and, for refusals, the body. Returns 0 for a 2xx answer; else -1 and a
 * failure with status, request id, GitHub's own message, and what to do. */
int classify_answer(const struct answer *, enum operation_id, struct failure *)
	__attribute__((warn_unused_result, nonnull));

/* After classify_answer() has failed: whether to ask again, since a rate limit refused it that only
 * the text shows (a 403; the broker sees to a 429 itself), and in how many ms. `repeats` is how
 * often that was done before. */
bool classify_repeats(const struct answer *, enum operation_id, const struct failure *,
		      const struct job *, unsigned repeats, uint32_t *delay_ms)
	__attribute__((warn_unused_result, nonnull));

/* Whether a question for the limits failed because there are none: GHES has none unless its
 * administrator sets some. */
bool classify_is_unlimited(const struct failure *) __attribute__((nonnull));

/* Adds status and request id of the answer to a failure about its content. */
void classify_origin(const struct response *, struct failure *) __attribute__((nonnull));

/* The body of a good answer as JSON. Returns the tree, or NULL with a failure. */
struct cJSON *classify_json(const struct answer *, struct failure *)
	__attribute__((warn_unused_result, nonnull));

#endif
