/* A user's configuration and hooks, set aside while a confined git runs: outside of what it can
 * reach, so that they neither act on it nor can be changed by it. */
#ifndef GHWARD_TREE_ASIDE_H
#define GHWARD_TREE_ASIDE_H

#include "lib/ipc/repositories.h"
#include "tree/sweep.h"

/* Takes the hooks of a repository away, and of one with a working tree also its configuration.
 * Returns 0, or -1 with errno. */
int aside_take(int root, enum repos_mode, const char *owner, const char *name)
	__attribute__((warn_unused_result, nonnull));

/* Puts back what was taken; what stands in its place, and hooks that were not there, go to where
 * things are removed. Returns 0, or -1 with errno. */
int aside_put_back(int root, enum repos_mode, const char *owner, const char *name, struct sweep *)
	__attribute__((warn_unused_result, nonnull));

/* Puts back what an earlier run did not come to. */
void aside_recover(int root, struct sweep *) __attribute__((nonnull));

#endif
