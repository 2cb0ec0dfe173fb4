/* A write that is shown before it is sent, or instead: see MESSAGE_PLAN. */
#ifndef GHWARD_CLI_PLAN_H
#define GHWARD_CLI_PLAN_H

#include "lib/ipc/protocol.h"

struct plan {
	const char *method, *url, *body;
	const char *subject; /* what it is about, in outside words */
};

/* Reads a MESSAGE_PLAN; the strings live in it. Returns 0, or -1. */
int plan_get(struct ipc_incoming *, struct plan *) __attribute__((warn_unused_result, nonnull));

/* Prints the exact request on standard output, as text or as one JSON object; what it is about goes
 * to standard error. */
void plan_print(const struct plan *, enum output_format) __attribute__((nonnull));

/* Shows the request on standard error and asks. */
void plan_ask(const struct plan *) __attribute__((nonnull));

/* Whether a line typed in answer agrees. */
bool plan_is_yes(const char *line, size_t length) __attribute__((nonnull));

#endif
