/* A terminal that does not show what is typed: whatever becomes of the command, it does again. */
#include "cli/quiet.h"

#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#define PATIENCE_MS 10000

enum ending { ENDS_WELL, EXITS, WAITS };

static _Noreturn void be_quiet(enum ending ending)
{
	struct failure failure;
	pid_t child;

	if (quiet_begin(&child, &failure) < 0)
		_exit(EXIT_FAILURE);
	if (write(STDOUT_FILENO, "q", 1) != 1)
		_exit(EXIT_FAILURE);
	char line[16];
	if (ending == WAITS)
		pause();
	if (read(STDIN_FILENO, line, sizeof(line)) != 3)
		_exit(EXIT_FAILURE);
	if (ending == ENDS_WELL)
		quiet_end(child);
	_exit(EXIT_SUCCESS);
}

static bool shows(int terminal)
{
	struct termios now;

	assert_int_equal(tcgetattr(terminal, &now), 0);
	return now.c_lflag & ECHO;
}

static pid_t start(int *terminal, enum ending ending)
{
	pid_t pid = forkpty(terminal, NULL, NULL, NULL);
	struct pollfd screen = {.fd = *terminal, .events = POLLIN};
	char byte;

	assert_true(pid >= 0);
	if (pid == 0)
		be_quiet(ending);
	assert_int_equal(poll(&screen, 1, PATIENCE_MS), 1);
	assert_int_equal(read(*terminal, &byte, 1), 1);
	assert_int_equal(byte, 'q');
	assert_false(shows(*terminal));
	return pid;
}

static void wait_until_it_shows(int terminal)
{
	for (int i = 0; i < PATIENCE_MS && !shows(terminal); i++)
		usleep(1000);
	assert_true(shows(terminal));
	close(terminal);
}

static void test_ends(void **state)
{
	static const enum ending endings[] = {ENDS_WELL, EXITS};

	(void)state;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		int terminal, status;
		pid_t pid = start(&terminal, endings[i]);
		assert_int_equal(write(terminal, "ab\n", 3), 3);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
		/* Who waits for the child need not wait any more. */
		if (endings[i] == ENDS_WELL)
			assert_true(shows(terminal));
		wait_until_it_shows(terminal);
	}
}

static void test_killed(void **state)
{
	int terminal, status;

	(void)state;
	pid_t pid = start(&terminal, WAITS);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	wait_until_it_shows(terminal);
}

static void test_without_a_terminal(void **state)
{
	struct failure failure;
	pid_t child = 0;
	int saved = dup(STDIN_FILENO), ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_true(dup2(ends[0], STDIN_FILENO) == STDIN_FILENO);
	assert_int_equal(quiet_begin(&child, &failure), -1);
	assert_true(dup2(saved, STDIN_FILENO) == STDIN_FILENO);
	assert_int_equal(child, 0);
	assert_int_equal(failure.kind, FAILURE_INTERNAL);
	quiet_end(child);
	close(saved);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_killed),
		cmocka_unit_test(test_without_a_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
