/* A jq program between a job's worker and its client: a process of its own, one question, one
 * answer. */
#ifndef GHWARD_BROKER_FILTER_H
#define GHWARD_BROKER_FILTER_H

#include "broker/job.h"

struct filter;

/* Keeps a copy of the program, which is looked into nowhere but in ghward-jq. */
struct filter *filter_new(struct job *, const char *program)
	__attribute__((nonnull, returns_nonnull));
const char *filter_text(const struct filter *) __attribute__((nonnull, returns_nonnull));

/* Starts the process, which writes to `output`; takes that. Returns the end of a pipe that the
 * worker writes to. */
int filter_start(struct filter *, int output) __attribute__((nonnull));

/* The worker's last word. Returns true when that of the filter is still to come; then the filter
 * ends the job, in the worker's words unless it has its own. NULL has nothing to say. */
bool filter_outlasts(struct filter *, struct failure *of_worker) __attribute__((nonnull(2)));

/* Ends the process. NULL is ignored, also below. */
void filter_stop(struct filter *);
void filter_free(struct filter *);

#endif
