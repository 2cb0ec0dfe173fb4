/* The format of the audit log: writing. */
#include "lib/auditlog/auditlog.h"

#include "lib/base/clock.h"
#include "lib/json/write.h"
#include "lib/sanitize/sanitize.h"

#include <psa/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One field after sanitising; a longer one is cut with an ellipsis. Small enough that all fields of
 * an event, with every character escaped, stay below AUDITLOG_LINE_MAX. */
#define FIELD_MAX 768u

/* What the values of an event's details share: enough for the whole body of a request, which is on
 * record before it is sent; and what each can have of it whatever the others are. */
#define DETAILS_MAX 16384u
#define DETAIL_SHARE 512u

/* A detail's key; longer than any. */
#define KEY_MAX 64u

int auditlog_init(void)
{
	return psa_crypto_init() == PSA_SUCCESS ? 0 : -1;
}

static size_t put_cut(struct json_writer *writer, const char *key, const char *text, size_t max)
{
	char clean[DETAILS_MAX] __attribute__((uninitialized));
	size_t length = sanitize_text(clean, max, text ? text : "", text ? strlen(text) : 0);

	json_key(writer, key);
	json_string_n(writer, clean, length);
	return length;
}

static void put_text(struct json_writer *writer, const char *key, const char *text)
{
	put_cut(writer, key, text, FIELD_MAX);
}

/* Returns 0, or -1 when a key stands there twice. */
static int put_details(struct json_writer *writer, const struct audit_event *event)
{
	char keys[AUDIT_DETAILS_MAX][KEY_MAX];
	size_t left = DETAILS_MAX;

	json_key(writer, "details");
	json_object_begin(writer);
	for (unsigned i = 0; i < event->detail_count; i++) {
		const char *key = event->details[i].key;
		sanitize_text(keys[i], KEY_MAX, key, strlen(key));
		for (unsigned other = 0; other < i; other++) {
			if (strcmp(keys[i], keys[other]) == 0)
				return -1;
		}
		size_t others = (event->detail_count - i - 1) * DETAIL_SHARE;
		left -= put_cut(writer, keys[i], event->details[i].value, left - others);
	}
	return 0;
}

size_t auditlog_format_body(char *body, size_t cap, const struct audit_event *event,
			    const struct auditlog_stamp *stamp)
{
	static const char *const phases[AUDIT_PHASES] = {
		[AUDIT_INTENT] = "intent", [AUDIT_RESULT] = "result", [AUDIT_NOTE] = "note"};
	static const char *const severities[AUDIT_SEVERITIES] = {
		[AUDIT_INFO] = "info", [AUDIT_WARNING] = "warning", [AUDIT_CRITICAL] = "critical"};
	char time[CLOCK_RFC3339_SIZE];
	struct json_writer writer;
	size_t length;

	clock_rfc3339(time, stamp->wall_us);
	json_writer_init(&writer, body, cap);
	json_object_begin(&writer);
	json_key(&writer, "time");
	json_string(&writer, time);
	json_key(&writer, "boot");
	json_string(&writer, stamp->boot_id);
	json_key(&writer, "mono");
	json_u64(&writer, stamp->boottime_us);
	put_text(&writer, "actor", event->actor);
	put_text(&writer, "job", event->job);
	put_text(&writer, "event", event->event);
	json_key(&writer, "phase");
	json_string(&writer, phases[event->phase]);
	put_text(&writer, "target", event->target);
	put_text(&writer, "decision", event->decision);
	put_text(&writer, "rule", event->rule);
	put_text(&writer, "outcome", event->outcome);
	put_text(&writer, "request_id", event->request_id);
	json_key(&writer, "severity");
	json_string(&writer, severities[event->severity]);
	if (put_details(&writer, event) < 0)
		return 0;
	return json_finish(&writer, &length) < 0 ? 0 : length;
}

size_t auditlog_format_line(char *line, size_t cap, const char *body, size_t body_length,
			    uint64_t intent, const char *session,
			    struct auditlog_position *position)
{
	char prev[AUDITLOG_HEX_SIZE], last[48] = "";

	if (body_length < 2 || body_length > AUDITLOG_LINE_MAX)
		return 0;
	if (intent)
		snprintf(last, sizeof(last), "%s\"" AUDITLOG_INTENT_DETAIL "\":\"%llu\"",
			 body[body_length - 1] == '{' ? "" : ",", (unsigned long long)intent);
	auditlog_hex(position->hash, prev);
	int length =
		snprintf(line, cap, "{\"seq\":%llu,%.*s%s},\"session\":\"%s\",\"prev\":\"%s\"}\n",
			 (unsigned long long)(position->seq + 1), (int)(body_length - 1), body + 1,
			 last, session, prev);
	if (length <= 0 || (size_t)length >= cap || (size_t)length > AUDITLOG_LINE_MAX)
		return 0;
	position->seq++;
	auditlog_leaf_hash(line, (size_t)length - 1, position->hash);
	return (size_t)length;
}

void auditlog_leaf_hash(const char *line, size_t length, uint8_t hash[AUDITLOG_HASH_SIZE])
{
	static const uint8_t leaf = 0;
	psa_hash_operation_t operation = PSA_HASH_OPERATION_INIT;
	size_t written;

	if (psa_hash_setup(&operation, PSA_ALG_SHA_256) != PSA_SUCCESS ||
	    psa_hash_update(&operation, &leaf, 1) != PSA_SUCCESS ||
	    psa_hash_update(&operation, (const uint8_t *)line, length) != PSA_SUCCESS ||
	    psa_hash_finish(&operation, hash, AUDITLOG_HASH_SIZE, &written) != PSA_SUCCESS)
		abort(); /* without a hash there is no log */
}

void auditlog_segment_name(char name[AUDITLOG_NAME_SIZE], uint64_t first_seq)
{
	snprintf(name, AUDITLOG_NAME_SIZE, "%020llu.jsonl", (unsigned long long)first_seq);
}

void auditlog_format_slot(char text[AUDITLOG_SLOT_SIZE + 1],
			  const struct auditlog_position *position)
{
	char hash[AUDITLOG_HEX_SIZE];

	auditlog_hex(position->hash, hash);
	snprintf(text, AUDITLOG_SLOT_SIZE + 1, "%020llu %s\n", (unsigned long long)position->seq,
		 hash);
}
