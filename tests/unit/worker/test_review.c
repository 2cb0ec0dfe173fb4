/* Jobs about the audit log, for terminals and as they are: dispatch, following, lines and JSON. */
#include "made.h"

#include "lib/base/io.h"
#include "lib/json/parse.h"
#include "lib/sanitize/character.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const struct audit_event intent = {.actor = "uid:1000",
					  .job = "j-0123456789abcdef",
					  .event = "alerts.list",
					  .phase = AUDIT_INTENT,
					  .target = "acme/shop",
					  .decision = "allow",
					  .rule = "default.read",
					  .detail_count = 1,
					  .details = {{"api", "https://api.github.com"}}};

static void add_hostile(struct made *made)
{
	static char body[16385];

	memset(body, '"', sizeof(body) - 1);
	for (const char *const *text = made_hostile; *text; text++)
		made_add(made, &(struct audit_event){.actor = *text,
						     .job = *text,
						     .event = *text,
						     .target = *text,
						     .decision = *text,
						     .rule = *text,
						     .outcome = *text,
						     .request_id = *text,
						     .phase = AUDIT_NOTE,
						     .severity = AUDIT_CRITICAL,
						     .detail_count = 2,
						     .details = {{*text, *text}, {"body", body}}});
}

/* No control character but those given, and nothing that reorders or hides. */
static void check_harmless(const char *text, const char *others)
{
	for (size_t i = 0, length = strlen(text); i < length;) {
		struct sanitize_character character =
			sanitize_decode((const unsigned char *)text + i, length - i);
		assert_true(character.valid);
		if (character.code > 0x7f || !strchr(others, (int)character.code))
			assert_false(sanitize_is_active(character.code));
		i += character.length;
	}
}

static unsigned count(const char *text, char c)
{
	unsigned found = 0;

	for (; *text; text++)
		found += *text == c ? 1 : 0;
	return found;
}

static void test_table(void **state)
{
	struct made made = {0};
	struct job *job = made_job(JOB_AUDIT_SEARCH, REVIEW_TABLE);

	(void)state;
	job->request.width = 84;
	made_add(&made, &intent);
	const char *text = made_run(&made, job);
	assert_int_equal(job->failure.kind, FAILURE_NONE);
	assert_int_equal(job->items, 1);
	assert_string_equal(
		text, "SEQ  TIME (UTC)           LEVEL  ACTOR     EVENT        PHASE   TARGET     "
		      "OUTCOME\n"
		      "1    2026-01-02 03:04:05  info   uid:1000  alerts.list  intent  acme/shop  "
		      "allow\n");
	made_free(job);
}

static void test_hostile_rows_stay_rows(void **state)
{
	struct made made = {0};
	struct job *job = made_job(JOB_AUDIT_SEARCH, REVIEW_TABLE);

	(void)state;
	job->request.width = 200;
	add_hostile(&made);
	const char *text = made_run(&made, job);
	check_harmless(text, "\n");
	assert_int_equal(count(text, '\n'), job->items + 1);
	made_free(job);
}

static void test_nothing_is_said(void **state)
{
	static const struct {
		enum job_kind kind;
		enum review_format format;
		const char *text;
	} expected[] = {
		{JOB_AUDIT_SEARCH, REVIEW_TABLE, "No record matches.\n"},
		{JOB_AUDIT_SEARCH, REVIEW_LINES, ""},
		{JOB_AUDIT_SEARCH, REVIEW_JSON, "[]\n"},
		{JOB_AUDIT_TAIL, REVIEW_JSONL, ""},
		{JOB_AUDIT_EXPORT, REVIEW_OCSF, ""},
		{JOB_AUDIT_STATS, REVIEW_TABLE, "No record matches.\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		struct made made = {0};
		struct job *job = made_job(expected[i].kind, expected[i].format);
		assert_string_equal(made_run(&made, job), expected[i].text);
		assert_int_equal(job->failure.kind, FAILURE_NONE);
		made_free(job);
	}
}

static void test_only_a_report_is_html(void **state)
{
	struct made made = {0};
	struct job *job = made_job(JOB_AUDIT_SEARCH, REVIEW_HTML);

	(void)state;
	made_add(&made, &intent);
	assert_string_equal(made_run(&made, job), "");
	assert_int_equal(job->failure.kind, FAILURE_USAGE);
	made_free(job);
}

static void test_lines_have_sixteen_columns(void **state)
{
	struct made made = {0};
	struct job *job = made_job(JOB_AUDIT_SEARCH, REVIEW_LINES);

	(void)state;
	made_add(&made, &intent);
	assert_string_equal(
		made_run(&made, job),
		"1\t2026-01-02T03:04:05.000000Z\t12345\t0a1b2c3d4e5f-01234567\tuid:1000\t"
		"j-0123456789abcdef\talerts.list\tintent\tacme/"
		"shop\tallow\tdefault.read\t\t\tinfo\t"
		"{\"api\":\"https://api.github.com\"}\t"
		"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n");
	made_free(job);
	job = made_job(JOB_AUDIT_SEARCH, REVIEW_LINES);
	add_hostile(&made);
	const char *text = made_run(&made, job);
	check_harmless(text, "\n\t");
	assert_int_equal(count(text, '\n'), job->items);
	assert_int_equal(count(text, '\t'), job->items * 15);
	/* No column is cut. */
	assert_true(strlen(text) > job->items * 2 * 16384);
	made_free(job);
}

/* What any reader of JSON makes of them is what the record says, and a terminal sees no tricks. */
static void test_json_is_an_array_of_the_records(void **state)
{
	const struct json_limits limits = {10000, 1000, JSON_NO_COMMENTS};
	struct made made = {0};
	struct job *job = made_job(JOB_AUDIT_SEARCH, REVIEW_JSON);
	struct json_where where;
	enum json_fault fault;

	(void)state;
	add_hostile(&made);
	const char *text = made_run(&made, job);
	check_harmless(text, "\n");
	struct cJSON *root = json_parse(text, strlen(text), &limits, &fault, &where);
	assert_non_null(root);
	for (int i = 0; made_hostile[i]; i++) {
		const struct cJSON *record = cJSON_GetArrayItem(root, i);
		/* made_add() has no tabs. */
		if (!strchr(made_hostile[i], '\t'))
			assert_string_equal(json_get_text(record, "actor"), made_hostile[i]);
	}
	assert_int_equal(cJSON_GetArraySize(root), (int)job->items);
	cJSON_Delete(root);
	made_free(job);
}

static void test_json_lines_are_the_lines(void **state)
{
	struct made made = {0};
	struct job *job = made_job(JOB_AUDIT_EXPORT, REVIEW_JSONL);

	(void)state;
	add_hostile(&made);
	char *copy = strdup(made.lines);
	assert_string_equal(made_run(&made, job), copy);
	free(copy);
	made_free(job);
}

/* What was fine is delivered, but an array that is not whole is not closed. */
static void test_a_bad_line_ends_the_job(void **state)
{
	struct made made = {0};
	struct job *job = made_job(JOB_AUDIT_SEARCH, REVIEW_JSON);

	(void)state;
	made_add(&made, &intent);
	made_add_text(&made, "{\"seq\":2}\n");
	made_add(&made, &intent);
	const char *text = made_run(&made, job);
	assert_int_equal(job->failure.kind, FAILURE_MALFORMED);
	assert_int_equal(job->items, 1);
	assert_null(strstr(text, "]\n"));
	made_free(job);
}

/* --- following --- */

/* A head may come before. */
static void check_arrives(int fd, const char *part)
{
	static char text[65536];
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	do {
		assert_int_equal(poll(&poll_fd, 1, 10000), 1);
		ssize_t got = read(fd, text, sizeof(text) - 1);
		assert_true(got > 0);
		text[got] = 0;
	} while (!strstr(text, part));
}

static void check_followed(enum review_format format)
{
	struct job *job = made_job(JOB_AUDIT_TAIL, format);
	int records[2], output[2], status;
	struct made made = {0};

	assert_int_equal(pipe(records), 0);
	assert_int_equal(pipe(output), 0);
	job->request.review.follow = 1;
	pid_t child = fork();
	if (child == 0) {
		close(records[1]);
		close(output[0]);
		job->records = records[0];
		job->output.fd = output[1];
		review_run(job);
		output_flush(&job->output);
		_exit(job->failure.kind == FAILURE_NONE ? 0 : 1);
	}
	close(records[0]);
	close(output[1]);
	for (unsigned i = 0; i < 3; i++) {
		struct audit_event event = intent;
		char target[16];
		snprintf(target, sizeof(target), "acme/shop%u", i);
		event.target = target;
		made_add(&made, &event);
		assert_int_equal(io_write_full(records[1], made.lines, made.length), 0);
		made.length = 0;
		check_arrives(output[0], target);
	}
	close(records[1]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	close(output[0]);
	free(made.lines);
	made_free(job);
}

static void test_who_follows_does_not_wait(void **state)
{
	static const enum review_format formats[] = {REVIEW_TABLE, REVIEW_LINES, REVIEW_JSONL,
						     REVIEW_CSV,   REVIEW_OCSF,	 REVIEW_ECS,
						     REVIEW_CEF};

	(void)state;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		check_followed(formats[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_hostile_rows_stay_rows),
		cmocka_unit_test(test_nothing_is_said),
		cmocka_unit_test(test_only_a_report_is_html),
		cmocka_unit_test(test_lines_have_sixteen_columns),
		cmocka_unit_test(test_json_is_an_array_of_the_records),
		cmocka_unit_test(test_json_lines_are_the_lines),
		cmocka_unit_test(test_a_bad_line_ends_the_job),
		cmocka_unit_test(test_who_follows_does_not_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
