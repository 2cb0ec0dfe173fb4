/* The inside of a git directory, as far as ghward answers for it: made without git, and made
 * harmless before and after each run of git.
 *
 * `git` is the descriptor of the directory, `shown` its path for messages. Failing functions return
 * -1 and say what to do in `failure`. */
#ifndef GHWARD_TREE_REPOSITORY_H
#define GHWARD_TREE_REPOSITORY_H

#include "lib/failure/failure.h"
#include "lib/ipc/repositories.h"

#include <stdbool.h>

/* What the configuration is made of. */
struct repository {
	enum repos_mode mode;
	enum repos_partial partial;
	const char *url;    /* for the user's own git; "" for none */
	const char *branch; /* the default one; "" for unknown */
};

/* Bytes of a URL, NUL included. */
#define REPOSITORY_URL_SIZE 768u

/* Ours alone are directories with one of these, which tells what was left out when it was cloned.
 * The first stands for one that is not complete yet. */
#define REPOSITORY_NEW "ghward.new"
#define REPOSITORY_MARK "ghward"

/* Fills an empty directory. */
int repository_make(int git, const char *shown, const struct repository *, struct failure *)
	__attribute__((warn_unused_result, nonnull));

/* Refuses whatever would lead git out of the directory, or that ghward cannot vouch for. */
int repository_inspect(int git, const char *shown, struct failure *)
	__attribute__((warn_unused_result, nonnull));

/* Removes what a git that was killed left behind: locks and unfinished packs. Where users work
 * themselves (REPOS_WORKTREE), a fresh lock is a failure, as it may be theirs. */
int repository_unlock(int git, const char *shown, enum repos_mode, struct failure *)
	__attribute__((warn_unused_result, nonnull));

/* Writes the configuration anew, for a git that is partial if it is asked to be, or ever was. */
int repository_configure(int git, const char *shown, const struct repository *, struct failure *)
	__attribute__((warn_unused_result, nonnull));

/* HEAD names this branch if it is one; without one, some branch if HEAD names none. */
int repository_set_head(int git, const char *shown, const char *branch, struct failure *)
	__attribute__((warn_unused_result, nonnull));

/* Fills `failure` from errno: what could not be done, on which path. Returns -1. */
int repository_failed(struct failure *, const char *what, const char *path)
	__attribute__((nonnull));

/* True when an error of place.h says that a path leads somewhere else. */
bool repository_leads_away(int error);

#endif
