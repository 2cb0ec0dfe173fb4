/* The audit log as OCSF events: class API Activity, with the profiles record_integrity and
 * security_control. docs/audit-guide.md has the table of what becomes what. */
#include "worker/meaning.h"
#include "worker/review_document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The version of the schema that has the profile record_integrity. */
#define OCSF_VERSION "1.9.0-dev"

#define CATEGORY_APPLICATION 6u
#define CLASS_API_ACTIVITY 6003u

struct caption {
	unsigned id;
	const char *text;
};

static void put_caption(struct json_writer *writer, const char *id_key, const char *key,
			struct caption caption)
{
	review_put_number(writer, id_key, caption.id);
	review_put(writer, key, caption.text);
}

static struct caption activity(const struct record *record)
{
	static const struct caption captions[] = {
		[ACTIVITY_OTHER] = {99, "Other"},  [ACTIVITY_CREATE] = {1, "Create"},
		[ACTIVITY_READ] = {2, "Read"},	   [ACTIVITY_UPDATE] = {3, "Update"},
		[ACTIVITY_DELETE] = {4, "Delete"},
	};

	return captions[meaning_activity(record)];
}

static struct caption severity(const struct record *record)
{
	static const struct caption captions[AUDIT_SEVERITIES] = {
		[AUDIT_INFO] = {1, "Informational"},
		[AUDIT_WARNING] = {3, "Medium"},
		[AUDIT_CRITICAL] = {5, "Critical"},
	};

	return captions[record->severity];
}

static struct caption status(const struct record *record)
{
	static const struct caption captions[] = {
		[END_OPEN] = {0, "Unknown"},
		[END_SUCCESS] = {1, "Success"},
		[END_FAILURE] = {2, "Failure"},
		[END_UNKNOWN] = {0, "Unknown"},
	};

	return captions[meaning_end(record)];
}

/* What policy did: most records are of what it only saw. */
static struct caption action(const struct record *record)
{
	if (strcmp(record->decision, "allow") == 0)
		return (struct caption){1, "Allowed"};
	if (strcmp(record->decision, "deny") == 0)
		return (struct caption){2, "Denied"};
	return (struct caption){3, "Observed"};
}

static void put_classification(struct json_writer *writer, const struct record *record)
{
	struct caption what = activity(record);
	char type[40];

	put_caption(writer, "category_uid", "category_name",
		    (struct caption){CATEGORY_APPLICATION, "Application Activity"});
	put_caption(writer, "class_uid", "class_name",
		    (struct caption){CLASS_API_ACTIVITY, "API Activity"});
	put_caption(writer, "activity_id", "activity_name", what);
	snprintf(type, sizeof(type), "API Activity: %s", what.text);
	put_caption(writer, "type_uid", "type_name",
		    (struct caption){CLASS_API_ACTIVITY * 100 + what.id, type});
	put_caption(writer, "severity_id", "severity", severity(record));
	put_caption(writer, "status_id", "status", status(record));
	review_put(writer, "status_code", record->outcome);
	review_put(writer, "status_detail", record_detail(record, "message"));
	put_caption(writer, "action_id", "action", action(record));
}

static void put_product(struct json_writer *writer)
{
	json_key(writer, "product");
	json_object_begin(writer);
	review_put(writer, "name", "ghward");
	review_put(writer, "vendor_name", "ghward");
	review_put(writer, "version", GHWARD_VERSION);
	json_object_end(writer);
}

static void put_metadata(struct json_writer *writer, const struct record *record)
{
	char uid[REVIEW_UID_SIZE], origin[RECORD_ORIGIN_SIZE];

	review_uid(record, record->seq, uid);
	record_origin(record, origin);
	json_key(writer, "metadata");
	json_object_begin(writer);
	review_put(writer, "version", OCSF_VERSION);
	put_product(writer);
	json_key(writer, "profiles");
	json_array_begin(writer);
	json_string(writer, "record_integrity");
	json_string(writer, "security_control");
	json_array_end(writer);
	review_put(writer, "uid", uid);
	review_put_number(writer, "sequence", record->seq);
	review_put(writer, "event_code", record->event);
	review_put(writer, "correlation_uid", record->job);
	review_put(writer, "log_name", origin);
	review_put(writer, "log_provider", "ghward-audit");
	review_put(writer, "log_version", "2");
	review_put(writer, "original_time", record->time);
	json_object_end(writer);
}

/* "uid:1000" is a user of the machine; others are ghward's own processes. */
static void put_actor(struct json_writer *writer, const struct record *record)
{
	bool person = strncmp(record->actor, "uid:", 4) == 0;

	json_key(writer, "actor");
	json_object_begin(writer);
	json_key(writer, "user");
	json_object_begin(writer);
	put_caption(writer, "type_id", "type",
		    person ? (struct caption){1, "User"} : (struct caption){3, "System"});
	json_key(writer, "name");
	json_string(writer, record->actor);
	review_put(writer, "uid", person ? record->actor + 4 : "");
	json_object_end(writer);
	json_object_end(writer);
}

static void put_response(struct json_writer *writer, const struct record *record)
{
	uint64_t code = review_status(record);

	if (!code)
		return;
	json_key(writer, "response");
	json_object_begin(writer);
	review_put_number(writer, "code", code);
	json_object_end(writer);
}

static void put_api(struct json_writer *writer, const struct record *record)
{
	const char *request = *record->request_id ? record->request_id : record->job;

	json_key(writer, "api");
	json_object_begin(writer);
	json_key(writer, "operation");
	json_string(writer, record->event);
	if (*request) {
		json_key(writer, "request");
		json_object_begin(writer);
		review_put(writer, "uid", request);
		json_object_end(writer);
	}
	put_response(writer, record);
	json_object_end(writer);
}

/* Where it came from is a process of ghward on this boot of the machine. */
static void put_source(struct json_writer *writer, const struct record *record)
{
	json_key(writer, "src_endpoint");
	json_object_begin(writer);
	review_put(writer, "svc_name", "ghward");
	review_put(writer, "uid", record->session);
	json_object_end(writer);
}

static void put_resources(struct json_writer *writer, const struct record *record)
{
	if (!*record->target)
		return;
	json_key(writer, "resources");
	json_array_begin(writer);
	json_object_begin(writer);
	review_put(writer, "name", record->target);
	put_caption(writer, "role_id", "role", (struct caption){1, "Target"});
	json_object_end(writer);
	json_array_end(writer);
}

static void put_authorization(struct json_writer *writer, const struct record *record)
{
	if (!*record->decision)
		return;
	json_key(writer, "authorizations");
	json_array_begin(writer);
	json_object_begin(writer);
	review_put(writer, "decision", record->decision);
	if (*record->rule) {
		json_key(writer, "policy");
		json_object_begin(writer);
		review_put(writer, "name", record->rule);
		json_object_end(writer);
	}
	json_object_end(writer);
	json_array_end(writer);
}

static void put_fingerprint(struct json_writer *writer, const char *leaf)
{
	json_key(writer, "fingerprint");
	json_object_begin(writer);
	put_caption(writer, "algorithm_id", "algorithm", (struct caption){3, "SHA-256"});
	put_caption(writer, "encoding_id", "encoding", (struct caption){1, "Hex"});
	/* Of raw_data, not of this document. */
	put_caption(writer, "serialization_id", "serialization",
		    (struct caption){99, "RFC 6962 leaf of raw_data"});
	review_put(writer, "value", leaf);
	json_object_end(writer);
}

static void put_attestation(struct json_writer *writer, const struct record *record)
{
	char leaf[AUDITLOG_HEX_SIZE], origin[RECORD_ORIGIN_SIZE], uid[REVIEW_UID_SIZE];

	record_leaf(record, leaf);
	record_origin(record, origin);
	json_key(writer, "attestation_list");
	json_array_begin(writer);
	json_object_begin(writer);
	review_put(writer, "authority_uid", origin);
	review_put(writer, "chain_uid", origin);
	put_fingerprint(writer, leaf);
	if (record->seq > 1) {
		json_key(writer, "prev_event");
		json_object_begin(writer);
		review_uid(record, record->seq - 1, uid);
		review_put(writer, "uid", uid);
		put_fingerprint(writer, record->prev);
		json_object_end(writer);
	}
	json_object_end(writer);
	json_array_end(writer);
}

static void put_unmapped(struct json_writer *writer, const struct record *record)
{
	json_key(writer, "unmapped");
	json_object_begin(writer);
	review_put(writer, "phase", record_phase(record->phase));
	review_put(writer, "rule", record->rule);
	review_put(writer, "boot", record->boot);
	review_put(writer, "session", record->session);
	review_put_number(writer, "mono", record->mono_us);
	review_put_details(writer, "details", record);
	json_object_end(writer);
}

static void write_event(struct review *review, const struct record *record)
{
	struct json_writer *writer = review_document_begin(review);
	char summary[REVIEW_SUMMARY_SIZE];

	review_summary(record, summary);
	review_put_number(writer, "time", record->time_us / 1000);
	put_classification(writer, record);
	review_put(writer, "message", summary);
	put_metadata(writer, record);
	put_actor(writer, record);
	put_api(writer, record);
	put_source(writer, record);
	put_resources(writer, record);
	put_authorization(writer, record);
	put_attestation(writer, record);
	json_key(writer, "raw_data");
	json_string_n(writer, record->line, record->length);
	review_put_number(writer, "raw_data_size", record->length);
	put_unmapped(writer, record);
	review_document_end(review);
}

const struct review_format_ways review_ocsf = {
	.begin = review_document_new, .record = write_event, .clean = review_document_free};
