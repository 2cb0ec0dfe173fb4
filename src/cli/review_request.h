/* From the command line to a request about the audit log. */
#ifndef GHWARD_CLI_REVIEW_REQUEST_H
#define GHWARD_CLI_REVIEW_REQUEST_H

#include "cli/options.h"
#include "lib/ipc/protocol.h"

/* Fills in kind, filter, limit and format of a job; `terminal` tells whether standard output is
 * one. The strings are the options'. Returns 0, or -1 with a FAILURE_USAGE. */
int review_request_make(struct job_request *, enum job_kind, const struct options *, bool terminal,
			uint64_t now_us, struct failure *)
	__attribute__((warn_unused_result, nonnull));

#endif
