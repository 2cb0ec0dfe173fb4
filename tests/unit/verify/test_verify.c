/* A whole directory: what the writer makes is fine, and what was done to it afterwards shows. What
 * the checker finds in records has tests of its own. */
#include "evidence.h"

#include "lib/base/io.h"

#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void test_an_empty_directory_is_fine(void **state)
{
	assert_fine(*state, 0, 0);
}

static void test_segments_are_read_in_order(void **state)
{
	struct fixture *fixture = *state;

	assert_fine(fixture, 25, 3);
	assert_int_equal(fixture->found.checker.log.end.seq, 25);
	assert_int_equal(fixture->found.checker.epoch, 3);
}

static void test_other_files_do_not_matter(void **state)
{
	struct fixture *fixture = *state;
	static const char *const names[] = {"notes", "1.jsonl", "00000000000000000004.jsonl.bak"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		close(openat(fixture->directory, names[i], O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	assert_fine(fixture, 25, 3);
}

static void test_the_first_key(void **state)
{
	struct fixture *fixture = *state;
	const struct verify_task task = {.directory = fixture->directory};

	/* What is behind the first record does not matter. */
	tamper(fixture, FIRST, "x", -2);
	unlinkat(fixture->directory, SECOND, 0);
	assert_int_equal(verify_first_key(&task, &fixture->found), 0);
	assert_int_equal(fixture->found.checker.verdict.damage, AUDITLOG_WHOLE);
	assert_memory_equal(&fixture->found.checker.first_key, &fixture->log.first_key,
			    sizeof(fixture->log.first_key));
	tamper(fixture, FIRST, "x", 0);
	assert_int_equal(verify_first_key(&task, &fixture->found), 0);
	assert_int_equal(fixture->found.checker.verdict.damage, AUDITLOG_CHANGED);
}

static void test_the_first_key_behind_removed_segments(void **state)
{
	struct fixture *fixture = *state;
	const struct verify_task task = {.directory = fixture->directory};

	made_retire(&fixture->log, 2);
	unlinkat(fixture->directory, FIRST, 0);
	unlinkat(fixture->directory, SECOND, 0);
	made_write(&fixture->log, fixture->directory);
	assert_fine(fixture, 7, 1);
	assert_int_equal(verify_first_key(&task, &fixture->found), 0);
	assert_int_equal(fixture->found.checker.verdict.damage, AUDITLOG_WHOLE);
	assert_memory_equal(&fixture->found.checker.first_key, &fixture->log.first_key,
			    sizeof(fixture->log.first_key));
	/* The list is torn where its last line is needed. */
	cut(fixture, AUDITLOG_RETIRED_NAME, 2);
	assert_damaged(fixture, AUDITLOG_MISSING_SEGMENT, 20, AUDITLOG_RETIRED_NAME);
}

static void test_a_changed_byte(void **state)
{
	struct fixture *fixture = *state;

	tamper(fixture, FIRST, "9", (off_t)-last_line(fixture, FIRST) + 34);
	assert_damaged(fixture, AUDITLOG_CHANGED, 10, FIRST);
}

static void test_a_changed_last_record_of_all(void **state)
{
	struct fixture *fixture = *state;

	tamper(fixture, THIRD, "9", (off_t)-last_line(fixture, THIRD) + 34);
	assert_damaged(fixture, AUDITLOG_CHANGED, 25, THIRD);
}

static void test_missing_segments(void **state)
{
	struct fixture *fixture = *state;

	unlinkat(fixture->directory, SECOND, 0);
	assert_damaged(fixture, AUDITLOG_MISSING_SEGMENT, 11, SECOND);
	unlinkat(fixture->directory, THIRD, 0);
	assert_damaged(fixture, AUDITLOG_CUT_TAIL, 11, FIRST);
	unlinkat(fixture->directory, FIRST, 0);
	assert_damaged(fixture, AUDITLOG_CUT_TAIL, 1, "");
}

static void test_a_foreign_segment(void **state)
{
	struct fixture *fixture = *state;

	/* Its name lies within the first. */
	assert_int_equal(linkat(fixture->directory, SECOND, fixture->directory,
				"00000000000000000002.jsonl", 0),
			 0);
	assert_damaged(fixture, AUDITLOG_FOREIGN_SEGMENT, 2, "00000000000000000002.jsonl");
}

static void test_a_torn_end(void **state)
{
	struct fixture *fixture = *state;

	tamper(fixture, THIRD, "{\"seq\":7", -1);
	assert_damaged(fixture, AUDITLOG_TORN, 26, THIRD);
}

static void test_a_missing_head(void **state)
{
	struct fixture *fixture = *state;

	tamper(fixture, AUDITLOG_HEAD_NAME, "x", 0);
	assert_damaged(fixture, AUDITLOG_MISSING_HEAD, 25, THIRD);
	unlinkat(fixture->directory, AUDITLOG_HEAD_NAME, 0);
	assert_damaged(fixture, AUDITLOG_MISSING_HEAD, 25, THIRD);
}

/* Every byte of head and of the slot of the seal that is in use. */
static void test_every_byte_of_head_and_seal(void **state)
{
	struct fixture *fixture = *state;
	static const char *const names[] = {AUDITLOG_HEAD_NAME, AUDITLOG_SEAL_NAME};
	char text[2 * AUDITLOG_SLOT_SIZE];

	for (unsigned file = 0; file < 2; file++) {
		IO_AUTOCLOSE int fd = openat(fixture->directory, names[file], O_RDWR | O_CLOEXEC);
		ssize_t size = read(fd, text, sizeof(text));
		off_t from = file && strncmp(text, "00000000000000000000", 20) == 0
				     ? (off_t)AUDITLOG_SLOT_SIZE
				     : 0;
		assert_true(size > 0);
		for (off_t at = from; at < from + (off_t)AUDITLOG_SLOT_SIZE; at += file ? 9 : 1) {
			char flipped = (char)(text[at] ^ 1);
			assert_int_equal(pwrite(fd, &flipped, 1, at), 1);
			assert_int_equal(evidence_verify_with(fixture, NULL), 0);
			assert_int_not_equal(fixture->found.checker.verdict.damage, AUDITLOG_WHOLE);
			assert_int_equal(pwrite(fd, text + at, 1, at), 1);
		}
	}
	assert_fine(fixture, 25, 3);
}

static void test_a_missing_seal(void **state)
{
	struct fixture *fixture = *state;

	unlinkat(fixture->directory, AUDITLOG_SEAL_NAME, 0);
	assert_damaged(fixture, AUDITLOG_BROKEN_SEAL, 25, THIRD);
}

/* All of it as it was two checkpoints before, but the seal, whose secret is gone. */
static void test_a_log_cut_back_to_a_checkpoint(void **state)
{
	struct fixture *fixture = *state;
	struct made_log later;

	made_whole(&later, ID, 29, 10);
	memcpy(fixture->log.seal, later.seal, sizeof(later.seal));
	made_write(&fixture->log, fixture->directory);
	assert_damaged(fixture, AUDITLOG_BROKEN_SEAL, 25, THIRD);
	made_free(&later);
}

/* Of checkpoints that are consistent, but signed by somebody else, the first is named. */
static void test_forged_checkpoints(void **state)
{
	struct fixture *fixture = *state;
	struct made_log *log = &fixture->log;

	memset(log->scalar, 0x11, sizeof(log->scalar));
	for (unsigned i = 0; i < 3; i++) {
		made_filler(log);
		made_checkpoint(log);
	}
	made_write(log, fixture->directory);
	assert_damaged(fixture, AUDITLOG_BAD_SIGNATURE, 27, THIRD);
}

static void test_what_the_reviewer_kept(void **state)
{
	struct fixture *fixture = *state;

	fixture->known = (struct auditlog_known){.has_first_key = true, .has_checkpoint = true};
	fixture->known.first_key = fixture->log.first_key;
	fixture->known.checkpoint = fixture->log.checkpoint;
	assert_fine(fixture, 25, 3);
	assert_true(fixture->found.checker.known_root);
	fixture->known.first_key.point[9] ^= 1;
	assert_damaged(fixture, AUDITLOG_BAD_SIGNATURE, 1, FIRST);
}

/* A line that never ends is given up, whatever follows. */
static void test_a_line_without_end(void **state)
{
	struct fixture *fixture = *state;
	int fd = openat(fixture->directory, THIRD, O_WRONLY | O_CLOEXEC);
	char *junk = malloc(1 << 20);

	memset(junk, '{', 1 << 20);
	assert_int_equal(pwrite(fd, junk, 1 << 20, lseek(fd, 0, SEEK_END)), 1 << 20);
	assert_int_equal(pwrite(fd, "\n", 1, lseek(fd, 0, SEEK_END)), 1);
	free(junk);
	close(fd);
	assert_damaged(fixture, AUDITLOG_TORN, 26, THIRD);
}

/* What is no file cannot be read, and nothing waits for it. */
static void test_a_pipe_in_place_of_a_segment(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(unlinkat(fixture->directory, SECOND, 0), 0);
	assert_int_equal(mkfifoat(fixture->directory, SECOND, 0600), 0);
	alarm(10);
	assert_int_equal(evidence_verify_with(fixture, NULL), -1);
	alarm(0);
}

static void test_a_link_is_not_followed(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(renameat(fixture->directory, SECOND, fixture->directory, "moved"), 0);
	assert_int_equal(symlinkat("moved", fixture->directory, SECOND), 0);
	assert_int_equal(evidence_verify_with(fixture, NULL), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		plain_test(test_an_empty_directory_is_fine),
		segment_test(test_segments_are_read_in_order),
		segment_test(test_other_files_do_not_matter),
		segment_test(test_the_first_key),
		segment_test(test_the_first_key_behind_removed_segments),
		segment_test(test_a_changed_byte),
		segment_test(test_a_changed_last_record_of_all),
		segment_test(test_missing_segments),
		segment_test(test_a_foreign_segment),
		segment_test(test_a_torn_end),
		segment_test(test_a_missing_head),
		segment_test(test_every_byte_of_head_and_seal),
		segment_test(test_a_missing_seal),
		segment_test(test_a_log_cut_back_to_a_checkpoint),
		segment_test(test_forged_checkpoints),
		segment_test(test_what_the_reviewer_kept),
		segment_test(test_a_line_without_end),
		segment_test(test_a_pipe_in_place_of_a_segment),
		segment_test(test_a_link_is_not_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
