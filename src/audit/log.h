/* The log on disk: segments, lock and head of one directory, shared with other writers. */
#ifndef GHWARD_AUDIT_LOG_H
#define GHWARD_AUDIT_LOG_H

#include "lib/auditlog/auditlog.h"

#include <stdbool.h>

struct log {
	int directory; /* the caller's */
	int lock, segment, head;
	uint64_t segment_first; /* number of its first record */
	uint64_t segment_size;	/* as of our last look */
	struct auditlog_position position;
	bool closed; /* the last record closed the segment */
	/* What the next record has to tell, as an AUDITLOG_RECOVER; log_append() resets both. */
	uint64_t recovered; /* bytes of a torn record that log_refresh() cut off */
	bool interrupted; /* the segment has no record yet, and the one before it was not closed */
	char error[256];  /* what failed, on what, why, what to do */
};

void log_init(struct log *, int directory) __attribute__((nonnull));

enum log_lock { LOG_LOCKED, LOG_BUSY, LOG_LOCK_FAILED };

/* Tries to take the lock of the directory; never waits. */
enum log_lock log_try_lock(struct log *) __attribute__((nonnull));
void log_unlock(struct log *) __attribute__((nonnull));

/* Under the lock: finds the end of the log, which other writers may have moved, opens the segment
 * to append to, cuts off a torn record. A log whose end is not what it should be is refused.
 * Returns 0, or -1 with log->error. */
int log_refresh(struct log *) __attribute__((warn_unused_result, nonnull));

/* Under the lock: appends lines that end at *after and makes them durable. An error ends the
 * segment: it is cut back to where it was, and what remains is log_start_over() or to give up.
 * Returns 0, or -1 with log->error. */
int log_append(struct log *, const char *lines, size_t length,
	       const struct auditlog_position *after, bool closes)
	__attribute__((warn_unused_result, nonnull));

/* Under the lock, after log_append() failed: begins a new segment, so that the same records can be
 * tried once more. Returns 0, or -1 when there is no sense in that, or with a new log->error. */
int log_start_over(struct log *) __attribute__((warn_unused_result, nonnull));

void log_close(struct log *) __attribute__((nonnull));

#endif
