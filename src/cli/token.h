/* The token on its way from the environment, or from gh, to the broker. */
#ifndef GHWARD_CLI_TOKEN_H
#define GHWARD_CLI_TOKEN_H

#include "cli/environment.h"
#include "cli/errors.h"

/* Puts the token for this API into a pipe and overwrites every token in this process' environment.
 * Without one in the environment `gh auth token` is asked, whose output goes into the pipe without
 * passing through this process. *source gets "GH_TOKEN", "gh auth token" or, with an empty pipe,
 * "". Returns the pipe's read end, with its write end closed, or -1 with a failure. */
int token_pipe(const struct environment *, const struct environment_api *, enum errors_form,
	       const char **source, struct failure *) __attribute__((warn_unused_result, nonnull));

/* The same, but gh is not asked yet: where it would be, *source says "gh auth token", and what is
 * returned is a stream socket. Who writes a 'g' to it gets the token, or nothing, and then an end
 * of file, from a child that waits for that and ends when the socket is closed. */
int token_on_demand(const struct environment *, const struct environment_api *, enum errors_form,
		    const char **source, struct failure *)
	__attribute__((warn_unused_result, nonnull));

/* The same without a token, for commands that need none. */
int token_empty_pipe(const char **source, struct failure *)
	__attribute__((warn_unused_result, nonnull));

#endif
