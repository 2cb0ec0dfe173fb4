/* A whole directory: what the writer makes is fine, and what was done to it afterwards shows. */
#include "verify/verify.h"

#include "audit/log.h"

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

#define FIRST "00000000000000000001.jsonl"
#define SECOND "00000000000000000004.jsonl"

struct fixture {
	char path[64];
	int directory;
	struct log log;
	struct verification found;
};

static void append(struct log *log, const char *name)
{
	static char line[AUDITLOG_LINE_MAX + 1];
	const struct audit_event event = {.actor = "test", .event = name};
	const struct auditlog_stamp stamp = {1, 1, "boot"};
	char body[2048];

	while (log_try_lock(log) == LOG_BUSY)
		usleep(100);
	assert_int_equal(log_refresh(log), 0);
	struct auditlog_position position = log->position;
	size_t size = auditlog_format_body(body, sizeof(body), &event, &stamp);
	size = auditlog_format_line(line, sizeof(line), body, size, &position);
	assert_int_equal(log_append(log, line, size, &position, strcmp(name, AUDITLOG_ROTATE) == 0),
			 0);
	log_unlock(log);
}

static int set_up(void **state)
{
	static struct fixture fixture;

	memset(&fixture, 0, sizeof(fixture));
	snprintf(fixture.path, sizeof(fixture.path), "/tmp/ghward-verify.XXXXXX");
	if (!mkdtemp(fixture.path) || auditlog_init() < 0)
		return -1;
	fixture.directory = open(fixture.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	log_init(&fixture.log, fixture.directory);
	*state = &fixture;
	return fixture.directory < 0 ? -1 : 0;
}

/* Two segments: records 1 to 3, the last of which closes it, and 4 to 6. */
static int set_up_segments(void **state)
{
	if (set_up(state) < 0)
		return -1;
	struct fixture *fixture = *state;
	for (unsigned i = 1; i <= 6; i++)
		append(&fixture->log, i == 3 ? AUDITLOG_ROTATE : "alerts.list");
	log_close(&fixture->log);
	return 0;
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

static void verify(struct fixture *fixture)
{
	assert_int_equal(verify_directory(fixture->directory, &fixture->found), 0);
}

static void assert_fine(struct fixture *fixture, uint64_t records, uint64_t segments)
{
	verify(fixture);
	if (fixture->found.checker.damage)
		fail_msg("%s", fixture->found.checker.damage);
	assert_int_equal(fixture->found.checker.records, records);
	assert_int_equal(fixture->found.segments, segments);
	assert_string_equal(fixture->found.bad_segment, "");
}

static void assert_damaged(struct fixture *fixture, const char *kind, uint64_t seq,
			   const char *segment)
{
	verify(fixture);
	assert_non_null(fixture->found.checker.damage);
	assert_string_equal(fixture->found.checker.damage, kind);
	assert_int_equal(fixture->found.checker.damaged_seq, seq);
	assert_string_equal(fixture->found.bad_segment, segment);
}

/* Replaces a file's bytes from an offset on; a negative one counts from its end. */
static void tamper(struct fixture *fixture, const char *name, const char *text, off_t offset)
{
	int fd = openat(fixture->directory, name, O_WRONLY | O_CLOEXEC);

	if (offset < 0)
		offset += lseek(fd, 0, SEEK_END) + 1;
	assert_int_equal(pwrite(fd, text, strlen(text), offset), strlen(text));
	close(fd);
}

static void cut(struct fixture *fixture, const char *name, off_t bytes)
{
	int fd = openat(fixture->directory, name, O_WRONLY | O_CLOEXEC);

	assert_int_equal(ftruncate(fd, lseek(fd, 0, SEEK_END) - bytes), 0);
	close(fd);
}

/* The length of the last line of a file. */
static off_t last_line(struct fixture *fixture, const char *name)
{
	static char text[65536];
	int fd = openat(fixture->directory, name, O_RDONLY | O_CLOEXEC);
	ssize_t size = read(fd, text, sizeof(text));

	close(fd);
	assert_true(size > 1);
	const char *before = memrchr(text, '\n', (size_t)size - 1);
	return before ? text + size - before - 1 : size;
}

static void test_an_empty_directory_is_fine(void **state)
{
	assert_fine(*state, 0, 0);
}

static void test_segments_are_read_in_order(void **state)
{
	struct fixture *fixture = *state;

	assert_fine(fixture, 6, 2);
	assert_int_equal(fixture->found.checker.position.seq, 6);
}

static void test_other_files_do_not_matter(void **state)
{
	struct fixture *fixture = *state;
	static const char *const names[] = {"notes", "1.jsonl", "00000000000000000004.jsonl.bak"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		close(openat(fixture->directory, names[i], O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	assert_fine(fixture, 6, 2);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlinkat(fixture->directory, names[i], 0);
}

static void test_a_changed_byte(void **state)
{
	struct fixture *fixture = *state;

	/* In a text: it shows in the link of the record behind it. */
	tamper(fixture, FIRST, "T", 85);
	assert_damaged(fixture, "changed", 1, FIRST);
}

/* The link to it stands in the next segment; the damage does not. */
static void test_a_changed_last_record_of_a_segment(void **state)
{
	struct fixture *fixture = *state;

	tamper(fixture, FIRST, "9", (off_t)-last_line(fixture, FIRST) + 34);
	assert_damaged(fixture, "changed", 3, FIRST);
}

static void test_a_changed_last_record_of_all(void **state)
{
	struct fixture *fixture = *state;

	tamper(fixture, SECOND, "9", (off_t)-last_line(fixture, SECOND) + 34);
	assert_damaged(fixture, "changed", 6, SECOND);
}

static void test_a_missing_segment(void **state)
{
	struct fixture *fixture = *state;

	unlinkat(fixture->directory, FIRST, 0);
	assert_damaged(fixture, "missing segment", 1, FIRST);
}

static void test_a_missing_middle_segment(void **state)
{
	struct fixture *fixture = *state;

	append(&fixture->log, AUDITLOG_ROTATE);
	append(&fixture->log, "alerts.list");
	assert_fine(fixture, 8, 3);
	unlinkat(fixture->directory, SECOND, 0);
	assert_damaged(fixture, "missing segment", 4, SECOND);
}

static void test_a_missing_last_segment(void **state)
{
	struct fixture *fixture = *state;

	unlinkat(fixture->directory, SECOND, 0);
	assert_damaged(fixture, "cut tail", 4, FIRST);
}

static void test_nothing_left_but_the_head(void **state)
{
	struct fixture *fixture = *state;

	unlinkat(fixture->directory, FIRST, 0);
	unlinkat(fixture->directory, SECOND, 0);
	assert_damaged(fixture, "cut tail", 1, "");
}

static void test_a_foreign_segment(void **state)
{
	struct fixture *fixture = *state;

	/* Its name lies within the first. */
	assert_int_equal(linkat(fixture->directory, SECOND, fixture->directory,
				"00000000000000000002.jsonl", 0),
			 0);
	assert_damaged(fixture, "foreign segment", 2, "00000000000000000002.jsonl");
}

static void test_a_torn_end(void **state)
{
	struct fixture *fixture = *state;

	tamper(fixture, SECOND, "{\"seq\":7", -1);
	assert_damaged(fixture, "torn", 7, SECOND);
}

static void test_a_cut_end(void **state)
{
	struct fixture *fixture = *state;

	cut(fixture, SECOND, last_line(fixture, SECOND));
	assert_damaged(fixture, "cut tail", 6, SECOND);
	/* Of a closed segment, down to an earlier record. */
	cut(fixture, FIRST, last_line(fixture, FIRST));
	assert_damaged(fixture, "cut tail", 3, FIRST);
}

static void test_a_missing_head(void **state)
{
	struct fixture *fixture = *state;

	tamper(fixture, AUDITLOG_HEAD_NAME, "x", 0);
	assert_damaged(fixture, "missing head", 6, SECOND);
	unlinkat(fixture->directory, AUDITLOG_HEAD_NAME, 0);
	assert_damaged(fixture, "missing head", 6, SECOND);
}

/* A line that never ends is given up, whatever follows. */
static void test_a_line_without_end(void **state)
{
	struct fixture *fixture = *state;
	int fd = openat(fixture->directory, SECOND, O_WRONLY | O_CLOEXEC);
	char *junk = malloc(1 << 20);

	memset(junk, '{', 1 << 20);
	assert_int_equal(pwrite(fd, junk, 1 << 20, lseek(fd, 0, SEEK_END)), 1 << 20);
	assert_int_equal(pwrite(fd, "\n", 1, lseek(fd, 0, SEEK_END)), 1);
	free(junk);
	close(fd);
	assert_damaged(fixture, "torn", 7, SECOND);
}

/* What is no file cannot be read, and nothing waits for it. */
static void test_a_pipe_in_place_of_a_segment(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(unlinkat(fixture->directory, SECOND, 0), 0);
	assert_int_equal(mkfifoat(fixture->directory, SECOND, 0600), 0);
	alarm(10);
	assert_int_equal(verify_directory(fixture->directory, &fixture->found), -1);
	alarm(0);
}

static void test_a_link_is_not_followed(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(renameat(fixture->directory, SECOND, fixture->directory, "moved"), 0);
	assert_int_equal(symlinkat("moved", fixture->directory, SECOND), 0);
	assert_int_equal(verify_directory(fixture->directory, &fixture->found), -1);
	unlinkat(fixture->directory, "moved", 0);
}

/* A record that a writer is in the middle of is no damage. */
static void test_a_record_that_is_being_written(void **state)
{
	struct fixture *fixture = *state;
	off_t length = last_line(fixture, SECOND);
	static char line[65536];
	int fd = openat(fixture->directory, SECOND, O_RDWR | O_CLOEXEC);
	off_t size = lseek(fd, 0, SEEK_END);

	assert_int_equal(pread(fd, line, (size_t)length, size - length), length);
	assert_int_equal(ftruncate(fd, size - length / 2), 0);
	pid_t writer = fork();
	if (writer == 0) {
		usleep(50000);
		_exit(pwrite(fd, line + length - length / 2, (size_t)(length / 2),
			     size - length / 2) != length / 2);
	}
	assert_fine(fixture, 6, 2);
	int status;
	assert_int_equal(waitpid(writer, &status, 0), writer);
	assert_int_equal(status, 0);
	close(fd);
}

/* Whatever moment it looks at, a living log is whole. */
static void test_a_log_that_is_being_written(void **state)
{
	struct fixture *fixture = *state;
	pid_t writer = fork();

	if (writer == 0) {
		struct log log;
		log_init(&log, fixture->directory);
		for (unsigned i = 1;; i++)
			append(&log, i % 50 == 0 ? AUDITLOG_ROTATE : "alerts.list");
	}
	uint64_t before = 0;
	for (unsigned i = 0; i < 100; i++) {
		verify(fixture);
		if (fixture->found.checker.damage)
			break;
		assert_true(fixture->found.checker.records >= before);
		before = fixture->found.checker.records;
		usleep(1000);
	}
	kill(writer, SIGKILL);
	waitpid(writer, NULL, 0);
	if (fixture->found.checker.damage)
		fail_msg("%s at %llu in %s", fixture->found.checker.damage,
			 (unsigned long long)fixture->found.checker.damaged_seq,
			 fixture->found.bad_segment);
	assert_true(before > 6);
}

#define plain_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define segment_test(name) cmocka_unit_test_setup_teardown(name, set_up_segments, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		plain_test(test_an_empty_directory_is_fine),
		segment_test(test_segments_are_read_in_order),
		segment_test(test_other_files_do_not_matter),
		segment_test(test_a_changed_byte),
		segment_test(test_a_changed_last_record_of_a_segment),
		segment_test(test_a_changed_last_record_of_all),
		segment_test(test_a_missing_segment),
		segment_test(test_a_missing_middle_segment),
		segment_test(test_a_missing_last_segment),
		segment_test(test_nothing_left_but_the_head),
		segment_test(test_a_foreign_segment),
		segment_test(test_a_torn_end),
		segment_test(test_a_cut_end),
		segment_test(test_a_missing_head),
		segment_test(test_a_line_without_end),
		segment_test(test_a_pipe_in_place_of_a_segment),
		segment_test(test_a_link_is_not_followed),
		segment_test(test_a_record_that_is_being_written),
		plain_test(test_a_log_that_is_being_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
