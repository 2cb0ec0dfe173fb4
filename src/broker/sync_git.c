/* The ghward-git of one repository: what it is told, and the way of git's requests to the server.
 */
#include "broker/sync_parts.h"
#include "broker/process.h"
#include "broker/transport.h"
#include "broker/upstream.h"
#include "lib/base/clock.h"
#include "lib/base/io.h"
#include "lib/base/log.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MIB (UINT64_C(1) << 20)

/* Rounds of negotiation and the rest. */
#define REQUESTS_MAX 4096u

/* So much of an answer waits for git to take it. */
#define ANSWER_PIPE_SIZE (256 * 1024)

static void answer_over(void *context, const struct failure *failure, uint64_t bytes)
{
	struct sync_item *item = context;

	item->transport = NULL;
	item->received += bytes;
	item->told = item->received;
	if (failure->kind != FAILURE_NONE)
		item->of_transport = *failure;
	struct ipc_message *message = ipc_new(MESSAGE_GIT_ANSWERED, item->request);
	protocol_put_failure(message, failure);
	ipc_send(item->git.channel, message);
}

static void pass_on(struct sync_item *item, enum git_command command, int request)
{
	const struct settings *settings = &item->sync->job->broker->settings;
	uint64_t most = settings->git.receive_mib * MIB;
	uint64_t elapsed_ms = clock_monotonic_ms() - item->started_ms;
	uint64_t timeout_ms = UINT64_C(1000) * settings->git.timeout_s;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		fatal("cannot make a pipe: %m");
	/* Where pipes are scarce a small one is slower and no more. */
	(void)fcntl(ends[1], F_SETPIPE_SZ, ANSWER_PIPE_SIZE);
	struct ipc_message *message = ipc_new(MESSAGE_GIT_ANSWER, item->request);
	ipc_put_fd(message, ends[0]);
	ipc_send(item->git.channel, message);
	const struct transport_order order = {
		.owner = item->owner,
		.name = item->name,
		.command = command,
		.request = request,
		.answer = ends[1],
		.most_bytes = most > item->received ? most - item->received : 0,
		.timeout_ms = timeout_ms > elapsed_ms ? (uint32_t)(timeout_ms - elapsed_ms) : 1,
	};
	item->transport = transport_start(item->sync->job, &order, answer_over, item);
}

static int handle_request(void *owner, struct ipc_incoming *in)
{
	struct assistant *git = owner;
	struct sync_item *item = git->context;
	enum git_command command = (enum git_command)ipc_get_enum(in, GIT_COMMANDS);

	if (ipc_end(in) < 0 || item->transport || item->action == SYNC_VERIFY ||
	    item->requests == REQUESTS_MAX || item->of_transport.kind != FAILURE_NONE)
		return -1;
	IO_AUTOCLOSE int request = ipc_take_fd(in, 0);
	if (!upstream_takes_request(request))
		return -1;
	item->requests++;
	item->request = in->id;
	int taken = request;
	request = -1;
	pass_on(item, command, taken);
	return 0;
}

static int handle_received(void *owner, struct ipc_incoming *in)
{
	struct assistant *git = owner;
	struct sync_item *item = git->context;
	uint64_t bytes = ipc_get_u64(in);
	uint64_t most = item->sync->job->broker->settings.git.receive_mib * MIB;

	/* For the progress bar alone. */
	if (bytes >= item->received && bytes <= most)
		item->told = bytes;
	return ipc_end(in);
}

static int handle_done(void *owner, struct ipc_incoming *in)
{
	struct assistant *git = owner;
	struct sync_item *item = git->context;
	struct sync_result told;

	protocol_get_sync_result(in, &told);
	if (ipc_end(in) < 0)
		return -1;
	git->answered = true;
	snprintf(item->note, sizeof(item->note), "%s", told.note);
	item->result.outcome = told.outcome;
	memcpy(item->result.digest, told.digest, sizeof(told.digest));
	sync_item_worked(item, &told.failure);
	return 0;
}

static const struct ipc_permit git_permits[] = {
	{MESSAGE_HELLO, IPC_ONCE, 0, 4096, {IPC_FD_NONE}, assistant_hello},
	{MESSAGE_GIT_REQUEST, IPC_PERMIT, 1, 1, {IPC_FD_MEMFD}, handle_request},
	{MESSAGE_GIT_RECEIVED, IPC_PERMIT, 8, 8, {IPC_FD_NONE}, handle_received},
	{MESSAGE_GIT_DONE, IPC_ONCE, 0, 4096, {IPC_FD_NONE}, handle_done},
};

static void git_failed(struct assistant *git, const struct failure *failure)
{
	sync_item_worked(git->context, failure);
}

static void tell_work(struct sync_item *item)
{
	const struct settings *settings = &item->sync->job->broker->settings;
	const struct repos_request *request = &item->sync->request;
	const struct git_work work = {
		.action = item->action,
		.mode = request->mode,
		.partial = request->partial,
		.depth = request->depth,
		.branch = item->branch,
		.address_space = settings->git.memory_mib * MIB,
		.file_size = settings->git.file_size_mib * MIB,
		.cpu_s = settings->git.cpu_s,
		.processes = settings->git.processes,
		.timeout_ms = settings->git.timeout_s * 1000,
	};
	struct ipc_message *message = ipc_new(MESSAGE_GIT_WORK, 0);

	protocol_put_git_work(message, &work);
	ipc_send(item->git.channel, message);
}

void sync_git_start(struct sync_item *item, const int *fds, unsigned fd_count)
{
	struct job *job = item->sync->job;

	item->git = (struct assistant){
		.job = job,
		.role = ROLE_GIT,
		.fd_count = fd_count,
		.failed = git_failed,
		.context = item,
	};
	memcpy(item->git.fds, fds, fd_count * sizeof(*fds));
	assistant_start(&item->git, git_permits, sizeof(git_permits) / sizeof(git_permits[0]));
	tell_work(item);
}

static void git_gone(struct assistant *git)
{
	sync_item_left(git->context);
}

bool sync_git_leave(struct sync_item *item)
{
	transport_cancel(item->transport);
	item->transport = NULL;
	item->git.gone = git_gone;
	return assistant_leave(&item->git);
}

void sync_parted(struct sync_parting *parting)
{
	if (--parting->left)
		return;
	io_close(&parting->tree);
	free(parting);
}

static void ended_late(void *context, enum process_end how, uint32_t number)
{
	(void)how;
	(void)number;
	sync_parted(context);
}

void sync_git_stop(struct sync_item *item, struct sync_parting *parting)
{
	struct process *process = item->git.process;

	transport_cancel(item->transport);
	item->transport = NULL;
	if (process) {
		parting->left++;
		process->ended = ended_late;
		process->context = parting;
		process_end(process);
	}
	item->git.process = NULL;
	assistant_stop(&item->git);
}
