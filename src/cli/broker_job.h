/* A job that the broker does alone, from its request to the exit status: what the commands about
 * the vault and about logging in have in common. */
#ifndef GHWARD_CLI_BROKER_JOB_H
#define GHWARD_CLI_BROKER_JOB_H

#include "cli/commands.h"
#include "cli/session.h"
#include "cli/vault_result.h"
#include "lib/ipc/protocol.h"

struct broker_job {
	const struct invocation *invocation;
	struct job_request request;
	struct environment_api api;
	struct launch launch;
	enum session_agent agent;
	bool secret; /* standard input is what the broker will ask for */
	/* Done once the agent is there and before this process is confined, which then keeps its
	 * descriptors up to `last_fd`; NULL for nothing. Returns 0, or -1 with a failure. */
	int (*prepare)(struct broker_job *, struct failure *);
	unsigned last_fd;
	int helper; /* the caller's: a process's id, 0 for none */
	struct session_end end;
	struct vault_result result;
	bool terminal; /* standard output is one */
	/* Hears what the broker says, as in pump_extras; the vault's `result` unless set. */
	int (*take)(void *context, struct ipc_incoming *);
	void *context;
};

/* Fills in what every such command has, for the API that the environment names. Returns 0, or -1
 * with a failure in `end`; in either case the job wants broker_job_end(). */
int broker_job_begin(struct broker_job *, const struct invocation *, enum job_kind)
	__attribute__((warn_unused_result, nonnull));

/* Opens a session, confines this process, runs the job. Returns 0 with what the broker said, or -1
 * with a failure in `end`. */
int broker_job_run(struct broker_job *) __attribute__((warn_unused_result, nonnull));

/* Reports the failure, if there is one. Returns the exit status. */
int broker_job_end(struct broker_job *) __attribute__((nonnull));

#endif
