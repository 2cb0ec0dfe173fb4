/* From the command line to the request for a vault entry. */
#ifndef GHWARD_CLI_ENTRY_REQUEST_H
#define GHWARD_CLI_ENTRY_REQUEST_H

#include "cli/environment.h"
#include "cli/options.h"
#include "lib/ipc/protocol.h"

/* The name of an entry that was given none: its host, a colon as a hyphen. */
void entry_default_name(const struct environment_api *, char name[ENVIRONMENT_HOST_MAX])
	__attribute__((nonnull));

/* --owner, --scopes, --expires and --app-id or --client-id, which means two
 * things: whom to log in with, or whose secret it is. The broker judges the values. Returns
 * 0, or -1 with a FAILURE_USAGE. Strings stay the options' and the environment's. */
int entry_request_make(struct entry_request *, const char *name, const struct options *,
		       const struct environment *, struct failure *)
	__attribute__((warn_unused_result, nonnull));

#endif
