/* The log on disk: its lock, its end, several writers, what is refused. */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void ignore(void *context, const struct auditlog_record *record)
{
	(void)context;
	(void)record;
}

static const char *error_of(const struct scratch *scratch)
{
	return scratch->writer.log.error;
}

static void assert_refused(struct scratch *scratch, const char *why)
{
	assert_int_equal(scratch_append(scratch, "a.b"), -1);
	if (!strstr(error_of(scratch), why))
		fail_msg("%s", error_of(scratch));
}

static void test_records_continue_after_reopening(void **state)
{
	struct scratch *scratch = *state;

	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	scratch_restart(scratch);
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	assert_int_equal(scratch_check(scratch), 4);
}

static void test_a_torn_record_is_cut_off(void **state)
{
	struct scratch *scratch = *state;

	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	scratch_tamper(scratch, FIRST_SEGMENT, "{\"seq\":2,\"ti", -1);
	assert_string_equal(scratch_damage(scratch), "torn");
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	assert_int_equal(scratch_check(scratch), 4);
	assert_int_equal(scratch_count(scratch, "\"details\":{\"bytes_cut\":\"12\"}"), 1);
	/* It is told once. */
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	assert_int_equal(scratch_count(scratch, "audit.recover"), 1);
}

/* The very first record was torn: the log begins anew. */
static void test_a_torn_first_record_is_cut_off(void **state)
{
	struct scratch *scratch = *state;

	assert_int_equal(log_try_lock(&scratch->writer.log), LOG_LOCKED);
	assert_int_equal(log_refresh(&scratch->writer.log), 0);
	log_unlock(&scratch->writer.log);
	scratch_tamper(scratch, FIRST_SEGMENT, "{\"seq\"", 0);
	scratch_restart(scratch);
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	assert_int_equal(scratch_check(scratch), 3);
	assert_int_equal(scratch->writer.log.segment_size, scratch_size(scratch, FIRST_SEGMENT));
}

static void test_a_long_last_record_is_found(void **state)
{
	static char text[60000];
	struct scratch *scratch = *state;
	struct audit_event event = {
		.actor = "test", .event = "a.b", .decision = "", .detail_count = AUDIT_DETAILS_MAX};

	memset(text, '"', sizeof(text) - 1);
	event.target = event.rule = event.outcome = text;
	for (unsigned i = 0; i < AUDIT_DETAILS_MAX; i++) {
		event.details[i].key = &"aaaaaaaaaaaa"[i];
		event.details[i].value = text;
	}
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	assert_int_equal(writer_add(&scratch->writer, ++scratch->sent, &event), 0);
	assert_int_equal(scratch_commit(scratch), 0);
	assert_true(scratch_size(scratch, FIRST_SEGMENT) > 20000);
	scratch_restart(scratch);
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	assert_int_equal(scratch_check(scratch), 4);
}

static void test_a_damaged_last_record_is_refused(void **state)
{
	struct scratch *scratch = *state;

	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	scratch_tamper(scratch, FIRST_SEGMENT, "X", scratch_size(scratch, FIRST_SEGMENT) - 100);
	scratch_restart(scratch);
	assert_refused(scratch, "run ghward audit verify");
	assert_int_equal(scratch_count(scratch, "audit.recover"), 0);
}

static void test_an_end_that_is_no_record_is_refused(void **state)
{
	struct scratch *scratch = *state;
	char *junk = malloc(AUDITLOG_LINE_MAX + 1);

	memset(junk, 'x', AUDITLOG_LINE_MAX);
	junk[AUDITLOG_LINE_MAX] = 0;
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	scratch_tamper(scratch, FIRST_SEGMENT, junk, -1);
	free(junk);
	off_t size = scratch_size(scratch, FIRST_SEGMENT);
	assert_refused(scratch, "does not end with records");
	assert_int_equal(scratch_size(scratch, FIRST_SEGMENT), size);
}

/* Otherwise the next record would take the number of the one that was cut, and nothing would show.
 */
static void test_a_cut_tail_is_not_continued(void **state)
{
	struct scratch *scratch = *state;

	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	off_t size = scratch_size(scratch, FIRST_SEGMENT);
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	int fd = openat(scratch->directory, FIRST_SEGMENT, O_WRONLY | O_CLOEXEC);
	assert_int_equal(ftruncate(fd, size), 0);
	assert_refused(scratch, "was removed or cut");
	scratch_restart(scratch);
	assert_refused(scratch, "was cut off");
	/* Nor when the cut is not between two records: it is not taken for a torn one. */
	assert_int_equal(ftruncate(fd, size - 5), 0);
	scratch_restart(scratch);
	assert_refused(scratch, "was cut off");
	assert_int_equal(scratch_size(scratch, FIRST_SEGMENT), size - 5);
	close(fd);
}

/* Cut back to an earlier checkpoint, with a head to match: the seal knows better. */
static void test_a_rolled_back_log_is_not_continued(void **state)
{
	struct scratch *scratch = *state;
	char head[AUDITLOG_SLOT_SIZE + 1] = "";

	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	scratch_finish(scratch);
	off_t size = scratch_size(scratch, FIRST_SEGMENT);
	int fd = openat(scratch->directory, AUDITLOG_HEAD_NAME, O_RDONLY | O_CLOEXEC);
	assert_int_equal(pread(fd, head, AUDITLOG_SLOT_SIZE, 0), AUDITLOG_SLOT_SIZE);
	close(fd);
	scratch_restart(scratch);
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	scratch_finish(scratch);
	fd = openat(scratch->directory, FIRST_SEGMENT, O_WRONLY | O_CLOEXEC);
	assert_int_equal(ftruncate(fd, size), 0);
	close(fd);
	scratch_tamper(scratch, AUDITLOG_HEAD_NAME, head, 0);
	assert_string_equal(scratch_damage(scratch), "broken seal");
	scratch_restart(scratch);
	assert_refused(scratch, "seal is not that of its last checkpoint");
}

static void test_a_removed_log_is_not_begun_again(void **state)
{
	struct scratch *scratch = *state;

	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	assert_int_equal(unlinkat(scratch->directory, FIRST_SEGMENT, 0), 0);
	/* Neither by the process that still has the file open, nor by the next. */
	assert_refused(scratch, "was removed or cut");
	scratch_restart(scratch);
	assert_refused(scratch, "was cut off");
}

static void test_the_last_record_must_be_the_heads(void **state)
{
	struct scratch *scratch = *state;
	char head[AUDITLOG_SLOT_SIZE + 1] = "";

	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	int fd = openat(scratch->directory, AUDITLOG_HEAD_NAME, O_RDWR | O_CLOEXEC);
	assert_int_equal(pread(fd, head, AUDITLOG_SLOT_SIZE, 0), AUDITLOG_SLOT_SIZE);
	close(fd);
	scratch_tamper(scratch, AUDITLOG_HEAD_NAME, head[30] == '0' ? "1" : "0", 30);
	scratch_restart(scratch);
	assert_refused(scratch, "was changed");
	scratch_tamper(scratch, AUDITLOG_HEAD_NAME, "x", 30);
	scratch_restart(scratch);
	assert_refused(scratch, "head is damaged");
	scratch_tamper(scratch, AUDITLOG_HEAD_NAME, head, 0);
	scratch_restart(scratch);
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	/* An older one is what a power loss leaves. */
	scratch_tamper(scratch, AUDITLOG_HEAD_NAME, head, 0);
	scratch_restart(scratch);
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	scratch_check(scratch);
	assert_int_equal(unlinkat(scratch->directory, AUDITLOG_HEAD_NAME, 0), 0);
	scratch_restart(scratch);
	assert_refused(scratch, "head is missing");
}

static void test_seal_and_key_must_be_there(void **state)
{
	static const char *const names[] = {AUDITLOG_SEAL_NAME, AUDITLOG_KEY_NAME};
	struct scratch *scratch = *state;

	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	scratch_finish(scratch);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(renameat(scratch->directory, names[i], scratch->directory, "away"),
				 0);
		scratch_restart(scratch);
		assert_refused(scratch, names[i]);
		assert_int_equal(renameat(scratch->directory, "away", scratch->directory, names[i]),
				 0);
		scratch_tamper(scratch, names[i], "x", 3);
		scratch_restart(scratch);
		assert_refused(scratch, "is damaged");
		scratch_tamper(scratch, names[i], "0", 3);
		scratch_restart(scratch);
		assert_int_equal(scratch_append(scratch, "a.b"), 0);
	}
	scratch_check(scratch);
}

static char *read_slots(const struct scratch *scratch, const char *name)
{
	static char text[2 * AUDITLOG_SLOT_SIZE + 1];
	int fd = openat(scratch->directory, name, O_RDONLY | O_CLOEXEC);

	assert_int_equal(pread(fd, text, sizeof(text) - 1, 0), sizeof(text) - 1);
	close(fd);
	return text;
}

/* A writer that was killed before it could overwrite what does not count any more. */
static void test_earlier_secrets_are_overwritten(void **state)
{
	static const char *const names[] = {AUDITLOG_SEAL_NAME, AUDITLOG_KEY_NAME};
	struct scratch *scratch = *state;
	char empty[AUDITLOG_SLOT_SIZE + 1], earlier[AUDITLOG_SLOT_SIZE + 1];
	const struct auditlog_position nothing = {0}, before = {.seq = 9, .hash = {1}};

	auditlog_format_slot(empty, &nothing);
	auditlog_format_slot(earlier, &before);
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	scratch_finish(scratch);
	for (size_t i = 0; i < 2; i++) {
		bool first = strncmp(read_slots(scratch, names[i]), empty, AUDITLOG_SLOT_SIZE) == 0;
		off_t other = first ? 0 : AUDITLOG_SLOT_SIZE;
		scratch_tamper(scratch, names[i], earlier, other);
		scratch_restart(scratch);
		assert_int_equal(scratch_append(scratch, "a.b"), 0);
		assert_memory_equal(read_slots(scratch, names[i]) + other, empty,
				    AUDITLOG_SLOT_SIZE);
		scratch_finish(scratch);
		scratch_check(scratch);
	}
}

/* A crash right after the directory was made. */
static void test_a_head_alone_is_a_new_log(void **state)
{
	struct scratch *scratch = *state;

	close(openat(scratch->directory, AUDITLOG_HEAD_NAME, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	assert_int_equal(scratch_check(scratch), 2);
}

static void test_a_segment_that_does_not_follow_is_refused(void **state)
{
	struct scratch *scratch = *state;

	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	close(openat(scratch->directory, "00000000000000000004.jsonl", O_WRONLY | O_CREAT, 0600));
	scratch_restart(scratch);
	assert_refused(scratch, "does not follow the others");
}

static void test_the_lock_excludes(void **state)
{
	struct scratch *scratch = *state;
	struct log *log = &scratch->writer.log, other;

	log_init(&other, scratch->directory, log->writer + 1, ignore, NULL);
	assert_int_equal(log_try_lock(log), LOG_LOCKED);
	assert_int_equal(log_try_lock(&other), LOG_BUSY);
	log_unlock(log);
	assert_int_equal(log_try_lock(&other), LOG_LOCKED);
	/* Both live, whoever has the lock; a third does not. */
	assert_true(log_writer_lives(log, other.writer));
	assert_true(log_writer_lives(&other, log->writer));
	assert_false(log_writer_lives(log, log->writer + 2));
	log_close(&other);
	assert_false(log_writer_lives(log, log->writer + 1));
}

/* Two writers with locks on different files would both believe that they are alone. */
static void test_a_removed_lock_is_noticed(void **state)
{
	struct scratch *scratch = *state;
	struct log *log = &scratch->writer.log, other;

	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	assert_int_equal(unlinkat(scratch->directory, AUDITLOG_LOCK_NAME, 0), 0);
	log_init(&other, scratch->directory, log->writer + 1, ignore, NULL);
	assert_int_equal(log_try_lock(&other), LOG_LOCKED);
	assert_int_equal(log_try_lock(log), LOG_BUSY);
	assert_int_equal(log_try_lock(log), LOG_BUSY);
	log_close(&other);
	assert_int_equal(log_try_lock(log), LOG_LOCKED);
}

static void test_writers_take_turns(void **state)
{
	enum { WRITERS = 8, RECORDS = 25 };
	struct scratch *scratch = *state;
	int status;

	scratch->writer.limits.segment_size = 20000;
	for (int i = 0; i < WRITERS; i++) {
		if (fork() == 0) {
			scratch_restart(scratch);
			for (int n = 0; n < RECORDS; n++) {
				if (scratch_append(scratch, "turn.taken") < 0)
					_exit(1);
			}
			scratch_finish(scratch);
			_exit(0);
		}
	}
	for (int i = 0; i < WRITERS; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	scratch_check(scratch);
	assert_int_equal(scratch_count(scratch, "turn.taken"), WRITERS * RECORDS);
	assert_true(scratch_count(scratch, "audit.segment") > 3);
}

static void test_links_are_not_followed(void **state)
{
	struct scratch *scratch = *state;

	assert_int_equal(symlinkat("/etc/passwd", scratch->directory, AUDITLOG_LOCK_NAME), 0);
	assert_int_equal(log_try_lock(&scratch->writer.log), LOG_LOCK_FAILED);
	assert_non_null(strstr(error_of(scratch), AUDITLOG_LOCK_NAME));
}

static void test_an_unwritable_directory_says_so(void **state)
{
	struct log log;
	int proc = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	log_init(&log, proc, 1, ignore, NULL);
	assert_int_equal(log_try_lock(&log), LOG_LOCK_FAILED);
	assert_non_null(strstr(log.error, "cannot open lock: "));
	assert_non_null(strstr(log.error, "check permissions"));
	close(proc);
}

static void test_files_are_private(void **state)
{
	static const char *const names[] = {FIRST_SEGMENT, AUDITLOG_HEAD_NAME, AUDITLOG_LOCK_NAME,
					    AUDITLOG_SEAL_NAME, AUDITLOG_KEY_NAME};
	struct scratch *scratch = *state;
	mode_t mask = umask(0);

	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	umask(mask);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct stat status;
		assert_int_equal(fstatat(scratch->directory, names[i], &status, 0), 0);
		assert_int_equal(status.st_mode, S_IFREG | 0600);
	}
}

#define log_test(name) cmocka_unit_test_setup_teardown(name, scratch_set_up, scratch_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		log_test(test_records_continue_after_reopening),
		log_test(test_a_torn_record_is_cut_off),
		log_test(test_a_torn_first_record_is_cut_off),
		log_test(test_a_long_last_record_is_found),
		log_test(test_a_damaged_last_record_is_refused),
		log_test(test_an_end_that_is_no_record_is_refused),
		log_test(test_a_cut_tail_is_not_continued),
		log_test(test_a_rolled_back_log_is_not_continued),
		log_test(test_a_removed_log_is_not_begun_again),
		log_test(test_the_last_record_must_be_the_heads),
		log_test(test_seal_and_key_must_be_there),
		log_test(test_earlier_secrets_are_overwritten),
		log_test(test_a_head_alone_is_a_new_log),
		log_test(test_a_segment_that_does_not_follow_is_refused),
		log_test(test_the_lock_excludes),
		log_test(test_a_removed_lock_is_noticed),
		log_test(test_writers_take_turns),
		log_test(test_links_are_not_followed),
		log_test(test_an_unwritable_directory_says_so),
		log_test(test_files_are_private),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
