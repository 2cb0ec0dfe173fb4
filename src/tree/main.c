/* ghward-tree: owns the directory that repositories are kept in. */
#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/ipc/channel.h"
#include "lib/ipc/protocol.h"
#include "lib/sandbox/roles.h"
#include "tree/tree.h"

#include <stdlib.h>
#include <string.h>

/* Between two messages so much time goes into removing, and at the end. */
#define SLICE_MS 20u
#define END_MS 500u

struct process {
	struct loop *loop;
	struct ipc_channel *broker;
	struct loop_timer *slice; /* NULL: there is nothing to remove */
	bool open;
	struct tree tree;
};

/* --- removing --- */

static void sweep(void *context)
{
	struct process *process = context;

	process->slice = NULL;
	if (tree_sweep(&process->tree, SLICE_MS))
		process->slice = loop_after(process->loop, 0, sweep, process);
}

static void sweep_soon(struct process *process)
{
	if (!process->slice)
		process->slice = loop_after(process->loop, 0, sweep, process);
}

/* --- answers --- */

static void send_done(struct process *process, uint32_t id, const struct tree_outcome *outcome)
{
	struct ipc_message *message = ipc_new(MESSAGE_TREE_DONE, id);

	protocol_put_failure(message, &outcome->failure);
	ipc_put_string(message, outcome->refused);
	ipc_send(process->broker, message);
	sweep_soon(process);
}

static void send_ready(struct process *process, struct tree_begun *begun)
{
	struct tree_outcome outcome;
	int git, worktree;

	if (tree_places(&process->tree, begun, &git, &worktree) < 0) {
		uint32_t id = begun->id;
		char shown[sizeof(begun->layout.shown)];
		memcpy(shown, begun->layout.shown, sizeof(shown));
		tree_abort(&process->tree, begun, &outcome);
		repository_failed(&outcome.failure, "open", shown);
		send_done(process, id, &outcome);
		return;
	}
	struct ipc_message *message = ipc_new(MESSAGE_TREE_READY, begun->id);
	ipc_put_u8(message, (uint8_t)begun->action);
	ipc_put_fd(message, git);
	if (worktree >= 0)
		ipc_put_fd(message, worktree);
	ipc_send(process->broker, message);
}

/* --- messages --- */

static int handle_open(void *owner, struct ipc_incoming *in)
{
	struct process *process = owner;
	const struct tree_options options = {
		.mode = (enum repos_mode)ipc_get_enum(in, REPOS_MODES),
		.partial = (enum repos_partial)ipc_get_enum(in, REPOS_PARTIALS),
		.url = ipc_get_string(in),
	};
	struct failure failure = {.kind = FAILURE_NONE};

	if (ipc_end(in) < 0)
		return -1;
	process->open = tree_open(&process->tree, FD_TREE_DESTINATION, &options, &failure) == 0;
	struct ipc_message *message = ipc_new(MESSAGE_TREE_OPENED, 0);
	protocol_put_failure(message, &failure);
	ipc_send(process->broker, message);
	if (process->open)
		sweep_soon(process);
	return 0;
}

static int handle_look(void *owner, struct ipc_incoming *in)
{
	struct process *process = owner;
	enum repos_mode mode = (enum repos_mode)ipc_get_enum(in, REPOS_MODES);
	uint16_t count = ipc_get_u16(in);
	uint8_t found[IPC_MESSAGE_MAX / 10]; /* two strings take so much at least */
	struct layout layout;

	if (count > sizeof(found))
		return -1;
	for (uint16_t i = 0; i < count; i++) {
		const char *name_owner = ipc_get_string(in), *name = ipc_get_string(in);
		found[i] = TREE_FOREIGN;
		if (!layout_is_name(name_owner, name))
			continue;
		layout_of(mode, name_owner, name, &layout);
		found[i] = (uint8_t)tree_look(FD_TREE_DESTINATION, mode, &layout);
	}
	if (ipc_end(in) < 0)
		return -1;
	struct ipc_message *message = ipc_new(MESSAGE_LOOKED, in->id);
	ipc_put_bytes(message, found, count);
	ipc_send(process->broker, message);
	return 0;
}

static int handle_begin(void *owner, struct ipc_incoming *in)
{
	struct process *process = owner;
	struct tree_question question = {
		.action = (enum sync_action)ipc_get_enum(in, SYNC_REMOVE),
		.owner = ipc_get_string(in),
		.name = ipc_get_string(in),
		.old_owner = ipc_get_string(in),
		.old_name = ipc_get_string(in),
		.branch = ipc_get_string(in),
	};
	struct tree_outcome outcome;

	if (ipc_end(in) < 0 || !process->open || tree_find(&process->tree, in->id))
		return -1;
	struct tree_begun *begun = tree_begin(&process->tree, in->id, &question, &outcome);
	if (begun)
		send_ready(process, begun);
	else if (outcome.failure.kind != FAILURE_NONE)
		send_done(process, in->id, &outcome);
	else
		return -1;
	return 0;
}

static int handle_commit(void *owner, struct ipc_incoming *in)
{
	struct process *process = owner;
	struct tree_begun *begun = tree_find(&process->tree, in->id);
	const char *branch = ipc_get_string(in);
	struct tree_outcome outcome;

	if (ipc_end(in) < 0 || !begun)
		return -1;
	tree_commit(&process->tree, begun, branch, &outcome);
	send_done(process, in->id, &outcome);
	return 0;
}

static int handle_abort(void *owner, struct ipc_incoming *in)
{
	struct process *process = owner;
	struct tree_begun *begun = tree_find(&process->tree, in->id);
	struct tree_outcome outcome;

	if (ipc_end(in) < 0 || !begun)
		return -1;
	tree_abort(&process->tree, begun, &outcome);
	send_done(process, in->id, &outcome);
	return 0;
}

static int handle_remove(void *owner, struct ipc_incoming *in)
{
	struct process *process = owner;
	const char *name_owner = ipc_get_string(in), *name = ipc_get_string(in);
	struct tree_outcome outcome;

	if (ipc_end(in) < 0 || !process->open)
		return -1;
	tree_remove(&process->tree, name_owner, name, &outcome);
	send_done(process, in->id, &outcome);
	return 0;
}

static const struct ipc_permit permits[] = {
	{MESSAGE_TREE_OPEN, IPC_ONCE, 7, 1024, {IPC_FD_NONE}, handle_open},
	{MESSAGE_LOOK, IPC_PERMIT, 3, IPC_MESSAGE_MAX, {IPC_FD_NONE}, handle_look},
	{MESSAGE_TREE_BEGIN, IPC_PERMIT, 26, 1024, {IPC_FD_NONE}, handle_begin},
	{MESSAGE_TREE_COMMIT, IPC_PERMIT, 5, 512, {IPC_FD_NONE}, handle_commit},
	{MESSAGE_TREE_ABORT, IPC_PERMIT, 0, 0, {IPC_FD_NONE}, handle_abort},
	{MESSAGE_TREE_REMOVE, IPC_PERMIT, 10, 512, {IPC_FD_NONE}, handle_remove},
};

static void broker_ended(void *owner, enum ipc_ending ending, const char *detail)
{
	struct process *process = owner;

	if (ending != IPC_PEER_CLOSED)
		log_write(LOG_LEVEL_ERROR, "the broker sent %s", detail);
	loop_stop(process->loop);
}

static void run(const struct sandbox_report *report)
{
	static struct process process;
	struct ipc_message *hello = ipc_new(MESSAGE_HELLO, 0);

	process.loop = loop_new();
	process.broker =
		ipc_channel_new(process.loop, FD_CHANNEL, permits,
				sizeof(permits) / sizeof(permits[0]), broker_ended, &process);
	protocol_put_report(hello, report);
	ipc_send(process.broker, hello);
	loop_run(process.loop);
	/* The broker is gone: it was cancelled, or all is done. */
	if (process.open)
		tree_close(&process.tree, END_MS);
	ipc_channel_close(process.broker);
	loop_free(process.loop);
}

int main(void)
{
	struct sandbox_report report;

	if (sandbox_enter_role("tree", &(struct sandbox_variables){0}, &report) < 0)
		fatal("cannot confine ghward-tree at %s: %m", sandbox_failed_step());
	run(&report);
	return EXIT_SUCCESS;
}
