/* A destination for tests. */
#include "scratch.h"

#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int scratch_set_up(void **state)
{
	struct scratch *scratch = calloc(1, sizeof(*scratch));

	snprintf(scratch->path, sizeof(scratch->path), "/tmp/ghward-tree.XXXXXX");
	if (!mkdtemp(scratch->path))
		return -1;
	scratch->fd = open(scratch->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	*state = scratch;
	return scratch->fd < 0 ? -1 : 0;
}

int scratch_tear_down(void **state)
{
	struct scratch *scratch = *state;
	int status = scratch_run(scratch, "rm -rf '%s' '%s.outside'", scratch->path, scratch->path);

	close(scratch->fd);
	free(scratch);
	return status;
}

int scratch_run(const struct scratch *scratch, const char *format, ...)
{
	char command[4096];
	va_list values;

	int used = snprintf(command, sizeof(command), "cd '%s' && { ", scratch->path);
	va_start(values, format);
	used += vsnprintf(command + used, sizeof(command) - (size_t)used, format, values);
	va_end(values);
	snprintf(command + used, sizeof(command) - (size_t)used, "\n}");
	int status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static _Noreturn void swap(const struct scratch *scratch, const char *one, const char *other)
{
	for (unsigned turn = 0;; turn++) {
		syscall(SYS_renameat2, scratch->fd, one, scratch->fd, other,
			2u /* RENAME_EXCHANGE */);
		/* At full speed for a while, then so slowly that whole operations fit between. */
		if (turn % 64 > 32)
			usleep(turn % 64 * 20);
	}
}

pid_t scratch_start_swapping(const struct scratch *scratch, const char *one, const char *other)
{
	pid_t pid = fork();

	if (pid == 0)
		swap(scratch, one, other);
	return pid;
}

int scratch_end_swapping(pid_t pid)
{
	return kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid ? 0 : -1;
}

bool scratch_has(const struct scratch *scratch, const char *path)
{
	struct stat status;

	return fstatat(scratch->fd, path, &status, AT_SYMLINK_NOFOLLOW) == 0;
}
