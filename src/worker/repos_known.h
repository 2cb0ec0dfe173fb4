/* What is remembered of repositories in the job's destination, those that the job is about. */
#ifndef GHWARD_WORKER_REPOS_KNOWN_H
#define GHWARD_WORKER_REPOS_KNOWN_H

#include "worker/repos_names.h"
#include "worker/seen.h"
#include "worker/states.h"

struct known {
	struct job *job;
	struct states *states;
	struct repos_names listed; /* none: all */
	struct seen wanted, found; /* names of those, and of what there was */
	struct state_key after;
};

/* Asks the store on the job's socket; reads the names that came with the job. */
void known_begin(struct known *, struct job *) __attribute__((nonnull));

/* The next ones by id, 0 at the end. */
size_t known_next(struct known *, struct sync_state found[SYNC_STATES_MAX])
	__attribute__((nonnull));

/* At the end: each name that nothing is remembered of. False when there are no more. */
bool known_next_missing(struct known *, size_t *place, struct repos_name *)
	__attribute__((nonnull));

void known_end(struct known *) __attribute__((nonnull));

#endif
