/* The format of the audit log: one canonical JSON line per record, chained by RFC 6962 leaf hashes.
 * docs/audit-format.md describes it for strangers. */
#ifndef GHWARD_AUDITLOG_AUDITLOG_H
#define GHWARD_AUDITLOG_AUDITLOG_H

#include "lib/ipc/protocol.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest line, newline included. */
#define AUDITLOG_LINE_MAX 65536u
#define AUDITLOG_HASH_SIZE ((size_t)32)
#define AUDITLOG_HEX_SIZE (2 * AUDITLOG_HASH_SIZE + 1)

/* Numbers stay below 2^63, so that one more is a number too. */
#define AUDITLOG_SEQ_MAX ((uint64_t)INT64_MAX)

/* A segment is closed by a record of this event once it has this size. */
#define AUDITLOG_SEGMENT_MAX (UINT64_C(64) << 20)
#define AUDITLOG_ROTATE "audit.rotate"

/* What a crash or a failed write left was put right. The only event that may begin a segment whose
 * predecessor was not closed. */
#define AUDITLOG_RECOVER "audit.recover"

/* "00000000000000000001.jsonl": the number is that of the segment's first record. */
#define AUDITLOG_NAME_SIZE 27u
#define AUDITLOG_LOCK_NAME "lock"
#define AUDITLOG_HEAD_NAME "head"

/* A place between records: number and leaf hash of the record before it; all zero at the beginning.
 */
struct auditlog_position {
	uint64_t seq;
	uint8_t hash[AUDITLOG_HASH_SIZE];
};

/* When a record was made. */
struct auditlog_stamp {
	uint64_t wall_us;
	uint64_t boottime_us;
	const char *boot_id;
};

/* Call once, before the sandbox. Returns 0, or -1. */
int auditlog_init(void) __attribute__((warn_unused_result));

/* Writes the members between "seq" and "prev" as an object, every string sanitised. Returns the
 * length, or 0 if it does not fit or has one detail twice, which no reader would accept. */
size_t auditlog_format_body(char *body, size_t cap, const struct audit_event *,
			    const struct auditlog_stamp *) __attribute__((nonnull));

/* Makes a body the record behind *position, newline included, and moves *position on. Returns the
 * length, or 0 if it does not fit. */
size_t auditlog_format_line(char *line, size_t cap, const char *body, size_t body_length,
			    struct auditlog_position *position) __attribute__((nonnull));

/* SHA-256(0x00 || line), without the newline. */
void auditlog_leaf_hash(const char *line, size_t length, uint8_t hash[AUDITLOG_HASH_SIZE])
	__attribute__((nonnull));

void auditlog_hex(const uint8_t hash[AUDITLOG_HASH_SIZE], char text[AUDITLOG_HEX_SIZE])
	__attribute__((nonnull));
int auditlog_unhex(const char *text, size_t length, uint8_t hash[AUDITLOG_HASH_SIZE])
	__attribute__((warn_unused_result, nonnull));

/* The fixed frame of a line: what the chain needs of it. */
struct auditlog_frame {
	uint64_t seq;
	uint8_t prev[AUDITLOG_HASH_SIZE];
	const char *event; /* into the line */
	size_t event_length;
};

/* Checks that a line (without newline) is, byte for byte, what auditlog_format_line() writes for
 * its content. Returns 0, or -1. */
int auditlog_parse(const char *line, size_t length, struct auditlog_frame *)
	__attribute__((warn_unused_result, nonnull));

/* Is it a record of this event? */
bool auditlog_is_event(const struct auditlog_frame *, const char *event) __attribute__((nonnull));

/* The number in a segment's file name. Returns 0, or -1 when it is not one. */
int auditlog_segment_number(const char *name, uint64_t *first_seq)
	__attribute__((warn_unused_result, nonnull));
void auditlog_segment_name(char name[AUDITLOG_NAME_SIZE], uint64_t first_seq)
	__attribute__((nonnull));

/* The head file: where the log ended at the last commit, so that a cut tail or a changed last
 * record shows. Fixed length, so that one write replaces it. It is there, and durable, before the
 * first record. */
#define AUDITLOG_HEAD_SIZE 86u
void auditlog_format_head(char text[AUDITLOG_HEAD_SIZE + 1], const struct auditlog_position *)
	__attribute__((nonnull));
int auditlog_parse_head(const char *text, size_t length, struct auditlog_position *)
	__attribute__((warn_unused_result, nonnull));

#endif
