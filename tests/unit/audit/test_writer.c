/* What waits and becomes durable: checkpoints, segments, recovery, retention, disks that fail. */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define SECOND_SEGMENT "00000000000000000003.jsonl"

static void append_many(struct scratch *scratch, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		scratch_add(scratch, "a.b");
	assert_int_equal(scratch_commit(scratch), 0);
}

/* --- checkpoints --- */

static void test_the_last_record_of_a_writer_is_a_checkpoint(void **state)
{
	struct scratch *scratch = *state;

	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	scratch_finish(scratch);
	assert_int_equal(scratch_check(scratch), 3);
	assert_int_equal(scratch->writer.log.end.checkpoint.size, 2);
	/* Nothing new needs no new one. */
	scratch_restart(scratch);
	scratch_finish(scratch);
	assert_int_equal(scratch_count(scratch, "audit.checkpoint"), 1);
}

static void test_no_more_than_1024_records_stay_without_checkpoint(void **state)
{
	struct scratch *scratch = *state;
	uint64_t before = 0;

	append_many(scratch, 5000);
	assert_int_equal(scratch->durable, 5000);
	scratch_check(scratch);
	assert_true(scratch_count(scratch, "audit.checkpoint") >= 4);
	/* One batch is smaller than the distance. */
	for (unsigned i = 0; i < 40; i++) {
		append_many(scratch, 100);
		uint64_t size = scratch->writer.log.end.checkpoint.size;
		assert_true(scratch->writer.log.end.unsealed_records < LOG_UNSEALED_RECORDS);
		assert_true(size >= before);
		before = size;
	}
	scratch_check(scratch);
}

static void test_large_records_are_sealed_sooner(void **state)
{
	static char text[12000];
	struct scratch *scratch = *state;
	const struct audit_event event = {.actor = "a",
					  .event = "a.b",
					  .decision = "",
					  .detail_count = 1,
					  .details = {{"text", text}}};

	memset(text, 'x', sizeof(text) - 1);
	for (unsigned i = 0; i < 300; i++)
		assert_int_equal(writer_add(&scratch->writer, ++scratch->sent, &event), 0);
	assert_int_equal(scratch_commit(scratch), 0);
	scratch_check(scratch);
	assert_true(scratch_count(scratch, "audit.checkpoint") >= 2);
	scratch_restart(scratch);
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	scratch_check(scratch);
}

/* --- segments --- */

static void test_a_large_segment_is_closed(void **state)
{
	struct scratch *scratch = *state;

	scratch->writer.limits.segment_size = 4000;
	for (unsigned i = 0; i < 50; i++)
		assert_int_equal(scratch_append(scratch, "a.b"), 0);
	scratch_check(scratch);
	assert_true(scratch->writer.log.end.epoch > 3);
	assert_int_equal(scratch_count(scratch, "\"after\":\"closed\""),
			 scratch->writer.log.end.epoch - 1);
	/* What was set aside behind its end is given back. */
	struct stat status;
	assert_int_equal(fstatat(scratch->directory, FIRST_SEGMENT, &status, 0), 0);
	assert_true(status.st_blocks * 512 < status.st_size + 65536);
	scratch_restart(scratch);
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	scratch_check(scratch);
}

static void test_an_old_segment_is_closed(void **state)
{
	struct scratch *scratch = *state;

	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	scratch->writer.limits.segment_age_s = 0;
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	assert_int_equal(scratch->writer.log.end.epoch, 2);
	/* Age alone writes nothing. */
	scratch_finish(scratch);
	assert_int_equal(scratch->writer.log.end.epoch, 2);
	scratch_check(scratch);
}

/* The process that closed a segment, or began the next, died before it could write there. */
static void test_an_empty_last_segment_is_used(void **state)
{
	struct scratch *scratch = *state;

	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	scratch->writer.limits.segment_age_s = 0;
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	int fd = openat(scratch->directory, "00000000000000000004.jsonl", O_WRONLY | O_CLOEXEC);
	assert_int_equal(ftruncate(fd, 0), 0);
	close(fd);
	char head[AUDITLOG_SLOT_SIZE + 1];
	const struct auditlog_position beginning = {0};
	auditlog_format_slot(head, &beginning);
	scratch_tamper(scratch, AUDITLOG_HEAD_NAME, head, 0);
	scratch_restart(scratch);
	scratch->writer.limits.segment_age_s = 86400;
	/* Its key went with it. */
	assert_int_equal(scratch_append(scratch, "a.b"), -1);
	assert_non_null(strstr(scratch->writer.log.error, "key is not that of its last segment"));
}

static void test_a_crash_before_the_first_line_of_a_segment(void **state)
{
	struct scratch *scratch = *state;

	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	scratch->writer.limits.segment_age_s = 0;
	/* The checkpoint that closes, then the new segment's first line. */
	pid_t pid = fork();
	if (pid == 0) {
		scratch_add(scratch, "a.b");
		scratch_fail_syncs(0, 0);
		log_try_lock(&scratch->writer.log);
		assert_int_equal(log_refresh(&scratch->writer.log), 0);
		struct batch batch = {0};
		assert_int_equal(batch_begin(&batch, &scratch->writer.log, "boot"), 0);
		assert_int_equal(batch_add_checkpoint(&batch, &scratch->writer.log,
						      &scratch->writer.intents, true),
				 0);
		assert_int_equal(
			log_append(&scratch->writer.log, batch.text, batch.used, &batch.end), 0);
		assert_int_equal(log_refresh(&scratch->writer.log), 0);
		assert_int_equal(batch_begin(&batch, &scratch->writer.log, "boot"), 0);
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	scratch_restart(scratch);
	scratch->writer.limits.segment_age_s = 86400;
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	scratch_check(scratch);
	assert_int_equal(scratch->writer.log.end.epoch, 2);
}

/* --- recovery --- */

static void test_an_intent_is_closed_by_its_result(void **state)
{
	struct scratch *scratch = *state;
	uint32_t first = scratch_add_intent(scratch, "a.write");
	uint32_t second = scratch_add_intent(scratch, "a.write");

	scratch_add_result(scratch, "a.write", second);
	assert_int_equal(scratch_commit(scratch), 0);
	assert_int_equal(scratch_count(scratch, "\"details\":{\"intent\":\"3\"}"), 1);
	assert_int_equal(scratch->writer.intents.count, 1);
	scratch_add_result(scratch, "a.write", first);
	assert_int_equal(scratch_commit(scratch), 0);
	assert_int_equal(scratch_count(scratch, "\"details\":{\"intent\":\"2\"}"), 1);
	assert_int_equal(scratch->writer.intents.count, 0);
	scratch_finish(scratch);
	assert_int_equal(scratch_count(scratch, "unknown"), 0);
}

static void test_what_a_dead_writer_began_is_unknown(void **state)
{
	struct scratch *scratch = *state;

	scratch_add_intent(scratch, "a.write");
	append_many(scratch, 3000); /* so that it is found in a checkpoint's list only */
	scratch_restart(scratch);
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	assert_int_equal(scratch_count(scratch,
				       "\"event\":\"a.write\",\"phase\":\"result\",\"target\":"
				       "\"acme/shop\",\"decision\":\"\",\"rule\":\"recovery\","
				       "\"outcome\":\"unknown\""),
			 1);
	assert_int_equal(scratch_count(scratch, "\"details\":{\"intent\":\"2\"}"), 1);
	/* Once. */
	scratch_restart(scratch);
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	assert_int_equal(scratch_count(scratch, "\"rule\":\"recovery\""), 1);
	scratch_check(scratch);
}

static void test_what_a_living_writer_began_is_left(void **state)
{
	struct scratch *scratch = *state;
	struct scratch other = {.directory = scratch->directory};

	writer_init(&other.writer, scratch->directory, "boot");
	uint32_t intent = scratch_add_intent(&other, "a.write");
	assert_int_equal(scratch_commit(&other), 0);
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	assert_int_equal(scratch_count(scratch, "recovery"), 0);
	scratch_finish(scratch);
	assert_int_equal(scratch_count(scratch, "\"open\":\"2/"), 1);
	scratch_add_result(&other, "a.write", intent);
	assert_int_equal(scratch_commit(&other), 0);
	scratch_finish(&other);
	assert_int_equal(scratch_count(scratch, "recovery"), 0);
	assert_int_equal(scratch_count(scratch, "\"details\":{\"intent\":\"2\"}"), 1);
	writer_close(&other.writer);
	scratch_check(&other);
}

static void test_what_was_begun_when_the_broker_ended_is_unknown(void **state)
{
	struct scratch *scratch = *state;

	scratch_add_intent(scratch, "a.write");
	assert_int_equal(scratch_commit(scratch), 0);
	scratch_finish(scratch);
	assert_int_equal(scratch_count(scratch, "\"outcome\":\"unknown\""), 1);
	assert_int_equal(scratch->writer.log.end.unsealed_records, 0);
	scratch_check(scratch);
}

/* --- retention --- */

static void keep_days(struct scratch *scratch, uint32_t days, bool hold)
{
	scratch->writer.limits.retention_days = days;
	scratch->writer.limits.hold = hold;
	scratch->writer.limits.known = true;
	scratch->writer.check_age = true;
}

/* Segments as of `days` ago, by their first lines: the clock that writes them is libc's. */
static uint64_t faked_us;

int clock_gettime(clockid_t id, struct timespec *time)
{
	int status = (int)syscall(SYS_clock_gettime, id, time);

	if (id == CLOCK_REALTIME)
		time->tv_sec -= (time_t)(faked_us / 1000000);
	return status;
}

static void make_old_segments(struct scratch *scratch)
{
	scratch->writer.limits.segment_age_s = 0;
	for (unsigned days = 5; days > 0; days--) {
		faked_us = days * UINT64_C(86400) * 1000000;
		assert_int_equal(scratch_append(scratch, "a.b"), 0);
	}
	faked_us = 0;
	scratch->writer.limits.segment_age_s = 86400 * 30;
}

static void test_old_segments_are_removed(void **state)
{
	struct scratch *scratch = *state;

	make_old_segments(scratch);
	scratch_check(scratch);
	assert_int_equal(scratch_count(scratch, "audit.segment"), 5);
	keep_days(scratch, 3, false);
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	scratch_check(scratch);
	/* Those begun 5 and 4 days ago ended 4 and 3 days ago. */
	assert_int_equal(scratch_count(scratch, "audit.segment"), 3);
	assert_int_equal(scratch_count(scratch, "audit.retain"), 1);
	assert_true(scratch_size(scratch, AUDITLOG_RETIRED_NAME) > 500);
	scratch_restart(scratch);
	keep_days(scratch, 1, false);
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	scratch_check(scratch);
	assert_int_equal(scratch_count(scratch, "audit.segment"), 1);
}

static void test_a_hold_keeps_everything(void **state)
{
	struct scratch *scratch = *state;

	make_old_segments(scratch);
	keep_days(scratch, 1, true);
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	assert_int_equal(scratch_count(scratch, "audit.segment"), 5);
	keep_days(scratch, 0, false);
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	scratch->writer.limits.known = false;
	scratch->writer.limits.retention_days = 1;
	scratch->writer.check_age = true;
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	assert_int_equal(scratch_count(scratch, "audit.segment"), 5);
	assert_int_equal(scratch_count(scratch, "audit.retain"), 0);
}

static void test_what_is_begun_is_kept(void **state)
{
	struct scratch *scratch = *state;

	scratch_add_intent(scratch, "a.write");
	assert_int_equal(scratch_commit(scratch), 0);
	make_old_segments(scratch);
	keep_days(scratch, 1, false);
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	assert_int_equal(scratch_count(scratch, "a.write"), 1);
}

/* --- disks that fail --- */

static void test_a_failed_sync_begins_a_new_segment(void **state)
{
	struct scratch *scratch = *state;

	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	scratch_add(scratch, "a.b");
	scratch_fail_syncs(1, EIO);
	assert_int_equal(scratch_commit(scratch), 0);
	assert_int_equal(scratch->durable, 2);
	scratch_check(scratch);
	assert_int_equal(scratch_count(scratch, "\"after\":\"interrupted\",\"error\":"), 1);
	assert_int_equal(scratch->writer.log.segment_first, 3);
	scratch_restart(scratch);
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	scratch_check(scratch);
}

/* Where there is no room for one segment, there is none for two. */
static void test_a_full_disk_begins_no_new_segment(void **state)
{
	struct scratch *scratch = *state;

	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	off_t size = scratch_size(scratch, FIRST_SEGMENT);
	scratch_fail_syncs(1, ENOSPC);
	assert_int_equal(scratch_append(scratch, "a.b"), -1);
	assert_int_equal(scratch_size(scratch, FIRST_SEGMENT), size);
	assert_non_null(strstr(scratch->writer.log.error, FIRST_SEGMENT ": No space left"));
	assert_int_equal(faccessat(scratch->directory, SECOND_SEGMENT, F_OK, 0), -1);
	/* Room was made; the next process goes on where this one stopped. */
	scratch_restart(scratch);
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	assert_int_equal(scratch_check(scratch), 3);
}

/* The segment cannot even be cut back: what is in it is unknown. */
static void test_a_dead_disk_begins_no_new_segment(void **state)
{
	struct scratch *scratch = *state;

	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	scratch_fail_syncs(2, EIO);
	assert_int_equal(scratch_append(scratch, "a.b"), -1);
	assert_int_equal(scratch->durable, 1);
	scratch_restart(scratch);
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	scratch_check(scratch);
}

/* At each sync in turn, whatever it is for: what was acknowledged is there, and the next writer
 * goes on. */
static void test_any_sync_may_fail(void **state)
{
	struct scratch *scratch = *state;

	scratch->writer.limits.segment_size = 6000;
	for (unsigned which = 1; which <= 60; which++) {
		unsigned before = scratch_count(scratch, "\"event\":\"a.b\"");
		uint32_t durable = scratch->durable;
		scratch_add(scratch, "a.b");
		scratch->writer.seal_wanted = which % 2;
		scratch_fail_one_sync(1 + which % 5, EIO);
		int status = scratch_commit(scratch);
		scratch_fail_syncs(0, 0);
		durable = scratch->durable - durable;
		if (status < 0)
			scratch_restart(scratch);
		if (scratch_append(scratch, "c.d") < 0)
			fail_msg("%u: %s", which, scratch->writer.log.error);
		scratch_check(scratch);
		assert_true(scratch_count(scratch, "\"event\":\"a.b\"") >= before + durable);
	}
	assert_true(scratch->writer.log.end.epoch > 5);
}

/* The process that began the new segment died before it could write: the next knows what it has to
 * tell. */
static void test_an_empty_segment_behind_an_open_one(void **state)
{
	struct scratch *scratch = *state;

	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	scratch_add(scratch, "a.b");
	/* The append, then the key of the next segment. */
	scratch_fail_syncs(1, EIO);
	assert_int_equal(log_try_lock(&scratch->writer.log), LOG_LOCKED);
	assert_int_equal(log_refresh(&scratch->writer.log), 0);
	assert_int_equal(log_append(&scratch->writer.log, "x\n", 2, &scratch->writer.log.end), -1);
	assert_int_equal(log_start_over(&scratch->writer.log), 0);
	log_unlock(&scratch->writer.log);
	scratch_restart(scratch);
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	scratch_check(scratch);
	assert_int_equal(scratch_count(scratch, "\"after\":\"interrupted\"}"), 1);
	assert_int_equal(scratch->writer.log.segment_first, 3);
}

/* The other writer's segment has not grown: it was left for a new one. */
static void test_others_follow_into_the_new_segment(void **state)
{
	struct scratch *scratch = *state;
	struct scratch other = {.directory = scratch->directory};

	writer_init(&other.writer, scratch->directory, "boot");
	assert_int_equal(scratch_append(&other, "a.b"), 0);
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	assert_int_equal(scratch_append(&other, "a.b"), 0);
	scratch_fail_syncs(1, EIO);
	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	uint64_t first = scratch->writer.log.segment_first;
	assert_true(first > 1);
	assert_int_equal(scratch_append(&other, "a.b"), 0);
	assert_int_equal(other.writer.log.segment_first, first);
	scratch_check(&other);
	writer_close(&other.writer);
}

/* A limit that only the old segment has reached. */
static void test_a_file_too_large_begins_a_new_segment(void **state)
{
	struct scratch *scratch = *state;
	struct rlimit before, limit;

	append_many(scratch, 10);
	off_t size = scratch_size(scratch, FIRST_SEGMENT);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = (rlim_t)size + 10;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	int status = scratch_append(scratch, "a.b");
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(status, 0);
	assert_int_equal(scratch_size(scratch, FIRST_SEGMENT), size);
	scratch_check(scratch);
}

#define writer_test(name) cmocka_unit_test_setup_teardown(name, scratch_set_up, scratch_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		writer_test(test_the_last_record_of_a_writer_is_a_checkpoint),
		writer_test(test_no_more_than_1024_records_stay_without_checkpoint),
		writer_test(test_large_records_are_sealed_sooner),
		writer_test(test_a_large_segment_is_closed),
		writer_test(test_an_old_segment_is_closed),
		writer_test(test_an_empty_last_segment_is_used),
		writer_test(test_a_crash_before_the_first_line_of_a_segment),
		writer_test(test_an_intent_is_closed_by_its_result),
		writer_test(test_what_a_dead_writer_began_is_unknown),
		writer_test(test_what_a_living_writer_began_is_left),
		writer_test(test_what_was_begun_when_the_broker_ended_is_unknown),
		writer_test(test_old_segments_are_removed),
		writer_test(test_a_hold_keeps_everything),
		writer_test(test_what_is_begun_is_kept),
		writer_test(test_a_failed_sync_begins_a_new_segment),
		writer_test(test_a_full_disk_begins_no_new_segment),
		writer_test(test_a_dead_disk_begins_no_new_segment),
		writer_test(test_any_sync_may_fail),
		writer_test(test_an_empty_segment_behind_an_open_one),
		writer_test(test_others_follow_into_the_new_segment),
		writer_test(test_a_file_too_large_begins_a_new_segment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
