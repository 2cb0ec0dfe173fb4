/* A question on the terminal: the answer is not shown, and the terminal is what it was before. */
#include "cli/ask.h"
#include "lib/base/io.h"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_MS 10000

/* Somebody at a terminal, and the command that asks. */
struct person {
	int terminal;
	pid_t pid;
	char shown[4096];
	size_t length;
};

/* Exits with the kind of the failure; tells what it got, and its length, on the terminal. */
static _Noreturn void be_asked(size_t size)
{
	char line[8192];
	size_t length = 0;
	struct failure failure;

	if (ask_secret("Secret: ", line, size, &length, &failure) < 0) {
		printf("%s\n", failure.message);
		fflush(stdout);
		_exit((int)failure.kind);
	}
	printf("%zu:%s\n", length, line);
	fflush(stdout);
	_exit(0);
}

static void sit_down(struct person *person, size_t size)
{
	memset(person, 0, sizeof(*person));
	person->pid = forkpty(&person->terminal, NULL, NULL, NULL);
	assert_true(person->pid >= 0);
	if (person->pid == 0)
		be_asked(size);
}

static void look(struct person *person, const char *until)
{
	struct pollfd screen = {.fd = person->terminal, .events = POLLIN};

	while (!strstr(person->shown, until)) {
		if (poll(&screen, 1, PATIENCE_MS) != 1)
			fail_msg("\"%s\" is not shown, but \"%s\"", until, person->shown);
		ssize_t got = read(person->terminal, person->shown + person->length,
				   sizeof(person->shown) - 1 - person->length);
		if (got <= 0)
			fail_msg("gone without \"%s\": \"%s\"", until, person->shown);
		person->length += (size_t)got;
	}
}

static bool is_shown(const struct person *person)
{
	struct termios now;

	assert_int_equal(tcgetattr(person->terminal, &now), 0);
	return now.c_lflag & ECHO;
}

/* The prompt stands there once nothing is shown any more. */
static void wait_for_prompt(struct person *person)
{
	look(person, "Secret: ");
	assert_false(is_shown(person));
}

static void type(const struct person *person, const char *keys)
{
	assert_int_equal(io_write_full(person->terminal, keys, strlen(keys)), 0);
}

/* The kind of failure that it ended with. */
static int stand_up(struct person *person)
{
	int status;

	assert_int_equal(waitpid(person->pid, &status, 0), person->pid);
	assert_true(is_shown(person));
	close(person->terminal);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_an_answer_is_read_and_not_shown(void **state)
{
	struct person person;

	(void)state;
	sit_down(&person, 64);
	wait_for_prompt(&person);
	type(&person, "correct horse\n");
	look(&person, "13:correct horse");
	assert_int_equal(stand_up(&person), 0);
	/* Once, by the command that tells it; the line feed shows. */
	assert_non_null(strstr(person.shown, "Secret: \r\n13:"));
}

static void test_an_empty_answer_is_one(void **state)
{
	struct person person;

	(void)state;
	sit_down(&person, 64);
	wait_for_prompt(&person);
	type(&person, "\n");
	look(&person, "0:\r\n");
	assert_int_equal(stand_up(&person), 0);
}

static void test_ctrl_c_gives_the_terminal_back(void **state)
{
	struct person person;

	(void)state;
	sit_down(&person, 64);
	wait_for_prompt(&person);
	type(&person, "half\x03");
	look(&person, "interrupted");
	assert_int_equal(stand_up(&person), FAILURE_INTERRUPTED);
}

static void test_a_signal_from_elsewhere_does_as_well(void **state)
{
	static const int signals[] = {SIGTERM, SIGHUP, SIGQUIT};
	struct person person;

	(void)state;
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		sit_down(&person, 64);
		wait_for_prompt(&person);
		assert_int_equal(kill(person.pid, signals[i]), 0);
		look(&person, "interrupted");
		assert_int_equal(stand_up(&person), FAILURE_INTERRUPTED);
	}
}

static void test_the_end_of_input_is_no_answer(void **state)
{
	struct person person;

	(void)state;
	sit_down(&person, 64);
	wait_for_prompt(&person);
	type(&person, "\x04");
	look(&person, "nothing was entered");
	assert_int_equal(stand_up(&person), FAILURE_INTERRUPTED);
}

static void test_too_much_is_refused(void **state)
{
	struct person person;

	(void)state;
	sit_down(&person, 8);
	wait_for_prompt(&person);
	type(&person, "1234567\n");
	look(&person, "7:1234567");
	assert_int_equal(stand_up(&person), 0);
	sit_down(&person, 8);
	wait_for_prompt(&person);
	type(&person, "12345678\n");
	look(&person, "longer than 7 bytes");
	assert_int_equal(stand_up(&person), FAILURE_USAGE);
}

/* Whoever has the terminal meanwhile sees what he types; what was typed before is forgotten. */
static void test_while_stopped_the_terminal_is_lent(void **state)
{
	struct person person;
	int status;

	(void)state;
	sit_down(&person, 64);
	wait_for_prompt(&person);
	type(&person, "before\x1a");
	assert_int_equal(waitpid(person.pid, &status, WUNTRACED), person.pid);
	assert_true(WIFSTOPPED(status));
	assert_true(is_shown(&person));
	assert_int_equal(kill(person.pid, SIGCONT), 0);
	look(&person, "Secret: Secret: ");
	assert_false(is_shown(&person));
	type(&person, "behind\n");
	look(&person, "6:behind");
	assert_int_equal(stand_up(&person), 0);
}

static void test_without_a_terminal_nobody_is_asked(void **state)
{
	struct failure failure = {.kind = FAILURE_NONE};
	char line[64];
	size_t length;
	int status;

	(void)state;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		setsid();
		_exit(ask_secret("Secret: ", line, sizeof(line), &length, &failure) < 0 &&
				      failure.kind == FAILURE_INTERNAL
			      ? 0
			      : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_answer_is_read_and_not_shown),
		cmocka_unit_test(test_an_empty_answer_is_one),
		cmocka_unit_test(test_ctrl_c_gives_the_terminal_back),
		cmocka_unit_test(test_a_signal_from_elsewhere_does_as_well),
		cmocka_unit_test(test_the_end_of_input_is_no_answer),
		cmocka_unit_test(test_too_much_is_refused),
		cmocka_unit_test(test_while_stopped_the_terminal_is_lent),
		cmocka_unit_test(test_without_a_terminal_nobody_is_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
