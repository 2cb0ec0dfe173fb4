/* The format of the audit log: reading one line. */
#ifndef GHWARD_AUDITLOG_RECORD_H
#define GHWARD_AUDITLOG_RECORD_H

#include "lib/auditlog/auditlog.h"

/* A string's content as it stands in the line, where `"` and `\` have a backslash before them and
 * nothing else has. Not terminated. */
struct auditlog_text {
	const char *text;
	size_t length;
};

struct auditlog_detail {
	struct auditlog_text key, value;
};

/* What a line says; every text is a part of the line. */
struct auditlog_record {
	uint64_t seq;
	uint64_t time_us; /* microseconds since 1970 */
	uint64_t mono_us; /* of CLOCK_BOOTTIME */
	struct auditlog_text time, boot, session, actor, job, event, target, decision, rule,
		outcome, request_id;
	enum audit_phase phase;
	enum audit_severity severity;
	unsigned detail_count;
	struct auditlog_detail details[AUDIT_DETAILS_MAX];
	uint8_t prev[AUDITLOG_HASH_SIZE];
};

/* Checks that a line (without newline) is, byte for byte, what auditlog_format_line() writes for
 * its content. Returns 0, or -1. */
int auditlog_parse(const char *line, size_t length, struct auditlog_record *)
	__attribute__((warn_unused_result, nonnull));

/* Compares a text that needs no escape. */
bool auditlog_text_is(struct auditlog_text, const char *) __attribute__((nonnull));

/* The value of a detail; its text is NULL when there is none of this key. */
struct auditlog_text auditlog_detail(const struct auditlog_record *, const char *key)
	__attribute__((nonnull));

/* Takes the backslashes away. Writes at most `cap` bytes, NUL included, whole characters only.
 * Returns the length. */
size_t auditlog_unescape(struct auditlog_text, char *out, size_t cap) __attribute__((nonnull));

#endif
