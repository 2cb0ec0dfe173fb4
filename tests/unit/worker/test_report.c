/* The compliance report: what is put together, its JSON, and its HTML that nothing breaks out of.
 */
#include "made.h"
#include "markup/markup.h"
#include "worker/report.h"

#include "lib/base/base64.h"
#include "lib/json/parse.h"

#include <psa/crypto.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct json_limits limits = {200000, 1000, JSON_NO_COMMENTS};

static const struct audit_event asked = {
	.actor = "uid:1000",
	.job = "j-1",
	.event = "alerts.dismiss",
	.phase = AUDIT_INTENT,
	.target = "acme/shop#7",
	.decision = "allow",
	.rule = "default.write",
	.detail_count = 2,
	.details = {{"credential", "vault:work"}, {"consent", "asked"}}};
static const struct audit_event wrote = {.actor = "uid:1000",
					 .job = "j-1",
					 .event = "alerts.update",
					 .phase = AUDIT_INTENT,
					 .target = "acme/shop#7",
					 .decision = "allow",
					 .rule = "write.confirmed",
					 .detail_count = 1,
					 .details = {{"body", "{\"state\":\"dismissed\"}"}}};
static const struct audit_event answered = {.actor = "uid:1000",
					    .job = "j-1",
					    .event = "alerts.update",
					    .phase = AUDIT_RESULT,
					    .target = "acme/shop#7",
					    .outcome = "answered",
					    .request_id = "AB:CD",
					    .detail_count = 1,
					    .details = {{"status", "200"}}};

/* A damaged log is told twice: in the report, and as the end of the job. */
static void check_failure(const struct job *job)
{
	bool damaged = !job->verified.ok && *job->verified.bad_kind;

	assert_int_equal(job->failure.kind, damaged ? FAILURE_INTEGRITY : FAILURE_NONE);
}

static struct cJSON *report_of(struct made *made, struct job *job)
{
	struct json_where where;
	enum json_fault fault;
	const char *text = made_run(made, job);

	check_failure(job);
	struct cJSON *root = json_parse(text, strlen(text), &limits, &fault, &where);
	assert_non_null(root);
	return root;
}

static const struct cJSON *listed(const struct cJSON *root, const char *key, int count)
{
	const struct cJSON *list = json_get_array(json_get_object(root, key), "listed");

	assert_int_equal(cJSON_GetArraySize(list), count);
	return cJSON_GetArrayItem(list, 0);
}

static uint64_t number(const struct cJSON *object, const char *key)
{
	uint64_t value;

	assert_true(json_get_u64(object, key, &value));
	return value;
}

static void test_a_change_with_its_consent(void **state)
{
	struct made made = {0};
	struct job *job = made_job(JOB_AUDIT_REPORT, REVIEW_JSON);

	(void)state;
	made_add(&made, &asked);
	made_add(&made, &wrote);
	made_add(&made, &answered);
	struct cJSON *root = report_of(&made, job);
	const struct cJSON *write = listed(root, "writes", 1);
	assert_string_equal(json_get_text(write, "actor"), "uid:1000");
	assert_string_equal(json_get_text(write, "event"), "alerts.update");
	assert_string_equal(json_get_text(write, "consent"), "asked");
	assert_string_equal(json_get_text(write, "approved_by_rule"), "write.confirmed");
	assert_string_equal(json_get_text(write, "credential"), "vault:work");
	assert_string_equal(json_get_text(write, "outcome"), "answered");
	assert_string_equal(json_get_text(write, "status"), "200");
	assert_string_equal(json_get_text(write, "request_id"), "AB:CD");
	assert_string_equal(json_get_text(write, "body"), "{\"state\":\"dismissed\"}");
	assert_int_equal(number(json_get_object(root, "totals"), "writes"), 1);
	assert_int_equal(number(json_get_object(root, "totals"), "answers"), 1);
	cJSON_Delete(root);
	made_free(job);
}

/* A result of another job is none of this change. */
static void test_a_change_without_its_result(void **state)
{
	struct made made = {0};
	struct job *job = made_job(JOB_AUDIT_REPORT, REVIEW_JSON);
	struct audit_event other = answered;

	(void)state;
	other.job = "j-2";
	made_add(&made, &wrote);
	made_add(&made, &other);
	struct cJSON *root = report_of(&made, job);
	const struct cJSON *write = listed(root, "writes", 1);
	assert_null(json_get_string(write, "outcome"));
	assert_null(json_get_string(write, "consent"));
	cJSON_Delete(root);
	made_free(job);
}

static void test_a_denial_counts_once(void **state)
{
	struct made made = {0};
	struct job *job = made_job(JOB_AUDIT_REPORT, REVIEW_JSON);

	(void)state;
	made_add(&made,
		 &(struct audit_event){.job = "j-3", .event = "alerts.list", .decision = "deny"});
	made_add(&made, &(struct audit_event){.job = "j-3",
					      .event = "alerts.list",
					      .phase = AUDIT_RESULT,
					      .outcome = "denied"});
	made_add(&made, &(struct audit_event){.job = "j-4",
					      .event = "alerts.list",
					      .phase = AUDIT_RESULT,
					      .outcome = "denied"});
	made_add(&made, &(struct audit_event){.event = "sandbox.violation",
					      .phase = AUDIT_NOTE,
					      .outcome = "killed",
					      .severity = AUDIT_CRITICAL});
	struct cJSON *root = report_of(&made, job);
	const struct cJSON *totals = json_get_object(root, "totals");
	assert_int_equal(number(totals, "denials"), 2);
	assert_int_equal(number(totals, "violations"), 1);
	listed(root, "violations", 3);
	cJSON_Delete(root);
	made_free(job);
}

static void add_incident(struct made *made, const char *id, const char *verb)
{
	struct audit_event event = {.actor = "audit",
				    .event = verb,
				    .phase = AUDIT_NOTE,
				    .severity = AUDIT_CRITICAL,
				    .detail_count = 5,
				    .details = {{"id", id},
						{"rule", "token_compromise"},
						{"subject", "uid:1000"},
						{"actions", "quarantine"},
						{"reason", "a test"}}};

	made_add(made, &event);
}

static void test_incidents(void **state)
{
	struct made made = {0};
	struct job *job = made_job(JOB_AUDIT_REPORT, REVIEW_JSON);

	(void)state;
	add_incident(&made, "SEC-20260102-00000001", "incident.open");
	made_add(&made, &(struct audit_event){.event = "incident.respond",
					      .phase = AUDIT_RESULT,
					      .outcome = "done",
					      .detail_count = 2,
					      .details = {{"id", "SEC-20260102-00000001"},
							  {"action", "quarantine"}}});
	add_incident(&made, "SEC-20260102-00000001", "incident.close");
	add_incident(&made, "SEC-20260101-00000002",
		     "incident.close"); /* opened before the period */
	add_incident(&made, "SEC-20260102-00000003", "incident.open");
	struct cJSON *root = report_of(&made, job);
	const struct cJSON *first = listed(root, "incidents", 3);
	assert_string_equal(json_get_text(first, "state"), "closed");
	assert_string_equal(json_get_text(first, "opened_at"), "2026-01-02T03:04:05Z");
	assert_string_equal(json_get_text(first, "closed_at"), "2026-01-02T03:04:07Z");
	assert_string_equal(json_get_text(first, "reason"), "a test");
	assert_string_equal(json_get_text(first, "responses"), "quarantine: done");
	assert_null(json_get_string(first->next, "opened_at"));
	assert_string_equal(json_get_text(first->next->next, "state"), "open");
	const struct cJSON *totals = json_get_object(root, "totals");
	assert_int_equal(number(totals, "incidents_opened"), 2);
	assert_int_equal(number(totals, "incidents_closed"), 2);
	cJSON_Delete(root);
	made_free(job);
}

static void test_failures_and_limits(void **state)
{
	static const char *const outcomes[] = {"rate_limited", "network", "network", "done",
					       "unknown"};
	struct made made = {0};
	struct job *job = made_job(JOB_AUDIT_REPORT, REVIEW_JSON);

	(void)state;
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		made_add(&made, &(struct audit_event){.actor = "uid:7",
						      .event = "alerts.list",
						      .phase = AUDIT_RESULT,
						      .outcome = outcomes[i]});
	struct cJSON *root = report_of(&made, job);
	const struct cJSON *kind = listed(root, "failures", 3);
	assert_string_equal(json_get_text(kind, "name"), "network");
	assert_int_equal(number(kind, "count"), 2);
	assert_string_equal(json_get_text(listed(root, "rate_limited_actors", 1), "name"), "uid:7");
	cJSON_Delete(root);
	made_free(job);
}

/* Of many, the newest are kept, and the number is told. */
static void test_lists_are_bounded(void **state)
{
	struct made made = {0};
	struct job *job = made_job(JOB_AUDIT_REPORT, REVIEW_JSON);

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		char id[32];
		snprintf(id, sizeof(id), "SEC-%u", i);
		made_add(&made, &(struct audit_event){.event = "vault.opened"});
		made_add(&made, &asked);
		made_add(&made, &wrote);
		add_incident(&made, id, "incident.open");
	}
	struct cJSON *root = report_of(&made, job);
	const struct cJSON *access = listed(root, "authentications", REPORT_ROWS_MAX);
	assert_int_equal(number(json_get_object(root, "authentications"), "total"), 1000);
	assert_int_equal(number(access, "seq"), (1000 - REPORT_ROWS_MAX) * 4 + 1);
	listed(root, "writes", REPORT_WRITES_MAX);
	const struct cJSON *incident = listed(root, "incidents", REPORT_INCIDENTS_MAX);
	assert_string_equal(json_get_text(incident, "id"), "SEC-700");
	cJSON_Delete(root);
	made_free(job);
}

static void test_the_verdict_in_json(void **state)
{
	struct made made = {0};
	struct job *job = made_job(JOB_AUDIT_REPORT, REVIEW_JSON);

	(void)state;
	job->verified.records = 9;
	job->verified.bad_kind = "changed";
	job->verified.bad_seq = 10;
	job->verified.bad_segment = "00000000000000000001.jsonl";
	job->verified.bad_meaning = "its hash is not the one in the next";
	job->verified.origin = "ghward-audit/aaaaaaaaaaaa";
	job->verified.kind_count = 2;
	job->verified.kinds[1].name = "clock step";
	job->verified.kinds[1].count = 1;
	job->verified.finding_count = 1;
	job->verified.findings[0].kind = 1;
	job->verified.findings[0].seq = 5;
	job->verified.findings[0].detail = "an hour back";
	job->request.review.filter.since_us = MADE_TIME;
	struct cJSON *root = report_of(&made, job);
	const struct cJSON *verification = json_get_object(root, "verification");
	assert_string_equal(json_get_text(verification, "verdict"), "damaged");
	assert_string_equal(json_get_text(json_get_object(verification, "first_bad"), "kind"),
			    "changed");
	assert_int_equal(number(json_get_object(verification, "first_bad"), "seq"), 10);
	const struct cJSON *finding =
		cJSON_GetArrayItem(json_get_array(verification, "findings"), 0);
	assert_string_equal(json_get_text(finding, "kind"), "clock step");
	assert_string_equal(json_get_text(finding, "detail"), "an hour back");
	assert_string_equal(json_get_text(json_get_object(root, "log"), "origin"),
			    "ghward-audit/aaaaaaaaaaaa");
	assert_string_equal(json_get_text(json_get_object(root, "period"), "since"),
			    "2026-01-02T03:04:05Z");
	assert_int_equal(number(root, "version"), 1);
	cJSON_Delete(root);
	made_free(job);
}

/* As ghward audit checkpoint prints it; of a session that names no log there is none. */
static void test_the_newest_checkpoint(void **state)
{
	struct made made = {.seq = 8};
	struct job *job = made_job(JOB_AUDIT_REPORT, REVIEW_JSON);

	(void)state;
	for (unsigned i = 0; i < 2; i++)
		made_add(&made, &(struct audit_event){.actor = "audit",
						      .event = "audit.checkpoint",
						      .phase = AUDIT_NOTE,
						      .detail_count = 4,
						      .details = {{"size", i ? "8" : "7"},
								  {"root", "cm9vdA=="},
								  {"seal", "c2VhbA=="},
								  {"signature", "c2lnbg=="}}});
	struct cJSON *root = report_of(&made, job);
	const struct cJSON *checkpoint = json_get_object(root, "checkpoint");
	assert_int_equal(number(checkpoint, "seq"), 9);
	assert_string_equal(json_get_text(checkpoint, "note"),
			    "ghward-audit/0a1b2c3d4e5f\n8\ncm9vdA==\nseal c2VhbA==\n\n"
			    "\xe2\x80\x94 ghward-audit/0a1b2c3d4e5f c2lnbg==\n");
	cJSON_Delete(root);
	made_free(job);
}

/* --- HTML --- */

static const char *html_of(struct made *made, struct job *job)
{
	const char *text = made_run(made, job);

	check_failure(job);
	assert_memory_equal(text, "<!DOCTYPE html>\n", 16);
	assert_non_null(strstr(text, "</body>\n</html>\n"));
	return text;
}

static void test_the_verdict_in_html(void **state)
{
	static const struct {
		struct verify_result verified;
		const char *heading;
	} expected[] = {
		{{.bad_kind = "", .bad_segment = "", .last_hash = ""}, "The log was not checked"},
		{{.ok = 1, .records = 9, .bad_kind = "", .bad_segment = "", .last_hash = "ab"},
		 "The log is whole"},
		{{.records = 9, .bad_kind = "torn", .bad_segment = "x", .last_hash = ""},
		 "The log is damaged"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		struct made made = {0};
		struct job *job = made_job(JOB_AUDIT_REPORT, REVIEW_HTML);
		job->verified = expected[i].verified;
		const char *text = html_of(&made, job);
		for (size_t j = 0; j < sizeof(expected) / sizeof(expected[0]); j++)
			assert_true((strstr(text, expected[j].heading) != NULL) == (i == j));
		made_free(job);
	}
}

/* The policy lets exactly the style through that is there. */
static void test_the_policy_is_for_this_style(void **state)
{
	struct made made = {0};
	struct job *job = made_job(JOB_AUDIT_REPORT, REVIEW_HTML);
	uint8_t hash[32];
	char base64[BASE64_LENGTH(32) + 1], policy[256];
	size_t written;

	(void)state;
	const char *text = html_of(&made, job);
	const char *style = strstr(text, "<style>"), *end = strstr(text, "</style>");
	assert_true(style && end && !strstr(end + 1, "<style"));
	style += strlen("<style>");
	assert_int_equal(psa_crypto_init(), PSA_SUCCESS);
	assert_int_equal(psa_hash_compute(PSA_ALG_SHA_256, (const uint8_t *)style,
					  (size_t)(end - style), hash, sizeof(hash), &written),
			 PSA_SUCCESS);
	base64_encode(hash, sizeof(hash), base64);
	snprintf(policy, sizeof(policy),
		 "content=\"default-src 'none'; style-src 'sha256-%s'; base-uri 'none'; "
		 "form-action 'none'\">",
		 base64);
	assert_non_null(strstr(text, policy));
	assert_true(strstr(text, policy) < style);
	made_free(job);
}

static void check_markup(const char *text)
{
	const char *fault = markup_fault(text);

	if (fault)
		fail_msg("not our markup: %.60s", fault);
}

/* A test that finds nothing proves nothing. */
static void test_foreign_markup_is_found(void **state)
{
	static const char *const foreign[] = {
		"<p><script>",
		"<p onclick=\"x\">",
		"<p style=\"x\">",
		"<a href=\"http://x\">",
		"<p class='x'>",
		"<p class=\"x",
		"<img>",
		"a < b",
		"<style></style><style></style>",
		"<p class=\"<\">",
		"<style>",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		assert_non_null(markup_fault(foreign[i]));
	assert_null(markup_fault("<!DOCTYPE html>\n<p class=\"x\">&lt;<a href=\"#y\">z</a></p>"));
}

static void test_hostile_texts_stay_texts_in_html(void **state)
{
	static char body[16385];
	static const char *const events[] = {"sandbox.violation", "path.refused",  "vault.opened",
					     "alerts.update",	  "incident.open", "incident.close",
					     "incident.respond",  "something.else"};
	struct made made = {0};
	struct job *job = made_job(JOB_AUDIT_REPORT, REVIEW_HTML);

	(void)state;
	memset(body, '<', sizeof(body) - 1);
	for (const char *const *text = made_hostile; *text; text++) {
		for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
			made_add(&made,
				 &(struct audit_event){
					 .actor = *text,
					 .job = *text,
					 .event = i % 3 ? events[i] : *text,
					 .target = *text,
					 .decision = i % 2 ? "allow" : *text,
					 .rule = *text,
					 .outcome = *text,
					 .request_id = *text,
					 .phase = (enum audit_phase)(i % AUDIT_PHASES),
					 .severity = (enum audit_severity)(i % AUDIT_SEVERITIES),
					 .detail_count = 8,
					 .details = {{"id", *text},
						     {"rule", *text},
						     {"subject", *text},
						     {"reason", *text},
						     {"consent", *text},
						     {"status", *text},
						     {"action", *text},
						     {"body", body}}});
		made_add(&made, &wrote);
	}
	job->verified.bad_kind = made_hostile[0];
	job->verified.bad_segment = made_hostile[1];
	job->verified.last_hash = job->verified.bad_meaning = made_hostile[2];
	job->verified.origin = job->verified.root = job->verified.first_key = made_hostile[0];
	job->verified.note = "<b>\n\xe2\x80\xae</pre>\n";
	job->verified.kind_count = job->verified.finding_count = 1;
	job->verified.kinds[0].name = job->verified.findings[0].detail = made_hostile[0];
	job->verified.kinds[0].count = 1;
	const char *text = html_of(&made, job);
	check_markup(text);
	assert_non_null(strstr(text, "&lt;script&gt;alert(1)&lt;/script&gt;"));
	assert_non_null(strstr(text, "\\u202egnp.exe"));
	assert_null(strstr(text, "\xe2\x80\xae"));
	made_free(job);
}

/* Who cannot see the charts, or reads on paper, has all of it as text. */
static void test_charts_have_texts(void **state)
{
	struct made made = {0};
	struct job *job = made_job(JOB_AUDIT_REPORT, REVIEW_HTML);

	(void)state;
	for (unsigned i = 0; i < 120; i++) {
		made_add(&made, &(struct audit_event){.event = "alerts.list"});
		made.time_us += 86400000000u;
	}
	const char *text = html_of(&made, job);
	check_markup(text);
	assert_non_null(strstr(text,
			       "role=\"img\" aria-label=\"Records per 2 days (UTC), at most 2, "
			       "from 2026-01-02; the table below has all of them\""));
	assert_non_null(strstr(text, "<th scope=\"row\">2026-01-03</th>"));
	assert_non_null(
		strstr(text, "<th scope=\"row\">alerts.list</th><td class=\"count\">120</td>"));
	for (const char *at = text; (at = strstr(at, "<table")); at++)
		assert_true(strncmp(strchr(at, '>') + 1, "\n<caption>", 10) == 0);
	made_free(job);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_change_with_its_consent),
		cmocka_unit_test(test_a_change_without_its_result),
		cmocka_unit_test(test_a_denial_counts_once),
		cmocka_unit_test(test_incidents),
		cmocka_unit_test(test_failures_and_limits),
		cmocka_unit_test(test_lists_are_bounded),
		cmocka_unit_test(test_the_verdict_in_json),
		cmocka_unit_test(test_the_newest_checkpoint),
		cmocka_unit_test(test_the_verdict_in_html),
		cmocka_unit_test(test_the_policy_is_for_this_style),
		cmocka_unit_test(test_foreign_markup_is_found),
		cmocka_unit_test(test_hostile_texts_stay_texts_in_html),
		cmocka_unit_test(test_charts_have_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
