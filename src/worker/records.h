/* The records of the audit log that a job is about, as they come out of a pipe. The directory they
 * are from may have been written by anybody. */
#ifndef GHWARD_WORKER_RECORDS_H
#define GHWARD_WORKER_RECORDS_H

#include "lib/auditlog/record.h"
#include "lib/failure/failure.h"

/* A record whose texts are NUL-terminated and without their escapes. It is valid until the next one
 * is read. */
struct record {
	uint64_t seq, time_us, mono_us;
	const char *time, *boot, *session, *actor, *job, *event, *target, *decision, *rule,
		*outcome, *request_id;
	enum audit_phase phase;
	enum audit_severity severity;
	unsigned detail_count;
	struct {
		const char *key, *value;
	} details[AUDIT_DETAILS_MAX];
	char prev[AUDITLOG_HEX_SIZE];
	const char *line; /* without its newline */
	size_t length;
	const char *details_text; /* the part of the line that is the object of details */
	size_t details_length;
};

/* Reads a line (without newline) whose texts go to `texts`, which has room for them. Returns 0, or
 * -1 for what is no record. */
#define RECORD_TEXTS_SIZE (AUDITLOG_LINE_MAX + 64u)
int record_read(struct record *, const char *line, size_t length, char texts[RECORD_TEXTS_SIZE])
	__attribute__((warn_unused_result, nonnull));

/* "" when there is no detail of this key. */
const char *record_detail(const struct record *, const char *key)
	__attribute__((returns_nonnull, nonnull));

/* "intent", "critical" */
const char *record_phase(enum audit_phase) __attribute__((returns_nonnull));
const char *record_severity(enum audit_severity) __attribute__((returns_nonnull));

/* "ghward-audit/0123456789ab", the log that the record's session names; "" if it names none. */
#define RECORD_ORIGIN_SIZE 32u
void record_origin(const struct record *, char origin[RECORD_ORIGIN_SIZE]) __attribute__((nonnull));

/* The leaf hash of the line, in hexadecimal. */
void record_leaf(const struct record *, char leaf[AUDITLOG_HEX_SIZE]) __attribute__((nonnull));

/* --- the pipe --- */

struct records;

struct records *records_new(int fd) __attribute__((returns_nonnull));
void records_free(struct records *);

/* Whether the next line is here already. If not, records_next() waits. */
bool records_ready(const struct records *) __attribute__((nonnull));

/* Returns 1 with a record, 0 at the end, or -1 with a failure. */
int records_next(struct records *, struct record *, struct failure *)
	__attribute__((warn_unused_result, nonnull));

#endif
