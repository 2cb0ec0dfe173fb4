/* A terminal that does not show what is typed, until this process ends. */
#ifndef GHWARD_CLI_QUIET_H
#define GHWARD_CLI_QUIET_H

#include "lib/failure/failure.h"
#include "lib/ipc/protocol.h"

#include <sys/types.h>

/* Open for as long as the terminal is to be quiet. */
#define FD_QUIET (FD_CHANNEL + 1)

/* Switches the echo of the terminal on standard input off. A child switches it on again, which the
 * confined command cannot do itself: when FD_QUIET is closed, even by SIGKILL. What was typed and
 * not read is forgotten then. Returns 0 with the child's id, or -1 with a failure. */
int quiet_begin(pid_t *child, struct failure *) __attribute__((warn_unused_result, nonnull));

/* Waits for the child to have done so; 0 for none. */
void quiet_end(pid_t child);

#endif
