/* ghward-audit itself, behind its sandbox: what is acknowledged is on disk, one chain for all. */
#include "process.h"
#include "scratch.h"

#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define EVENT "\"event\":\"alerts.list\""

static unsigned count_records(const struct scratch *scratch)
{
	scratch_check(scratch);
	return scratch_count(scratch, EVENT);
}

static void test_it_says_hello_from_its_sandbox(void **state)
{
	struct scratch *scratch = *state;
	struct process writer = process_start(scratch->directory);

	assert_true(process_receive(&writer));
	assert_true(writer.report.syscalls_allowed > 0);
	assert_int_equal(process_stop(&writer), 0);
	/* Who has nothing to write makes no files. */
	assert_int_equal(faccessat(scratch->directory, AUDITLOG_HEAD_NAME, F_OK, 0), -1);
}

static void test_what_is_acknowledged_is_there(void **state)
{
	struct scratch *scratch = *state;
	struct process writer = process_start(scratch->directory);

	for (unsigned i = 1; i <= 5; i++) {
		process_append(&writer);
		process_wait_until_durable(&writer);
		assert_int_equal(count_records(scratch), i);
	}
	assert_int_equal(process_stop(&writer), 0);
}

static void test_many_at_once(void **state)
{
	struct scratch *scratch = *state;
	struct process writer = process_start(scratch->directory);

	for (unsigned round = 0; round < 20; round++) {
		for (unsigned i = 0; i < 100; i++)
			process_append(&writer);
		process_wait_until_durable(&writer);
	}
	assert_int_equal(process_stop(&writer), 0);
	assert_int_equal(count_records(scratch), 2000);
}

/* The broker has ended; what it had sent is still recorded. */
static void test_it_writes_what_it_received_before_it_goes(void **state)
{
	struct scratch *scratch = *state;
	struct process writer = process_start(scratch->directory);

	assert_true(process_receive(&writer)); /* its hello */
	for (unsigned i = 0; i < 8; i++)
		process_append(&writer);
	assert_int_equal(shutdown(writer.channel, SHUT_WR), 0);
	while (process_receive(&writer))
		;
	assert_int_equal(process_stop(&writer), 0);
	assert_int_equal(count_records(scratch), 8);
}

/* The broker was killed: what it had not read yet resets the connection. */
static void test_it_writes_what_a_killed_broker_sent(void **state)
{
	struct scratch *scratch = *state;
	struct process writer = process_start(scratch->directory);
	struct pollfd readable = {.fd = writer.channel, .events = POLLIN};

	assert_int_equal(poll(&readable, 1, 5000), 1); /* its hello is there, unread */
	for (unsigned i = 0; i < 8; i++)
		process_append(&writer);
	assert_int_equal(process_stop(&writer), 0);
	assert_int_equal(count_records(scratch), 8);
}

static void test_sixteen_writers_make_one_chain(void **state)
{
	enum { WRITERS = 16, RECORDS = 20 };
	struct scratch *scratch = *state;
	struct process writers[WRITERS];

	for (unsigned i = 0; i < WRITERS; i++)
		writers[i] = process_start(scratch->directory);
	for (unsigned round = 0; round < RECORDS; round++) {
		for (unsigned i = 0; i < WRITERS; i++)
			process_append(&writers[i]);
		/* All but the odd ones wait, so that commits of one and of several records mix. */
		for (unsigned i = 0; i < WRITERS; i += 2)
			process_wait_until_durable(&writers[i]);
	}
	for (unsigned i = 0; i < WRITERS; i++) {
		process_wait_until_durable(&writers[i]);
		assert_string_equal(writers[i].failed, "");
		assert_int_equal(process_stop(&writers[i]), 0);
	}
	assert_int_equal(count_records(scratch), WRITERS * RECORDS);
}

static void test_a_torn_record_is_on_record(void **state)
{
	struct scratch *scratch = *state;
	struct process writer = process_start(scratch->directory);

	process_append(&writer);
	process_wait_until_durable(&writer);
	assert_int_equal(process_stop(&writer), 0);
	int fd = openat(scratch->directory, "00000000000000000001.jsonl",
			O_WRONLY | O_APPEND | O_CLOEXEC);
	assert_int_equal(write(fd, "{\"seq\":2", 8), 8);
	close(fd);
	writer = process_start(scratch->directory);
	process_append(&writer);
	process_wait_until_durable(&writer);
	assert_int_equal(process_stop(&writer), 0);
	assert_int_equal(count_records(scratch), 2);
	assert_int_equal(scratch_count(scratch, "\"event\":\"audit.recover\",\"phase\":\"note\""),
			 1);
	assert_int_equal(scratch_count(scratch, "\"details\":{\"bytes_cut\":\"8\"}"), 1);
}

static void test_a_log_that_cannot_be_continued_is_refused(void **state)
{
	struct scratch *scratch = *state;
	struct process writer = process_start(scratch->directory);

	process_append(&writer);
	process_wait_until_durable(&writer);
	assert_int_equal(process_stop(&writer), 0);
	unlinkat(scratch->directory, AUDITLOG_HEAD_NAME, 0);
	writer = process_start(scratch->directory);
	process_append(&writer);
	process_append(&writer);
	process_wait_until_durable(&writer);
	assert_int_equal(writer.durable, 0);
	assert_non_null(strstr(writer.failed, "head is missing; run ghward audit verify"));
	/* And nothing more, until its broker has gone. */
	process_append(&writer);
	(void)process_stop(&writer);
	assert_int_equal(scratch_count(scratch, EVENT), 1);
}

static void test_a_directory_that_is_gone(void **state)
{
	struct scratch *scratch = *state;

	assert_int_equal(rmdir(scratch->path), 0);
	struct process writer = process_start(scratch->directory);
	process_append(&writer);
	process_wait_until_durable(&writer);
	assert_non_null(strstr(writer.failed, "cannot open lock: No such file or directory"));
	(void)process_stop(&writer);
	assert_int_equal(mkdir(scratch->path, 0700), 0);
}

/* The broker never does this; a record that no reader would accept must not be written. */
static void test_a_detail_twice_is_a_violation(void **state)
{
	struct scratch *scratch = *state;
	struct process writer = process_start(scratch->directory);
	const struct audit_event event = {.actor = "a",
					  .event = "a.b",
					  .detail_count = 2,
					  .details = {{"k", "1"}, {"k", "2"}}};

	process_append(&writer);
	process_wait_until_durable(&writer);
	process_send(&writer, &event);
	while (process_receive(&writer))
		;
	assert_int_not_equal(process_stop(&writer), 0);
	assert_int_equal(count_records(scratch), 1);
}

static void test_an_event_without_name_is_a_violation(void **state)
{
	struct scratch *scratch = *state;
	struct process writer = process_start(scratch->directory);
	const struct audit_event event = {.actor = "a"};

	process_send(&writer, &event);
	while (process_receive(&writer))
		;
	assert_int_not_equal(process_stop(&writer), 0);
	assert_int_equal(count_records(scratch), 0);
}

static void test_names_of_the_writers_own_records_are_a_violation(void **state)
{
	static const char *const names[] = {AUDITLOG_SEGMENT, AUDITLOG_CHECKPOINT, AUDITLOG_RECOVER,
					    AUDITLOG_RETAIN};
	struct scratch *scratch = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct process writer = process_start(scratch->directory);
		const struct audit_event event = {.actor = "a", .event = names[i]};
		process_send(&writer, &event);
		while (process_receive(&writer))
			;
		assert_int_not_equal(process_stop(&writer), 0);
	}
}

/* A result names its intent even when both come in one batch. */
static void test_a_result_names_its_intent(void **state)
{
	struct scratch *scratch = *state;
	struct process writer = process_start(scratch->directory);
	uint32_t first = process_begin(&writer), second = process_begin(&writer);

	process_close(&writer, second);
	process_close(&writer, first);
	process_wait_until_durable(&writer);
	assert_int_equal(process_stop(&writer), 0);
	assert_int_equal(count_records(scratch), 4);
	assert_int_equal(scratch_count(scratch, "{\"intent\":\"2\"}"), 1);
	assert_int_equal(scratch_count(scratch, "{\"intent\":\"3\"}"), 1);
	assert_int_equal(scratch_count(scratch, "unknown"), 0);
}

static void test_a_checkpoint_on_demand(void **state)
{
	struct scratch *scratch = *state;
	struct process writer = process_start(scratch->directory);
	struct note_checkpoint note;

	process_append(&writer);
	assert_int_equal(ipc_send_blocking(writer.channel, ipc_new(MESSAGE_AUDIT_CHECKPOINT, 7)),
			 0);
	while (!*writer.note)
		assert_true(process_receive(&writer));
	assert_int_equal(note_checkpoint_parse(writer.note, strlen(writer.note), &note), 0);
	assert_int_equal(note.size, 2);
	assert_int_equal(process_stop(&writer), 0);
	scratch_check(scratch);
}

/* The broker asks once for all who want one; the lock keeps the first from being answered. */
static void test_a_second_question_is_a_violation(void **state)
{
	struct scratch *scratch = *state;

	assert_int_equal(scratch_append(scratch, "a.b"), 0);
	assert_int_equal(log_try_lock(&scratch->writer.log), LOG_LOCKED);
	struct process writer = process_start(scratch->directory);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(
			ipc_send_blocking(writer.channel, ipc_new(MESSAGE_AUDIT_CHECKPOINT, 0)), 0);
	while (process_receive(&writer))
		;
	assert_int_not_equal(process_stop(&writer), 0);
	log_unlock(&scratch->writer.log);
}

/* A second after a record there is one, whether or not anything follows. */
static void test_a_checkpoint_in_time(void **state)
{
	struct scratch *scratch = *state;
	struct process writer = process_start(scratch->directory);

	process_append(&writer);
	process_wait_until_durable(&writer);
	assert_int_equal(scratch_count(scratch, AUDITLOG_CHECKPOINT), 0);
	for (unsigned i = 0; i < 100 && scratch_count(scratch, AUDITLOG_CHECKPOINT) == 0; i++)
		usleep(50000);
	assert_int_equal(scratch_count(scratch, AUDITLOG_CHECKPOINT), 1);
	process_kill(&writer);
	scratch_check(scratch);
}

/* Killed under load at any moment: what was acknowledged is there, what was begun is unknown, and
 * the next writer goes on. */
static void test_killed_at_any_moment(void **state)
{
	struct scratch *scratch = *state;
	const char *wanted = getenv("GHWARD_KILL_TRIALS");
	unsigned trials = wanted ? (unsigned)strtoul(wanted, NULL, 10) : 40, durable = 0;

	for (unsigned trial = 0; trial < trials; trial++) {
		struct process writer = process_start(scratch->directory);
		struct timespec now, end;
		if (trial % 2) /* while segments and keys change, too */
			process_rotate_often(&writer);
		clock_gettime(CLOCK_MONOTONIC, &end);
		end.tv_nsec += (long)(trial * 7919 % 16000) * 1000;
		do {
			while (writer.sent - writer.durable < 64)
				process_close(&writer, process_begin(&writer));
			assert_true(process_receive(&writer));
			clock_gettime(CLOCK_MONOTONIC, &now);
		} while (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec);
		process_kill(&writer);
		durable += writer.durable;
		/* What came last may be on record without having been acknowledged. */
		assert_true(scratch_count(scratch, EVENT) >= durable);
		struct process next = process_start(scratch->directory);
		process_append(&next);
		process_wait_until_durable(&next);
		assert_string_equal(next.failed, "");
		assert_int_equal(process_stop(&next), 0);
		if (trial % 10 == 9)
			scratch_check(scratch);
		durable = scratch_count(scratch, EVENT);
	}
	scratch_check(scratch);
	/* Each intent has its result. */
	assert_int_equal(scratch_count(scratch, "\"phase\":\"intent\""),
			 scratch_count(scratch, "\"phase\":\"result\""));
}

#define audit_test(name) cmocka_unit_test_setup_teardown(name, scratch_set_up, scratch_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		audit_test(test_it_says_hello_from_its_sandbox),
		audit_test(test_what_is_acknowledged_is_there),
		audit_test(test_many_at_once),
		audit_test(test_it_writes_what_it_received_before_it_goes),
		audit_test(test_it_writes_what_a_killed_broker_sent),
		audit_test(test_sixteen_writers_make_one_chain),
		audit_test(test_a_torn_record_is_on_record),
		audit_test(test_a_log_that_cannot_be_continued_is_refused),
		audit_test(test_a_directory_that_is_gone),
		audit_test(test_a_detail_twice_is_a_violation),
		audit_test(test_an_event_without_name_is_a_violation),
		audit_test(test_names_of_the_writers_own_records_are_a_violation),
		audit_test(test_a_result_names_its_intent),
		audit_test(test_a_checkpoint_on_demand),
		audit_test(test_a_second_question_is_a_violation),
		audit_test(test_a_checkpoint_in_time),
		audit_test(test_killed_at_any_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
