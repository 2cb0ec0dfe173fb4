/* Children that are confined, and what became of them. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void prepare_descriptors(int errors)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0 || dup2(errors, STDERR_FILENO) < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(null, STDOUT_FILENO) < 0 || syscall(SYS_close_range, 3u, UINT_MAX, 0u) < 0)
		_exit(2);
}

struct outcome run_child(bool (*body)(void))
{
	struct outcome outcome = {.status = -1};
	size_t used = 0;
	ssize_t got;
	int ends[2], status;

	assert_return_code(pipe2(ends, O_CLOEXEC), errno);
	pid_t pid = fork();
	assert_return_code(pid, errno);
	if (pid == 0) {
		prepare_descriptors(ends[1]);
		_exit(body() ? 0 : 1);
	}
	close(ends[1]);
	while ((got = read(ends[0], outcome.errors + used, sizeof(outcome.errors) - 1 - used)) > 0)
		used += (size_t)got;
	outcome.errors[used] = 0;
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status))
		outcome.status = WEXITSTATUS(status);
	else
		outcome.signal = WTERMSIG(status);
	return outcome;
}

static void load(struct sock_filter *code, unsigned short length)
{
	struct sock_fprog program = {.len = length, .filter = code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0u, &program) < 0)
		_exit(2);
}

void pretend(long number, int argument, uint32_t least, int error)
{
	unsigned offset = (unsigned)offsetof(struct seccomp_data, args) +
			  8u * (unsigned)(argument < 0 ? 0 : argument);
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, argument < 0 ? 0 : least, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	load(code, sizeof(code) / sizeof(code[0]));
}

void forbid(long number)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};

	load(code, sizeof(code) / sizeof(code[0]));
}
