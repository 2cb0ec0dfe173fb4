/* Whatever is asked, and however far the index goes: the answer is what a plain reading gives. */
#include "fixture.h"

#include "lib/base/io.h"

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

static off_t index_size(struct fixture *fixture)
{
	struct stat status;

	return fstatat(fixture->store, FIXTURE_INDEX, &status, 0) < 0 ? -1 : status.st_size;
}

static void test_an_empty_directory_has_nothing(void **state)
{
	struct review_filter filter = fixture_all();

	assert_int_equal(fixture_check(*state, &filter, 0), 0);
	filter.actor = "uid:1007";
	assert_int_equal(fixture_check(*state, &filter, 20), 0);
	assert_int_equal(index_size(*state), -1);
}

static void test_each_filter(void **state)
{
	struct fixture *fixture = *state;
	struct review_filter filter = fixture_all();

	fixture_grow(fixture, 9000); /* more than two blocks */
	assert_int_equal(fixture_check(fixture, &filter, 0), 9000);
	assert_int_equal(index_size(fixture), -1); /* was not needed */
	fixture_check_all(fixture);
	assert_true(index_size(fixture) > 0);

	filter.actor = "uid:1007";
	size_t of_actor = fixture_check(fixture, &filter, 0);
	assert_in_range(of_actor, 50, 400);
	filter.event = "alerts.view";
	assert_in_range(fixture_check(fixture, &filter, 0), 4, of_actor - 4);
	filter.actor = "";
	filter.event = "";
	filter.severities = 1u << AUDIT_WARNING;
	assert_int_equal(fixture_check(fixture, &filter, 0), 12);
	filter.severities |= 1u << AUDIT_INFO;
	assert_int_equal(fixture_check(fixture, &filter, 0), 9000);
	filter.severities = 1u << AUDIT_CRITICAL;
	assert_int_equal(fixture_check(fixture, &filter, 0), 0);
}

static void test_one_job(void **state)
{
	struct fixture *fixture = *state;
	struct review_filter filter = fixture_all();
	char texts[LOGS_TEXTS_SIZE];
	struct audit_event event;
	uint64_t time_us;

	fixture_grow(fixture, 9000);
	logs_typical(4444, texts, &event, &time_us);
	filter.job = event.job;
	assert_int_equal(fixture_check(fixture, &filter, 0), 4);
	filter.job = "j-0123456789abcdef";
	assert_int_equal(fixture_check(fixture, &filter, 0), 0);
}

static void test_text(void **state)
{
	struct fixture *fixture = *state;
	struct review_filter filter = fixture_all();

	fixture_grow(fixture, 9000);
	filter.text = "acme/repository-17\"";
	assert_in_range(fixture_check(fixture, &filter, 0), 1, 100);
	filter.actor = "uid:10*";
	assert_in_range(fixture_check(fixture, &filter, 0), 1, 100);
	filter.text = "nowhere";
	assert_int_equal(fixture_check(fixture, &filter, 0), 0);
}

static void test_times(void **state)
{
	struct fixture *fixture = *state;
	struct review_filter filter = fixture_all();

	fixture_grow(fixture, 9000);
	filter.since_us = LOGS_BEGIN_US + LOGS_STEP_US * 100;
	assert_int_equal(fixture_check(fixture, &filter, 0), 8900);
	filter.until_us = LOGS_BEGIN_US + LOGS_STEP_US * 4500;
	assert_int_equal(fixture_check(fixture, &filter, 0), 4400);
	filter.since_us = 0;
	assert_int_equal(fixture_check(fixture, &filter, 0), 4500);
	filter.until_us = LOGS_BEGIN_US;
	assert_int_equal(fixture_check(fixture, &filter, 0), 0);
}

static void test_a_clock_that_was_set_back(void **state)
{
	struct fixture *fixture = *state;
	struct review_filter filter = fixture_all();
	const struct audit_event event = {.actor = "uid:7", .event = "test.past"};

	fixture_grow(fixture, 5000);
	for (unsigned i = 0; i < 10; i++)
		logs_add(&fixture->logs, &event, LOGS_BEGIN_US - 3600000000 + i);
	fixture_grow(fixture, 5000);
	filter.until_us = LOGS_BEGIN_US;
	assert_int_equal(fixture_check(fixture, &filter, 0), 10);
	filter.since_us = LOGS_BEGIN_US;
	filter.until_us = 0;
	assert_int_equal(fixture_check(fixture, &filter, 0), 10000);
}

static void test_the_newest(void **state)
{
	struct fixture *fixture = *state;
	struct review_filter filter = fixture_all();

	fixture_grow(fixture, 5000);
	logs_rotate(&fixture->logs);
	fixture_grow(fixture, 10);
	assert_int_equal(fixture_check(fixture, &filter, 20), 20);
	assert_int_equal(index_size(fixture), -1);
	assert_int_equal(fixture_check(fixture, &filter, 1), 1);
	assert_int_equal(fixture_check(fixture, &filter, 1000000), 5010);
	filter.actor = "uid:1007";
	assert_int_equal(fixture_check(fixture, &filter, 7), 7);
	fixture_grow(fixture, 300); /* which the index does not know */
	assert_int_equal(fixture_check(fixture, &filter, 7), 7);
	assert_int_equal(fixture_check(fixture, &filter, 40), 40);
}

static void test_an_index_grows_with_its_log(void **state)
{
	struct fixture *fixture = *state;
	off_t before = 0;

	for (unsigned i = 0; i < 12; i++) {
		if (i % 5 == 4)
			logs_rotate(&fixture->logs);
		fixture_grow(fixture, 100 + i * 200);
		fixture_check_all(fixture);
		assert_true(index_size(fixture) >= before);
		before = index_size(fixture);
	}
}

static void test_what_retention_removes_is_not_found(void **state)
{
	struct fixture *fixture = *state;
	char name[AUDITLOG_NAME_SIZE];

	for (unsigned i = 0; i < 4; i++) {
		fixture_grow(fixture, 5000);
		logs_rotate(&fixture->logs);
	}
	fixture_check_all(fixture);
	for (uint64_t segment = 1; segment < 15000; segment += 5000) {
		auditlog_segment_name(name, segment);
		assert_int_equal(unlinkat(fixture->log, name, 0), 0);
		fixture_check_all(fixture);
		fixture_grow(fixture, 3000);
		fixture_check_all(fixture);
	}
}

static void test_words_that_are_too_many_or_too_long(void **state)
{
	struct fixture *fixture = *state;
	struct review_filter filter = fixture_all();
	char actor[TERM_LENGTH_MAX + 64];
	struct audit_event event = {.actor = actor, .event = "test.word", .job = "no id"};

	for (unsigned i = 0; i < TERM_OTHER + 500u; i++) {
		snprintf(actor, sizeof(actor), "a%u", i);
		logs_add(&fixture->logs, &event, LOGS_BEGIN_US + i);
	}
	memset(actor, 'x', sizeof(actor) - 1);
	actor[sizeof(actor) - 1] = 0;
	logs_add(&fixture->logs, &event, LOGS_BEGIN_US);
	logs_flush(&fixture->logs);
	for (unsigned i = 0; i < 3; i++) {
		static const char *const wanted[] = {"a17", "a65999", "xxxx*"};
		filter.actor = wanted[i];
		assert_int_equal(fixture_check(fixture, &filter, 0), 1);
	}
	filter.actor = "a6599*";
	filter.job = "no id";
	assert_int_equal(fixture_check(fixture, &filter, 0), 11);
}

static void append_bytes(struct fixture *fixture, const char *bytes, size_t length)
{
	logs_flush(&fixture->logs);
	assert_int_equal(io_write_full(fixture->logs.fd, bytes, length), 0);
}

static void test_what_is_no_record_is_passed_over(void **state)
{
	struct fixture *fixture = *state;
	static char rest[3 * AUDITLOG_LINE_MAX];

	memset(rest, 'x', sizeof(rest));
	fixture_grow(fixture, 1000);
	append_bytes(fixture, "nonsense\n\n{\"seq\":5}\n", 20);
	fixture_grow(fixture, 1000);
	fixture_check_all(fixture);
	append_bytes(fixture, rest, sizeof(rest));
	append_bytes(fixture, "\n", 1);
	fixture_grow(fixture, 3000);
	fixture_check_all(fixture);
	append_bytes(fixture, "{\"seq\":", 7); /* torn */
	fixture_check_all(fixture);
	logs_rotate(&fixture->logs);
	fixture_grow(fixture, 3000);
	fixture_check_all(fixture);
}

static void test_numbers_that_do_not_follow(void **state)
{
	struct fixture *fixture = *state;

	for (unsigned i = 0; i < 50; i++) {
		fixture_grow(fixture, 30);
		fixture->logs.position.seq += i % 3 ? 7 : -7ull;
	}
	fixture_check_all(fixture);
	fixture_grow(fixture, 2000);
	fixture_check_all(fixture);
}

static void test_a_store_that_cannot_be_written(void **state)
{
	struct fixture *fixture = *state;
	int before = fixture->store;

	fixture_grow(fixture, 500);
	fixture->store = open("/proc/self/fdinfo", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fixture->store >= 0);
	fixture_check_all(fixture);
	assert_non_null(strstr(fixture->notes, "searching without an index: "));
	close(fixture->store);
	fixture->store = before;
}

/* Somebody who holds the lock on an index in this way until killed. */
static pid_t hold(struct fixture *fixture, short type)
{
	struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_len = 1};
	int ready[2];
	char byte;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		int fd = openat(fixture->store, FIXTURE_INDEX, O_RDWR | O_CREAT, 0600);
		if (fcntl(fd, F_OFD_SETLK, &lock) < 0)
			_exit(1);
		close(ready[1]);
		pause();
		_exit(0);
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 0);
	close(ready[0]);
	return pid;
}

static void let_go(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
}

static void test_somebody_else_writes(void **state)
{
	struct fixture *fixture = *state;
	struct review_filter filter = fixture_all();

	fixture_grow(fixture, 500);
	filter.actor = "uid:1007";
	pid_t writer = hold(fixture, F_WRLCK);
	fixture_check(fixture, &filter, 0);
	assert_string_equal(fixture->notes,
			    "searching without an index: another search is making it\n");
	let_go(writer);
	fixture_check(fixture, &filter, 0);
	assert_string_equal(fixture->notes, "");
}

static void test_somebody_else_reads(void **state)
{
	struct fixture *fixture = *state;

	fixture_grow(fixture, 5000);
	fixture_check_all(fixture);
	off_t before = index_size(fixture);
	pid_t reader = hold(fixture, F_RDLCK);
	fixture_grow(fixture, 9000);
	fixture_check_all(fixture);
	assert_string_equal(fixture->notes, "");
	assert_int_equal(index_size(fixture), before);
	let_go(reader);
	fixture_check_all(fixture);
	assert_true(index_size(fixture) > before);
}

/* Killed at any moment, it leaves nothing that the next one stumbles over. */
static void test_killed_while_indexing(void **state)
{
	struct fixture *fixture = *state;
	struct review_filter filter = fixture_all();
	int status;

	filter.actor = "uid:1007";
	for (unsigned i = 0; i < 40; i++) {
		fixture_grow(fixture, 900);
		pid_t pid = fork();
		if (pid == 0) {
			free(fixture_search(fixture, &filter, 0));
			_exit(0);
		}
		usleep(i * 500);
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		fixture_check(fixture, &filter, 0);
		assert_string_equal(fixture->notes, "");
	}
	fixture_check_all(fixture);
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, fixture_set_up, fixture_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_an_empty_directory_has_nothing),
		TEST(test_each_filter),
		TEST(test_one_job),
		TEST(test_text),
		TEST(test_times),
		TEST(test_a_clock_that_was_set_back),
		TEST(test_the_newest),
		TEST(test_an_index_grows_with_its_log),
		TEST(test_what_retention_removes_is_not_found),
		TEST(test_words_that_are_too_many_or_too_long),
		TEST(test_what_is_no_record_is_passed_over),
		TEST(test_numbers_that_do_not_follow),
		TEST(test_a_store_that_cannot_be_written),
		TEST(test_somebody_else_writes),
		TEST(test_somebody_else_reads),
		TEST(test_killed_while_indexing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
