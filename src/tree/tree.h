/* One destination: what happens in it, one repository at a time or up to REPOS_WORKERS_MAX at once.
 *
 * Nothing below the destination is gone to but as place.h does it. A clone is made in a hidden
 * temporary and renamed into place when it is whole; it never replaces anything. */
#ifndef GHWARD_TREE_TREE_H
#define GHWARD_TREE_TREE_H

#include "lib/failure/failure.h"
#include "lib/ipc/repositories.h"
#include "tree/layout.h"
#include "tree/place.h"
#include "tree/repository.h"
#include "tree/sweep.h"

#define TREE_TEMPORARY_SIZE 32u

/* A repository between begin and commit or abort. */
struct tree_begun {
	bool used;
	uint32_t id;
	enum sync_action action; /* as it is done */
	char owner[LAYOUT_OWNER_SIZE], name[LAYOUT_NAME_SIZE];
	struct layout layout;
	char new_git[TREE_TEMPORARY_SIZE];  /* of a clone: where it is made; "" otherwise */
	char new_tree[TREE_TEMPORARY_SIZE]; /* the same of a working tree */
	int git;			    /* where git works, O_PATH */
};

struct tree {
	int destination;
	enum repos_mode mode;
	enum repos_partial partial;
	char url[REPOSITORY_URL_SIZE];
	bool folds; /* the file system takes "Shop" and "shop" for the same */
	int lock;
	struct sweep sweep;
	struct tree_begun begun[REPOS_WORKERS_MAX];
};

struct tree_options {
	enum repos_mode mode;
	enum repos_partial partial; /* of clones */
	const char *url;	    /* the base of repositories' addresses; "" for none */
};

/* What came of a question; FAILURE_NONE: it is done. */
struct tree_outcome {
	struct failure failure;
	char refused[LAYOUT_PATH_SIZE]; /* a path that leads elsewhere; "" if that is not why */
};

struct tree_question {
	enum sync_action action;
	const char *owner, *name, *old_owner, *old_name, *branch;
};

/* Checks and locks the destination, and tidies it up for at most two seconds. The struct must be
 * zero, and stay where it is. Returns 0, or -1 with a failure. */
int tree_open(struct tree *, int destination, const struct tree_options *, struct failure *)
	__attribute__((warn_unused_result, nonnull));

/* Needs no tree that is open. TREE_FOREIGN with errno when it is somewhere else, or 0. */
enum tree_found tree_look(int destination, enum repos_mode, const struct layout *)
	__attribute__((nonnull));

/* What was begun under this id, NULL for nothing. */
struct tree_begun *tree_find(struct tree *, uint32_t id) __attribute__((nonnull));
/* NULL with an outcome, or, when too much is under way, without. */
struct tree_begun *tree_begin(struct tree *, uint32_t id, const struct tree_question *,
			      struct tree_outcome *) __attribute__((nonnull));
/* Opens where git may work, O_PATH; *worktree is -1 for a mirror. Returns 0, or -1 with errno. */
int tree_places(const struct tree *, const struct tree_begun *, int *git, int *worktree)
	__attribute__((warn_unused_result, nonnull));
/* Both end what was begun, whatever the outcome. */
void tree_commit(struct tree *, struct tree_begun *, const char *branch, struct tree_outcome *)
	__attribute__((nonnull));
void tree_abort(struct tree *, struct tree_begun *, struct tree_outcome *) __attribute__((nonnull));

void tree_remove(struct tree *, const char *owner, const char *name, struct tree_outcome *)
	__attribute__((nonnull));

/* Removes leftovers for so long; true while there are more. */
bool tree_sweep(struct tree *, uint64_t milliseconds) __attribute__((nonnull));

/* Aborts everything in a tree that was opened, and removes what can be removed within so many
 * milliseconds. */
void tree_close(struct tree *, uint64_t milliseconds) __attribute__((nonnull));

#endif
