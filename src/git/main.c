/* ghward-git: runs git for one repository. */
#include "git/child.h"
#include "git/git.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/sandbox/roles.h"
#include "lib/validate/validate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* One message after the other is tried as often as it takes the broker to read. */
#define FLUSH_MS 5u

struct process {
	struct session session;
	struct git_work work;
	char branch[SYNC_BRANCH_MAX + 1], directory[COMMAND_PATH_MAX];
	bool ordered;
};

static int handle_work(void *owner, struct ipc_incoming *in)
{
	struct process *process = owner;

	protocol_get_git_work(in, &process->work);
	snprintf(process->branch, sizeof(process->branch), "%s", process->work.branch);
	process->work.branch = process->branch;
	if (ipc_end(in) < 0 || (*process->branch && !validate_param(VALIDATE_REF, process->branch,
								    strlen(process->branch))))
		return -1;
	process->ordered = true;
	loop_stop(process->session.loop);
	return 0;
}

static int handle_answer(void *owner, struct ipc_incoming *in)
{
	struct process *process = owner;

	return conversation_answer(process->session.conversation, in);
}

static int handle_answered(void *owner, struct ipc_incoming *in)
{
	struct process *process = owner;

	return conversation_answered(process->session.conversation, in);
}

static const struct ipc_permit permits[] = {
	{MESSAGE_GIT_WORK, IPC_ONCE, 0, 4096, {IPC_FD_NONE}, handle_work},
	{MESSAGE_GIT_ANSWER, IPC_PERMIT, 0, 0, {IPC_FD_PIPE_READ}, handle_answer},
	{MESSAGE_GIT_ANSWERED, IPC_PERMIT, 0, 4096, {IPC_FD_NONE}, handle_answered},
};

/* Whatever git is doing dies with this process. */
static void broker_ended(void *owner, enum ipc_ending ending, const char *detail)
{
	(void)owner;
	if (ending != IPC_PEER_CLOSED)
		fatal("the broker sent %s", detail);
	exit(EXIT_SUCCESS);
}

/* In front of any git the working tree is entered; its git directory then has to be named, and
 * Landlock has the last word about what that name means by then. */
static bool find_directory(struct process *process)
{
	process->session.directory = ".";
	if (process->work.mode == REPOS_MIRROR)
		return true;
	process->session.directory = process->directory;
	return fcntl(FD_GIT_WORKTREE, F_GETFD) >= 0 && fchdir(FD_GIT_REPOSITORY) == 0 &&
	       getcwd(process->directory, sizeof(process->directory)) != NULL;
}

static void work(struct process *process, struct sync_result *result, char note[GIT_NOTE_MAX])
{
	const char *const git = CHILD_PROGRAM;

	*result = (struct sync_result){.action = process->work.action, .note = ""};
	if (access(git, X_OK) < 0)
		failure_set(&result->failure, FAILURE_CONFLICT, "Install git.",
			    "there is no git at %s", git);
	else if (!find_directory(process))
		failure_set(&result->failure, FAILURE_CONFLICT, "",
			    "the repository cannot be entered: %s", strerror(errno));
	else
		git_work(&process->session, result, note);
}

static void stop(void *context)
{
	loop_stop(context);
}

static void send_result(struct process *process, const struct sync_result *result)
{
	struct session *session = &process->session;
	struct ipc_message *message = ipc_new(MESSAGE_GIT_DONE, 0);

	protocol_put_sync_result(message, result);
	ipc_send(session->broker, message);
	while (!ipc_channel_flushed(session->broker)) {
		loop_after(session->loop, FLUSH_MS, stop, session->loop);
		loop_run(session->loop);
	}
}

static void confine(void)
{
	const struct sandbox_variables variables = {.last_fd = fcntl(FD_GIT_WORKTREE, F_GETFD) < 0
								       ? FD_GIT_REPOSITORY
								       : FD_GIT_WORKTREE};
	struct sandbox_report report;

	/* What a git that was ended leaves behind is awaited here. */
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
		fatal("cannot adopt what git leaves behind: %m");
	if (sandbox_enter_role("git", &variables, &report) < 0)
		fatal("cannot confine ghward-git at %s: %m", sandbox_failed_step());
	struct ipc_message *hello = ipc_new(MESSAGE_HELLO, 0);
	protocol_put_report(hello, &report);
	if (ipc_send_blocking(FD_CHANNEL, hello) < 0)
		exit(EXIT_SUCCESS);
}

int main(void)
{
	static struct process process;
	struct session *session = &process.session;
	struct sync_result result;
	char note[GIT_NOTE_MAX];

	confine();
	session->loop = loop_new();
	session->work = &process.work;
	session->broker =
		ipc_channel_new(session->loop, FD_CHANNEL, permits,
				sizeof(permits) / sizeof(permits[0]), broker_ended, &process);
	loop_run(session->loop);
	if (!process.ordered)
		return EXIT_SUCCESS;
	session->deadline_ms = clock_monotonic_ms() + process.work.timeout_ms;
	work(&process, &result, note);
	send_result(&process, &result);
	/* So that it is on record as any other process's. */
	return session->violated ? SANDBOX_EXIT_VIOLATION : EXIT_SUCCESS;
}
