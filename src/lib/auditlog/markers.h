/* The writer's own records that a verifier, a recovering writer and an index look into:
 * audit.segment and audit.checkpoint. */
#ifndef GHWARD_AUDITLOG_MARKERS_H
#define GHWARD_AUDITLOG_MARKERS_H

#include "lib/auditlog/note.h"
#include "lib/auditlog/record.h"
#include "lib/auditlog/tree.h"

#define AUDITLOG_FORMAT "2"
#define AUDITLOG_SEGMENT "audit.segment"
#define AUDITLOG_CHECKPOINT "audit.checkpoint"
#define AUDITLOG_RECOVER "audit.recover"
#define AUDITLOG_RETAIN "audit.retain"

/* How the segment before ended. */
enum auditlog_after { AUDITLOG_AFTER_NOTHING, AUDITLOG_AFTER_CLOSED, AUDITLOG_AFTER_INTERRUPTED };

/* An audit.segment. */
struct auditlog_segment {
	uint64_t epoch;
	struct note_key key;
	char signature[NOTE_SIGNATURE_SIZE]; /* "" in epoch 1 */
	struct auditlog_tree tree;	     /* before this record */
	enum auditlog_after after;
};

/* An audit.checkpoint. */
struct auditlog_checkpoint {
	struct note_checkpoint note; /* its origin is the one given */
	struct auditlog_tree tree;   /* before this record */
	struct auditlog_text open;   /* intents that await their result; a part of the line */
	uint64_t next;		     /* number of the next segment, 0 unless this closes one */
};

/* Read the details of such a record. Strict, and what can be checked by the record alone is:
 * sizes against `seq`, root against peaks, log id against `session`. Return 0, or -1. */
int auditlog_get_segment(const struct auditlog_record *, struct auditlog_segment *)
	__attribute__((warn_unused_result, nonnull));
int auditlog_get_checkpoint(const struct auditlog_record *, const char *origin,
			    struct auditlog_checkpoint *)
	__attribute__((warn_unused_result, nonnull));

/* The number of the first record that an audit.retain leaves. Returns 0, or -1. */
int auditlog_get_retention(const struct auditlog_record *, uint64_t *first)
	__attribute__((warn_unused_result, nonnull));

#endif
