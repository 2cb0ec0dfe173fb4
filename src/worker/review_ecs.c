/* The audit log in Elastic's Common Schema. docs/audit-guide.md has the table of what becomes what.
 */
#include "worker/meaning.h"
#include "worker/review_document.h"

#include <string.h>

#define ECS_VERSION "8.17.0"

static const char *category(enum meaning_area area)
{
	static const char *const names[AREAS] = {
		[AREA_GITHUB] = "api",
		[AREA_ACCESS] = "iam",
		[AREA_VIOLATION] = "intrusion_detection",
		[AREA_PATH] = "intrusion_detection",
		[AREA_INCIDENT] = "intrusion_detection",
		[AREA_LOG] = "configuration",
	};

	return names[area];
}

/* Of those that the schema allows in the category. */
static const char *type(enum meaning_area area, const struct record *record)
{
	static const char *const names[] = {
		[ACTIVITY_OTHER] = "info",	[ACTIVITY_CREATE] = "creation",
		[ACTIVITY_READ] = "access",	[ACTIVITY_UPDATE] = "change",
		[ACTIVITY_DELETE] = "deletion",
	};
	enum meaning_activity activity = meaning_activity(record);

	if (area == AREA_VIOLATION || area == AREA_PATH || area == AREA_INCIDENT)
		return "info";
	if (area == AREA_ACCESS && activity == ACTIVITY_READ)
		return "info";
	return names[activity];
}

static const char *outcome(const struct record *record)
{
	static const char *const names[] = {
		[END_OPEN] = "unknown",
		[END_SUCCESS] = "success",
		[END_FAILURE] = "failure",
		[END_UNKNOWN] = "unknown",
	};

	return names[meaning_end(record)];
}

static void put_words(struct json_writer *writer, const char *key, const char *first,
		      const char *second)
{
	json_key(writer, key);
	json_array_begin(writer);
	json_string(writer, first);
	if (second)
		json_string(writer, second);
	json_array_end(writer);
}

/* Only an API call is allowed or denied in this schema. */
static const char *decision_type(enum meaning_area area, const struct record *record)
{
	if (area != AREA_GITHUB || !*record->decision)
		return NULL;
	return meaning_is_denial(record) ? "denied" : "allowed";
}

static void put_event(struct json_writer *writer, const struct record *record)
{
	enum meaning_area area = meaning_area(record);
	char uid[REVIEW_UID_SIZE], leaf[AUDITLOG_HEX_SIZE];

	review_uid(record, record->seq, uid);
	record_leaf(record, leaf);
	json_key(writer, "event");
	json_object_begin(writer);
	review_put(writer, "kind", record->severity == AUDIT_CRITICAL ? "alert" : "event");
	put_words(writer, "category", category(area), NULL);
	put_words(writer, "type", type(area, record), decision_type(area, record));
	review_put(writer, "action", record->event);
	review_put(writer, "outcome", outcome(record));
	review_put(writer, "reason", record_detail(record, "message"));
	review_put(writer, "id", uid);
	review_put_number(writer, "sequence", record->seq);
	review_put(writer, "hash", leaf);
	review_put_number(writer, "severity", record->severity);
	review_put(writer, "module", "ghward");
	review_put(writer, "dataset", "ghward.audit");
	review_put(writer, "provider", "ghward-audit");
	json_key(writer, "original");
	json_string_n(writer, record->line, record->length);
	json_object_end(writer);
}

static void put_user(struct json_writer *writer, const struct record *record)
{
	json_key(writer, "user");
	json_object_begin(writer);
	json_key(writer, "name");
	json_string(writer, record->actor);
	if (strncmp(record->actor, "uid:", 4) == 0)
		review_put(writer, "id", record->actor + 4);
	json_object_end(writer);
	json_key(writer, "related");
	json_object_begin(writer);
	put_words(writer, "user", record->actor, NULL);
	json_object_end(writer);
}

/* {"key":{"inner":text}} */
static void put_nested(struct json_writer *writer, const char *key, const char *inner,
		       const char *text)
{
	if (!*text)
		return;
	json_key(writer, key);
	json_object_begin(writer);
	review_put(writer, inner, text);
	json_object_end(writer);
}

static void put_http(struct json_writer *writer, const struct record *record)
{
	uint64_t status = review_status(record);

	if (!*record->request_id && !status)
		return;
	json_key(writer, "http");
	json_object_begin(writer);
	put_nested(writer, "request", "id", record->request_id);
	if (status) {
		json_key(writer, "response");
		json_object_begin(writer);
		review_put_number(writer, "status_code", status);
		json_object_end(writer);
	}
	json_object_end(writer);
}

static void put_service(struct json_writer *writer)
{
	json_key(writer, "service");
	json_object_begin(writer);
	review_put(writer, "name", "ghward");
	review_put(writer, "type", "ghward");
	review_put(writer, "version", GHWARD_VERSION);
	json_object_end(writer);
}

static void put_labels(struct json_writer *writer, const struct record *record)
{
	json_key(writer, "labels");
	json_object_begin(writer);
	review_put(writer, "phase", record_phase(record->phase));
	review_put(writer, "target", record->target);
	review_put(writer, "decision", record->decision);
	review_put(writer, "ghward_outcome", record->outcome);
	review_put(writer, "session", record->session);
	json_object_end(writer);
}

/* What the schema has no place for, under our own name, as it advises. */
static void put_own(struct json_writer *writer, const struct record *record)
{
	json_key(writer, "ghward");
	json_object_begin(writer);
	review_put_number(writer, "mono", record->mono_us);
	review_put(writer, "prev", record->prev);
	review_put_details(writer, "details", record);
	json_object_end(writer);
}

static void put_host(struct json_writer *writer, const struct record *record)
{
	if (!*record->boot)
		return;
	json_key(writer, "host");
	json_object_begin(writer);
	put_nested(writer, "boot", "id", record->boot);
	json_object_end(writer);
}

static void write_event(struct review *review, const struct record *record)
{
	struct json_writer *writer = review_document_begin(review);
	char summary[REVIEW_SUMMARY_SIZE];

	review_summary(record, summary);
	review_put(writer, "@timestamp", record->time);
	put_nested(writer, "ecs", "version", ECS_VERSION);
	review_put(writer, "message", summary);
	put_event(writer, record);
	put_nested(writer, "log", "level", record_severity(record->severity));
	put_user(writer, record);
	put_service(writer);
	put_nested(writer, "trace", "id", record->job);
	put_nested(writer, "rule", "name", record->rule);
	put_http(writer, record);
	put_host(writer, record);
	put_labels(writer, record);
	put_own(writer, record);
	review_document_end(review);
}

const struct review_format_ways review_ecs = {
	.begin = review_document_new, .record = write_event, .clean = review_document_free};
