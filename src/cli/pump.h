/* One job over a connection: its output, its progress, the agreement to a write, Ctrl-C. */
#ifndef GHWARD_CLI_PUMP_H
#define GHWARD_CLI_PUMP_H

#include "cli/output.h"
#include "cli/session.h"

/* What the jobs have besides that the broker does alone, without a worker and its output. */
struct pump_extras {
	bool secret; /* standard input is what goes into the pipe of a MESSAGE_SECRET_WANTED */
	/* Hears of each MESSAGE_ENTRY, MESSAGE_VAULT and MESSAGE_LOGIN_CODE, and reads it to its
	 * end. Returns 0, or -1 when it is malformed. */
	int (*take)(void *context, struct ipc_incoming *);
	void *context;
};

/* Sends the job and copies its output until it has ended. SIGINT and SIGTERM cancel it; a second
 * one ends this process. `extras` is NULL for the jobs of workers. */
void pump_run(struct session *, const struct job_request *, struct output *,
	      const struct pump_extras *, struct session_end *)
	__attribute__((nonnull(1, 2, 3, 5)));

#endif
