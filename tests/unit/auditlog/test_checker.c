/* The checker on whole logs, on what may happen to a log in its life, and on what a thief of files
 * or of a key may do. test_damage.c has every small change. */
#include "feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ID "0123456789ab"

static struct auditlog_checker checker;

static void assert_whole(const struct made_log *log, const struct auditlog_known *known)
{
	for (int way = 0; way < FEED_WAYS; way++) {
		if (feed_log(&checker, log, known, (enum feed_way)way) < 0)
			fail_msg("%s at %llu in %s", auditlog_damage_name(checker.verdict.damage),
				 (unsigned long long)checker.verdict.seq, checker.verdict.file);
		assert_int_equal(checker.log.end.seq, log->position.seq);
	}
}

static void assert_damaged(const struct made_log *log, const struct auditlog_known *known,
			   enum auditlog_damage damage, uint64_t seq, const char *file)
{
	for (int way = 0; way < FEED_WAYS; way++) {
		assert_int_equal(feed_log(&checker, log, known, (enum feed_way)way), -1);
		assert_string_equal(auditlog_damage_name(checker.verdict.damage),
				    auditlog_damage_name(damage));
		assert_int_equal(checker.verdict.seq, seq);
		assert_string_equal(checker.verdict.file, file);
	}
}

static void name_of(const struct made_log *log, unsigned segment, char name[AUDITLOG_NAME_SIZE])
{
	auditlog_segment_name(name, log->segments[segment].first);
}

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

/* Every flipped bit of the list, and each line that is missing. */
static void test_a_damaged_list_of_removed_segments(void **state)
{
	struct auditlog_known known;
	struct made_log log;

	(void)state;
	make_retired(&log);
	known = feed_known(&log);
	for (size_t i = 0; i < log.retired.length; i++) {
		char *byte = &log.retired.text[i];
		char old = *byte;
		*byte = (char)(*byte ^ (1 << i % 8));
		if (old != '\n' && feed_log(&checker, &log, &known, FEED_LINES) == 0 &&
		    memcmp(&checker.first_key, &log.first_key, sizeof(log.first_key)) == 0) {
			/* Times and links of removed headers are vouched for by nothing but the
			 * kept checkpoint of their time; their keys are. */
			struct auditlog_record record;
			size_t line = 0;
			while (line + 1 < i && memchr(log.retired.text + line, '\n', i - line))
				line = (size_t)((char *)memchr(log.retired.text + line, '\n',
							       i - line) -
						log.retired.text) +
				       1;
			const char *start = log.retired.text + line;
			size_t length =
				(size_t)((char *)memchr(start, '\n', log.retired.length - line) -
					 start);
			assert_int_equal(auditlog_parse(start, length, &record), 0);
		}
		*byte = old;
	}
	const char *second = (char *)memchr(log.retired.text, '\n', log.retired.length) + 1;
	size_t first_length = (size_t)(second - log.retired.text);
	log.retired.length = first_length;
	assert_damaged(&log, &known, AUDITLOG_MISSING_SEGMENT, 40, "retired");
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
		cmocka_unit_test(test_findings),
		cmocka_unit_test(test_many_findings),
	};

	return auditlog_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
