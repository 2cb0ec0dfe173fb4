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

/* Numbers stay below 2^44, so that a tree has few levels. */
#define AUDITLOG_SEQ_MAX ((UINT64_C(1) << 44) - 1)

/* Digits of a log's id, and a session: "0123456789ab-01234567". */
#define AUDITLOG_ID_LENGTH 12u
#define AUDITLOG_SESSION_SIZE (AUDITLOG_ID_LENGTH + 10u)

/* The detail by which a result names the intent that it closes. */
#define AUDITLOG_INTENT_DETAIL "intent"

/* "00000000000000000001.jsonl": the number is that of the segment's first record. */
#define AUDITLOG_NAME_SIZE 27u
#define AUDITLOG_LOCK_NAME "lock"
#define AUDITLOG_HEAD_NAME "head"
#define AUDITLOG_SEAL_NAME "seal"
#define AUDITLOG_KEY_NAME "key"
#define AUDITLOG_RETIRED_NAME "retired"
#define AUDITLOG_INCIDENTS_NAME "incidents"

/* A place between records: number and leaf hash of the record before it; all zero at the beginning.
 * Slots have the same two. */
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

/* Writes the members between "seq" and "session", every string sanitised; the last, "details", is
 * left open. Returns the length, or 0 if it does not fit or has one detail twice, which no reader
 * would accept. */
size_t auditlog_format_body(char *body, size_t cap, const struct audit_event *,
			    const struct auditlog_stamp *) __attribute__((nonnull));

/* Makes a body the record behind *position, newline included, and moves *position on. With an
 * `intent` that is not 0 its number becomes the last detail. Returns the length, or 0 if it does
 * not fit. */
size_t auditlog_format_line(char *line, size_t cap, const char *body, size_t body_length,
			    uint64_t intent, const char *session,
			    struct auditlog_position *position) __attribute__((nonnull));

/* SHA-256(0x00 || line), without the newline. */
void auditlog_leaf_hash(const char *line, size_t length, uint8_t hash[AUDITLOG_HASH_SIZE])
	__attribute__((nonnull));

void auditlog_hex(const uint8_t hash[AUDITLOG_HASH_SIZE], char text[AUDITLOG_HEX_SIZE])
	__attribute__((nonnull));
int auditlog_unhex(const char *text, size_t length, uint8_t hash[AUDITLOG_HASH_SIZE])
	__attribute__((warn_unused_result, nonnull));

/* The number in a segment's file name. Returns 0, or -1 when it is not one. */
int auditlog_segment_number(const char *name, uint64_t *first_seq)
	__attribute__((warn_unused_result, nonnull));
void auditlog_segment_name(char name[AUDITLOG_NAME_SIZE], uint64_t first_seq)
	__attribute__((nonnull));

/* A slot of the files head, seal and key: a number and 32 bytes in a text of fixed length, so that
 * one write replaces it. An empty one is all zeros. */
#define AUDITLOG_SLOT_SIZE 86u
void auditlog_format_slot(char text[AUDITLOG_SLOT_SIZE + 1], const struct auditlog_position *)
	__attribute__((nonnull));
int auditlog_parse_slot(const char *text, size_t length, struct auditlog_position *)
	__attribute__((warn_unused_result, nonnull));

#endif
