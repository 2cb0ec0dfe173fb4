/* Starting ghward-agent. */
#ifndef GHWARD_CLI_LAUNCH_H
#define GHWARD_CLI_LAUNCH_H

#include "cli/daemon.h"
#include "cli/destination.h"
#include "cli/environment.h"
#include "cli/errors.h"
#include "cli/keys.h"

#include <sys/types.h>

enum launch_token { LAUNCH_WITHOUT_TOKEN, LAUNCH_WITH_TOKEN };

struct launch {
	const struct environment *environment;
	const struct environment_api *api;
	enum launch_token token;
	enum errors_form errors;
	const char *vault;		 /* its file; NULL for the usual one */
	const char *evidence;		 /* the audit directory to review; NULL for the usual one */
	struct destination *destination; /* NULL for none */
	struct keys_order keys;
};

/* An agent that belongs to this command alone. */
struct launched {
	int channel; /* connected socket */
	pid_t pid;
};

/* Starts a private agent. Afterwards no secret is left in this process. Returns 0, or -1 with a
 * failure and nothing started. */
int launch_private(const struct launch *, struct launched *, struct failure *)
	__attribute__((warn_unused_result, nonnull));

/* Starts an agent that only runs ghward-verify on a directory, which it takes. */
int launch_verify(const struct launch *, int directory, struct launched *, struct failure *)
	__attribute__((warn_unused_result, nonnull));

/* Starts an agent that only runs ghward-config, on two descriptors that it takes: a pipe with a
 * MESSAGE_OVERRIDES and the file. Waits for the answer. Returns 0, or -1 with a failure. */
int launch_settings(const struct launch *, int overrides, int config, struct settings *,
		    struct failure *) __attribute__((warn_unused_result, nonnull));

/* Becomes the agent of `ghward serve`, which listens in `runtime`; returns only with a failure. */
void launch_serve(const struct launch *, enum daemon_clients, int listener, int runtime,
		  struct failure *) __attribute__((nonnull));

/* Waits, for a while, until the agent has gone. SIGCHLD has been blocked since it was started. */
void launch_wait(const struct launched *) __attribute__((nonnull));

#endif
