/* What an agent is given at its start: its descriptors, opened and filled. */
#ifndef GHWARD_CLI_SUPPLIES_H
#define GHWARD_CLI_SUPPLIES_H

#include "cli/launch.h"
#include "lib/ipc/protocol.h"

#define AGENT_DESCRIPTORS (FD_AGENT_SOCKET_DIRECTORY + 1)

/* When `gh auth token` is asked, where no variable has a token. */
enum supplies_gh {
	SUPPLIES_GH_NOW,
	SUPPLIES_GH_LATER, /* once the broker wants it, where there is a vault to look into first */
};

/* Opens and fills FD_AGENT_TOKEN and following; -1 stays for what the mode has not. Afterwards no
 * secret is left in this process. Returns 0, or -1 with a failure; the caller closes what is open
 * in either case. */
int supplies_fill(int fds[AGENT_DESCRIPTORS], const struct launch *, enum supplies_gh,
		  struct failure *) __attribute__((warn_unused_result, nonnull));

/* What the configuration says, of which the command itself needs little; the defaults where there
 * is none. ghward-config reads it, in an agent of its own. Returns 0, or -1 with a failure. */
int supplies_settings(const struct launch *, struct settings *, struct failure *)
	__attribute__((warn_unused_result, nonnull));

/* Where the audit log is, as variables and configuration say. Returns 0, or -1 with a failure. */
int supplies_audit_path(const struct launch *, char path[ENVIRONMENT_PATH_MAX], struct failure *)
	__attribute__((warn_unused_result, nonnull));

#endif
