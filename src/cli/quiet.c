/* A terminal that does not show what is typed. */
#include "cli/quiet.h"

#include "lib/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static _Noreturn void restore_at_end(int pipe, const struct termios *before)
{
	const int own = STDERR_FILENO + 1;
	char byte;

	prctl(PR_SET_NAME, "ghward-quiet");
	/* Ctrl-C is for the command. And who is of another session may set a terminal without being
	 * in its foreground. */
	setsid();
	if (dup2(pipe, own) < 0 || io_close_from(own + 1) < 0)
		_exit(EXIT_FAILURE);
	while (read(own, &byte, 1) < 0 && errno == EINTR)
		;
	_exit(tcsetattr(STDIN_FILENO, TCSAFLUSH, before) < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}

/* Returns the child's id, or -1; FD_QUIET is open then. */
static pid_t start_child(const struct termios *before)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0) {
		close(ends[1]);
		restore_at_end(ends[0], before);
	}
	io_close(&ends[0]);
	if (ends[1] != FD_QUIET) {
		if (dup3(ends[1], FD_QUIET, O_CLOEXEC) < 0)
			pid = -1;
		io_close(&ends[1]);
	}
	return pid;
}

int quiet_begin(pid_t *child, struct failure *failure)
{
	struct termios before, quiet;

	if (tcgetattr(STDIN_FILENO, &before) == 0) {
		quiet = before;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		quiet.c_lflag |= ICANON | ISIG | ECHONL;
		/* The child first: nothing is changed that nobody would change back. */
		*child = start_child(&before);
		if (*child > 0 && tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0)
			return 0;
	}
	failure_set(failure, FAILURE_INTERNAL, "Without a terminal, standard input is read.",
		    "cannot keep the terminal from showing what is typed: %m");
	return -1;
}

void quiet_end(pid_t child)
{
	if (child <= 0)
		return;
	close(FD_QUIET);
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
}
