/* Starting git. */
#include "git/child.h"

#include "lib/ipc/protocol.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* git speaks by the number that its address fd::3 names. */
#define FD_CONVERSATION 3

static _Noreturn void give_up(const char *what)
{
	char text[256];

	int length = snprintf(text, sizeof(text), "fatal: %s: %s\n", what, strerror(errno));
	if (length > 0 && write(STDERR_FILENO, text, (size_t)length) < 0)
		_exit(EXIT_FAILURE);
	_exit(EXIT_FAILURE);
}

/* Never more than what there was. */
static void limit(__rlimit_resource_t resource, uint64_t soft, uint64_t hard)
{
	struct rlimit now;

	if (getrlimit(resource, &now) < 0)
		give_up("cannot read a limit");
	if (now.rlim_max > hard)
		now.rlim_max = hard;
	now.rlim_cur = soft < now.rlim_max ? soft : now.rlim_max;
	if (setrlimit(resource, &now) < 0)
		give_up("cannot set a limit");
}

static void set_limits(const struct git_work *work)
{
	/* At the soft one the kernel says why. */
	limit(RLIMIT_CPU, work->cpu_s, (uint64_t)work->cpu_s + 1);
	limit(RLIMIT_FSIZE, work->file_size, work->file_size);
	limit(RLIMIT_NPROC, work->processes, work->processes);
	limit(RLIMIT_AS, work->address_space, work->address_space);
}

static void place_descriptors(const struct child_order *order)
{
	if (dup2(order->output, STDOUT_FILENO) < 0 || dup2(order->errors, STDERR_FILENO) < 0)
		give_up("cannot place a descriptor");
	/* Without one, the channel closes by itself. */
	if (order->socket >= 0 && dup2(order->socket, FD_CONVERSATION) < 0)
		give_up("cannot place a descriptor");
}

static _Noreturn void become(const struct child_order *order, pid_t parent)
{
	const char *environment[COMMAND_ENVIRONMENT_MAX];
	char room[COMMAND_PATH_MAX + 16];
	bool worktree = order->work->mode == REPOS_WORKTREE;

	place_descriptors(order);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != parent)
		give_up("ghward-git has gone");
	if (fchdir(worktree ? FD_GIT_WORKTREE : FD_GIT_REPOSITORY) < 0)
		give_up("cannot enter the repository");
	/* git wants to hear of a reader that has gone; of a file that is too large it says more
	 * when the signal stays ignored. */
	signal(SIGPIPE, SIG_DFL);
	command_environment(environment, order->work->mode, order->directory, room);
	set_limits(order->work);
	execve(CHILD_PROGRAM, (char *const *)(uintptr_t)order->command->words,
	       (char *const *)(uintptr_t)environment);
	give_up("cannot execute " CHILD_PROGRAM);
}

pid_t child_start(const struct child_order *order)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		become(order, parent);
	return pid;
}
