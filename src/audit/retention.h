/* Removing segments that are older than they have to be kept. */
#ifndef GHWARD_AUDIT_RETENTION_H
#define GHWARD_AUDIT_RETENTION_H

#include "audit/log.h"

/* The number of the first segment that stays when everything before `cutoff_us` may go, 0 when all
 * stay. What has record `needed` or a later one stays in any case. */
uint64_t retention_first(const struct log *, uint64_t cutoff_us, uint64_t needed)
	__attribute__((nonnull));

/* Removes the segments before that one, after it has kept their first lines. Under the lock, and
 * after an audit.retain that says so is durable. Returns 0, or -1 with log->error. */
int retention_remove(struct log *, uint64_t first) __attribute__((warn_unused_result, nonnull));

#endif
