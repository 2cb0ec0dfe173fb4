/* The log on disk: recovery, rotation, several writers, failure. */
#include "audit/log.h"

#include <dirent.h>
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

struct fixture {
	char path[64];
	int directory;
	struct log log;
};

static int set_up(void **state)
{
	static struct fixture fixture;

	snprintf(fixture.path, sizeof(fixture.path), "/tmp/ghward-log.XXXXXX");
	if (!mkdtemp(fixture.path))
		return -1;
	fixture.directory = open(fixture.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	log_init(&fixture.log, fixture.directory);
	*state = &fixture;
	return fixture.directory < 0 ? -1 : auditlog_init();
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	DIR *directory = opendir(fixture->path);
	struct dirent *entry;

	log_close(&fixture->log);
	while (directory && (entry = readdir(directory)))
		unlinkat(fixture->directory, entry->d_name, 0);
	if (directory)
		closedir(directory);
	close(fixture->directory);
	return rmdir(fixture->path);
}

/* Appends one record of this event under the lock. Returns what log_append() returned. */
static int append(struct log *log, const char *name)
{
	static char line[AUDITLOG_LINE_MAX + 1];
	const struct audit_event event = {.actor = "test", .event = name};
	const struct auditlog_stamp stamp = {1, 1, "boot"};
	char body[2048];

	while (log_try_lock(log) == LOG_BUSY)
		usleep(500);
	int status = log_refresh(log);
	if (status == 0) {
		struct auditlog_position position = log->position;
		size_t size = auditlog_format_body(body, sizeof(body), &event, &stamp);
		size = auditlog_format_line(line, sizeof(line), body, size, &position);
		status = log_append(log, line, size, &position, strcmp(name, AUDITLOG_ROTATE) == 0);
	}
	log_unlock(log);
	return status;
}

static void test_records_continue_after_reopening(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(append(&fixture->log, "a.b"), 0);
	assert_int_equal(append(&fixture->log, "a.b"), 0);
	log_close(&fixture->log);
	log_init(&fixture->log, fixture->directory);
	assert_int_equal(append(&fixture->log, "a.b"), 0);
	assert_int_equal(fixture->log.position.seq, 3);
}

static void test_a_torn_record_is_cut_off(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(append(&fixture->log, "a.b"), 0);
	int fd = openat(fixture->directory, "00000000000000000001.jsonl", O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, "{\"seq\":2,\"ti", 12), 12);
	close(fd);
	assert_int_equal(log_try_lock(&fixture->log), LOG_LOCKED);
	assert_int_equal(log_refresh(&fixture->log), 0);
	assert_int_equal(fixture->log.recovered, 12);
	assert_int_equal(fixture->log.position.seq, 1);
	log_unlock(&fixture->log);
	assert_int_equal(append(&fixture->log, "a.b"), 0);
	assert_int_equal(fixture->log.position.seq, 2);
}

static void test_a_damaged_last_record_is_refused(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(append(&fixture->log, "a.b"), 0);
	log_close(&fixture->log);
	int fd = openat(fixture->directory, "00000000000000000001.jsonl", O_WRONLY);
	assert_int_equal(pwrite(fd, "X", 1, 3), 1);
	close(fd);
	log_init(&fixture->log, fixture->directory);
	assert_int_equal(append(&fixture->log, "a.b"), -1);
	assert_non_null(strstr(fixture->log.error, "ghward audit verify"));
}

static void test_a_closed_segment_is_followed_by_the_next(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(append(&fixture->log, "a.b"), 0);
	assert_int_equal(append(&fixture->log, AUDITLOG_ROTATE), 0);
	assert_int_equal(append(&fixture->log, "a.b"), 0);
	assert_int_equal(fixture->log.segment_first, 3);
	assert_int_equal(faccessat(fixture->directory, "00000000000000000003.jsonl", R_OK, 0), 0);
}

static void test_an_empty_last_segment_is_used(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(append(&fixture->log, "a.b"), 0);
	assert_int_equal(append(&fixture->log, AUDITLOG_ROTATE), 0);
	log_close(&fixture->log);
	close(openat(fixture->directory, "00000000000000000003.jsonl", O_WRONLY | O_CREAT, 0600));
	log_init(&fixture->log, fixture->directory);
	assert_int_equal(append(&fixture->log, "a.b"), 0);
	assert_int_equal(fixture->log.position.seq, 3);
}

static void test_the_lock_excludes(void **state)
{
	struct fixture *fixture = *state;
	struct log other;

	log_init(&other, fixture->directory);
	assert_int_equal(log_try_lock(&fixture->log), LOG_LOCKED);
	assert_int_equal(log_try_lock(&other), LOG_BUSY);
	log_unlock(&fixture->log);
	assert_int_equal(log_try_lock(&other), LOG_LOCKED);
	log_close(&other);
}

static void test_writers_take_turns(void **state)
{
	enum { WRITERS = 8, RECORDS = 25 };
	struct fixture *fixture = *state;
	int status;

	for (int i = 0; i < WRITERS; i++) {
		if (fork() == 0) {
			struct log log;
			log_init(&log, fixture->directory);
			for (int n = 0; n < RECORDS; n++) {
				if (append(&log, n % 10 == 9 ? AUDITLOG_ROTATE : "a.b") < 0)
					_exit(1);
			}
			_exit(0);
		}
	}
	for (int i = 0; i < WRITERS; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(log_try_lock(&fixture->log), LOG_LOCKED);
	assert_int_equal(log_refresh(&fixture->log), 0);
	assert_int_equal(fixture->log.position.seq, WRITERS * RECORDS);
	log_unlock(&fixture->log);
}

static void test_links_are_not_followed(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(symlinkat("/etc/passwd", fixture->directory, AUDITLOG_LOCK_NAME), 0);
	assert_int_equal(log_try_lock(&fixture->log), LOG_LOCK_FAILED);
	assert_non_null(strstr(fixture->log.error, AUDITLOG_LOCK_NAME));
}

static void test_a_failed_write_leaves_no_half_record(void **state)
{
	struct fixture *fixture = *state;
	struct stat before, after;

	assert_int_equal(append(&fixture->log, "a.b"), 0);
	assert_int_equal(fstat(fixture->log.segment, &before), 0);
	/* Every write to this descriptor fails now, as on a full disk. */
	int full = open("/dev/full", O_RDWR | O_CLOEXEC);
	int segment = dup(fixture->log.segment);
	dup2(full, fixture->log.segment);
	struct auditlog_position position = fixture->log.position;
	assert_int_equal(log_append(&fixture->log, "x\n", 2, &position, false), -1);
	assert_non_null(strstr(fixture->log.error, "No space left"));
	assert_int_equal(fstat(segment, &after), 0);
	assert_int_equal(before.st_size, after.st_size);
	close(full);
	close(segment);
}

#define log_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		log_test(test_records_continue_after_reopening),
		log_test(test_a_torn_record_is_cut_off),
		log_test(test_a_damaged_last_record_is_refused),
		log_test(test_a_closed_segment_is_followed_by_the_next),
		log_test(test_an_empty_last_segment_is_used),
		log_test(test_the_lock_excludes),
		log_test(test_writers_take_turns),
		log_test(test_links_are_not_followed),
		log_test(test_a_failed_write_leaves_no_half_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
