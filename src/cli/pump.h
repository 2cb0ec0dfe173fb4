/* One job over a connection: its output, its progress, the agreement to a write, Ctrl-C. */
#ifndef GHWARD_CLI_PUMP_H
#define GHWARD_CLI_PUMP_H

#include "cli/output.h"
#include "cli/repository_list.h"
#include "cli/session.h"

/* What some jobs have besides: those about named repositories, and those that the broker does
 * alone, without a worker and its output. */
struct pump_extras {
	const struct repository_list *listed; /* sent before the job; NULL for none */
	bool secret; /* standard input is what goes into the pipe of a MESSAGE_SECRET_WANTED */
	/* Hears of each MESSAGE_ENTRY, MESSAGE_VAULT and MESSAGE_LOGIN_CODE, and reads it to its
	 * end. Returns 0, or -1 when it is malformed. NULL: there is none. */
	int (*take)(void *context, struct ipc_incoming *);
	void *context;
};

/* Sends the job and copies its output until it has ended. SIGINT and SIGTERM cancel it; a second
 * one ends this process. */
void pump_run(struct session *, const struct job_request *, struct output *,
	      const struct pump_extras *, struct session_end *) __attribute__((nonnull));

#endif
