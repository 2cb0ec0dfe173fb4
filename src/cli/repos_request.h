/* From the command line to a request about repositories. */
#ifndef GHWARD_CLI_REPOS_REQUEST_H
#define GHWARD_CLI_REPOS_REQUEST_H

#include "cli/environment.h"
#include "cli/options.h"
#include "cli/repository_list.h"
#include "lib/ipc/protocol.h"

/* A job and what it points to. */
struct repos_order {
	struct job_request job; /* without the destination */
	struct repository_list listed;
	char host[280]; /* the one that repositories are named with, "" for none */
	char include[REPOS_PATTERNS_MAX + 1], exclude[REPOS_PATTERNS_MAX + 1];
	char topic[REPOS_PATTERNS_MAX + 1], language[REPOS_PATTERNS_MAX + 1];
};

/* Reads the file that --file names. `can_ask` tells whether somebody sits at a terminal and can be
 * asked to confirm. Returns 0, or -1 with a FAILURE_USAGE; repos_order_free() in either case. The
 * strings of options must outlive the order. */
int repos_order_make(struct repos_order *, enum job_kind, const struct options *,
		     const struct environment *, bool can_ask, struct failure *)
	__attribute__((warn_unused_result, nonnull));

void repos_order_free(struct repos_order *) __attribute__((nonnull));

#endif
