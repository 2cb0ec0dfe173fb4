/* The user's pager. */
#include "cli/pager.h"

#include "lib/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

const char *pager_command(const struct environment *environment)
{
	static const char *const names[] = {"GHWARD_PAGER", "GH_PAGER", "PAGER"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		/* An empty one says that none is wanted. */
		const char *command = environment->lookup(environment->context, names[i]);
		if (command)
			return *command && strcmp(command, "cat") != 0 ? command : NULL;
	}
	return NULL;
}

static _Noreturn void become_pager(const char *command, int input)
{
	sigset_t none;

	/* What gh and git set: quit if it fits one screen, show colours, leave the screen as it is.
	 */
	setenv("LESS", "FRX", 0);
	setenv("LV", "-c", 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(input, STDIN_FILENO) >= 0 && close_range(STDERR_FILENO + 1, ~0u, 0) == 0)
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	fprintf(stderr, "ghward: cannot start the pager \"%s\": %m\n", command);
	_exit(127);
}

pid_t pager_start(const char *command)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return 0;
	pid_t pid = fork();
	if (pid == 0)
		become_pager(command, ends[0]);
	io_close(&ends[0]);
	if (pid < 0 || dup2(ends[1], STDOUT_FILENO) < 0) {
		fprintf(stderr, "ghward: cannot start the pager \"%s\": %m\n", command);
		pid = 0;
	}
	io_close(&ends[1]);
	return pid;
}

void pager_wait(pid_t pid)
{
	fflush(stdout);
	close(STDOUT_FILENO);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}
