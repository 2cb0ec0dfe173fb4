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

enum ending { ENDS_WELL, EXITS, IS_KILLED, ENDINGS };

static _Noreturn void be_quiet(enum ending ending)
{
	struct failure failure;
	char line[16];
	pid_t child;

	if (quiet_begin(&child, &failure) < 0 || write(STDOUT_FILENO, "q", 1) != 1 ||
	    read(STDIN_FILENO, line, sizeof(line)) != 3)
		_exit(EXIT_FAILURE);
	if (ending == ENDS_WELL)
		quiet_end(child);
	if (ending == IS_KILLED)
		raise(SIGKILL);
	_exit(EXIT_SUCCESS);
}

/* The shell: with its end the terminal would be gone. */
static _Noreturn void be_shell(enum ending ending)
{
	pid_t pid = fork();

	if (pid == 0)
		be_quiet(ending);
	if (pid < 0 || waitpid(pid, NULL, 0) != pid || write(STDOUT_FILENO, "e", 1) != 1)
		_exit(EXIT_FAILURE);
	for (;;)
		pause();
}

static bool shows(int terminal)
{
	struct termios now;

	assert_int_equal(tcgetattr(terminal, &now), 0);
	return now.c_lflag & ECHO;
}

static void wait_for(int terminal, char sign)
{
	struct pollfd screen = {.fd = terminal, .events = POLLIN};
	char byte;

	do {
		assert_int_equal(poll(&screen, 1, PATIENCE_MS), 1);
		assert_int_equal(read(terminal, &byte, 1), 1);
	} while (byte != sign);
}

static void test_shows_again_however_it_ends(void **state)
{
	(void)state;
	for (int ending = 0; ending < ENDINGS; ending++) {
		int terminal;
		pid_t pid = forkpty(&terminal, NULL, NULL, NULL);
		assert_true(pid >= 0);
		if (pid == 0)
			be_shell((enum ending)ending);
		wait_for(terminal, 'q');
		assert_false(shows(terminal));
		assert_int_equal(write(terminal, "ab\n", 3), 3);
		wait_for(terminal, 'e');
		/* Who has waited for the child need not wait any more. */
		if (ending == ENDS_WELL)
			assert_true(shows(terminal));
		for (int i = 0; i < PATIENCE_MS && !shows(terminal); i++)
			usleep(1000);
		assert_true(shows(terminal));
		assert_int_equal(kill(pid, SIGKILL), 0);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		close(terminal);
	}
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
		cmocka_unit_test(test_shows_again_however_it_ends),
		cmocka_unit_test(test_without_a_terminal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
