/* repos sync, as its parts share it. */
#ifndef GHWARD_WORKER_REPOS_SYNC_H
#define GHWARD_WORKER_REPOS_SYNC_H

#include "worker/repos_ladder.h"
#include "worker/repos_results.h"
#include "worker/repos_work.h"
#include "worker/seen.h"
#include "worker/states.h"

struct sync {
	struct job *job;
	struct states *states;
	struct work *work;
	struct repos_results results;
	struct ladder ladder;
	struct seen ids, names; /* of the whole listing, chosen or not */
	struct repo *batch[REPOS_SAY_MAX];
	unsigned batch_count;
	struct repos_unchanged unchanged; /* that the record is still to be told of */
	/* Failures in a row that are everybody's rather than one repository's. */
	enum failure_kind streak_kind;
	unsigned streak;
	struct failure stopped; /* by so many of them */
	bool removing;		/* orders are those of repos_prune_run() */
};

/* The order or question of a repository has come to its end. */
void sync_finish(struct sync *, struct repo *, const struct sync_result *) __attribute__((nonnull));
void sync_fail(struct sync *, struct repo *, const struct failure *) __attribute__((nonnull));

/* What is remembered but is not in the whole listing any more: told, or removed if the job is to
 * do that and the user agrees. */
void sync_prune(struct sync *) __attribute__((nonnull));

/* The order to remove one has come to its end. */
void sync_pruned(struct sync *, struct repo *, const struct sync_result *) __attribute__((nonnull));

#endif
