/* Acts on other processes, on programs and on memory. */
#include "escape.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static char program_name[] = "true";
static char *const arguments[] = {program_name, NULL}, *const environment[] = {NULL};

/* These two do not return where they succeed: /bin/true exits with 0 as well. */
static long execute_path(void)
{
	return execve("/bin/true", arguments, environment);
}

static long execute_descriptor(void)
{
	return syscall(SYS_execveat, FD_PROGRAM, "", arguments, environment, AT_EMPTY_PATH);
}

/* The new process must do nothing at all, least of all return. */
static long clone_with(unsigned long flags)
{
	long pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		syscall(SYS_exit_group, 0);
	return pid;
}

static long fork_process(void)
{
	return clone_with(CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID);
}

static long clone_plain(void)
{
	return clone_with(0);
}

static long clone_user_namespace(void)
{
	return clone_with(CLONE_NEWUSER);
}

static long clone_network_namespace(void)
{
	return clone_with(CLONE_NEWNET);
}

static long clone_by_clone3(void)
{
	struct clone_args how = {.flags = CLONE_NEWUSER, .exit_signal = SIGCHLD};
	long pid = syscall(SYS_clone3, &how, sizeof(how));

	if (pid == 0)
		syscall(SYS_exit_group, 0);
	return pid;
}

static long unshare_user(void)
{
	return unshare(CLONE_NEWUSER);
}

static long unshare_mounts(void)
{
	return unshare(CLONE_NEWNS);
}

static long trace(void)
{
	return ptrace(PTRACE_SEIZE, surroundings.victim, NULL, NULL);
}

static long read_memory(void)
{
	char byte;
	struct iovec here = {.iov_base = &byte, .iov_len = 1};
	struct iovec there = {.iov_base = surroundings.page, .iov_len = 1};

	return process_vm_readv(surroundings.victim, &here, 1, &there, 1, 0);
}

static long write_memory(void)
{
	char byte = 'x';
	struct iovec here = {.iov_base = &byte, .iov_len = 1};
	struct iovec there = {.iov_base = surroundings.page, .iov_len = 1};

	return process_vm_writev(surroundings.victim, &here, 1, &there, 1, 0);
}

static long take_descriptor(void)
{
	return syscall(SYS_pidfd_getfd, FD_VICTIM, STDIN_FILENO, 0);
}

static long open_pidfd(void)
{
	return syscall(SYS_pidfd_open, surroundings.victim, 0);
}

static long kill_victim(void)
{
	return kill(surroundings.victim, SIGKILL);
}

static long ask_for_victim(void)
{
	return kill(surroundings.victim, 0);
}

static long kill_thread(void)
{
	return syscall(SYS_tgkill, surroundings.victim, surroundings.victim, SIGKILL);
}

static long kill_by_descriptor(void)
{
	return syscall(SYS_pidfd_send_signal, FD_VICTIM, SIGKILL, NULL, 0);
}

static long limit_victim(void)
{
	struct rlimit limit;

	return prlimit(surroundings.victim, RLIMIT_NOFILE, NULL, &limit);
}

static long slow_victim(void)
{
	return setpriority(PRIO_PROCESS, (id_t)surroundings.victim, 19);
}

static long pin_victim(void)
{
	cpu_set_t all;

	CPU_ZERO(&all);
	CPU_SET(0, &all);
	return sched_setaffinity(surroundings.victim, sizeof(all), &all);
}

static long map_executable(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0) == MAP_FAILED
		       ? -1
		       : 0;
}

static long map_executable_file(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, FD_LIBRARY, 0) == MAP_FAILED
		       ? -1
		       : 0;
}

static long map_shared_memory(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, FD_MEMORY, 0) == MAP_FAILED ? -1
												: 0;
}

static long protect_executable(void)
{
	return mprotect(surroundings.page, 4096, PROT_READ | PROT_EXEC);
}

static long become_dumpable(void)
{
	return prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
}

static long replace_handler(void)
{
	struct sigaction action = {.sa_handler = SIG_IGN};

	return sigaction(SIGSYS, &action, NULL);
}

const struct act acts_on_processes[] = {
	{"execute_path", execute_path},
	{"execute_descriptor", execute_descriptor},
	{"fork_process", fork_process},
	{"clone_plain", clone_plain},
	{"clone_user_namespace", clone_user_namespace},
	{"clone_network_namespace", clone_network_namespace},
	{"clone_by_clone3", clone_by_clone3},
	{"unshare_user", unshare_user},
	{"unshare_mounts", unshare_mounts},
	{"trace", trace},
	{"read_memory", read_memory},
	{"write_memory", write_memory},
	{"take_descriptor", take_descriptor},
	{"open_pidfd", open_pidfd},
	{"kill_victim", kill_victim},
	{"ask_for_victim", ask_for_victim},
	{"kill_thread", kill_thread},
	{"kill_by_descriptor", kill_by_descriptor},
	{"limit_victim", limit_victim},
	{"slow_victim", slow_victim},
	{"pin_victim", pin_victim},
	{"map_executable", map_executable},
	{"map_executable_file", map_executable_file},
	{"map_shared_memory", map_shared_memory},
	{"protect_executable", protect_executable},
	{"become_dumpable", become_dumpable},
	{"replace_handler", replace_handler},
};
const size_t acts_on_processes_count = sizeof(acts_on_processes) / sizeof(acts_on_processes[0]);
