/* The checker on whole logs, on what may happen to a log in its life, and on its files.
 * test_damage.c has every small change. */
#include "assert_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_an_empty_directory_is_whole(void **state)
{
	const struct auditlog_known nothing = {0};
	const struct made_log log = {0};

	(void)state;
	assert_whole(&log, &nothing);
}

static void test_a_whole_log(void **state)
{
	struct auditlog_known known;
	struct made_log log;
	uint8_t root[AUDITLOG_HASH_SIZE];

	(void)state;
	made_whole(&log, ID, 200, 40);
	known = feed_known(&log);
	assert_whole(&log, &known);
	assert_int_equal(checker.epoch, log.segment_count);
	assert_int_equal(checker.log.records, 200);
	assert_memory_equal(&checker.first_key, &log.first_key, sizeof(log.first_key));
	auditlog_tree_root(&log.tree, root);
	uint8_t found[AUDITLOG_HASH_SIZE];
	auditlog_tree_root(&checker.log.tree, found);
	assert_memory_equal(found, root, sizeof(root));
	assert_int_equal(checker.log.checkpoint.size, 199);
	made_free(&log);
}

/* A crash right after the first record, and later ones, before any checkpoint. */
static void test_a_log_without_a_checkpoint(void **state)
{
	struct auditlog_known known;
	struct made_log log;

	(void)state;
	made_begin(&log, ID);
	known = feed_known(&log);
	assert_whole(&log, &known);
	made_filler(&log);
	known = feed_known(&log);
	assert_whole(&log, &known);
	made_free(&log);
}

static void test_a_last_segment_without_records(void **state)
{
	struct auditlog_known known;
	struct made_log log;

	(void)state;
	made_whole(&log, ID, 20, 40);
	made_close(&log);
	log.segments[log.segment_count++] = (struct made_segment){.first = log.position.seq + 1};
	known = feed_known(&log);
	assert_whole(&log, &known);
	made_free(&log);
}

/* --- head --- */

static void test_a_missing_head(void **state)
{
	struct auditlog_known known = {0};
	struct made_log log;

	(void)state;
	made_whole(&log, ID, 30, 20);
	assert_damaged(&log, &known, AUDITLOG_MISSING_HEAD, 30, "00000000000000000021.jsonl");
	made_free(&log);
}

/* It is not synced, so that a crash can leave an earlier one, even the first. */
static void test_an_older_head_is_fine(void **state)
{
	struct auditlog_known known, older = {.has_head = true};
	struct made_log log;

	(void)state;
	made_whole(&log, ID, 20, 40);
	known = feed_known(&log);
	while (log.position.seq < 30)
		made_filler(&log);
	made_checkpoint(&log);
	assert_whole(&log, &known);
	assert_whole(&log, &older);
	known.head.hash[3] ^= 1;
	assert_damaged(&log, &known, AUDITLOG_CHANGED, 20, "00000000000000000001.jsonl");
	made_free(&log);
}

static void test_a_head_behind_the_end(void **state)
{
	struct auditlog_known known;
	struct made_log log;

	(void)state;
	made_whole(&log, ID, 20, 40);
	known = feed_known(&log);
	known.head.seq++;
	assert_damaged(&log, &known, AUDITLOG_CUT_TAIL, 21, "00000000000000000001.jsonl");
	log.segment_count = 0;
	assert_damaged(&log, &known, AUDITLOG_CUT_TAIL, 1, "");
	log.segment_count = 1;
	made_free(&log);
}

/* --- segments --- */

static void test_missing_segments(void **state)
{
	struct auditlog_known known;
	struct made_log log, less;
	char name[AUDITLOG_NAME_SIZE];

	(void)state;
	made_whole(&log, ID, 100, 20);
	known = feed_known(&log);
	for (unsigned gone = 0; gone < log.segment_count; gone++) {
		less = log;
		less.segment_count--;
		memmove(less.segments + gone, less.segments + gone + 1,
			(less.segment_count - gone) * sizeof(less.segments[0]));
		name_of(&log, gone, name);
		uint64_t first = log.segments[gone].first;
		if (gone + 1 == log.segment_count) {
			name_of(&log, gone - 1, name);
			assert_damaged(&less, &known, AUDITLOG_CUT_TAIL, first, name);
		} else {
			assert_damaged(&less, &known, AUDITLOG_MISSING_SEGMENT, first, name);
		}
	}
	made_free(&log);
}

static void test_a_foreign_segment(void **state)
{
	struct auditlog_known known;
	struct made_log log;

	(void)state;
	made_whole(&log, ID, 30, 20);
	known = feed_known(&log);
	log.segments[1].first = 7;
	assert_damaged(&log, &known, AUDITLOG_FOREIGN_SEGMENT, 7, "00000000000000000007.jsonl");
	made_free(&log);
}

static void test_the_end_of_a_segment_is_gone(void **state)
{
	struct auditlog_known known;
	struct made_log log;

	(void)state;
	made_whole(&log, ID, 30, 20);
	known = feed_known(&log);
	const char *text = log.segments[0].text;
	size_t length = log.segments[0].length;
	const char *last = memrchr(text, '\n', length - 1);
	log.segments[0].length = (size_t)(last + 1 - text);
	assert_damaged(&log, &known, AUDITLOG_CUT_TAIL, 20, "00000000000000000001.jsonl");
	log.segments[0].length = 0;
	assert_damaged(&log, &known, AUDITLOG_CUT_TAIL, 1, "00000000000000000001.jsonl");
	made_free(&log);
}

static void test_an_interrupted_segment(void **state)
{
	struct auditlog_known known;
	struct made_log log;

	(void)state;
	made_whole(&log, ID, 10, 40);
	made_filler(&log);
	made_next(&log, "interrupted", "cannot sync: Input/output error");
	made_filler(&log);
	made_checkpoint(&log);
	known = feed_known(&log);
	assert_whole(&log, &known);
	assert_int_equal(checker.log.findings.counts[AUDITLOG_INTERRUPTION], 1);
	assert_int_equal(checker.log.findings.list[0].seq, 12);
	assert_non_null(strstr(checker.log.findings.list[0].detail, "Input/output error"));
	made_free(&log);
}

/* The header of a segment lies about the end of the one before. */
static void test_a_segment_that_was_not_closed(void **state)
{
	struct auditlog_known known;
	struct made_log log;

	(void)state;
	made_whole(&log, ID, 10, 40);
	made_next(&log, "closed", NULL);
	made_checkpoint(&log);
	known = feed_known(&log);
	assert_damaged(&log, &known, AUDITLOG_CUT_TAIL, 10, "00000000000000000001.jsonl");
	made_free(&log);

	made_whole(&log, ID, 10, 40);
	made_close(&log);
	made_next(&log, "interrupted", NULL);
	made_checkpoint(&log);
	known = feed_known(&log);
	assert_damaged(&log, &known, AUDITLOG_CHANGED, 12, "00000000000000000012.jsonl");
	made_free(&log);
}

static void test_two_segments_in_one_file(void **state)
{
	struct auditlog_known known;
	struct made_log log;

	(void)state;
	made_whole(&log, ID, 30, 20);
	known = feed_known(&log);
	size_t length = log.segments[0].length + log.segments[1].length;
	log.segments[0].text = realloc(log.segments[0].text, length);
	memcpy(log.segments[0].text + log.segments[0].length, log.segments[1].text,
	       log.segments[1].length);
	log.segments[0].length = length;
	log.segment_count = 1;
	assert_damaged(&log, &known, AUDITLOG_INSERTED, 21, "00000000000000000001.jsonl");
	free(log.segments[1].text);
	made_free(&log);
}

/* --- findings --- */

static void make_events(struct made_log *log)
{
	made_begin(log, ID);
	made_filler(log);
	log->wall_us += 3600u * 1000000;
	made_filler(log);
	log->wall_us -= 7200u * UINT64_C(1000000);
	made_record(log, &(struct audit_event){.actor = "audit",
					       .event = AUDITLOG_RECOVER,
					       .phase = AUDIT_NOTE,
					       .detail_count = 1,
					       .details = {{"bytes_cut", "22"}}});
	made_record(log, &(struct audit_event){.actor = "uid:1000",
					       .event = "alerts.dismiss",
					       .phase = AUDIT_RESULT,
					       .target = "acme/shop#42",
					       .outcome = "unknown",
					       .detail_count = 1,
					       .details = {{"intent", "2"}}});
	made_checkpoint(log);
}

static void test_findings(void **state)
{
	struct auditlog_known known;
	struct made_log log;

	(void)state;
	make_events(&log);
	known = feed_known(&log);
	assert_whole(&log, &known);
	const struct auditlog_findings *findings = &checker.log.findings;
	assert_int_equal(findings->listed, 4);
	assert_int_equal(findings->counts[AUDITLOG_CLOCK_STEP], 2);
	assert_int_equal(findings->list[0].seq, 3);
	assert_string_equal(findings->list[0].detail,
			    "the clock was set forward by 3600.000 seconds");
	/* Both of one record. */
	bool has_step = false, has_recovery = false;
	for (unsigned i = 1; i < 3; i++) {
		has_step |= strcmp(findings->list[i].detail,
				   "the clock was set back by 7200.000 seconds") == 0;
		has_recovery |= strcmp(findings->list[i].detail,
				       "22 bytes of an unfinished record were cut off") == 0;
		assert_int_equal(findings->list[i].seq, 4);
	}
	assert_true(has_step && has_recovery);
	assert_string_equal(findings->list[3].detail,
			    "alerts.dismiss of acme/shop#42: its intent is record 2");
	made_free(&log);
}

/* All are counted, the first hundred listed; between pieces as within one. */
static void test_many_findings(void **state)
{
	struct auditlog_known known;
	struct made_log log;

	(void)state;
	made_begin(&log, ID);
	for (unsigned i = 0; i < 250; i++) {
		log.wall_us += 3000000;
		made_filler(&log);
	}
	made_checkpoint(&log);
	known = feed_known(&log);
	assert_whole(&log, &known);
	assert_int_equal(checker.log.findings.counts[AUDITLOG_CLOCK_STEP], 250);
	assert_int_equal(checker.log.findings.listed, AUDITLOG_FINDINGS_MAX);
	for (unsigned i = 0; i < AUDITLOG_FINDINGS_MAX; i++)
		assert_int_equal(checker.log.findings.list[i].seq, i + 2);
	made_free(&log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_empty_directory_is_whole),
		cmocka_unit_test(test_a_whole_log),
		cmocka_unit_test(test_a_log_without_a_checkpoint),
		cmocka_unit_test(test_a_last_segment_without_records),
		cmocka_unit_test(test_a_missing_head),
		cmocka_unit_test(test_an_older_head_is_fine),
		cmocka_unit_test(test_a_head_behind_the_end),
		cmocka_unit_test(test_missing_segments),
		cmocka_unit_test(test_a_foreign_segment),
		cmocka_unit_test(test_the_end_of_a_segment_is_gone),
		cmocka_unit_test(test_an_interrupted_segment),
		cmocka_unit_test(test_a_segment_that_was_not_closed),
		cmocka_unit_test(test_two_segments_in_one_file),
		cmocka_unit_test(test_findings),
		cmocka_unit_test(test_many_findings),
	};

	return auditlog_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
