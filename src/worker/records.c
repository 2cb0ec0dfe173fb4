/* Records of the audit log out of a pipe. */
#include "worker/records.h"

#include "lib/base/memory.h"

#include <mbedtls/sha256.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As much as a pipe holds, and room for a line that has begun before. */
#define BUFFER_SIZE (2 * AUDITLOG_LINE_MAX)

static const char hint[] = "Find out what happened to the log: ghward audit verify";

struct records {
	int fd;
	bool ended;
	size_t begin, end;
	uint64_t last; /* number of the record before */
	char buffer[BUFFER_SIZE];
	char texts[RECORD_TEXTS_SIZE];
};

/* --- one record --- */

/* Takes the escapes away and moves *room behind the text. The texts of a line are shorter than it
 * together, and each has at least its quotes' room for a NUL. */
static const char *place(struct auditlog_text text, char **room)
{
	char *here = *room;
	size_t length = text.length;

	if (memchr(text.text, '\\', text.length))
		length = auditlog_unescape(text, here, text.length + 1);
	else
		memcpy(here, text.text, length);
	here[length] = 0;
	*room = here + length + 1;
	return here;
}

/* `{"key":...,"value"}` around the texts that were found in it. */
static void find_details(struct record *record, const struct auditlog_record *parsed)
{
	record->details_text = "{}";
	record->details_length = 2;
	if (parsed->detail_count) {
		const struct auditlog_text *last = &parsed->details[parsed->detail_count - 1].value;
		record->details_text = parsed->details[0].key.text - 2;
		record->details_length =
			(size_t)(last->text + last->length + 2 - record->details_text);
	}
}

int record_read(struct record *record, const char *line, size_t length,
		char texts[RECORD_TEXTS_SIZE])
{
	struct auditlog_record parsed;

	if (auditlog_parse(line, length, &parsed) < 0)
		return -1;
	*record = (struct record){
		.seq = parsed.seq,
		.time_us = parsed.time_us,
		.mono_us = parsed.mono_us,
		.time = place(parsed.time, &texts),
		.boot = place(parsed.boot, &texts),
		.session = place(parsed.session, &texts),
		.actor = place(parsed.actor, &texts),
		.job = place(parsed.job, &texts),
		.event = place(parsed.event, &texts),
		.target = place(parsed.target, &texts),
		.decision = place(parsed.decision, &texts),
		.rule = place(parsed.rule, &texts),
		.outcome = place(parsed.outcome, &texts),
		.request_id = place(parsed.request_id, &texts),
		.phase = parsed.phase,
		.severity = parsed.severity,
		.detail_count = parsed.detail_count,
		.line = line,
		.length = length,
	};
	for (unsigned i = 0; i < parsed.detail_count; i++) {
		record->details[i].key = place(parsed.details[i].key, &texts);
		record->details[i].value = place(parsed.details[i].value, &texts);
	}
	auditlog_hex(parsed.prev, record->prev);
	find_details(record, &parsed);
	return 0;
}

const char *record_detail(const struct record *record, const char *key)
{
	for (unsigned i = 0; i < record->detail_count; i++) {
		if (strcmp(record->details[i].key, key) == 0)
			return record->details[i].value;
	}
	return "";
}

const char *record_phase(enum audit_phase phase)
{
	static const char *const names[AUDIT_PHASES] = {
		[AUDIT_INTENT] = "intent", [AUDIT_RESULT] = "result", [AUDIT_NOTE] = "note"};

	return names[phase];
}

const char *record_severity(enum audit_severity severity)
{
	static const char *const names[AUDIT_SEVERITIES] = {
		[AUDIT_INFO] = "info", [AUDIT_WARNING] = "warning", [AUDIT_CRITICAL] = "critical"};

	return names[severity];
}

void record_origin(const struct record *record, char origin[RECORD_ORIGIN_SIZE])
{
	size_t digits = strspn(record->session, "0123456789abcdef");

	origin[0] = 0;
	if (digits == AUDITLOG_ID_LENGTH && record->session[digits] == '-')
		snprintf(origin, RECORD_ORIGIN_SIZE, "ghward-audit/%.*s", (int)digits,
			 record->session);
}

void record_leaf(const struct record *record, char leaf[AUDITLOG_HEX_SIZE])
{
	static const unsigned char prefix = 0;
	uint8_t hash[AUDITLOG_HASH_SIZE];
	mbedtls_sha256_context context;

	/* Not PSA: a worker links this one algorithm and nothing that could hold a key. It cannot
	 * fail but for hardware that we do not use. */
	mbedtls_sha256_init(&context);
	if (mbedtls_sha256_starts(&context, 0) != 0 ||
	    mbedtls_sha256_update(&context, &prefix, 1) != 0 ||
	    mbedtls_sha256_update(&context, (const unsigned char *)record->line, record->length) !=
		    0 ||
	    mbedtls_sha256_finish(&context, hash) != 0)
		abort();
	mbedtls_sha256_free(&context);
	auditlog_hex(hash, leaf);
}

/* --- the pipe --- */

struct records *records_new(int fd)
{
	struct records *records = memory_new(sizeof(*records));

	records->fd = fd;
	return records;
}

void records_free(struct records *records)
{
	free(records);
}

static char *line_end(const struct records *records)
{
	return memchr(records->buffer + records->begin, '\n', records->end - records->begin);
}

bool records_ready(const struct records *records)
{
	return line_end(records) != NULL;
}

static int fail(const struct records *records, struct failure *failure, const char *what)
{
	if (records->last)
		failure_set(failure, FAILURE_MALFORMED, hint,
			    "the audit log cannot be read behind record %llu: %s",
			    (unsigned long long)records->last, what);
	else
		failure_set(failure, FAILURE_MALFORMED, hint, "the audit log cannot be read: %s",
			    what);
	return -1;
}

/* Reads until a line is whole. Returns its end; NULL at the end of all lines, or with a failure. */
static char *wait_for_line(struct records *records, struct failure *failure)
{
	char *end;

	while (!(end = line_end(records)) && !records->ended) {
		if (records->end - records->begin >= AUDITLOG_LINE_MAX) {
			fail(records, failure, "a line is longer than any record");
			return NULL;
		}
		memmove(records->buffer, records->buffer + records->begin,
			records->end - records->begin);
		records->end -= records->begin;
		records->begin = 0;
		ssize_t got = read(records->fd, records->buffer + records->end,
				   BUFFER_SIZE - records->end);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			failure_set(failure, FAILURE_INTERNAL, "", "cannot read records: %m");
			return NULL;
		}
		records->ended = got == 0;
		records->end += (size_t)got;
	}
	if (!end && records->end > records->begin)
		fail(records, failure, "it ends in the middle of a record");
	return end;
}

int records_next(struct records *records, struct record *record, struct failure *failure)
{
	char *end = wait_for_line(records, failure);

	if (!end)
		return failure->kind == FAILURE_NONE ? 0 : -1;
	char *line = records->buffer + records->begin;
	records->begin = (size_t)(end - records->buffer) + 1;
	if (record_read(record, line, (size_t)(end - line), records->texts) < 0)
		return fail(records, failure, "a line is not a record");
	records->last = record->seq;
	return 1;
}
