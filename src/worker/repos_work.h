/* Repositories under way: questions for their refs and orders, as many at a time as there may be,
 * while whoever gives them goes on with something else. */
#ifndef GHWARD_WORKER_REPOS_WORK_H
#define GHWARD_WORKER_REPOS_WORK_H

#include "worker/calls.h"
#include "worker/job.h"
#include "worker/repos_say.h"

/* One repository, or its wiki, from when it is known to when it is finished. */
struct repo {
	struct repo *next;
	uint32_t id; /* of its question or order */
	enum repos_part part;
	char owner[VALIDATE_OWNER_MAX + 1];
	char name[VALIDATE_REPO_MAX + 1];
	/* As GitHub tells it: of a wiki "". */
	char pushed_at[32], branch[SYNC_BRANCH_MAX + 1];
	bool known; /* the state is what was remembered; otherwise it only has id and part */
	struct sync_state state;
	enum tree_found found;
	enum sync_action action;
	const char *why;  /* of the order */
	unsigned repeats; /* of the question */
};

struct work;

/* They own the repository from now on, and may give it to work_ask(), work_order() or free(). */
struct work_events {
	/* NULL instead of a digest: there is a failure. */
	void (*refs)(void *context, struct repo *, const uint8_t *digest, const struct failure *);
	void (*done)(void *context, struct repo *, const struct sync_result *);
	void *context;
};

/* Becomes the listener of the job's calls, until work_free(). */
struct work *work_new(struct job *, const struct work_events *)
	__attribute__((nonnull, returns_nonnull));
void work_free(struct work *);

/* Takes the repository, which waits until it is its turn. */
void work_ask(struct work *, struct repo *) __attribute__((nonnull));
void work_order(struct work *, struct repo *, enum sync_action, const char *why)
	__attribute__((nonnull));

/* Waits until no more than so many are under way, or waiting for it. */
void work_wait(struct work *, uint32_t most) __attribute__((nonnull));

/* Drops what waits, and what is given from now on; what is under way goes on. */
void work_stop(struct work *) __attribute__((nonnull));

/* What there is at each of at most REPOS_SAY_MAX places. */
void work_look(struct work *, enum repos_mode, const struct repos_place *, size_t count,
	       enum tree_found found[]) __attribute__((nonnull));

#endif
