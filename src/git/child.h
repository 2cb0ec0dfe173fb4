/* One git: a process of its own with limits of its own. */
#ifndef GHWARD_GIT_CHILD_H
#define GHWARD_GIT_CHILD_H

#include "git/commands.h"

#include <sys/types.h>

#define CHILD_PROGRAM "/usr/bin/git"

struct child_order {
	const struct command *command;
	const struct git_work *work; /* its limits, and whether there is a working tree */
	const char *directory;	     /* where git keeps its own, seen from where it is started */
	int socket;		     /* its descriptor 3, or -1 */
	int output, errors;	     /* its descriptors 1 and 2 */
};

/* Descriptors stay the caller's. Returns the process, or -1 with errno. What fails after the fork
 * is written to `errors` as git writes it. */
pid_t child_start(const struct child_order *) __attribute__((nonnull, warn_unused_result));

#endif
