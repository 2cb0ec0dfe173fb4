/* audit.segment, audit.checkpoint and audit.retain: each in one form, and true to its own record.
 */
#include "lib/auditlog/markers.h"

#include "made_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct made_log log_made;

static int set_up(void **state)
{
	(void)state;
	if (auditlog_init() < 0)
		return -1;
	made_whole(&log_made, "0123456789ab", 40, 20);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	made_free(&log_made);
	return 0;
}

/* The line with this number, as a copy to change. */
static size_t copy_line(uint64_t number, char line[8192])
{
	for (unsigned i = 0; i < log_made.segment_count; i++) {
		const struct made_segment *segment = &log_made.segments[i];
		uint64_t at = segment->first;
		const char *text = segment->text, *end = text + segment->length;
		for (; text < end; at++) {
			const char *newline = memchr(text, '\n', (size_t)(end - text));
			size_t length = (size_t)(newline - text);
			if (at == number) {
				memcpy(line, text, length);
				line[length] = 0;
				return length;
			}
			text = newline + 1;
		}
	}
	fail_msg("no such record");
	return 0;
}

static int read_segment(const char *line, struct auditlog_segment *segment)
{
	struct auditlog_record record;

	return auditlog_parse(line, strlen(line), &record) < 0
		       ? -2
		       : auditlog_get_segment(&record, segment);
}

static int read_checkpoint(const char *line, struct auditlog_checkpoint *checkpoint)
{
	struct auditlog_record record;

	return auditlog_parse(line, strlen(line), &record) < 0
		       ? -2
		       : auditlog_get_checkpoint(&record, log_made.origin, checkpoint);
}

static void test_segments(void **state)
{
	struct auditlog_segment segment;
	char line[8192];

	(void)state;
	copy_line(1, line);
	assert_int_equal(read_segment(line, &segment), 0);
	assert_int_equal(segment.epoch, 1);
	assert_int_equal(segment.after, AUDITLOG_AFTER_NOTHING);
	assert_string_equal(segment.signature, "");
	assert_int_equal(segment.tree.end, 0);
	assert_memory_equal(&segment.key, &log_made.first_key, sizeof(segment.key));
	copy_line(21, line);
	assert_int_equal(read_segment(line, &segment), 0);
	assert_int_equal(segment.epoch, 2);
	assert_int_equal(segment.after, AUDITLOG_AFTER_CLOSED);
	assert_int_equal(segment.tree.end, 20);
	copy_line(2, line);
	assert_int_equal(read_segment(line, &segment), -1);
}

static void test_checkpoints(void **state)
{
	struct auditlog_checkpoint checkpoint;
	char line[8192];

	(void)state;
	copy_line(20, line);
	assert_int_equal(read_checkpoint(line, &checkpoint), 0);
	assert_int_equal(checkpoint.note.size, 19);
	assert_int_equal(checkpoint.next, 21);
	assert_int_equal(note_checkpoint_verify(&log_made.first_key, &checkpoint.note), 0);
	copy_line(40, line);
	assert_int_equal(read_checkpoint(line, &checkpoint), 0);
	assert_int_equal(checkpoint.next, 0);
	assert_memory_equal(checkpoint.note.root, log_made.checkpoint.root,
			    sizeof(checkpoint.note.root));
	struct auditlog_record record;
	assert_int_equal(auditlog_parse(line, strlen(line), &record), 0);
	assert_int_equal(
		auditlog_get_checkpoint(&record, NOTE_ORIGIN_PREFIX "ba9876543210", &checkpoint),
		-1);
}

/* Puts another text in the place of one. */
static void exchange(char line[8192], const char *from, const char *to)
{
	char *at = strstr(line, from);

	if (!at)
		fail_msg("the line has no %s", from);
	char rest[8192];
	snprintf(rest, sizeof(rest), "%s", at + strlen(from));
	snprintf(at, (size_t)(line + 8192 - at), "%s%s", to, rest);
}

static void test_segments_that_are_none(void **state)
{
	static const char *const changes[][2] = {
		{"\"format\":\"2\"", "\"format\":\"3\""},
		{"\"format\":\"2\",", ""},
		{"\"epoch\":\"2\"", "\"epoch\":\"1\""},
		{"\"epoch\":\"2\"", "\"epoch\":\"0\""},
		{"\"epoch\":\"2\"", "\"epoch\":\"02\""},
		{"\"after\":\"closed\"", "\"after\":\"\""},
		{"\"after\":\"closed\"", "\"after\":\"open\""},
		{"\"peaks\":\"", "\"peaks\":\"0"},
		{"\"phase\":\"note\"", "\"phase\":\"intent\""},
		{"\"origin\":\"ghward-audit/0123456789ab\"",
		 "\"origin\":\"ghward-audit/0123456789ac\""},
		{"\"session\":\"0123456789ab", "\"session\":\"0123456789ac"},
		{"audit.segment", "audit.segments"},
	};
	struct auditlog_segment segment;
	char line[8192];

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		copy_line(21, line);
		exchange(line, changes[i][0], changes[i][1]);
		if (read_segment(line, &segment) != -1)
			fail_msg("%s is a segment", changes[i][1]);
	}
}

static void test_checkpoints_that_are_none(void **state)
{
	static const char *const changes[][2] = {
		{"\"size\":\"19\"", "\"size\":\"18\""},
		{"\"size\":\"19\"", "\"size\":\"019\""},
		{"\"size\":\"19\"", "\"size\":\"\""},
		{"\"size\":\"19\",", ""},
		{"\"root\":\"", "\"root\":\"A"},
		{"\"seal\":\"", "\"seal\":\"="},
		{"\"next\":\"00000000000000000021", "\"next\":\"00000000000000000022"},
		{"\"next\":\"00000000000000000021.jsonl\"", "\"next\":\"\""},
		{"\"next\"", "\"text\""},
		{"\"phase\":\"note\"", "\"phase\":\"result\""},
		{"audit.checkpoint", "audit.checkpoints"},
		{"\"signature\":\"", "\"signature\":\"00000000000000000"},
	};
	struct auditlog_checkpoint checkpoint;
	char line[8192];

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		copy_line(20, line);
		exchange(line, changes[i][0], changes[i][1]);
		if (read_checkpoint(line, &checkpoint) != -1)
			fail_msg("%s is a checkpoint", changes[i][1]);
	}
	/* Another root than the peaks have. */
	copy_line(20, line);
	char *root = strstr(line, "\"root\":\"") + 8;
	*root = *root == 'A' ? 'B' : 'A';
	assert_int_equal(read_checkpoint(line, &checkpoint), -1);
}

static void test_retention(void **state)
{
	static const struct {
		const char *first;
		int status;
	} cases[] = {{"1", 0}, {"41", 0}, {"42", -1}, {"0", -1}, {"01", -1}, {"", -1}, {"x", -1}};
	uint64_t first;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct made_log log;
		struct auditlog_record record;
		made_whole(&log, "0123456789ab", 40, 40);
		size_t before = log.segments[0].length;
		made_record(&log, &(struct audit_event){.event = AUDITLOG_RETAIN,
							.phase = AUDIT_NOTE,
							.detail_count = 1,
							.details = {{"first", cases[i].first}}});
		assert_int_equal(auditlog_parse(log.segments[0].text + before,
						log.segments[0].length - before - 1, &record),
				 0);
		assert_int_equal(auditlog_get_retention(&record, &first), cases[i].status);
		made_free(&log);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_segments),
		cmocka_unit_test(test_checkpoints),
		cmocka_unit_test(test_segments_that_are_none),
		cmocka_unit_test(test_checkpoints_that_are_none),
		cmocka_unit_test(test_retention),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
