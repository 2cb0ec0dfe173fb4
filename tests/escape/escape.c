/* Enters the sandbox of the role whose filter is linked in, and tries what it must not be able to
 * do.
 *
 *   escape-ROLE list                  the names of all acts
 *   escape-ROLE control DIRECTORY ACT the act without a sandbox
 *   escape-ROLE inside DIRECTORY ACT  the act inside
 *   escape-ROLE sweep                 every system call number inside, with arguments of -1: a line
 * for each escape-ROLE hold DIRECTORY        prints "held" inside and waits to be looked at
 *   escape-agent spawn DIRECTORY PROGRAM
 *                                     starts PROGRAM hold DIRECTORY from inside the agent's
 * sandbox, as the agent does
 *
 * An act that succeeded exits with 0, one that was refused prints the errno and exits with 3. A
 * violation ends the process as everywhere. */
#include "escape.h"

#include "lib/sandbox/filter.h"
#include "lib/sandbox/roles.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_REFUSED 3

/* A port that nothing listens on in the tests. */
#define ORIGIN_PORT 4

static const struct {
	const struct act *acts;
	const size_t *count;
} groups[] = {
	{acts_on_files, &acts_on_files_count},
	{acts_on_network, &acts_on_network_count},
	{acts_on_processes, &acts_on_processes_count},
	{acts_on_kernel, &acts_on_kernel_count},
};

static const struct act *find_act(const char *name)
{
	for (size_t group = 0; group < sizeof(groups) / sizeof(groups[0]); group++) {
		for (size_t i = 0; i < *groups[group].count; i++) {
			if (strcmp(groups[group].acts[i].name, name) == 0)
				return &groups[group].acts[i];
		}
	}
	fprintf(stderr, "unknown act %s\n", name);
	exit(EXIT_FAILURE);
}

static int list_acts(void)
{
	for (size_t group = 0; group < sizeof(groups) / sizeof(groups[0]); group++) {
		for (size_t i = 0; i < *groups[group].count; i++)
			puts(groups[group].acts[i].name);
	}
	return EXIT_SUCCESS;
}

/* Where the programs are; of use to the agent only, whose filter leaves a child no readlink(2). */
static const char *find_helpers(void)
{
	static char self[4096];

	if (strcmp(sandbox_filter_role, "agent") != 0)
		return NULL;
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0) {
		perror("/proc/self/exe");
		_exit(EXIT_FAILURE);
	}
	return dirname(self);
}

/* The role's own sandbox, but for the number of descriptors. */
static void enter(unsigned last_fd)
{
	struct sandbox_report report;

	const struct sandbox_variables variables = {.last_fd = last_fd,
						    .helpers = find_helpers(),
						    .destination = FD_DIRECTORY,
						    .connect_port = ORIGIN_PORT};
	if (sandbox_enter_role(sandbox_filter_role, &variables, &report) < 0) {
		fprintf(stderr, "cannot enter at %s: %s\n", sandbox_failed_step(), strerror(errno));
		_exit(EXIT_FAILURE);
	}
}

/* Without stdio, which would ask about the descriptor. */
static void say(const char *text)
{
	if (write(STDOUT_FILENO, text, strlen(text)) < 0)
		_exit(EXIT_FAILURE);
}

static int perform(const struct act *act)
{
	char text[32];

	if (act->perform() >= 0)
		_exit(EXIT_SUCCESS);
	snprintf(text, sizeof(text), "%d\n", errno);
	say(text);
	_exit(EXIT_REFUSED);
}

static int run_control(const char *directory, const struct act *act)
{
	surroundings_set_up(directory);
	/* So that nothing the act does to mounts or the name of the host outlives it. */
	if (unshare(CLONE_NEWNS | CLONE_NEWUTS) < 0)
		errno = 0;
	return perform(act);
}

static int run_inside(const char *directory, const struct act *act)
{
	surroundings_set_up(directory);
	enter(FD_LAST);
	return perform(act);
}

static int hold(const char *directory)
{
	char byte;

	surroundings_set_up_bare(directory, FD_OTHER_END);
	enter(FD_OTHER_END);
	say("held\n");
	struct iovec part = {.iov_base = &byte, .iov_len = 1};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	return recvmsg(FD_CHANNEL_END, &message, 0) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* --- sweep --- */

#define NUMBERS 700

/* In a process of its own, with its standard error going into a pipe. */
static _Noreturn void try_number(long number, int errors)
{
	if (dup2(errors, STDERR_FILENO) < 0)
		_exit(EXIT_FAILURE);
	surroundings_set_up_bare("/", FD_OTHER_END);
	enter(FD_OTHER_END);
	errno = 0;
	long result = syscall(number, -1L, -1L, -1L, -1L, -1L, -1L);
	char text[48];
	snprintf(text, sizeof(text), "returned %d\n", result == -1 ? errno : 0);
	if (write(STDERR_FILENO, text, strlen(text)) < 0)
		_exit(EXIT_FAILURE);
	_exit(EXIT_SUCCESS);
}

/* Tries a number in a child and puts what it wrote into `text`. Returns its wait status, or -1. */
static int sweep_number(long number, char *text, size_t size)
{
	int ends[2], status;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	pid_t pid = fork();
	if (pid == 0)
		try_number(number, ends[1]);
	close(ends[1]);
	ssize_t length = pid < 0 ? -1 : read(ends[0], text, size - 1);
	close(ends[0]);
	if (length < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	text[length] = 0;
	return status;
}

static int sweep(void)
{
	char text[128];

	/* Without a filter, some of the numbers would do harm: one that does none is tried first.
	 */
	int status = sweep_number(SYS_getresuid, text, sizeof(text));
	if (status < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != SANDBOX_EXIT_VIOLATION) {
		fprintf(stderr, "not confined: %s\n", text);
		return EXIT_FAILURE;
	}
	for (long number = 0; number < NUMBERS; number++) {
		status = sweep_number(number, text, sizeof(text));
		if (status < 0)
			return EXIT_FAILURE;
		printf("%ld %d %d %s", number, WIFEXITED(status) ? WEXITSTATUS(status) : -1,
		       WIFSIGNALED(status) ? WTERMSIG(status) : 0, *text ? text : "\n");
	}
	return EXIT_SUCCESS;
}

/* --- spawn --- */

static int spawn(char *directory, char *program)
{
	char word[] = "hold";
	char *const arguments[] = {program, word, directory, NULL}, *const environment[] = {NULL};
	int status;

	surroundings_set_up_bare(directory, FD_PROGRAM);
	int fd = open(program, O_PATH | O_CLOEXEC);
	if (fd < 0 || dup3(fd, FD_PROGRAM, O_CLOEXEC) < 0)
		return EXIT_FAILURE;
	enter(FD_PROGRAM);
	pid_t pid = fork();
	if (pid == 0) {
		syscall(SYS_execveat, FD_PROGRAM, "", arguments, environment, AT_EMPTY_PATH);
		perror(program);
		_exit(EXIT_FAILURE);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return EXIT_FAILURE;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "list") == 0)
		return list_acts();
	if (argc == 2 && strcmp(argv[1], "sweep") == 0)
		return sweep();
	if (argc == 3 && strcmp(argv[1], "hold") == 0)
		return hold(argv[2]);
	if (argc == 4 && strcmp(argv[1], "spawn") == 0)
		return spawn(argv[2], argv[3]);
	if (argc == 4 && strcmp(argv[1], "control") == 0)
		return run_control(argv[2], find_act(argv[3]));
	if (argc == 4 && strcmp(argv[1], "inside") == 0)
		return run_inside(argv[2], find_act(argv[3]));
	fprintf(stderr, "usage: see escape.c\n");
	return EXIT_FAILURE;
}
