/* OCSF and ECS: what their schemas require is there, of the right type, and hostile texts stay
 * texts. The names are those of ocsf-schema 1.9.0-dev, class api_activity, and of ECS 8.17. */
#include "made.h"

#include "lib/auditlog/auditlog.h"
#include "lib/json/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct json_limits limits = {10000, 1000, JSON_NO_COMMENTS};

static const struct audit_event answered = {.actor = "uid:1000",
					    .job = "j-0123456789abcdef",
					    .event = "alerts.update",
					    .phase = AUDIT_RESULT,
					    .target = "acme/shop#7",
					    .outcome = "answered",
					    .request_id = "AB:CD",
					    .severity = AUDIT_WARNING,
					    .detail_count = 1,
					    .details = {{"status", "200"}}};

/* The documents of a job, one after the other. */
struct documents {
	struct job *job;
	const char *at;
};

static struct documents documents_of(struct made *made, enum review_format format)
{
	struct documents documents = {.job = made_job(JOB_AUDIT_EXPORT, format)};

	documents.at = made_run(made, documents.job);
	return documents;
}

static struct cJSON *next_document(struct documents *documents)
{
	struct json_where where;
	enum json_fault fault;
	const char *end = strchr(documents->at, '\n');

	assert_non_null(end);
	struct cJSON *root =
		json_parse(documents->at, (size_t)(end - documents->at), &limits, &fault, &where);
	assert_non_null(root);
	documents->at = end + 1;
	return root;
}

/* "metadata.product.name"; a number is an index. */
static const struct cJSON *find(const struct cJSON *root, const char *path)
{
	char copy[128], *rest = copy, *part;

	snprintf(copy, sizeof(copy), "%s", path);
	while (root && (part = strsep(&rest, ".")))
		root = cJSON_IsArray(root) ? cJSON_GetArrayItem(root, atoi(part))
					   : cJSON_GetObjectItemCaseSensitive(root, part);
	return root;
}

struct field {
	const char *path;
	const char *text; /* "" for any */
	double number;	  /* when there is no text */
};

static void check_fields(const struct cJSON *root, const struct field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct cJSON *value = find(root, fields[i].path);
		if (!value)
			fail_msg("%s is missing", fields[i].path);
		else if (!fields[i].text)
			assert_true(cJSON_IsNumber(value) &&
				    value->valuedouble == fields[i].number);
		else if (!cJSON_IsString(value))
			fail_msg("%s is no text", fields[i].path);
		else if (*fields[i].text)
			assert_string_equal(value->valuestring, fields[i].text);
	}
}

static void test_ocsf(void **state)
{
	static const struct field required[] = {
		{"time", NULL, 1767323045000},
		{"category_uid", NULL, 6},
		{"class_uid", NULL, 6003},
		{"activity_id", NULL, 3},
		{"type_uid", NULL, 600303},
		{"severity_id", NULL, 3},
		{"status_id", NULL, 1},
		{"status", "Success", 0},
		{"status_code", "answered", 0},
		{"action_id", NULL, 3},
		{"metadata.version", "1.9.0-dev", 0},
		{"metadata.product.name", "ghward", 0},
		{"metadata.product.vendor_name", "ghward", 0},
		{"metadata.product.version", GHWARD_VERSION, 0},
		{"metadata.profiles.0", "record_integrity", 0},
		{"metadata.uid", "ghward-audit/0a1b2c3d4e5f#42", 0},
		{"metadata.sequence", NULL, 42},
		{"metadata.correlation_uid", "j-0123456789abcdef", 0},
		{"actor.user.name", "uid:1000", 0},
		{"actor.user.uid", "1000", 0},
		{"actor.user.type_id", NULL, 1},
		{"api.operation", "alerts.update", 0},
		{"api.request.uid", "AB:CD", 0},
		{"api.response.code", NULL, 200},
		{"src_endpoint.svc_name", "ghward", 0},
		{"resources.0.name", "acme/shop#7", 0},
		{"attestation_list.0.chain_uid", "ghward-audit/0a1b2c3d4e5f", 0},
		{"attestation_list.0.fingerprint.algorithm_id", NULL, 3},
		{"attestation_list.0.fingerprint.value", "", 0},
		{"attestation_list.0.prev_event.uid", "ghward-audit/0a1b2c3d4e5f#41", 0},
		{"attestation_list.0.prev_event.fingerprint.value",
		 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", 0},
		{"unmapped.phase", "result", 0},
		{"unmapped.details.status", "200", 0},
	};
	struct made made = {.seq = 42};

	(void)state;
	made_add(&made, &answered);
	struct documents documents = documents_of(&made, REVIEW_OCSF);
	struct cJSON *root = next_document(&documents);
	check_fields(root, required, sizeof(required) / sizeof(required[0]));
	cJSON_Delete(root);
	made_free(documents.job);
}

/* The line is in the document, byte for byte, and what the document calls its hash is that. */
static void test_the_line_proves_itself(void **state)
{
	struct made made = {0};
	uint8_t hash[AUDITLOG_HASH_SIZE];
	char leaf[AUDITLOG_HEX_SIZE];

	(void)state;
	assert_int_equal(auditlog_init(), 0);
	made_add(&made, &answered);
	auditlog_leaf_hash(made.lines, made.length - 1, hash);
	auditlog_hex(hash, leaf);
	char *line = strndup(made.lines, made.length - 1);
	struct documents ocsf = documents_of(&made, REVIEW_OCSF);
	struct cJSON *root = next_document(&ocsf);
	const struct field proof[] = {{"raw_data", line, 0},
				      {"attestation_list.0.fingerprint.value", leaf, 0}};
	check_fields(root, proof, 2);
	/* Nothing is before the first record. */
	assert_null(find(root, "attestation_list.0.prev_event"));
	cJSON_Delete(root);
	made_add(&made, &answered);
	struct documents ecs = documents_of(&made, REVIEW_ECS);
	root = next_document(&ecs);
	const struct field same[] = {{"event.original", line, 0}, {"event.hash", leaf, 0}};
	check_fields(root, same, 2);
	cJSON_Delete(root);
	free(line);
	made_free(ocsf.job);
	made_free(ecs.job);
}

static void test_ocsf_of_intents(void **state)
{
	static const struct field denied[] = {
		{"status_id", NULL, 2},
		{"action_id", NULL, 2},
		{"authorizations.0.decision", "deny", 0},
		{"authorizations.0.policy.name", "r", 0},
		{"actor.user.type_id", NULL, 3},
		{"activity_id", NULL, 99},
		{"severity_id", NULL, 5},
	};
	struct made made = {0};

	(void)state;
	made_add(&made, &(struct audit_event){.actor = "agent",
					      .event = "new.thing",
					      .phase = AUDIT_INTENT,
					      .decision = "deny",
					      .rule = "r",
					      .severity = AUDIT_CRITICAL});
	struct documents documents = documents_of(&made, REVIEW_OCSF);
	struct cJSON *root = next_document(&documents);
	check_fields(root, denied, sizeof(denied) / sizeof(denied[0]));
	assert_null(find(root, "api.request"));
	assert_null(find(root, "resources"));
	cJSON_Delete(root);
	made_free(documents.job);
}

static void test_ecs(void **state)
{
	static const struct field required[] = {
		{"@timestamp", "2026-01-02T03:04:05.000000Z", 0},
		{"ecs.version", "8.17.0", 0},
		{"event.kind", "event", 0},
		{"event.category.0", "api", 0},
		{"event.type.0", "change", 0},
		{"event.action", "alerts.update", 0},
		{"event.outcome", "success", 0},
		{"event.id", "ghward-audit/0a1b2c3d4e5f#42", 0},
		{"event.sequence", NULL, 42},
		{"event.hash", "", 0},
		{"event.dataset", "ghward.audit", 0},
		{"log.level", "warning", 0},
		{"user.name", "uid:1000", 0},
		{"user.id", "1000", 0},
		{"related.user.0", "uid:1000", 0},
		{"service.name", "ghward", 0},
		{"trace.id", "j-0123456789abcdef", 0},
		{"http.request.id", "AB:CD", 0},
		{"http.response.status_code", NULL, 200},
		{"labels.target", "acme/shop#7", 0},
		{"labels.phase", "result", 0},
		{"ghward.details.status", "200", 0},
		{"ghward.prev", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
		 0},
	};
	struct made made = {.seq = 42};

	(void)state;
	made_add(&made, &answered);
	struct documents documents = documents_of(&made, REVIEW_ECS);
	struct cJSON *root = next_document(&documents);
	check_fields(root, required, sizeof(required) / sizeof(required[0]));
	cJSON_Delete(root);
	made_free(documents.job);
}

static void test_ecs_categories(void **state)
{
	static const struct {
		struct audit_event event;
		const char *category, *type, *second, *outcome;
	} expected[] = {
		{{.event = "alerts.list", .decision = "deny"},
		 "api",
		 "access",
		 "denied",
		 "failure"},
		{{.event = "alerts.list", .decision = "allow"},
		 "api",
		 "access",
		 "allowed",
		 "unknown"},
		{{.event = "vault.opened", .phase = AUDIT_NOTE}, "iam", "info", NULL, "unknown"},
		{{.event = "vault.add", .outcome = "done"}, "iam", "creation", NULL, "success"},
		{{.event = "sandbox.violation", .outcome = "killed"},
		 "intrusion_detection",
		 "info",
		 NULL,
		 "failure"},
		{{.event = "audit.search"}, "configuration", "access", NULL, "unknown"},
	};
	struct made made = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		made_add(&made, &expected[i].event);
	struct documents documents = documents_of(&made, REVIEW_ECS);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		struct cJSON *root = next_document(&documents);
		const struct field fields[] = {{"event.category.0", expected[i].category, 0},
					       {"event.type.0", expected[i].type, 0},
					       {"event.outcome", expected[i].outcome, 0},
					       {"event.type.1", expected[i].second, 0}};
		check_fields(root, fields, expected[i].second ? 4 : 3);
		assert_true(expected[i].second || !find(root, "event.type.1"));
		cJSON_Delete(root);
	}
	made_free(documents.job);
}

static void check_hostile(enum review_format format, const char *actor, const char *detail)
{
	static char body[16385];
	struct made made = {0};

	memset(body, '\\', sizeof(body) - 1);
	for (const char *const *text = made_hostile; *text; text++)
		made_add(&made, &(struct audit_event){
					.actor = *text,
					.job = *text,
					.event = *text,
					.target = *text,
					.decision = *text,
					.rule = *text,
					.outcome = *text,
					.request_id = *text,
					.severity = AUDIT_CRITICAL,
					.detail_count = 3,
					.details = {{"x", *text}, {*text, "y"}, {"body", body}}});
	struct documents documents = documents_of(&made, format);
	for (const char *const *text = made_hostile; *text; text++) {
		struct cJSON *root = next_document(&documents);
		const struct field fields[] = {{actor, *text, 0}, {detail, *text, 0}};
		if (!strchr(*text, '\t'))
			check_fields(root, fields, 2);
		cJSON_Delete(root);
	}
	assert_string_equal(documents.at, "");
	made_free(documents.job);
}

static void test_hostile_texts_stay_texts(void **state)
{
	(void)state;
	check_hostile(REVIEW_OCSF, "actor.user.name", "unmapped.details.x");
	check_hostile(REVIEW_ECS, "user.name", "ghward.details.x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ocsf),
		cmocka_unit_test(test_the_line_proves_itself),
		cmocka_unit_test(test_ocsf_of_intents),
		cmocka_unit_test(test_ecs),
		cmocka_unit_test(test_ecs_categories),
		cmocka_unit_test(test_hostile_texts_stay_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
