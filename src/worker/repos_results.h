/* What became of repositories: a row each as they are finished, and the sum of it. */
#ifndef GHWARD_WORKER_REPOS_RESULTS_H
#define GHWARD_WORKER_REPOS_RESULTS_H

#include "worker/job.h"
#include "worker/table.h"

enum repos_action {
	REPOS_CLONED,
	REPOS_FETCHED,
	REPOS_VERIFIED,
	REPOS_UNCHANGED,
	REPOS_REMOVED,
	REPOS_SKIPPED,
	REPOS_FAILED,
	REPOS_ACTIONS
};

/* One that is finished. Strings are "" where they do not apply. */
struct repos_row {
	const char *repo; /* "OWNER/NAME"; outside text where that cannot be used */
	enum repos_action action;
	const char *how; /* it was found out, or why it was done or not */
	const char *note;
	uint64_t bytes;
	uint32_t milliseconds;
	const struct failure *failure; /* of REPOS_FAILED */
};

struct repos_results {
	struct job *job;
	struct table *table;
	uint32_t known; /* so far: what progress is told of */
	uint32_t counts[REPOS_ACTIONS];
	uint32_t vanished; /* of these, nothing was done about */
	uint64_t bytes, begun_ms;
	struct failure first; /* and what it is about */
};

void repos_results_begin(struct repos_results *, struct job *) __attribute__((nonnull));
/* One more that there will be a row of: progress and the columns of a table reckon with it. */
void repos_results_expect(struct repos_results *, const char *repo) __attribute__((nonnull));

void repos_results_add(struct repos_results *, const struct repos_row *) __attribute__((nonnull));

/* Rows that wait are written: before something is waited for. */
void repos_results_flush(struct repos_results *) __attribute__((nonnull));

/* The sum of it, and job->failure unless there is one: that some failed, with what the first
 * failed of. Frees what the results hold. */
void repos_results_end(struct repos_results *) __attribute__((nonnull));

/* All that are finished. */
uint32_t repos_results_done(const struct repos_results *) __attribute__((nonnull));

/* "12.3 MB" */
#define REPOS_SIZE_TEXT 16u
void repos_size_text(char text[REPOS_SIZE_TEXT], uint64_t bytes) __attribute__((nonnull));

#endif
