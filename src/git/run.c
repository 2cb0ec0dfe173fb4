/* One git from its start to its end. */
#include "git/run.h"

#include "git/child.h"
#include "lib/base/clock.h"
#include "lib/base/io.h"
#include "lib/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* How often and how long to wait for what git has left behind: a second in all. */
#define HELPERS_TURNS 500u
#define HELPERS_MS 2

/* So often a pipe is read after git's end: many times what it holds. Somebody whom git left behind
 * may never cease to write. */
#define DRAIN_MAX 256u

struct run {
	struct session *session;
	struct outcome *outcome;
	run_output_fn *output;
	void *context;
	pid_t pid;
	int pidfd, out, err;
	struct loop_watch *out_watch, *err_watch;
};

static void feed_errors(void *context, const char *bytes, size_t length)
{
	outcome_feed(context, bytes, length);
}

/* Returns false when there is nothing more for now. */
static bool drain_some(int fd, run_output_fn *take, void *context, struct loop_watch **watch)
{
	char bytes[16384];
	ssize_t got;

	do {
		got = read(fd, bytes, sizeof(bytes));
	} while (got < 0 && errno == EINTR);
	if (got > 0) {
		take(context, bytes, (size_t)got);
		return true;
	}
	if (got == 0) {
		loop_unwatch(*watch);
		*watch = NULL;
	}
	return false;
}

static void output_ready(void *context, short revents)
{
	struct run *run = context;

	(void)revents;
	drain_some(run->out, run->output, run->context, &run->out_watch);
}

static void errors_ready(void *context, short revents)
{
	struct run *run = context;

	(void)revents;
	drain_some(run->err, feed_errors, run->outcome, &run->err_watch);
}

static void git_ended(void *context, short revents)
{
	struct run *run = context;

	(void)revents;
	loop_stop(run->session->loop);
}

/* Its children lose their pipes, and with ghward-git's end the agent kills what is left. */
static void time_is_up(void *context)
{
	struct run *run = context;

	failure_set(&run->outcome->cut, FAILURE_TIMEOUT, "Raise git.timeout.",
		    "git was stopped after %u seconds", run->session->work->timeout_ms / 1000);
	syscall(SYS_pidfd_send_signal, run->pidfd, SIGKILL, NULL, 0);
}

static void pipe_or_die(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC) < 0 || io_set_nonblocking(ends[0]) < 0)
		fatal("cannot make a pipe: %m");
}

static void start(struct run *run, const struct command *command)
{
	struct session *session = run->session;
	int out[2], err[2], peer = -1;

	pipe_or_die(out);
	pipe_or_die(err);
	if (command->kind == COMMAND_FETCH)
		session->conversation =
			conversation_new(session->loop, session->broker, &session->received, &peer);
	const struct child_order order = {
		.command = command,
		.work = session->work,
		.directory = session->directory,
		.socket = peer,
		.output = run->output ? out[1] : STDOUT_FILENO,
		.errors = err[1],
	};
	run->pid = child_start(&order);
	if (run->pid < 0)
		fatal("cannot start git: %m");
	/* Not reaped before the end, so the number is still its own. */
	run->pidfd = (int)syscall(SYS_pidfd_open, run->pid, 0);
	if (run->pidfd < 0)
		fatal("cannot watch git: %m");
	io_close(&peer);
	io_close(&out[1]);
	io_close(&err[1]);
	run->out = out[0];
	run->err = err[0];
}

static void reap(struct run *run)
{
	int status = 0;

	while (waitpid(run->pid, &status, 0) < 0) {
		if (errno != EINTR)
			fatal("cannot wait for git: %m");
	}
	run->outcome->status = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/* Limits are those of each process: one that a helper of git's ran into says more than what git
 * made of that. */
static void note_helper(struct outcome *outcome, int status)
{
	int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (outcome->status > 0 && (signal == SIGXCPU || signal == SIGSYS))
		outcome->status = -signal;
}

/* What git has left behind is this process's child now, and ends as its pipes have ended. */
static void reap_helpers(struct outcome *outcome)
{
	int status;

	for (unsigned turn = 0; turn < HELPERS_TURNS; turn++) {
		pid_t pid = waitpid(-1, &status, WNOHANG);
		if (pid < 0)
			return;
		if (pid > 0)
			note_helper(outcome, status);
		else
			poll(NULL, 0, HELPERS_MS);
	}
}

/* Everything that git itself has written is in the pipes now. */
static void drain(struct run *run)
{
	bool more = run->output != NULL;

	for (unsigned i = 0; i < DRAIN_MAX && more; i++)
		more = drain_some(run->out, run->output, run->context, &run->out_watch);
	more = true;
	for (unsigned i = 0; i < DRAIN_MAX && more; i++)
		more = drain_some(run->err, feed_errors, run->outcome, &run->err_watch);
	outcome_feed(run->outcome, "\n", 1);
	loop_unwatch(run->out_watch);
	loop_unwatch(run->err_watch);
	io_close(&run->out);
	io_close(&run->err);
	io_close(&run->pidfd);
}

static void finish_conversation(struct session *session, struct outcome *outcome)
{
	if (!session->conversation)
		return;
	if (outcome->cut.kind == FAILURE_NONE)
		outcome->cut = *conversation_failure(session->conversation);
	conversation_free(session->conversation);
	session->conversation = NULL;
}

void run_git(struct session *session, const struct command *command, run_output_fn *output,
	     void *context, struct outcome *outcome)
{
	struct run run = {
		.session = session, .outcome = outcome, .output = output, .context = context};
	uint64_t now = clock_monotonic_ms();

	*outcome = (struct outcome){0};
	start(&run, command);
	struct loop_watch *end = loop_watch(session->loop, run.pidfd, POLLIN, git_ended, &run);
	run.err_watch = loop_watch(session->loop, run.err, POLLIN, errors_ready, &run);
	if (output)
		run.out_watch = loop_watch(session->loop, run.out, POLLIN, output_ready, &run);
	struct loop_timer *timer = loop_after(
		session->loop, session->deadline_ms > now ? session->deadline_ms - now : 0,
		time_is_up, &run);
	loop_run(session->loop);
	if (outcome->cut.kind != FAILURE_TIMEOUT)
		loop_cancel(timer);
	loop_unwatch(end);
	reap(&run);
	drain(&run);
	finish_conversation(session, outcome);
	reap_helpers(outcome);
	session->violated |= outcome->status == -SIGSYS;
}
