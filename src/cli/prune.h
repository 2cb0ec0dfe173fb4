/* Which repositories are to be removed. */
#ifndef GHWARD_CLI_PRUNE_H
#define GHWARD_CLI_PRUNE_H

#include "lib/ipc/message.h"

#include <stdint.h>

/* A MESSAGE_PRUNE; its strings are the message's. */
struct prune {
	uint32_t count;
	const char *names; /* the first ones, one per line */
};

/* Returns 0, or -1 when it is malformed. */
int prune_get(struct ipc_incoming *, struct prune *) __attribute__((warn_unused_result, nonnull));

/* Asks on standard error; plan_is_yes() judges the answer. */
void prune_ask(const struct prune *) __attribute__((nonnull));

#endif
