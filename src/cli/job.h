/* One job from its request to the exit status: what the commands that ask GitHub have in common. */
#ifndef GHWARD_CLI_JOB_H
#define GHWARD_CLI_JOB_H

#include "cli/commands.h"
#include "lib/ipc/protocol.h"

/* Runs the job through an agent. `repo_host` is the host part of -R, NULL where there is none.
 * Fills in the form of the output. Returns the exit status. */
int job_run(const struct invocation *, struct job_request *, const char *repo_host)
	__attribute__((nonnull(1, 2)));

#endif
