/* Verifying while a writer is at work, and with partners. */
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

/* --- while a writer is at work --- */

/* A record that a writer is in the middle of is no damage. */
static void test_a_record_that_is_being_written(void **state)
{
	struct fixture *fixture = *state;
	off_t length = last_line(fixture, THIRD);
	static char line[65536];
	int fd = openat(fixture->directory, THIRD, O_RDWR | O_CLOEXEC);
	off_t size = lseek(fd, 0, SEEK_END);

	assert_int_equal(pread(fd, line, (size_t)length, size - length), length);
	assert_int_equal(ftruncate(fd, size - length / 2), 0);
	pid_t writer = fork();
	if (writer == 0) {
		usleep(50000);
		_exit(pwrite(fd, line + length - length / 2, (size_t)(length / 2),
			     size - length / 2) != length / 2);
	}
	assert_int_equal(evidence_verify_with(fixture, NULL), 0);
	assert_int_equal(fixture->found.checker.verdict.damage, AUDITLOG_WHOLE);
	int status;
	assert_int_equal(waitpid(writer, &status, 0), writer);
	assert_int_equal(status, 0);
	close(fd);
}

static void put(int directory, const char *name, const char *text, size_t length, off_t at)
{
	int fd = openat(directory, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (pwrite(fd, text, length, at) != (ssize_t)length)
		_exit(1);
	close(fd);
}

/* As the writer does: the secret, the records, the head. */
static void write_on(struct made_log *log, int directory)
{
	struct made_segment *segment = &log->segments[log->segment_count - 1];
	char name[AUDITLOG_NAME_SIZE];
	uint64_t last = segment->first;
	size_t before = segment->length;

	if (log->position.seq + 1 - segment->first > 200) {
		made_close(log);
		auditlog_segment_name(name, last);
		put(directory, AUDITLOG_SEAL_NAME, log->seal, strlen(log->seal), 0);
		put(directory, name, segment->text + before, segment->length - before,
		    (off_t)before);
		put(directory, AUDITLOG_HEAD_NAME, log->head, strlen(log->head), 0);
		free(segment->text);
		log->segment_count--;
		made_next(log, "closed", NULL);
		segment = &log->segments[log->segment_count - 1];
		before = 0;
	} else {
		made_filler(log);
		made_checkpoint(log);
		put(directory, AUDITLOG_SEAL_NAME, log->seal, strlen(log->seal), 0);
	}
	auditlog_segment_name(name, segment->first);
	put(directory, name, segment->text + before, segment->length - before, (off_t)before);
	put(directory, AUDITLOG_HEAD_NAME, log->head, strlen(log->head), 0);
}

/* Whatever moment it looks at, a living log is whole. */
static void test_a_log_that_is_being_written(void **state)
{
	struct fixture *fixture = *state;
	pid_t writer = fork();

	if (writer == 0) {
		for (;; usleep(1000))
			write_on(&fixture->log, fixture->directory);
	}
	uint64_t before = 0;
	for (unsigned i = 0; i < 50; i++) {
		assert_int_equal(evidence_verify_with(fixture, NULL), 0);
		if (fixture->found.checker.verdict.damage)
			break;
		assert_true(fixture->found.checker.log.records >= before);
		before = fixture->found.checker.log.records;
		usleep(1000);
	}
	kill(writer, SIGKILL);
	waitpid(writer, NULL, 0);
	const struct auditlog_verdict *verdict = &fixture->found.checker.verdict;
	if (verdict->damage)
		fail_msg("%s at %llu in %s", auditlog_damage_name(verdict->damage),
			 (unsigned long long)verdict->seq, verdict->file);
	assert_true(before > 25);
}

/* --- partners --- */

/* Pieces that end anywhere, also within markers, over several segments. */
static void test_a_log_of_many_pieces(void **state)
{
	struct fixture *fixture = *state;
	struct made_log *log = &fixture->log;

	made_begin(log, ID);
	while (log->position.seq < 60000) {
		if (log->position.seq % 25000 == 20000)
			made_rotate(log);
		else if (log->position.seq % 1024 == 0)
			made_checkpoint(log);
		else
			made_filler(log);
	}
	made_checkpoint(log);
	made_write(log, fixture->directory);
	assert_fine(fixture, log->position.seq, 3);
	/* Deep inside of a piece. */
	tamper(fixture, "00000000000000020002.jsonl", "\x1b", 9000000);
	evidence_verify(fixture);
	assert_int_equal(fixture->found.checker.verdict.damage, AUDITLOG_CHANGED);
}

/* Whoever loses a partner reads its pieces itself. */
static void test_partners_that_are_gone(void **state)
{
	struct fixture *fixture = *state;

	pool_start(&fixture->pool, fixture->directory);
	for (unsigned i = 0; i < fixture->pool.count; i++)
		kill(fixture->pool.pids[i], SIGKILL);
	assert_int_equal(evidence_verify_with(fixture, &fixture->pool), 0);
	pool_end(&fixture->pool);
	assert_int_equal(fixture->found.checker.verdict.damage, AUDITLOG_WHOLE);
	assert_int_equal(fixture->found.checker.log.records, 25);
}

static void test_partners_are_confined(void **state)
{
	struct fixture *fixture = *state;
	char path[64], text[4096];

	assert_fine(fixture, 25, 3);
	pool_start(&fixture->pool, fixture->directory);
	assert_int_equal(evidence_verify_with(fixture, &fixture->pool), 0);
	for (unsigned i = 0; i < fixture->pool.count; i++) {
		snprintf(path, sizeof(path), "/proc/%d/status", fixture->pool.pids[i]);
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		ssize_t got = read(fd, text, sizeof(text) - 1);
		close(fd);
		assert_true(got > 0);
		text[got] = 0;
		assert_non_null(strstr(text, "Seccomp:\t2"));
		assert_non_null(strstr(text, "NoNewPrivs:\t1"));
	}
	pool_end(&fixture->pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		segment_test(test_a_record_that_is_being_written),
		segment_test(test_a_log_that_is_being_written),
		plain_test(test_a_log_of_many_pieces),
		segment_test(test_partners_that_are_gone),
		segment_test(test_partners_are_confined),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
