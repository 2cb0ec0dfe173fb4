/* One job over a connection: its output, its progress, the agreement to a write, Ctrl-C. */
#ifndef GHWARD_CLI_PUMP_H
#define GHWARD_CLI_PUMP_H

#include "cli/output.h"
#include "cli/session.h"

/* Sends the job and copies its output until it has ended. SIGINT and SIGTERM cancel it; a second
 * one ends this process. */
void pump_run(struct session *, const struct job_request *, struct output *, struct session_end *)
	__attribute__((nonnull));

#endif
