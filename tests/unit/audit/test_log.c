/* The log on disk: recovery, rotation, several writers, failure. */
#include "audit/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Stands in front of libc's: a disk that cannot be written. */
static unsigned failing_syncs;
static int sync_error;

int fdatasync(int fd)
{
	if (failing_syncs == 0)
		return fsync(fd);
	failing_syncs--;
	errno = sync_error;
	return -1;
}

struct fixture {
	char path[64];
	int directory;
	struct log log;
};

static int set_up(void **state)
{
	static struct fixture fixture;

	failing_syncs = 0;
	sync_error = EIO;
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

/* Puts one record of this event behind the log's last, without the lock. */
static int append_record(struct log *log, const char *name)
{
	static char line[AUDITLOG_LINE_MAX + 1];
	const struct audit_event event = {.actor = "test", .event = name};
	const struct auditlog_stamp stamp = {1, 1, "boot"};
	struct auditlog_position position = log->position;
	char body[2048];

	size_t size = auditlog_format_body(body, sizeof(body), &event, &stamp);
	size = auditlog_format_line(line, sizeof(line), body, size, &position);
	return log_append(log, line, size, &position, strcmp(name, AUDITLOG_ROTATE) == 0);
}

/* As the writer does it. Returns what log_append() returned. */
static int append(struct log *log, const char *name)
{
	while (log_try_lock(log) == LOG_BUSY)
		usleep(500);
	int status = log_refresh(log);
	if (status == 0)
		status = append_record(log, name);
	log_unlock(log);
	return status;
}

static void reopen(struct fixture *fixture)
{
	log_close(&fixture->log);
	log_init(&fixture->log, fixture->directory);
}

/* Writes into a file of the log behind the writer's back. */
static void tamper(struct fixture *fixture, const char *name, const char *text, off_t offset)
{
	int fd = openat(fixture->directory, name, O_WRONLY | O_CLOEXEC);

	if (offset < 0)
		offset = lseek(fd, 0, SEEK_END);
	assert_int_equal(pwrite(fd, text, strlen(text), offset), strlen(text));
	close(fd);
}

static off_t size_of(struct fixture *fixture, const char *name)
{
	struct stat status;

	assert_int_equal(fstatat(fixture->directory, name, &status, 0), 0);
	return status.st_size;
}

#define FIRST "00000000000000000001.jsonl"

static void test_records_continue_after_reopening(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(append(&fixture->log, "a.b"), 0);
	assert_int_equal(append(&fixture->log, "a.b"), 0);
	reopen(fixture);
	assert_int_equal(append(&fixture->log, "a.b"), 0);
	assert_int_equal(fixture->log.position.seq, 3);
}

static void test_a_torn_record_is_cut_off(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(append(&fixture->log, "a.b"), 0);
	tamper(fixture, FIRST, "{\"seq\":2,\"ti", -1);
	assert_int_equal(log_try_lock(&fixture->log), LOG_LOCKED);
	assert_int_equal(log_refresh(&fixture->log), 0);
	assert_int_equal(fixture->log.recovered, 12);
	assert_int_equal(fixture->log.position.seq, 1);
	/* Until it has been told. */
	assert_int_equal(append_record(&fixture->log, AUDITLOG_RECOVER), 0);
	assert_int_equal(fixture->log.recovered, 0);
	assert_int_equal(fixture->log.position.seq, 2);
	log_unlock(&fixture->log);
}

/* The very first record was torn: the log begins anew. */
static void test_a_torn_first_record_is_cut_off(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(log_try_lock(&fixture->log), LOG_LOCKED);
	assert_int_equal(log_refresh(&fixture->log), 0);
	log_unlock(&fixture->log);
	tamper(fixture, FIRST, "{\"seq\"", 0);
	reopen(fixture);
	assert_int_equal(append(&fixture->log, "a.b"), 0);
	assert_int_equal(fixture->log.position.seq, 1);
	assert_int_equal(fixture->log.segment_size, size_of(fixture, FIRST));
}

static void test_a_long_last_record_is_found(void **state)
{
	static char text[60000];
	struct fixture *fixture = *state;
	struct audit_event event = {
		.actor = "test", .event = "a.b", .detail_count = AUDIT_DETAILS_MAX};
	const struct auditlog_stamp stamp = {1, 1, "boot"};
	static char body[AUDITLOG_LINE_MAX], line[AUDITLOG_LINE_MAX + 1];

	memset(text, '"', sizeof(text) - 1);
	event.target = event.rule = event.outcome = text;
	for (unsigned i = 0; i < AUDIT_DETAILS_MAX; i++) {
		event.details[i].key = &"aaaaaaaaaaaa"[i];
		event.details[i].value = text;
	}
	assert_int_equal(append(&fixture->log, "a.b"), 0);
	struct auditlog_position position = fixture->log.position;
	size_t size = auditlog_format_body(body, sizeof(body), &event, &stamp);
	size = auditlog_format_line(line, sizeof(line), body, size, &position);
	assert_true(size > 20000);
	assert_int_equal(log_append(&fixture->log, line, size, &position, false), 0);
	reopen(fixture);
	assert_int_equal(append(&fixture->log, "a.b"), 0);
	assert_int_equal(fixture->log.position.seq, 3);
}

static void test_a_damaged_last_record_is_refused(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(append(&fixture->log, "a.b"), 0);
	tamper(fixture, FIRST, "X", 3);
	reopen(fixture);
	assert_int_equal(append(&fixture->log, "a.b"), -1);
	assert_non_null(strstr(fixture->log.error, "ghward audit verify"));
	assert_int_equal(fixture->log.recovered, 0);
}

static void test_an_end_that_is_no_record_is_refused(void **state)
{
	struct fixture *fixture = *state;
	char *junk = malloc(AUDITLOG_LINE_MAX + 1);

	memset(junk, 'x', AUDITLOG_LINE_MAX);
	junk[AUDITLOG_LINE_MAX] = 0;
	assert_int_equal(append(&fixture->log, "a.b"), 0);
	tamper(fixture, FIRST, junk, -1);
	free(junk);
	off_t size = size_of(fixture, FIRST);
	assert_int_equal(append(&fixture->log, "a.b"), -1);
	assert_non_null(strstr(fixture->log.error, "does not end with records"));
	assert_int_equal(size_of(fixture, FIRST), size);
}

/* Otherwise the next record would take the number of the one that was cut, and nothing would show.
 */
static void test_a_cut_tail_is_not_continued(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(append(&fixture->log, "a.b"), 0);
	off_t size = size_of(fixture, FIRST);
	assert_int_equal(append(&fixture->log, "a.b"), 0);
	int fd = openat(fixture->directory, FIRST, O_WRONLY | O_CLOEXEC);
	assert_int_equal(ftruncate(fd, size), 0);
	assert_int_equal(append(&fixture->log, "a.b"), -1);
	assert_non_null(strstr(fixture->log.error, "was cut off"));
	/* Nor when the cut is not between two records: it is not taken for a torn one. */
	assert_int_equal(ftruncate(fd, size - 5), 0);
	reopen(fixture);
	assert_int_equal(append(&fixture->log, "a.b"), -1);
	assert_non_null(strstr(fixture->log.error, "was cut off"));
	assert_int_equal(size_of(fixture, FIRST), size - 5);
	close(fd);
}

static void test_a_removed_log_is_not_begun_again(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(append(&fixture->log, "a.b"), 0);
	assert_int_equal(unlinkat(fixture->directory, FIRST, 0), 0);
	/* Neither by the process that still has the file open, nor by the next. */
	assert_int_equal(append(&fixture->log, "a.b"), -1);
	assert_non_null(strstr(fixture->log.error, "was cut off"));
	reopen(fixture);
	assert_int_equal(append(&fixture->log, "a.b"), -1);
}

static void test_the_last_record_must_be_the_heads(void **state)
{
	struct fixture *fixture = *state;
	char head[AUDITLOG_HEAD_SIZE + 1] = "";

	assert_int_equal(append(&fixture->log, "a.b"), 0);
	int fd = openat(fixture->directory, AUDITLOG_HEAD_NAME, O_RDWR | O_CLOEXEC);
	assert_int_equal(pread(fd, head, AUDITLOG_HEAD_SIZE, 0), AUDITLOG_HEAD_SIZE);
	tamper(fixture, AUDITLOG_HEAD_NAME, head[30] == '0' ? "1" : "0", 30);
	reopen(fixture);
	assert_int_equal(append(&fixture->log, "a.b"), -1);
	assert_non_null(strstr(fixture->log.error, "was changed"));
	tamper(fixture, AUDITLOG_HEAD_NAME, "x", 30);
	assert_int_equal(append(&fixture->log, "a.b"), -1);
	assert_non_null(strstr(fixture->log.error, "head is damaged"));
	tamper(fixture, AUDITLOG_HEAD_NAME, head, 0);
	assert_int_equal(append(&fixture->log, "a.b"), 0);
	/* An older one is what a power loss leaves. */
	tamper(fixture, AUDITLOG_HEAD_NAME, head, 0);
	reopen(fixture);
	assert_int_equal(append(&fixture->log, "a.b"), 0);
	assert_int_equal(unlinkat(fixture->directory, AUDITLOG_HEAD_NAME, 0), 0);
	reopen(fixture);
	assert_int_equal(append(&fixture->log, "a.b"), -1);
	assert_non_null(strstr(fixture->log.error, "head is missing"));
	close(fd);
}

/* A crash right after the directory was made. */
static void test_a_head_alone_is_a_new_log(void **state)
{
	struct fixture *fixture = *state;

	close(openat(fixture->directory, AUDITLOG_HEAD_NAME, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	assert_int_equal(append(&fixture->log, "a.b"), 0);
	assert_int_equal(fixture->log.position.seq, 1);
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
	close(openat(fixture->directory, "00000000000000000003.jsonl", O_WRONLY | O_CREAT, 0600));
	reopen(fixture);
	assert_int_equal(log_refresh(&fixture->log), 0);
	assert_false(fixture->log.interrupted);
	assert_int_equal(append(&fixture->log, "a.b"), 0);
	assert_int_equal(fixture->log.position.seq, 3);
	assert_int_equal(fixture->log.segment_first, 3);
}

static void test_a_segment_that_does_not_follow_is_refused(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(append(&fixture->log, "a.b"), 0);
	close(openat(fixture->directory, "00000000000000000004.jsonl", O_WRONLY | O_CREAT, 0600));
	reopen(fixture);
	assert_int_equal(append(&fixture->log, "a.b"), -1);
	assert_non_null(strstr(fixture->log.error, "00000000000000000004.jsonl does not follow"));
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

/* Two writers with locks on different files would both believe that they are alone. */
static void test_a_removed_lock_is_noticed(void **state)
{
	struct fixture *fixture = *state;
	struct log other;

	assert_int_equal(append(&fixture->log, "a.b"), 0);
	assert_int_equal(unlinkat(fixture->directory, AUDITLOG_LOCK_NAME, 0), 0);
	log_init(&other, fixture->directory);
	assert_int_equal(log_try_lock(&other), LOG_LOCKED);
	assert_int_equal(log_try_lock(&fixture->log), LOG_BUSY);
	assert_int_equal(log_try_lock(&fixture->log), LOG_BUSY);
	log_close(&other);
	assert_int_equal(log_try_lock(&fixture->log), LOG_LOCKED);
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

	assert_int_equal(append(&fixture->log, "a.b"), 0);
	off_t size = size_of(fixture, FIRST);
	/* Every write to this descriptor fails now, as on a full disk. */
	int full = open("/dev/full", O_RDWR | O_CLOEXEC);
	dup2(full, fixture->log.segment);
	close(full);
	assert_int_equal(append_record(&fixture->log, "a.b"), -1);
	assert_non_null(strstr(fixture->log.error, "No space left"));
	assert_int_equal(size_of(fixture, FIRST), size);
	/* It could not be cut back either, so that nothing may follow. */
	assert_int_equal(log_start_over(&fixture->log), -1);
}

static void test_a_failed_sync_begins_a_new_segment(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(append(&fixture->log, "a.b"), 0);
	off_t size = size_of(fixture, FIRST);
	failing_syncs = 1;
	assert_int_equal(append_record(&fixture->log, "a.b"), -1);
	assert_non_null(strstr(fixture->log.error, FIRST ": Input/output error"));
	assert_int_equal(size_of(fixture, FIRST), size);
	assert_int_equal(log_start_over(&fixture->log), 0);
	assert_true(fixture->log.interrupted);
	assert_int_equal(append_record(&fixture->log, AUDITLOG_RECOVER), 0);
	assert_false(fixture->log.interrupted);
	assert_int_equal(fixture->log.position.seq, 2);
	assert_int_equal(fixture->log.segment_first, 2);
	reopen(fixture);
	assert_int_equal(append(&fixture->log, "a.b"), 0);
	assert_int_equal(fixture->log.position.seq, 3);
}

/* Where there is no room for one segment, there is none for two. */
static void test_a_full_disk_begins_no_new_segment(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(append(&fixture->log, "a.b"), 0);
	off_t size = size_of(fixture, FIRST);
	failing_syncs = 1;
	sync_error = ENOSPC;
	assert_int_equal(append_record(&fixture->log, "a.b"), -1);
	assert_int_equal(size_of(fixture, FIRST), size);
	assert_int_equal(log_start_over(&fixture->log), -1);
	assert_non_null(strstr(fixture->log.error, FIRST ": No space left"));
	assert_int_equal(faccessat(fixture->directory, "00000000000000000002.jsonl", F_OK, 0), -1);
	/* Room was made; the next process goes on where this one stopped. */
	reopen(fixture);
	assert_int_equal(append(&fixture->log, "a.b"), 0);
	assert_int_equal(fixture->log.position.seq, 2);
}

/* The segment cannot even be cut back: what is in it is unknown. */
static void test_a_dead_disk_begins_no_new_segment(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(append(&fixture->log, "a.b"), 0);
	failing_syncs = 2;
	assert_int_equal(append_record(&fixture->log, "a.b"), -1);
	assert_int_equal(log_start_over(&fixture->log), -1);
}

/* The process that began the new segment died before it could write: the next knows what it has to
 * tell. */
static void test_an_empty_segment_behind_an_open_one(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(append(&fixture->log, "a.b"), 0);
	failing_syncs = 1;
	assert_int_equal(append_record(&fixture->log, "a.b"), -1);
	assert_int_equal(log_start_over(&fixture->log), 0);
	reopen(fixture);
	assert_int_equal(log_refresh(&fixture->log), 0);
	assert_true(fixture->log.interrupted);
	assert_int_equal(fixture->log.segment_first, 2);
	/* There is no third try. */
	failing_syncs = 1;
	assert_int_equal(append_record(&fixture->log, AUDITLOG_RECOVER), -1);
	assert_int_equal(log_start_over(&fixture->log), -1);
}

/* The other writer's segment has not grown: it was left for a new one. */
static void test_others_follow_into_the_new_segment(void **state)
{
	struct fixture *fixture = *state;
	struct log other;

	log_init(&other, fixture->directory);
	assert_int_equal(append(&other, "a.b"), 0);
	assert_int_equal(append(&fixture->log, "a.b"), 0);
	assert_int_equal(append(&other, "a.b"), 0);
	assert_int_equal(log_refresh(&fixture->log), 0);
	failing_syncs = 1;
	assert_int_equal(append_record(&fixture->log, "a.b"), -1);
	assert_int_equal(log_start_over(&fixture->log), 0);
	assert_int_equal(log_refresh(&other), 0);
	assert_int_equal(other.segment_first, 4);
	assert_true(other.interrupted);
	log_close(&other);
}

/* A limit that only the old segment has reached. */
static void test_a_file_too_large_begins_a_new_segment(void **state)
{
	struct fixture *fixture = *state;
	struct rlimit before, limit;

	for (int i = 0; i < 3; i++)
		assert_int_equal(append(&fixture->log, "a.b"), 0);
	off_t size = size_of(fixture, FIRST);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = before;
	limit.rlim_cur = (rlim_t)size + 10;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	int first = append_record(&fixture->log, "a.b");
	off_t after = size_of(fixture, FIRST);
	int second = first < 0 ? log_start_over(&fixture->log) : -1;
	int third = second == 0 ? append_record(&fixture->log, AUDITLOG_RECOVER) : -1;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_int_equal(first, -1);
	assert_int_equal(after, size);
	assert_int_equal(second, 0);
	assert_int_equal(third, 0);
	assert_int_equal(fixture->log.position.seq, 4);
}

static void test_an_unwritable_directory_says_so(void **state)
{
	struct fixture *fixture = *state;
	struct log log;
	int proc = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)fixture;
	log_init(&log, proc);
	assert_int_equal(log_try_lock(&log), LOG_LOCK_FAILED);
	assert_non_null(strstr(log.error, "cannot open lock: "));
	assert_non_null(strstr(log.error, "check permissions"));
	close(proc);
}

static void test_files_are_private(void **state)
{
	struct fixture *fixture = *state;
	static const char *const names[] = {FIRST, AUDITLOG_HEAD_NAME, AUDITLOG_LOCK_NAME};
	mode_t mask = umask(0);

	assert_int_equal(append(&fixture->log, "a.b"), 0);
	umask(mask);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct stat status;
		assert_int_equal(fstatat(fixture->directory, names[i], &status, 0), 0);
		assert_int_equal(status.st_mode, S_IFREG | 0600);
	}
}

#define log_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

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
		log_test(test_a_removed_log_is_not_begun_again),
		log_test(test_the_last_record_must_be_the_heads),
		log_test(test_a_head_alone_is_a_new_log),
		log_test(test_a_closed_segment_is_followed_by_the_next),
		log_test(test_an_empty_last_segment_is_used),
		log_test(test_a_segment_that_does_not_follow_is_refused),
		log_test(test_the_lock_excludes),
		log_test(test_a_removed_lock_is_noticed),
		log_test(test_writers_take_turns),
		log_test(test_links_are_not_followed),
		log_test(test_a_failed_write_leaves_no_half_record),
		log_test(test_a_failed_sync_begins_a_new_segment),
		log_test(test_a_full_disk_begins_no_new_segment),
		log_test(test_a_dead_disk_begins_no_new_segment),
		log_test(test_an_empty_segment_behind_an_open_one),
		log_test(test_others_follow_into_the_new_segment),
		log_test(test_a_file_too_large_begins_a_new_segment),
		log_test(test_an_unwritable_directory_says_so),
		log_test(test_files_are_private),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
