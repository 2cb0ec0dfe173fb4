/* The audit writer's loop. */
#ifndef GHWARD_AUDIT_AUDIT_H
#define GHWARD_AUDIT_AUDIT_H

#include "lib/sandbox/sandbox.h"

/* Longest boot id, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx". */
#define AUDIT_BOOT_ID_SIZE 37u

/* Serves the broker until it closes its end and everything received is on disk. Returns the exit
 * status. */
int audit_run(const struct sandbox_report *, const char *boot_id) __attribute__((nonnull));

#endif
