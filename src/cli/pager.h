/* The user's pager between standard output and the terminal. */
#ifndef GHWARD_CLI_PAGER_H
#define GHWARD_CLI_PAGER_H

#include "cli/environment.h"

#include <sys/types.h>

/* The command line of $GHWARD_PAGER, $GH_PAGER or $PAGER, the first that is set; NULL where that is
 * empty or "cat", or none is set. */
const char *pager_command(const struct environment *) __attribute__((nonnull));

/* Starts it, so that standard output leads to it. Call after the secrets have been taken out of the
 * environment, which it inherits. Returns its process id; 0 when it could not be started, after a
 * warning. */
pid_t pager_start(const char *command) __attribute__((nonnull));

/* Ends standard output and waits until the user has seen enough. */
void pager_wait(pid_t);

#endif
