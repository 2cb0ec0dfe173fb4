/* Makes good logs, as the writer would, for tests to damage. The same calls make the same bytes. */
#ifndef GHWARD_TESTS_MADE_LOG_H
#define GHWARD_TESTS_MADE_LOG_H

#include "lib/auditlog/markers.h"
#include "lib/auditlog/sign.h"

#define MADE_SEGMENTS_MAX 2048u

struct made_segment {
	uint64_t first; /* number of its first record */
	char *text;
	size_t length, capacity;
};

struct made_log {
	char origin[NOTE_ORIGIN_SIZE];
	struct made_segment segments[MADE_SEGMENTS_MAX];
	unsigned segment_count;
	struct made_segment retired; /* the file */
	struct auditlog_position position;
	struct auditlog_tree tree;
	uint64_t epoch, wall_us, mono_us;
	uint8_t scalar[SIGN_SCALAR_SIZE];
	struct note_key key, first_key;
	struct note_checkpoint checkpoint; /* the last one */
	char head[AUDITLOG_SLOT_SIZE + 1];
	char seal[2 * AUDITLOG_SLOT_SIZE + 1];
	uint8_t salt; /* of keys and secrets */
};

/* Begins a log whose id is 12 hexadecimal digits; its first record is there. */
void made_begin(struct made_log *, const char *id);
void made_free(struct made_log *);

void made_record(struct made_log *, const struct audit_event *);
/* A small record that differs from all others. */
void made_filler(struct made_log *);
void made_checkpoint(struct made_log *);
/* Closes the segment, and begins the next. */
void made_close(struct made_log *);
void made_next(struct made_log *, const char *after, const char *error);
void made_rotate(struct made_log *);
/* Removes the oldest segments, as retention would. */
void made_retire(struct made_log *, unsigned segments);

/* A log of this many records, with checkpoints, and a new segment after each `segment` records. */
void made_whole(struct made_log *, const char *id, unsigned records, unsigned segment);

/* Writes all files. Segments alone, which are freed: for logs larger than memory. */
void made_write(const struct made_log *, int directory);
void made_flush(struct made_log *, int directory);

#endif
