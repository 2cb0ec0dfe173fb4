/* What consecutive records of one segment say together. A stretch can be read without knowing what
 * came before it, by another process, and be joined to the stretch before it afterwards. */
#ifndef GHWARD_AUDITLOG_STRETCH_H
#define GHWARD_AUDITLOG_STRETCH_H

#include "lib/auditlog/damage.h"
#include "lib/auditlog/findings.h"
#include "lib/auditlog/markers.h"

#define AUDITLOG_BOOT_SIZE 40u

/* When a record was made, and in which run of the kernel. */
struct auditlog_moment {
	uint64_t wall_us, boottime_us;
	char boot[AUDITLOG_BOOT_SIZE]; /* cut to this size */
};

struct auditlog_stretch {
	/* Before the first record: known from the start, or what that record says. */
	bool number_known, hash_known;
	struct auditlog_position before;
	struct auditlog_position end; /* of the last good record */
	uint64_t records;
	char origin[NOTE_ORIGIN_SIZE]; /* "" until a record has named the log */
	struct auditlog_moment first, last;
	/* The tree behind the last record. While nothing has told of the tree at the beginning, it
	 * is the part of the stretch's own leaves. The first marker tells: then `lead` is that part
	 * up to the marker, and `anchor` the tree that the marker has in its place. */
	struct auditlog_tree tree, lead, anchor;
	bool anchored;
	bool closed; /* the last record closed its segment */
	struct note_checkpoint
		checkpoint; /* the last one; its signature is "" when there is none */
	uint64_t retained;  /* highest number that retention named as first, or 0 */
	struct auditlog_findings findings;
};

/* All zero is a stretch that begins anywhere. This one begins with the first record of a log. */
void auditlog_stretch_begin(struct auditlog_stretch *) __attribute__((nonnull));

/* One line without its newline, no audit.segment. Returns 0, or -1 when it is not plainly the next
 * record; the stretch is of no use then. */
int auditlog_stretch_line(struct auditlog_stretch *, const char *line, size_t length)
	__attribute__((warn_unused_result, nonnull));

/* Appends what follows. Returns 0, or -1 with nothing changed when it does not plainly follow. The
 * first stretch must be anchored. */
int auditlog_stretch_join(struct auditlog_stretch *, const struct auditlog_stretch *next)
	__attribute__((warn_unused_result, nonnull));

/* Checks what came from another process: counts, and ends of texts. Returns 0, or -1. */
int auditlog_stretch_check(const struct auditlog_stretch *)
	__attribute__((warn_unused_result, nonnull));

/* --- for the checker, which tells damages apart --- */

/* Is the record of the same log as those before? */
bool auditlog_stretch_same_log(const struct auditlog_stretch *, const struct auditlog_record *)
	__attribute__((nonnull));

/* Does the record name the one before as its predecessor? */
bool auditlog_stretch_links(const struct auditlog_stretch *, const struct auditlog_record *)
	__attribute__((nonnull));

/* A marker says what the tree before it is. Returns 0, or -1 if it is another one. */
int auditlog_stretch_anchor(struct auditlog_stretch *, const struct auditlog_tree *)
	__attribute__((warn_unused_result, nonnull));

/* Appends a record that follows: its number, link, and log were checked. */
enum auditlog_damage auditlog_stretch_add(struct auditlog_stretch *, const struct auditlog_record *,
					  const uint8_t hash[AUDITLOG_HASH_SIZE])
	__attribute__((warn_unused_result, nonnull));

#endif
