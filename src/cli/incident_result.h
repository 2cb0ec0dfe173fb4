/* What the broker says about security incidents, and how it is printed. */
#ifndef GHWARD_CLI_INCIDENT_RESULT_H
#define GHWARD_CLI_INCIDENT_RESULT_H

#include "lib/ipc/protocol.h"

#include <stdbool.h>

/* Owned texts. */
struct incident_result {
	struct incident *list;
	unsigned count;
};

/* As pump_extras.take, with a struct incident_result. */
int incident_result_take(void *context, struct ipc_incoming *) __attribute__((nonnull));
void incident_result_free(struct incident_result *) __attribute__((nonnull));

void incident_print_table(const struct incident_result *, bool terminal) __attribute__((nonnull));
void incident_print_one(const struct incident_result *) __attribute__((nonnull));
void incident_print_json(const struct incident_result *, enum job_kind, bool terminal)
	__attribute__((nonnull));

#endif
