/* Audit logs with chosen records, made fast: a chain of good lines in segments, without epochs and
 * checkpoints. For those who read records; a verifier wants more. */
#ifndef GHWARD_TESTS_LOGS_H
#define GHWARD_TESTS_LOGS_H

#include "lib/auditlog/auditlog.h"

struct logs {
	int directory, fd;
	uint64_t segment, size; /* of the one that is being written */
	struct auditlog_position position;
	char session[AUDITLOG_SESSION_SIZE];
	size_t used;
	char *buffer;
};

/* Begins a log of this id (12 hexadecimal digits) in the directory. */
void logs_begin(struct logs *, int directory, const char *id);

/* Appends a record of that time, in microseconds since 1970; in a new segment when the one before
 * has 64 MiB. */
void logs_add(struct logs *, const struct audit_event *, uint64_t time_us);

/* The next record begins a new segment. */
void logs_rotate(struct logs *);

/* Writes what is still in memory. */
void logs_flush(struct logs *);
void logs_end(struct logs *);

/* A record like those of a working agent, number i of many: jobs of a few records by 50 users on
 * 2,000 repositories, 100,000 records a day from 1 January 2026 on. Its texts live in `texts`. */
#define LOGS_TEXTS_SIZE 256u
#define LOGS_BEGIN_US UINT64_C(1767225600000000)
#define LOGS_STEP_US UINT64_C(864000)
void logs_typical(uint64_t i, char texts[LOGS_TEXTS_SIZE], struct audit_event *, uint64_t *time_us);

#endif
