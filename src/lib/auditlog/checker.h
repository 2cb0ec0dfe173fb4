/* Checks a log record by record; the core of ghward-verify, without any input or output. */
#ifndef GHWARD_AUDITLOG_CHECKER_H
#define GHWARD_AUDITLOG_CHECKER_H

#include "lib/auditlog/auditlog.h"

struct auditlog_checker {
	struct auditlog_position position; /* of the last good record */
	struct auditlog_position head;
	bool has_head;
	uint64_t records;
	bool closed;	  /* the last record closed its segment */
	bool interrupted; /* the segment before this one was not closed, and must have been
			     recovered */
	/* The first damage: NULL while there is none. */
	const char *damage;
	uint64_t damaged_seq;
};

/* `head` is what the head file said before the first segment was opened; NULL when it said nothing.
 */
void auditlog_checker_init(struct auditlog_checker *, const struct auditlog_position *head)
	__attribute__((nonnull(1)));

/* A new segment begins whose name has this number. Returns 0, or -1 for damage. */
int auditlog_checker_segment(struct auditlog_checker *, uint64_t first_seq)
	__attribute__((warn_unused_result, nonnull));

/* One line without its newline. Returns 0, or -1 for damage. */
int auditlog_checker_line(struct auditlog_checker *, const char *line, size_t length)
	__attribute__((warn_unused_result, nonnull));

/* A rest without newline. Always damage. */
int auditlog_checker_torn(struct auditlog_checker *) __attribute__((warn_unused_result, nonnull));

/* Nothing follows. Returns 0, or -1 for damage. */
int auditlog_checker_finish(struct auditlog_checker *) __attribute__((warn_unused_result, nonnull));

#endif
