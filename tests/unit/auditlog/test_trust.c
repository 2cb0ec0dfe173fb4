/* The checker on what a thief of files or of a key may do, and on what a reviewer kept elsewhere.
 */
#include "assert_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- keys and signatures --- */

static void test_the_first_key_is_the_one_kept_elsewhere(void **state)
{
	struct auditlog_known known;
	struct made_log log, other;

	(void)state;
	made_whole(&log, ID, 30, 20);
	made_begin(&other, "ba9876543210");
	known = feed_known(&log);
	known.has_first_key = true;
	known.first_key = log.first_key;
	assert_whole(&log, &known);
	known.first_key = other.first_key;
	assert_damaged(&log, &known, AUDITLOG_BAD_SIGNATURE, 1, "00000000000000000001.jsonl");
	/* All that the key began is gone. */
	known.has_head = false;
	log.segment_count = 0;
	assert_damaged(&log, &known, AUDITLOG_MISSING_SEGMENT, 1, "00000000000000000001.jsonl");
	log.segment_count = 2;
	made_free(&log);
	made_free(&other);
}

/* Who writes the log anew from some epoch on, consistently, but has not the key of the one before.
 */
static void test_an_epoch_of_somebody_else(void **state)
{
	struct auditlog_known known;
	struct made_log log;

	(void)state;
	made_whole(&log, ID, 18, 40);
	made_close(&log);
	memset(log.scalar, 0x11, sizeof(log.scalar));
	struct note_key key = log.key;
	assert_int_equal(sign_public_key(log.scalar, &log.key), 0);
	made_next(&log, "closed", NULL);
	made_checkpoint(&log);
	known = feed_known(&log);
	assert_damaged(&log, &known, AUDITLOG_BAD_SIGNATURE, 20, "00000000000000000020.jsonl");
	/* Nor does it help to name the right key's id. */
	memcpy(log.key.id, key.id, sizeof(key.id));
	made_free(&log);
}

/* Checkpoints that are consistent, but signed by an own key; only the last one of an epoch is
 * looked at first, and the first bad one is named when each is. */
static void test_a_forged_checkpoint(void **state)
{
	struct auditlog_known known;
	struct made_log log;

	(void)state;
	made_whole(&log, ID, 20, 40);
	memset(log.scalar, 0x11, sizeof(log.scalar));
	made_filler(&log);
	made_checkpoint(&log);
	made_filler(&log);
	made_checkpoint(&log);
	known = feed_known(&log);
	assert_damaged(&log, &known, AUDITLOG_BAD_SIGNATURE, 24, "00000000000000000001.jsonl");
	auditlog_checker_init(&checker, &known);
	checker.signatures = AUDITLOG_ALL_SIGNATURES;
	assert_int_equal(feed_segments(&checker, &log, 0, FEED_LINES), -1);
	assert_int_equal(checker.verdict.damage, AUDITLOG_BAD_SIGNATURE);
	assert_int_equal(checker.verdict.seq, 22);
	made_free(&log);
}

/* A consistent chain whose checkpoints were left as they were. */
static void test_records_written_anew(void **state)
{
	struct auditlog_known known;
	struct made_log log, other;
	char line[8192], body[8192];
	struct auditlog_record record;

	(void)state;
	made_whole(&log, ID, 20, 40);
	/* The last checkpoint's line with another link, behind nine other records. */
	made_begin(&other, ID);
	while (other.position.seq < 19)
		made_filler(&other);
	const char *text = log.segments[0].text;
	const char *last = (const char *)memrchr(text, '\n', log.segments[0].length - 1) + 1;
	size_t length = (size_t)(text + log.segments[0].length - last) - 1;
	assert_int_equal(auditlog_parse(last, length, &record), 0);
	const char *time = memchr(last, ',', length);
	size_t size = length - (size_t)(time + 1 - last) -
		      strlen("},\"session\":\"0123456789ab-89abcdef\",\"prev\":\"\"}") - 64;
	body[0] = '{';
	memcpy(body + 1, time + 1, size);
	size = auditlog_format_line(line, sizeof(line), body, size + 1, 0, "0123456789ab-89abcdef",
				    &other.position);
	assert_true(size > 0);
	struct made_segment *segment = &other.segments[0];
	segment->text = realloc(segment->text, segment->length + size);
	memcpy(segment->text + segment->length, line, size);
	segment->length += size;
	auditlog_format_slot(other.head, &other.position);
	memcpy(other.seal, log.seal, sizeof(log.seal));
	known = feed_known(&other);
	assert_damaged(&other, &known, AUDITLOG_REWRITTEN, 20, "00000000000000000001.jsonl");
	made_free(&log);
	made_free(&other);
}

/* A segment of another log that has the right name. */
static void test_a_segment_of_another_log(void **state)
{
	struct auditlog_known known;
	struct made_log log, other;

	(void)state;
	made_whole(&log, ID, 30, 20);
	made_whole(&other, "ba9876543210", 30, 20);
	known = feed_known(&log);
	struct made_segment segment = log.segments[1];
	log.segments[1] = other.segments[1];
	assert_damaged(&log, &known, AUDITLOG_SPLICED, 21, "00000000000000000021.jsonl");
	log.segments[1] = segment;
	made_free(&log);
	made_free(&other);
}

/* --- seal --- */

static void test_a_log_cut_back_to_a_checkpoint(void **state)
{
	struct auditlog_known known;
	struct made_log log, later;

	(void)state;
	made_whole(&log, ID, 20, 40);
	made_whole(&later, ID, 24, 40);
	known = feed_known(&log);
	memcpy(log.seal, later.seal, sizeof(log.seal));
	assert_damaged(&log, &known, AUDITLOG_BROKEN_SEAL, 20, "00000000000000000001.jsonl");
	log.seal[0] = 0;
	assert_damaged(&log, &known, AUDITLOG_BROKEN_SEAL, 20, "00000000000000000001.jsonl");
	made_free(&log);
	made_free(&later);
}

/* While the next checkpoint is under way, one slot has its secret already. */
static void test_the_seal_of_a_checkpoint_under_way(void **state)
{
	struct auditlog_known known;
	struct made_log log;
	char next[AUDITLOG_SLOT_SIZE + 1];
	const struct auditlog_position slot = {.seq = 21};

	(void)state;
	made_whole(&log, ID, 20, 40);
	known = feed_known(&log);
	auditlog_format_slot(next, &slot);
	for (unsigned at = 0; at < 2; at++) {
		char *other = log.seal + at * AUDITLOG_SLOT_SIZE;
		if (strncmp(other, "00000000000000000000", 20) == 0)
			memcpy(other, next, AUDITLOG_SLOT_SIZE);
	}
	assert_whole(&log, &known);
	made_free(&log);
}

/* --- a checkpoint kept elsewhere --- */

static void test_a_checkpoint_kept_elsewhere(void **state)
{
	struct auditlog_known known;
	struct made_log log, other;
	struct note_checkpoint kept[4];
	char name[AUDITLOG_NAME_SIZE];
	unsigned count = 0;

	(void)state;
	made_begin(&log, ID);
	while (log.position.seq < 60) {
		made_filler(&log);
		made_checkpoint(&log);
		if (log.position.seq / 15 > count)
			kept[count++] = log.checkpoint;
		if (log.position.seq % 20 > 17)
			made_rotate(&log);
	}
	made_checkpoint(&log);
	known = feed_known(&log);
	known.has_checkpoint = true;
	for (unsigned i = 0; i < count; i++) {
		known.checkpoint = kept[i];
		assert_whole(&log, &known);
		assert_true(checker.known_root && checker.known_key);
	}
	/* Another root, another size, another log's. */
	name_of(&log, 2, name);
	known.checkpoint.root[0] ^= 1;
	assert_damaged(&log, &known, AUDITLOG_BAD_SIGNATURE, known.checkpoint.size, name);
	known.checkpoint = kept[0];
	known.checkpoint.size--;
	assert_damaged(&log, &known, AUDITLOG_BAD_SIGNATURE, known.checkpoint.size,
		       "00000000000000000001.jsonl");
	made_whole(&other, "ba9876543210", 12, 40);
	known.checkpoint = other.checkpoint;
	assert_damaged(&log, &known, AUDITLOG_BAD_SIGNATURE, known.checkpoint.size,
		       "00000000000000000001.jsonl");
	made_free(&other);
	made_free(&log);
}

/* The whole directory was put back to an earlier copy: nothing inside shows that. */
static void test_an_earlier_copy_shows_against_a_later_checkpoint(void **state)
{
	struct auditlog_known known;
	struct made_log log, later;

	(void)state;
	made_whole(&log, ID, 18, 40);
	made_whole(&later, ID, 28, 40);
	known = feed_known(&log);
	assert_whole(&log, &known);
	known.has_checkpoint = true;
	known.checkpoint = later.checkpoint;
	assert_damaged(&log, &known, AUDITLOG_CUT_TAIL, 19, "00000000000000000001.jsonl");
	made_free(&log);
	made_free(&later);
}

/* The owner of the key wrote everything anew, and signed it. */
static void test_a_rewritten_log_shows_against_an_earlier_checkpoint(void **state)
{
	struct auditlog_known known;
	struct made_log log, other;

	(void)state;
	made_whole(&log, ID, 18, 40);
	made_begin(&other, ID);
	other.wall_us++;
	while (other.position.seq < 25)
		made_filler(&other);
	made_checkpoint(&other);
	known = feed_known(&other);
	assert_whole(&other, &known);
	known.has_checkpoint = true;
	known.checkpoint = log.checkpoint;
	assert_damaged(&other, &known, AUDITLOG_REWRITTEN, 17, "00000000000000000001.jsonl");
	made_free(&log);
	made_free(&other);
}

/* --- retention --- */

static void make_retired(struct made_log *log)
{
	made_whole(log, ID, 100, 20);
	made_retire(log, 2);
	made_filler(log);
	made_checkpoint(log);
}

static void test_retention(void **state)
{
	struct auditlog_known known;
	struct made_log log;

	(void)state;
	make_retired(&log);
	known = feed_known(&log);
	known.has_first_key = true;
	known.first_key = log.first_key;
	assert_whole(&log, &known);
	assert_memory_equal(&checker.first_key, &log.first_key, sizeof(log.first_key));
	assert_int_equal(checker.log.findings.counts[AUDITLOG_RETENTION], 1);
	assert_int_equal(checker.log.records, log.position.seq + 1 - log.segments[0].first);
	/* More than it says is gone. */
	free(log.segments[0].text);
	log.segment_count--;
	memmove(log.segments, log.segments + 1, log.segment_count * sizeof(log.segments[0]));
	assert_damaged(&log, &known, AUDITLOG_MISSING_SEGMENT, 60, "retired");
	made_free(&log);
}

/* Without the list the first key that is there has to do; the one kept elsewhere is not it. */
static void test_retention_without_its_list(void **state)
{
	struct auditlog_known known;
	struct made_log log;

	(void)state;
	make_retired(&log);
	known = feed_known(&log);
	log.retired.length = 0;
	assert_whole(&log, &known);
	known.has_first_key = true;
	known.first_key = log.first_key;
	assert_damaged(&log, &known, AUDITLOG_BAD_SIGNATURE, 41, "00000000000000000041.jsonl");
	made_free(&log);
}

/* Every flipped byte of what says something about keys, and a line that is missing. */
static void test_a_damaged_list_of_removed_segments(void **state)
{
	struct auditlog_known known;
	struct made_log log;

	(void)state;
	make_retired(&log);
	known = feed_known(&log);
	char *text = log.retired.text, *at = text;
	for (unsigned line = 0; line < 2; line++) {
		at = strstr(at, "\"origin\"");
		for (const char *end = strstr(at, "\"peaks\""); at < end; at++) {
			*at ^= 1;
			assert_int_equal(feed_log(&checker, &log, &known, FEED_LINES), -1);
			*at ^= 1;
		}
	}
	assert_whole(&log, &known);
	size_t length = log.retired.length;
	size_t first = (size_t)((char *)memchr(text, '\n', length) - text) + 1;
	log.retired.length = first;
	assert_damaged(&log, &known, AUDITLOG_MISSING_SEGMENT, 40, "retired");
	log.retired.length = length - first;
	memmove(text, text + first, length - first);
	assert_damaged(&log, &known, AUDITLOG_MISSING_SEGMENT, 1, "retired");
	made_free(&log);
}

/* A crash between the list and the removal: the segments are still there. */
static void test_segments_that_are_about_to_be_removed(void **state)
{
	struct auditlog_known known;
	struct made_log log, before;

	(void)state;
	made_whole(&log, ID, 100, 20);
	before = log;
	for (unsigned i = 0; i < 2; i++) {
		struct made_segment *segment = &before.segments[i];
		segment->text = malloc(segment->length);
		memcpy(segment->text, log.segments[i].text, segment->length);
	}
	made_retire(&log, 2);
	for (unsigned left = 1; left <= 2; left++) {
		struct made_log both = log;
		memmove(both.segments + left, both.segments,
			log.segment_count * sizeof(both.segments[0]));
		memcpy(both.segments, before.segments + 2 - left, left * sizeof(both.segments[0]));
		both.segment_count += left;
		known = feed_known(&both);
		assert_whole(&both, &known);
		/* Theirs must be the lines, then. */
		char *line = memrchr(both.retired.text, '\n', both.retired.length - 1);
		char *digit = strstr(line, "\"mono\":") + 7;
		*digit ^= 1;
		assert_int_equal(feed_log(&checker, &both, &known, FEED_LINES), -1);
		assert_string_equal(checker.verdict.file, "retired");
		*digit ^= 1;
	}
	free(before.segments[0].text);
	free(before.segments[1].text);
	made_free(&log);
}

static void test_a_checkpoint_from_before_retention(void **state)
{
	struct auditlog_known known;
	struct made_log log;
	struct note_checkpoint old;

	(void)state;
	made_whole(&log, ID, 15, 20);
	old = log.checkpoint;
	while (log.position.seq < 60) {
		made_filler(&log);
		if (log.position.seq % 20 == 17)
			made_rotate(&log);
	}
	made_retire(&log, 1);
	known = feed_known(&log);
	known.has_checkpoint = true;
	known.checkpoint = old;
	assert_whole(&log, &known);
	assert_true(checker.known_key && !checker.known_root);
	assert_int_equal(checker.log.findings.counts[AUDITLOG_RETENTION], 2);
	made_free(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_key_is_the_one_kept_elsewhere),
		cmocka_unit_test(test_an_epoch_of_somebody_else),
		cmocka_unit_test(test_a_forged_checkpoint),
		cmocka_unit_test(test_records_written_anew),
		cmocka_unit_test(test_a_segment_of_another_log),
		cmocka_unit_test(test_a_log_cut_back_to_a_checkpoint),
		cmocka_unit_test(test_the_seal_of_a_checkpoint_under_way),
		cmocka_unit_test(test_a_checkpoint_kept_elsewhere),
		cmocka_unit_test(test_an_earlier_copy_shows_against_a_later_checkpoint),
		cmocka_unit_test(test_a_rewritten_log_shows_against_an_earlier_checkpoint),
		cmocka_unit_test(test_retention),
		cmocka_unit_test(test_retention_without_its_list),
		cmocka_unit_test(test_a_damaged_list_of_removed_segments),
		cmocka_unit_test(test_segments_that_are_about_to_be_removed),
		cmocka_unit_test(test_a_checkpoint_from_before_retention),
	};

	return auditlog_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
