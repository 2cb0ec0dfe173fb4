/* A working tree, which somebody may be working in: it goes forward or stays as it is. */
#ifndef GHWARD_GIT_WORKTREE_H
#define GHWARD_GIT_WORKTREE_H

#include "git/run.h"

enum worktree_end {
	WORKTREE_FORWARD,    /* it is at the server's branch */
	WORKTREE_LEFT_ALONE, /* `note` says why */
	WORKTREE_FAILED,
};

/* Brings HEAD and files to the server's branch if nothing of anybody's is lost by it. */
enum worktree_end worktree_forward(struct session *, const struct command_values *, char *note,
				   size_t size, struct failure *) __attribute__((nonnull));

#endif
