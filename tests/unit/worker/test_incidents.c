/* Incidents put together from their records: what is chosen, and what each form says. */
#include "made.h"

#include "lib/json/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FIRST "SEC-20260102-00000001"
#define SECOND "SEC-20260102-00000002"

static void add_open(struct made *made, const char *id, const char *subject)
{
	made_add(made, &(struct audit_event){.actor = "audit",
					     .event = "incident.open",
					     .phase = AUDIT_NOTE,
					     .severity = AUDIT_CRITICAL,
					     .detail_count = 9,
					     .details = {{"id", id},
							 {"type", "token_compromise"},
							 {"rule", "token_compromise"},
							 {"per", "credential"},
							 {"subject", subject},
							 {"count", "5"},
							 {"window", "600"},
							 {"actions", "alert,quarantine"},
							 {"records", "7,9"}}});
}

static void add_response(struct made *made, const char *id, const char *action, const char *outcome,
			 const char *message)
{
	made_add(made, &(struct audit_event){
			       .actor = "broker",
			       .event = "incident.respond",
			       .phase = AUDIT_RESULT,
			       .outcome = outcome,
			       .detail_count = 3,
			       .details = {{"id", id}, {"action", action}, {"message", message}}});
}

static void add_close(struct made *made, const char *id, const char *actor, const char *reason)
{
	made_add(made, &(struct audit_event){.actor = actor,
					     .event = "incident.close",
					     .phase = AUDIT_NOTE,
					     .detail_count = 2,
					     .details = {{"id", id}, {"reason", reason}}});
}

/* One that was closed, one that is open, and records that belong to none. */
static struct made usual(void)
{
	struct made made = {0};

	add_open(&made, FIRST, "vault:work");
	add_response(&made, FIRST, "quarantine", "done", "");
	add_response(&made, FIRST, "alert", "refused", "status 500");
	add_open(&made, SECOND, "GH_TOKEN");
	add_response(&made, FIRST, "alert", "done", "");
	add_response(&made, "SEC-20260102-00000009", "alert", "done", "");
	add_close(&made, FIRST, "uid:1000", "The token was rotated");
	add_close(&made, FIRST, "uid:1001", "again");
	return made;
}

static struct job *job_of(enum job_kind kind, enum review_format format, const char *name,
			  const char *text)
{
	struct job *job = made_job(kind, format);

	job->request.review.name = name;
	job->request.review.text = text;
	job->request.width = 200;
	return job;
}

static void check_list(const char *state, bool first, bool second)
{
	struct made made = usual();
	struct job *job = job_of(JOB_AUDIT_INCIDENTS_LIST, REVIEW_LINES, "", state);
	const char *text = made_run(&made, job);

	assert_int_equal(strstr(text, FIRST) != NULL, first);
	assert_int_equal(strstr(text, SECOND) != NULL, second);
	assert_int_equal(job->items, first + second);
	made_free(job);
}

static void test_list_by_state(void **state)
{
	(void)state;
	check_list(INCIDENTS_OPEN, false, true);
	check_list(INCIDENTS_CLOSED, true, false);
	check_list(INCIDENTS_ALL, true, true);
}

static void test_a_line(void **state)
{
	struct made made = usual();
	struct job *job = job_of(JOB_AUDIT_INCIDENTS_LIST, REVIEW_LINES, "", INCIDENTS_CLOSED);

	(void)state;
	assert_string_equal(made_run(&made, job),
			    FIRST "\tclosed\tcritical\ttoken_compromise\ttoken_compromise\t"
				  "credential\tvault:work\t2026-01-02T03:04:05.000000Z\t5\t600\t"
				  "alert,quarantine\tquarantine: done, alert: done\t"
				  "2026-01-02T03:04:11.000000Z\tuid:1000\tThe token was rotated\n");
	made_free(job);
}

static void test_a_table(void **state)
{
	struct made made = usual(), none = {0};
	struct job *job = job_of(JOB_AUDIT_INCIDENTS_LIST, REVIEW_TABLE, "", INCIDENTS_ALL);

	(void)state;
	const char *text = made_run(&made, job);
	assert_non_null(strstr(text, "SUBJECT"));
	assert_non_null(strstr(text, "5 in 600 s"));
	made_free(job);
	job = job_of(JOB_AUDIT_INCIDENTS_LIST, REVIEW_TABLE, "", INCIDENTS_OPEN);
	assert_string_equal(made_run(&none, job), "There is no such incident.\n");
	made_free(job);
}

static void test_a_page(void **state)
{
	static const char *const parts[] = {
		"incident   " FIRST "\n",
		"state      closed\n",
		"credential vault:work\n",
		"counted    5 within 600 s\n",
		"look with  ghward audit search --since 2026-01-02T02:54:05Z",
		" --until 2026-01-02T03:04:06Z\n",
		"responses  2026-01-02T03:04:06Z quarantine: done\n",
		"           2026-01-02T03:04:07Z alert: refused, status 500\n",
		"closed by  uid:1000\n",
		"reason     The token was rotated\n",
	};
	struct made made = usual();
	struct job *job = job_of(JOB_AUDIT_INCIDENTS_SHOW, REVIEW_TABLE, FIRST, "");

	(void)state;
	const char *text = made_run(&made, job);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!strstr(text, parts[i]))
			fail_msg("\"%s\" should be in:\n%s", parts[i], text);
	}
	made_free(job);
}

static void test_one_that_is_not_there(void **state)
{
	struct made made = usual();
	struct job *job =
		job_of(JOB_AUDIT_INCIDENTS_SHOW, REVIEW_TABLE, "SEC-20260102-00000007", "");

	(void)state;
	assert_string_equal(made_run(&made, job), "");
	assert_int_equal(job->failure.kind, FAILURE_NOT_FOUND);
	made_free(job);
}

static struct cJSON *parse(const char *text)
{
	const struct json_limits limits = {10000, 1000, JSON_NO_COMMENTS};
	struct json_where where;
	enum json_fault fault;
	struct cJSON *root = json_parse(text, strlen(text), &limits, &fault, &where);

	assert_non_null(root);
	return root;
}

static void test_json(void **state)
{
	struct made made = usual();
	struct job *job = job_of(JOB_AUDIT_INCIDENTS_LIST, REVIEW_JSON, "", INCIDENTS_ALL);
	struct cJSON *root = parse(made_run(&made, job));

	(void)state;
	assert_int_equal(cJSON_GetArraySize(root), 2);
	const struct cJSON *first = cJSON_GetArrayItem(root, 0), *second = first->next;
	assert_string_equal(json_get_string(first, "state"), "closed");
	assert_string_equal(json_get_string(first, "closed_by"), "uid:1000");
	assert_int_equal(cJSON_GetArraySize(json_get_array(first, "responses")), 3);
	assert_int_equal(cJSON_GetArrayItem(json_get_array(first, "records"), 1)->valuedouble, 9);
	assert_string_equal(json_get_string(second, "state"), "open");
	assert_true(cJSON_IsNull(json_member(second, "closed")));
	cJSON_Delete(root);
	made_free(job);
}

static void test_hostile_texts_stay_data(void **state)
{
	(void)state;
	for (const char *const *text = made_hostile; *text; text++) {
		for (unsigned format = REVIEW_TABLE; format <= REVIEW_JSON; format++) {
			struct made made = {0};
			add_open(&made, FIRST, *text);
			add_response(&made, FIRST, *text, *text, *text);
			add_close(&made, FIRST, *text, *text);
			struct job *job = job_of(JOB_AUDIT_INCIDENTS_LIST,
						 (enum review_format)format, "", INCIDENTS_ALL);
			const char *out = made_run(&made, job);
			assert_null(strpbrk(out, "\x1b\r\b\x7f"));
			if (format == REVIEW_JSON)
				cJSON_Delete(parse(out));
			made_free(job);
		}
	}
}

/* The newest are kept of what is more than anybody has. */
static void test_many_responses(void **state)
{
	struct made made = {0};
	char message[16];

	(void)state;
	add_open(&made, FIRST, "x");
	for (unsigned i = 0; i < 100; i++) {
		snprintf(message, sizeof(message), "try %u", i);
		add_response(&made, FIRST, "alert", "refused", message);
	}
	struct job *job = job_of(JOB_AUDIT_INCIDENTS_SHOW, REVIEW_JSON, FIRST, "");
	struct cJSON *root = parse(made_run(&made, job));
	const struct cJSON *responses = json_get_array(root, "responses");
	int count = cJSON_GetArraySize(responses);
	assert_int_equal(count, 32);
	assert_string_equal(json_get_string(cJSON_GetArrayItem(responses, count - 1), "message"),
			    "try 99");
	cJSON_Delete(root);
	made_free(job);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list_by_state),
		cmocka_unit_test(test_a_line),
		cmocka_unit_test(test_a_table),
		cmocka_unit_test(test_a_page),
		cmocka_unit_test(test_one_that_is_not_there),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_hostile_texts_stay_data),
		cmocka_unit_test(test_many_responses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
