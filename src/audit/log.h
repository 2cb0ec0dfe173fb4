/* The log on disk: segments, lock, head, seal and key of one directory, shared with other writers.
 */
#ifndef GHWARD_AUDIT_LOG_H
#define GHWARD_AUDIT_LOG_H

#include "audit/slots.h"
#include "lib/auditlog/markers.h"

/* Records and bytes between checkpoints at most. */
#define LOG_UNSEALED_RECORDS 1024u
#define LOG_UNSEALED_BYTES (UINT64_C(1) << 20)

/* Bytes of one append at most. */
#define LOG_APPEND_MAX (256u << 10)

/* Called for each record that is in the log, in order: others' when they are met, ours when they
 * are durable. */
typedef void log_seen_fn(void *context, const struct auditlog_record *);

/* Where the log ends, and what holds there. Appending works on a copy until it is durable. */
struct log_end {
	struct auditlog_position position;
	struct auditlog_tree tree;
	uint64_t epoch;	      /* 0 for a log without records */
	uint64_t epoch_first; /* number of the record that told its key */
	struct note_key key;
	struct note_checkpoint checkpoint; /* the last one; its size is 0 when there is none */
	unsigned unsealed_records;	   /* behind it */
	uint64_t unsealed_bytes;
	uint64_t segment_us; /* when the segment began, microseconds since 1970 */
	bool closed;	     /* the last record closes its segment */
};

struct log {
	int directory; /* the caller's */
	int lock, segment, head;
	struct slots seal, key;
	uint32_t writer;
	uint64_t segment_first; /* number of its first record */
	uint64_t segment_size;	/* as of our last look; 0: it has no record yet */
	uint64_t allocated;	/* bytes of the segment that the disk has set aside */
	bool full;		/* it has no more to set aside: what remains is for results */
	struct log_end end;
	enum auditlog_after after; /* how the segment before ended, when this one has no record */
	uint64_t recovered; /* bytes of a torn record that were cut off and are not on record yet */
	char interruption[256]; /* why the segment before was left, if this process left it */
	log_seen_fn *seen;
	void *context;
	char error[256]; /* what failed, on what, why, what to do */
};

/* `writer` is a number that no other living writer of the machine has. */
void log_init(struct log *, int directory, uint32_t writer, log_seen_fn *, void *context)
	__attribute__((nonnull(1, 4)));

enum log_lock { LOG_LOCKED, LOG_BUSY, LOG_LOCK_FAILED };

/* Tries to take the lock of the directory; never waits. */
enum log_lock log_try_lock(struct log *) __attribute__((nonnull));
void log_unlock(struct log *) __attribute__((nonnull));

/* Does a writer with this number live? */
bool log_writer_lives(const struct log *, uint32_t writer) __attribute__((nonnull));

/* Under the lock: finds the end of the log, which other writers may have moved, opens the segment
 * to append to, cuts off a torn record. A log whose end is not what it should be is refused.
 * Returns 0, or -1 with log->error. */
int log_refresh(struct log *) __attribute__((warn_unused_result, nonnull));

/* Under the lock: appends lines that end at *after and makes them durable. An error ends the
 * segment: it is cut back to where it was, and what remains is log_start_over() or to give up.
 * Returns 0, or -1 with log->error. */
int log_append(struct log *, const char *lines, size_t length, const struct log_end *after)
	__attribute__((warn_unused_result, nonnull));

/* Under the lock, after log_append() failed: begins a new segment, so that the same records can be
 * tried once more. Returns 0, or -1 when there is no sense in that, or with a new log->error. */
int log_start_over(struct log *) __attribute__((warn_unused_result, nonnull));

/* Tries again to set space aside when there was none. */
void log_reserve(struct log *) __attribute__((nonnull));

/* Reads the line of a record without its newline into `line`. Returns its length, or 0. */
size_t log_read_record(const struct log *, uint64_t seq, char line[AUDITLOG_LINE_MAX])
	__attribute__((nonnull));

void log_close(struct log *) __attribute__((nonnull));

/* For log_end.c: sets log->error, with errno's meaning. Returns -1. */
int log_fail(struct log *, const char *what, const char *name) __attribute__((nonnull));
/* Likewise for a log that must not be continued, as that would bury the evidence. */
int log_refuse(struct log *, const char *name, const char *why) __attribute__((nonnull));

#endif
