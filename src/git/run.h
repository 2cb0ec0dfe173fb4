/* Runs one git after the other within the event loop, under one deadline for all of them. */
#ifndef GHWARD_GIT_RUN_H
#define GHWARD_GIT_RUN_H

#include "git/commands.h"
#include "git/conversation.h"
#include "git/outcome.h"

struct session {
	struct loop *loop;
	struct ipc_channel *broker;
	const struct git_work *work;
	const char *directory; /* where git keeps its own, seen from where it is started */
	uint64_t deadline_ms;  /* of CLOCK_MONOTONIC */
	uint64_t received;     /* bytes of answers */
	struct conversation *conversation; /* of the git that runs, or NULL */
	bool violated;			   /* a git was ended by the filter */
};

/* What git writes to its standard output, in pieces. */
typedef void run_output_fn(void *context, const char *bytes, size_t length);

/* Runs git to its end, or to the deadline's. A COMMAND_FETCH gets a conversation. Without `output`
 * nobody reads what it writes there. */
void run_git(struct session *, const struct command *, run_output_fn *output, void *context,
	     struct outcome *) __attribute__((nonnull(1, 2, 5)));

#endif
