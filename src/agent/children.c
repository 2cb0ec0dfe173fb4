/* Starting and reaping the processes of the design's table. */
#include "agent/children.h"

#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct children {
	struct loop *loop;
	const struct log_style *style;
	struct child *first;
	unsigned count;
	int executables[ROLES]; /* O_PATH, -1 where the agent starts none */
	int null;
};

/* Room between a child's own descriptors and the copies made on the way there. */
#define FD_PARKING 64

static int open_helper(const char *directory, enum role role)
{
	char path[4096];

	int length = snprintf(path, sizeof(path), "%s/ghward-%s", directory, role_name(role));
	int fd = length > 0 && (size_t)length < sizeof(path) ? open(path, O_PATH | O_CLOEXEC) : -1;
	if (fd < 0)
		fatal("cannot open the program %s: %m; is ghward installed completely?", path);
	return fd;
}

struct children *children_new(struct loop *loop, const char *helpers, const struct log_style *style)
{
	struct children *children = memory_new(sizeof(*children));

	children->loop = loop;
	children->style = style;
	for (unsigned role = 0; role < ROLES; role++)
		children->executables[role] = role == ROLE_CLI || role == ROLE_AGENT
						      ? -1
						      : open_helper(helpers, (enum role)role);
	children->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (children->null < 0)
		fatal("cannot open /dev/null: %m");
	return children;
}

/* In the new process, between fork and exec: only async-signal-safe calls. */
static _Noreturn void become(const struct children *children, enum role role, int log_end,
			     const int *fds, unsigned fd_count)
{
	char name[32];
	char *const arguments[] = {name, NULL};
	char *const environment[] = {NULL};
	int sources[3 + CHILD_FDS_MAX] = {children->null, children->null, log_end};
	int last = 2;
	sigset_t none;

	snprintf(name, sizeof(name), "ghward-%s", role_name(role));
	for (unsigned i = 0; i < fd_count; i++)
		sources[++last] = fds[i];
	int executable = fcntl(children->executables[role], F_DUPFD_CLOEXEC, FD_PARKING);
	/* Park everything high first: a source may sit on another one's target number. */
	for (int i = 0; i <= last; i++) {
		sources[i] = fcntl(sources[i], F_DUPFD_CLOEXEC, FD_PARKING);
		if (sources[i] < 0)
			_exit(EXIT_FAILURE);
	}
	for (int i = 0; i <= last; i++) {
		if (dup2(sources[i], i) < 0)
			_exit(EXIT_FAILURE);
	}
	/* Everything above is close-on-exec; the new process checks its exact list itself. */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	syscall(SYS_execveat, executable, "", arguments, environment, AT_EMPTY_PATH);
	fatal("cannot execute ghward-%s: %m", role_name(role));
}

static struct child *add_child(struct children *children, enum role role, uint32_t order)
{
	struct child *child = memory_new(sizeof(*child));

	child->role = role;
	child->order = order;
	child->pidfd = -1;
	child->next = children->first;
	children->first = child;
	children->count++;
	return child;
}

static void drop_child(struct children *children, struct child *child)
{
	for (struct child **at = &children->first; *at; at = &(*at)->next) {
		if (*at != child)
			continue;
		*at = child->next;
		children->count--;
		io_close(&child->pidfd);
		log_source_free(child->log);
		free(child);
		return;
	}
}

const struct child *children_start(struct children *children, enum role role, uint32_t order,
				   int *fds, unsigned fd_count)
{
	int log_ends[2] = {-1, -1};
	struct child *child = NULL;

	if (children->count >= CHILDREN_MAX) {
		errno = EAGAIN;
		goto out;
	}
	if (pipe2(log_ends, O_CLOEXEC) < 0)
		goto out;
	child = add_child(children, role, order);
	child->pid = fork();
	if (child->pid == 0)
		become(children, role, log_ends[1], fds, fd_count);
	/* No race: the child is not reaped before children_reap(), so the number is still its own.
	 */
	if (child->pid > 0)
		child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
	if (child->pidfd < 0) {
		if (child->pid > 0)
			fatal("cannot watch ghward-%s: %m", role_name(role));
		drop_child(children, child);
		child = NULL;
		goto out;
	}
	child->log = log_source_new(children->loop, log_ends[0], role, child->pid, children->style);
	log_ends[0] = -1;
out:
	io_close(&log_ends[0]);
	io_close(&log_ends[1]);
	for (unsigned i = 0; i < fd_count; i++)
		io_close(&fds[i]);
	return child;
}

static struct child *find_pid(const struct children *children, pid_t pid)
{
	struct child *child = children->first;

	while (child && child->pid != pid)
		child = child->next;
	return child;
}

static void judge_end(const struct child *child, int status, struct child_end *end)
{
	end->how = WIFSIGNALED(status) ? PROCESS_SIGNALLED : PROCESS_EXITED;
	end->number = (uint32_t)(WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	/* SIGSYS is the kernel's verdict where no handler ran: another architecture, or SIGSYS
	 * blocked. The line alone proves nothing, as any child can write it; but a child can also
	 * spoil it, so the status is enough, and who has it for no reason accuses itself only. */
	if (end->how == PROCESS_SIGNALLED ? end->number != SIGSYS
					  : end->number != SANDBOX_EXIT_VIOLATION)
		return;
	end->how = PROCESS_VIOLATED_SANDBOX;
	end->number = PROCESS_SYSCALL_UNKNOWN;
	log_source_violation(child->log, &end->number);
}

/* A git, and whatever it has started, cannot leave the group that ghward-git leads. As long as that
 * one is not reaped, its number is the group's and nobody else's. */
static void kill_group(const struct child *child)
{
	if (child->role == ROLE_GIT)
		kill(-child->pid, SIGKILL);
}

/* Returns 0 when none has ended, else its number; what it had started has ended with it. */
static pid_t reap_one(struct children *children, struct child **child, int *status)
{
	siginfo_t info = {0};

	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
		return 0;
	*child = find_pid(children, info.si_pid);
	if (*child)
		kill_group(*child);
	return waitpid(info.si_pid, status, 0) == info.si_pid ? info.si_pid : 0;
}

int children_reap(struct children *children, struct child_end *end)
{
	struct child *child;
	int status;
	pid_t pid;

	/* A child that is not in the list was adopted: reaped, and nobody's business. */
	do {
		pid = reap_one(children, &child, &status);
		if (pid == 0)
			return 0;
	} while (!child);
	*end = (struct child_end){.role = child->role, .order = child->order, .pid = pid};
	log_source_drain(child->log);
	judge_end(child, status, end);
	drop_child(children, child);
	return 1;
}

static void kill_child(const struct child *child)
{
	syscall(SYS_pidfd_send_signal, child->pidfd, SIGKILL, NULL, 0);
	kill_group(child);
}

void children_kill(struct children *children, uint32_t order)
{
	for (struct child *child = children->first; child; child = child->next) {
		if (child->order == order)
			kill_child(child);
	}
}

void children_kill_all_but(struct children *children, uint32_t spared)
{
	for (struct child *child = children->first; child; child = child->next) {
		if (child->role == ROLE_GIT)
			kill_child(child);
	}
	for (struct child *child = children->first; child; child = child->next) {
		if (!(spared & UINT32_C(1) << child->role))
			kill_child(child);
	}
}

bool children_left(const struct children *children)
{
	return children->first != NULL;
}
