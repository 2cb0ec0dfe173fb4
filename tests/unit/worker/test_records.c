/* Records out of a pipe: what is none is told, and never more than one line is believed. */
#include "made.h"
#include "worker/records.h"

#include "lib/base/io.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct records *open_lines(struct made *made, int *fd)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(io_write_full(ends[1], made->lines, made->length), 0);
	close(ends[1]);
	free(made->lines);
	*made = (struct made){0};
	*fd = ends[0];
	return records_new(ends[0]);
}

static void test_texts_lose_their_escapes(void **state)
{
	struct made made = {.seq = 41};
	struct record record;
	struct failure failure = {0};
	char origin[RECORD_ORIGIN_SIZE];
	int fd;

	(void)state;
	made_add(&made, &(struct audit_event){.actor = "uid:1000",
					      .event = "a\"b\\c",
					      .target = "acme/shop",
					      .phase = AUDIT_RESULT,
					      .severity = AUDIT_WARNING,
					      .detail_count = 2,
					      .details = {{"x", "{\"y\":1}"}, {"", ""}}});
	struct records *records = open_lines(&made, &fd);
	assert_false(records_ready(records));
	assert_int_equal(records_next(records, &record, &failure), 1);
	assert_int_equal(record.seq, 41);
	assert_int_equal(record.time_us, MADE_TIME);
	assert_string_equal(record.time, "2026-01-02T03:04:05.000000Z");
	assert_string_equal(record.event, "a\"b\\c");
	assert_string_equal(record.job, "");
	assert_string_equal(record_detail(&record, "x"), "{\"y\":1}");
	assert_string_equal(record_detail(&record, "z"), "");
	assert_int_equal(record.details_length, strlen("{\"x\":\"{\\\"y\\\":1}\",\"\":\"\"}"));
	assert_memory_equal(record.details_text, "{\"x\":\"{\\\"y\\\":1}\",\"\":\"\"}",
			    record.details_length);
	assert_string_equal(record_severity(record.severity), "warning");
	assert_string_equal(record_phase(record.phase), "result");
	record_origin(&record, origin);
	assert_string_equal(origin, "ghward-audit/0a1b2c3d4e5f");
	assert_int_equal(records_next(records, &record, &failure), 0);
	assert_int_equal(failure.kind, FAILURE_NONE);
	records_free(records);
	close(fd);
}

/* The hash that the log itself has for it, and what a session does not name. */
static void test_leaf_and_origin(void **state)
{
	static char texts[RECORD_TEXTS_SIZE];
	struct made made = {0};
	struct record record;
	uint8_t hash[AUDITLOG_HASH_SIZE];
	char leaf[AUDITLOG_HEX_SIZE], expected[AUDITLOG_HEX_SIZE], origin[RECORD_ORIGIN_SIZE];

	(void)state;
	made_add(&made, &(struct audit_event){.event = "x"});
	assert_int_equal(record_read(&record, made.lines, made.length - 1, texts), 0);
	assert_int_equal(auditlog_init(), 0);
	auditlog_leaf_hash(made.lines, made.length - 1, hash);
	auditlog_hex(hash, expected);
	record_leaf(&record, leaf);
	assert_string_equal(leaf, expected);
	assert_memory_equal(record.details_text, "{}", 2);
	static const char *const others[] = {"", "0a1b2c3d4e5f", "0a1b2c3d4e5-01234567",
					     "<b>0a1b2c3d4e5f-x"};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		record.session = others[i];
		record_origin(&record, origin);
		assert_string_equal(origin, "");
	}
	free(made.lines);
}

static void check_failure(struct made *made, unsigned good, const char *message)
{
	struct record record;
	struct failure failure = {0};
	int fd;
	struct records *records = open_lines(made, &fd);

	for (unsigned i = 0; i < good; i++)
		assert_int_equal(records_next(records, &record, &failure), 1);
	assert_int_equal(records_next(records, &record, &failure), -1);
	assert_int_equal(failure.kind, FAILURE_MALFORMED);
	assert_string_equal(failure.message, message);
	assert_non_null(strstr(failure.hint, "ghward audit verify"));
	records_free(records);
	close(fd);
}

static void test_what_is_no_record_is_told(void **state)
{
	struct made made = {0};

	(void)state;
	made_add_text(&made, "\n");
	check_failure(&made, 0, "the audit log cannot be read: a line is not a record");
	made.seq = 7;
	made_add(&made, &(struct audit_event){.event = "x"});
	made_add_text(&made, "{}\n");
	check_failure(&made, 1,
		      "the audit log cannot be read behind record 7: a line is not a record");
	made_add(&made, &(struct audit_event){.event = "x"});
	made_add_text(&made, "{\"seq\":2");
	check_failure(&made, 1,
		      "the audit log cannot be read behind record 1: it ends in the middle of a "
		      "record");
}

static void test_a_line_without_end_is_not_waited_for(void **state)
{
	struct made made = {0};
	char part[1025];

	(void)state;
	memset(part, 'x', sizeof(part) - 1);
	part[sizeof(part) - 1] = 0;
	/* Not more than a pipe takes. */
	for (unsigned i = 0; i < 64; i++)
		made_add_text(&made, part);
	check_failure(&made, 0, "the audit log cannot be read: a line is longer than any record");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts_lose_their_escapes),
		cmocka_unit_test(test_leaf_and_origin),
		cmocka_unit_test(test_what_is_no_record_is_told),
		cmocka_unit_test(test_a_line_without_end_is_not_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
