/* What is made of git's last words. */
#include "git/outcome.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct git_work work = {
	.address_space = 1u << 30, .file_size = 5u << 20, .cpu_s = 300, .timeout_ms = 1000};

static struct outcome outcome_of(int status, const char *text)
{
	struct outcome outcome = {.status = status};

	outcome_feed(&outcome, text, strlen(text));
	return outcome;
}

static void expect(int status, const char *text, enum failure_kind kind, const char *message,
		   const char *hint)
{
	struct outcome outcome = outcome_of(status, text);
	struct failure failure;

	assert_false(outcome_is_good(&outcome));
	outcome_failure(&outcome, "fetch", &work, &failure);
	assert_string_equal(failure.message, message);
	assert_string_equal(failure.hint, hint);
	assert_int_equal(failure.kind, kind);
}

static void test_good_ones(void **state)
{
	struct outcome outcome = outcome_of(0, "warning: redirected\nremote: fatal: not me\n");

	(void)state;
	assert_true(outcome_is_good(&outcome));
	assert_string_equal(outcome_says(&outcome), "it said nothing");
}

static void test_fatal_is_fatal_whatever_the_status(void **state)
{
	(void)state;
	expect(0, "fatal: it is over\n", FAILURE_CONFLICT, "git's fetch failed: fatal: it is over",
	       "");
	expect(128, "", FAILURE_CONFLICT, "git's fetch failed: it said nothing", "");
	expect(1, "something else\n", FAILURE_CONFLICT, "git's fetch failed: something else", "");
	expect(-SIGSEGV, "", FAILURE_INTERNAL, "git was ended by signal 11 during its fetch", "");
}

static void test_well_known_ends(void **state)
{
	(void)state;
	expect(128, "fatal: Out of memory, malloc failed (tried to allocate 5 bytes)\n",
	       FAILURE_CONFLICT, "git's fetch needs more than 1024 MiB of address space",
	       "Raise git.memory.");
	expect(128, "fatal: write error: File too large\n", FAILURE_CONFLICT,
	       "git's fetch would write a file of more than 5 MiB", "Raise git.file_size.");
	expect(-SIGXCPU, "", FAILURE_CONFLICT, "git's fetch took more than 300 seconds of CPU time",
	       "Raise git.cpu.");
	expect(128, "fatal: cannot create async process: Resource temporarily unavailable\n",
	       FAILURE_CONFLICT, "git's fetch could not start another process",
	       "Raise git.processes, or sync with fewer workers.");
	expect(128, "fatal: write error: No space left on device\n", FAILURE_CONFLICT,
	       "the disk is full: fatal: write error: No space left on device",
	       "Make room and sync again.");
	expect(128, "fatal: remote error: no \033[31mred\n", FAILURE_SERVER,
	       "the server refused the fetch: no \\x1b[31mred", "");
	expect(-SIGSYS, "", FAILURE_INTERNAL,
	       "git's fetch tried a system call that it may not make and was ended",
	       "If this git is newer than ghward, please report it.");
	expect(128,
	       "error: object 01ab: hasDotgit: contains '.git'\nfatal: fsck error in packed "
	       "object\n",
	       FAILURE_MALFORMED,
	       "git refused what the server sent: error: object 01ab: hasDotgit: contains '.git'",
	       "Nothing of it was stored. The repository has to be repaired at GitHub.");
	expect(128, "fatal: early EOF\n", FAILURE_MALFORMED,
	       "what the server sent is damaged or incomplete: fatal: early EOF", "Sync again.");
}

static void test_what_cut_it_is_why(void **state)
{
	struct outcome outcome = outcome_of(128, "fatal: early EOF\n");
	struct failure failure;

	(void)state;
	failure_set(&outcome.cut, FAILURE_NETWORK, "", "the connection broke");
	outcome_failure(&outcome, "fetch", &work, &failure);
	assert_string_equal(failure.message, "the connection broke");
}

/* A server may say a lot, and anything. */
static void test_floods(void **state)
{
	static char flood[100000];
	struct outcome outcome = {.status = 128};

	(void)state;
	memset(flood, 'x', sizeof(flood));
	memcpy(flood, "remote: ", 8);
	outcome_feed(&outcome, flood, sizeof(flood));
	outcome_feed(&outcome, "\r\nfatal: the", 12);
	outcome_feed(&outcome, " end\n", 5);
	outcome_feed(&outcome, "fatal: another\n", 15);
	assert_string_equal(outcome.fatal_line, "fatal: the end");
	memcpy(flood, "error: x", 8);
	outcome_feed(&outcome, flood, sizeof(flood));
	outcome_feed(&outcome, "\n", 1);
	assert_in_range(strlen(outcome.error_line), OUTCOME_LINE_MAX / 2, OUTCOME_LINE_MAX - 1);
}

static void test_obstacles(void **state)
{
	struct outcome outcome = outcome_of(
		1,
		"error: Your local changes to the following files would be overwritten by merge:\n"
		"\ta\n\tb c\nPlease commit your changes or stash them before you "
		"merge.\nAborting\n");

	(void)state;
	assert_int_equal(outcome.obstacle, OBSTACLE_CHANGES);
	assert_int_equal(outcome.obstacles, 2);
	outcome = outcome_of(1, "error: The following untracked working tree files would be "
				"overwritten by merge:\n\tx\n");
	assert_int_equal(outcome.obstacle, OBSTACLE_UNTRACKED);
	assert_int_equal(outcome.obstacles, 1);
	outcome =
		outcome_of(128, "fatal: You have not concluded your merge (MERGE_HEAD exists).\n");
	assert_int_equal(outcome.obstacle, OBSTACLE_UNFINISHED);
	outcome = outcome_of(
		0,
		"remote: error: local changes to the following files would be overwritten\n\tx\n");
	assert_int_equal(outcome.obstacle, OBSTACLE_NONE);
	assert_int_equal(outcome.obstacles, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_ones),
		cmocka_unit_test(test_fatal_is_fatal_whatever_the_status),
		cmocka_unit_test(test_well_known_ends),
		cmocka_unit_test(test_what_cut_it_is_why),
		cmocka_unit_test(test_floods),
		cmocka_unit_test(test_obstacles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
