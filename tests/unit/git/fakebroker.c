/* ghward-git itself. */
#include "fakebroker.h"

#include "lib/sandbox/roles.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Bytes of an answer that is cut, and of one that has no end. */
#define CUT_AT 200
#define ENDLESS_CAP (8u << 20)

static const struct ipc_permit permits[] = {
	{MESSAGE_HELLO, IPC_ONCE, 0, 4096, {IPC_FD_NONE}, NULL},
	{MESSAGE_GIT_REQUEST, IPC_PERMIT, 1, 1, {IPC_FD_MEMFD}, NULL},
	{MESSAGE_GIT_RECEIVED, IPC_PERMIT, 8, 8, {IPC_FD_NONE}, NULL},
	{MESSAGE_GIT_DONE, IPC_ONCE, 0, 4096, {IPC_FD_NONE}, NULL},
};

struct git_work fakebroker_work(enum sync_action action, enum repos_mode mode)
{
	return (struct git_work){
		.action = action,
		.mode = mode,
		.branch = "main",
		.address_space = UINT64_C(1) << 30,
		.file_size = UINT64_C(16) << 30,
		.cpu_s = 300,
		.processes = 4096,
		.timeout_ms = 60000,
	};
}

static int open_place(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	assert_return_code(fd, errno);
	return fcntl(fd, F_DUPFD_CLOEXEC, 20);
}

/* In what the agent leaves its children. */
static void become_agent(unsigned last_fd)
{
	const struct sandbox_variables variables = {.last_fd = last_fd, .helpers = GHWARD_HELPERS};
	struct sandbox_report report;

	if (sandbox_enter_role("agent", &variables, &report) < 0)
		_exit(126);
	for (unsigned fd = FD_CHANNEL; fd <= last_fd; fd++) {
		if (fcntl((int)fd, F_SETFD, 0) < 0)
			_exit(125);
	}
}

static _Noreturn void become_git(int channel, int directory, int worktree)
{
	char *const environment[] = {NULL};
	char *const arguments[] = {"ghward-git", NULL};
	int null = open("/dev/null", O_RDWR);

	if (dup2(null, 0) == 0 && dup2(null, 1) == 1 && dup2(channel, FD_CHANNEL) == FD_CHANNEL &&
	    dup2(directory, FD_GIT_REPOSITORY) == FD_GIT_REPOSITORY &&
	    (worktree < 0 || dup2(worktree, FD_GIT_WORKTREE) == FD_GIT_WORKTREE)) {
		become_agent(worktree < 0 ? FD_GIT_REPOSITORY : FD_GIT_WORKTREE);
		execve(GHWARD_HELPERS "/ghward-git", arguments, environment);
	}
	_exit(127);
}

void fakebroker_start(struct fakebroker *broker, const char *directory, const char *worktree)
{
	int ends[2], place = open_place(directory), tree = worktree ? open_place(worktree) : -1;

	assert_return_code(ipc_pair(ends), errno);
	int channel = fcntl(ends[1], F_DUPFD_CLOEXEC, 20);
	close(ends[1]);
	broker->pid = fork();
	if (broker->pid == 0)
		become_git(channel, place, tree);
	close(channel);
	close(place);
	close(tree);
	broker->channel = ends[0];
}

void fakebroker_order(struct fakebroker *broker, const struct git_work *work)
{
	struct ipc_message *message = ipc_new(MESSAGE_GIT_WORK, 0);

	protocol_put_git_work(message, work);
	assert_return_code(ipc_send_blocking(broker->channel, message), errno);
}

/* --- answers --- */

static void pour(int pipe, const char *bytes, size_t length)
{
	while (length) {
		ssize_t put = write(pipe, bytes, length);
		if (put <= 0)
			return;
		bytes += put;
		length -= (size_t)put;
	}
}

/* git's server, whose standard output the pipe is; or what is made of that. */
static _Noreturn void serve(const struct fakebroker *broker, int request, int pipe)
{
	char *const environment[] = {
		"GIT_PROTOCOL=version=2",  "HOME=/nonexistent",
		"GIT_CONFIG_COUNT=2",	   "GIT_CONFIG_KEY_0=safe.directory",
		"GIT_CONFIG_VALUE_0=*",	   "GIT_CONFIG_KEY_1=uploadpack.allowFilter",
		"GIT_CONFIG_VALUE_1=true", NULL};
	char *const arguments[] = {"git", "upload-pack", "--stateless-rpc",
				   (char *)(uintptr_t)broker->server, NULL};

	lseek(request, 0, SEEK_SET);
	dup2(request, STDIN_FILENO);
	dup2(pipe, STDOUT_FILENO);
	execve("/usr/bin/git", arguments, environment);
	_exit(127);
}

static void serve_part(const struct fakebroker *broker, int request, int pipe)
{
	int ends[2];
	char bytes[CUT_AT];

	assert_return_code(pipe2(ends, O_CLOEXEC), errno);
	pid_t pid = fork();
	if (pid == 0)
		serve(broker, request, ends[1]);
	close(ends[1]);
	ssize_t got = read(ends[0], bytes, sizeof(bytes));
	if (got > 0)
		pour(pipe, bytes, (size_t)got);
	close(ends[0]);
	waitpid(pid, NULL, 0);
}

static _Noreturn void spoil(const struct fakebroker *broker, int request, int pipe)
{
	static const char endless[] = "001f\002still counting objects...\n";
	static const char error[] = "0013ERR not for you";

	signal(SIGPIPE, SIG_DFL);
	switch (broker->fault) {
	case FAULT_CUT:
	case FAULT_SHORT:
		serve_part(broker, request, pipe);
		break;
	case FAULT_GARBAGE:
		pour(pipe, "<html>what is this?</html>", 26);
		break;
	case FAULT_ERROR:
		pour(pipe, error, strlen(error));
		break;
	case FAULT_ENDLESS:
		pour(pipe, "000dpackfile\n", 13);
		for (size_t sent = 0; sent < ENDLESS_CAP; sent += strlen(endless))
			pour(pipe, endless, strlen(endless));
		break;
	case FAULT_RAW:
		pour(pipe, broker->raw, strlen(broker->raw));
		break;
	case FAULT_SILENT:
		pause();
		break;
	case FAULT_NONE:
		break;
	}
	_exit(0);
}

static void tell_end(struct fakebroker *broker, uint32_t id, enum fault fault)
{
	struct ipc_message *message = ipc_new(MESSAGE_GIT_ANSWERED, id);
	struct failure failure = {0};

	if (fault == FAULT_CUT)
		failure_set(&failure, FAILURE_NETWORK, "", "the connection broke");
	if (fault == FAULT_ENDLESS)
		failure_set(&failure, FAILURE_CONFLICT, "Raise git.receive.", "too much came");
	protocol_put_failure(message, &failure);
	if (ipc_send_blocking(broker->channel, message) < 0)
		assert_true(errno == EPIPE || errno == ECONNRESET);
}

static void answer(struct fakebroker *broker, struct ipc_incoming *in)
{
	enum git_command command = (enum git_command)ipc_get_enum(in, GIT_COMMANDS);
	enum fault fault = command == broker->at ? broker->fault : FAULT_NONE;
	int request = ipc_take_fd(in, 0), ends[2];

	assert_return_code(ipc_end(in), errno);
	broker->requests++;
	assert_return_code(pipe2(ends, O_CLOEXEC), errno);
	pid_t pid = fork();
	if (pid == 0) {
		close(ends[0]);
		close(broker->channel);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (fault == FAULT_NONE)
			serve(broker, request, ends[1]);
		spoil(broker, request, ends[1]);
	}
	close(request);
	close(ends[1]);
	struct ipc_message *message = ipc_new(MESSAGE_GIT_ANSWER, in->id);
	ipc_put_fd(message, ends[0]);
	assert_return_code(ipc_send_blocking(broker->channel, message), errno);
	if (fault == FAULT_SILENT)
		return;
	waitpid(pid, NULL, 0);
	tell_end(broker, in->id, fault);
}

/* --- messages --- */

static void finish(struct fakebroker *broker, struct ipc_incoming *in)
{
	protocol_get_sync_result(in, &broker->result);
	assert_return_code(ipc_end(in), errno);
	snprintf(broker->note, sizeof(broker->note), "%s", broker->result.note);
	broker->result.note = broker->note;
	broker->done = true;
}

/* As the agent does it: what is left of the group dies with its leader. */
static void reap(struct fakebroker *broker)
{
	siginfo_t info;

	assert_return_code(waitid(P_PID, (id_t)broker->pid, &info, WEXITED | WNOWAIT), errno);
	kill(-broker->pid, SIGKILL);
	assert_int_equal(waitpid(broker->pid, &broker->status, 0), broker->pid);
	close(broker->channel);
}

bool fakebroker_receive(struct fakebroker *broker)
{
	uint8_t *buffer = ipc_buffer_new();
	struct ipc_incoming in;
	int got = ipc_receive(broker->channel, buffer, permits,
			      sizeof(permits) / sizeof(permits[0]), &in);

	assert_return_code(got, errno);
	if (got && in.type == MESSAGE_HELLO) {
		protocol_get_report(&in, &broker->report);
		assert_return_code(ipc_end(&in), errno);
	} else if (got && in.type == MESSAGE_GIT_REQUEST) {
		answer(broker, &in);
	} else if (got && in.type == MESSAGE_GIT_RECEIVED) {
		broker->received = ipc_get_u64(&in);
		assert_return_code(ipc_end(&in), errno);
	} else if (got) {
		finish(broker, &in);
	}
	free(buffer);
	if (!got)
		reap(broker);
	return got > 0;
}

struct fakebroker fakebroker_run(const char *server, const char *directory, const char *worktree,
				 const struct git_work *work)
{
	struct fakebroker broker = {.server = server};

	fakebroker_start(&broker, directory, worktree);
	fakebroker_order(&broker, work);
	while (fakebroker_receive(&broker))
		;
	broker.result.note = NULL;
	return broker;
}
