/* The broker's half of a job about repositories: which process is told what. */
#include "broker/sync_parts.h"

#include "broker/grant.h"
#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOOK_MAX 100u
#define UNCHANGED_MAX 100u
#define PRUNE_SHOWN_MAX 8192u

static void assistant_failed(struct assistant *assistant, const struct failure *failure)
{
	job_end(assistant->job, failure);
}

/* --- the store --- */

static int handle_note(void *owner, struct ipc_incoming *in)
{
	struct assistant *assistant = owner;
	const char *text = ipc_get_string(in);

	if (ipc_end(in) < 0)
		return -1;
	job_note(assistant->job, text);
	return 0;
}

/* Its last word, when the worker has closed their socket. */
static int handle_searched(void *owner, struct ipc_incoming *in)
{
	struct assistant *store = owner;
	struct failure failure;

	(void)ipc_get_u64(in);
	protocol_get_failure(in, &failure);
	if (ipc_end(in) < 0)
		return -1;
	store->answered = true;
	if (failure.kind != FAILURE_NONE)
		job_end(store->job, &failure);
	return 0;
}

static const struct ipc_permit store_permits[] = {
	{MESSAGE_HELLO, IPC_ONCE, 0, 4096, {IPC_FD_NONE}, assistant_hello},
	{MESSAGE_NOTE, IPC_PERMIT, 0, 256, {IPC_FD_NONE}, handle_note},
	{MESSAGE_SEARCHED, IPC_ONCE, 0, 2048, {IPC_FD_NONE}, handle_searched},
};

static void begin_states(struct sync *sync)
{
	struct ipc_message *message = ipc_new(MESSAGE_STATES, 0);
	int ends[2];

	if (ipc_pair(ends) < 0)
		fatal("cannot make a socket pair: %m");
	ipc_put_string(message, sync->destination);
	ipc_put_fd(message, ends[1]);
	ipc_send(sync->store.channel, message);
	sync->states = ends[0];
}

/* --- the tree --- */

static int handle_opened(void *owner, struct ipc_incoming *in)
{
	struct assistant *tree = owner;
	struct failure failure;

	protocol_get_failure(in, &failure);
	struct sync *sync = tree->context;

	if (ipc_end(in) < 0)
		return -1;
	/* The directory itself, or what is ghward's in it, is a link or open to others. */
	if (failure.kind == FAILURE_DENIED)
		sync_record_refused(tree->job, tree->job->target, "unsafe", sync->destination);
	if (failure.kind != FAILURE_NONE)
		job_end(tree->job, &failure);
	return 0;
}

static int handle_ready(void *owner, struct ipc_incoming *in)
{
	struct assistant *tree = owner;
	enum sync_action action = (enum sync_action)ipc_get_enum(in, SYNC_REMOVE);
	unsigned count = in->fd_count;
	int fds[2] = {-1, -1};

	if (ipc_end(in) < 0)
		return -1;
	for (unsigned i = 0; i < count; i++)
		fds[i] = ipc_take_fd(in, i);
	return sync_item_ready(tree->context, in->id, action, fds, count);
}

static int handle_tree_done(void *owner, struct ipc_incoming *in)
{
	struct assistant *tree = owner;
	struct failure failure;

	protocol_get_failure(in, &failure);
	const char *refused = ipc_get_string(in);
	return ipc_end(in) < 0 ? -1 : sync_item_closed(tree->context, in->id, &failure, refused);
}

static int handle_looked(void *owner, struct ipc_incoming *in)
{
	struct assistant *tree = owner;
	struct sync *sync = tree->context;
	size_t length;
	const uint8_t *found = ipc_get_bytes(in, &length);

	if (ipc_end(in) < 0 || !sync->looking)
		return -1;
	struct ipc_message *message = ipc_new(MESSAGE_LOOKED, 0);
	ipc_put_bytes(message, found, length);
	ipc_send(sync->job->channel, message);
	sync->looking = false;
	return 0;
}

static const struct ipc_permit tree_permits[] = {
	{MESSAGE_HELLO, IPC_ONCE, 0, 4096, {IPC_FD_NONE}, assistant_hello},
	{MESSAGE_TREE_OPENED, IPC_ONCE, 0, 2048, {IPC_FD_NONE}, handle_opened},
	{MESSAGE_TREE_READY, IPC_PERMIT, 1, 1, {IPC_FD_DIRECTORY}, handle_ready},
	{MESSAGE_TREE_READY, IPC_PERMIT, 1, 1, {IPC_FD_DIRECTORY, IPC_FD_DIRECTORY}, handle_ready},
	{MESSAGE_TREE_DONE, IPC_PERMIT, 0, 4096, {IPC_FD_NONE}, handle_tree_done},
	{MESSAGE_LOOKED, IPC_PERMIT, 4, 4 + LOOK_MAX, {IPC_FD_NONE}, handle_looked},
};

static void begin_tree(struct sync *sync)
{
	struct ipc_message *message = ipc_new(MESSAGE_TREE_OPEN, 0);

	ipc_put_u8(message, (uint8_t)sync->request.mode);
	ipc_put_u8(message, (uint8_t)sync->request.partial);
	ipc_put_string(message, sync->job->git_bearer ? sync->job->git_bearer->base : "");
	ipc_send(sync->tree.channel, message);
}

/* --- the worker --- */

static bool has_expired(struct job *job)
{
	if (!sync_is_online(job->request.kind) || !grant_has_expired(&job->grant))
		return false;
	job_fail(job, FAILURE_DENIED, "Run the command again: it goes on where it ended.",
		 "the job has taken longer than one job is granted");
	return true;
}

bool sync_is_meant(const struct job *job, const char *owner, const char *name)
{
	const struct operation_arguments arguments = {
		.values = {[PARAMETER_OWNER] = owner, [PARAMETER_REPO] = name}};

	return grant_covers(&job->grant, OPERATION_GIT_FETCH, &arguments) == NULL;
}

int sync_take_order(struct job *job, struct ipc_incoming *in)
{
	struct sync_order order;

	protocol_get_sync_order(in, &order);
	if (ipc_end(in) < 0 || !job->sync || !job->granted)
		return -1;
	if (has_expired(job))
		return 0;
	return sync_item_start(job->sync, in->id, &order);
}

static bool is_name(const char *owner, const char *name)
{
	return validate_param(VALIDATE_OWNER, owner, strlen(owner)) &&
	       validate_param(VALIDATE_REPO, name, strlen(name));
}

static void record_unchanged(const struct job *job, const char *target, enum unchanged_by by)
{
	static const char *const words[UNCHANGED_BYS] = {
		[UNCHANGED_BY_HINT] = "hint", [UNCHANGED_BY_DIGEST] = "digest"};
	struct audit_event event = job_event(job, "repos.unchanged", AUDIT_NOTE);

	event.target = target;
	event.outcome = "unchanged";
	event.detail_count = 1;
	event.details[0].key = "by";
	event.details[0].value = words[by];
	audit_log_note(job->broker->audit, &event);
}

int sync_take_unchanged(struct job *job, struct ipc_incoming *in)
{
	unsigned count = ipc_get_u16(in);
	char target[SYNC_NAME_MAX + 2];

	if (job->request.kind != JOB_REPOS_SYNC || !job->granted || count > UNCHANGED_MAX)
		return -1;
	if (has_expired(job))
		return 0;
	for (unsigned i = 0; i < count; i++) {
		const char *owner = ipc_get_string(in), *name = ipc_get_string(in);
		enum unchanged_by by = (enum unchanged_by)ipc_get_enum(in, UNCHANGED_BYS);
		if (in->reader.poisoned || !sync_is_meant(job, owner, name))
			return -1;
		snprintf(target, sizeof(target), "%s/%s", owner, name);
		record_unchanged(job, target, by);
	}
	return ipc_end(in);
}

int sync_take_look(struct job *job, struct ipc_incoming *in)
{
	struct sync *sync = job->sync;
	struct ipc_message *message = ipc_new(MESSAGE_LOOK, 0);
	enum repos_mode mode = (enum repos_mode)ipc_get_enum(in, REPOS_MODES);
	unsigned count = ipc_get_u16(in);
	bool fine =
		sync && sync->tree.channel && job->granted && !sync->looking && count <= LOOK_MAX;

	ipc_put_u8(message, (uint8_t)mode);
	ipc_put_u16(message, (uint16_t)count);
	for (unsigned i = 0; i < count && fine; i++) {
		const char *owner = ipc_get_string(in), *name = ipc_get_string(in);
		fine = !in->reader.poisoned && is_name(owner, name);
		ipc_put_string(message, owner);
		ipc_put_string(message, name);
	}
	if (!fine || ipc_end(in) < 0) {
		ipc_free(message);
		return -1;
	}
	sync->looking = true;
	ipc_send(sync->tree.channel, message);
	return 0;
}

/* --- what is not on GitHub any more --- */

/* What the user is asked about is what may be removed. Of many only the first are named. */
static int keep_removable(struct sync *sync, uint32_t count, const char *names)
{
	size_t size = strlen(names) + 2;
	uint32_t shown = *names != 0;

	for (const char *at = names; *at; at++)
		shown += *at == '\n';
	if (shown > count)
		return -1;
	sync->removals = count;
	if (shown < count)
		return 0;
	sync->removable = memory_new(size);
	snprintf(sync->removable, size, "%s\n", names);
	return 0;
}

bool sync_takes_removal(struct sync *sync, const char *target)
{
	const char *at = sync->removable;
	size_t length = strlen(target);

	if (!sync->prune_agreed || !sync->removals)
		return false;
	while (at && *at && (strncmp(at, target, length) != 0 || at[length] != '\n'))
		at = strchr(at, '\n') + 1;
	if (at && !*at)
		return false;
	sync->removals--;
	return true;
}

int sync_take_prune(struct job *job, struct ipc_incoming *in)
{
	struct sync *sync = job->sync;
	uint32_t count = ipc_get_u32(in);
	const char *names = ipc_get_string(in);

	if (ipc_end(in) < 0 || !sync || !sync->request.prune || sync->prune_asked || !count ||
	    strlen(names) > PRUNE_SHOWN_MAX)
		return -1;
	sync->prune_asked = true;
	if (keep_removable(sync, count, names) < 0)
		return -1;
	struct ipc_message *message = ipc_new(MESSAGE_PRUNE, 0);
	ipc_put_u32(message, count);
	ipc_put_string(message, names);
	ipc_send(job->client->channel, message);
	return 0;
}

int sync_take_decision(struct job *job, struct ipc_incoming *in)
{
	struct sync *sync = job->sync;
	uint8_t agreed = (uint8_t)ipc_get_enum(in, 2);

	if (ipc_end(in) < 0 || !sync || !sync->prune_asked || sync->prune_agreed)
		return -1;
	sync->prune_agreed = agreed;
	struct ipc_message *message = ipc_new(MESSAGE_PRUNE_DECIDED, 0);
	ipc_put_u8(message, agreed);
	ipc_send(job->channel, message);
	return 0;
}

/* --- the whole --- */

void sync_tell_progress(struct sync *sync, uint32_t done, uint32_t total, uint32_t failed)
{
	struct ipc_message *message = ipc_new(MESSAGE_SYNC_PROGRESS, 0);

	ipc_put_u32(message, done);
	ipc_put_u32(message, total);
	ipc_put_u32(message, failed);
	ipc_put_u64(message, sync->received + sync_items_received(sync));
	ipc_send(sync->job->client->channel, message);
}

static bool has_destination(const struct sync *sync)
{
	return sync->job->request.kind != JOB_REPOS_LIST;
}

static void start(struct sync *sync, struct assistant *assistant, enum role role,
		  const struct ipc_permit *permits, size_t permit_count)
{
	assistant->job = sync->job;
	assistant->role = role;
	assistant->failed = assistant_failed;
	assistant->context = sync;
	assistant_start(assistant, permits, permit_count);
}

void sync_prepare(struct sync *sync)
{
	if (!has_destination(sync))
		return;
	start(sync, &sync->store, ROLE_STORE, store_permits,
	      sizeof(store_permits) / sizeof(store_permits[0]));
	start(sync, &sync->tree, ROLE_TREE, tree_permits,
	      sizeof(tree_permits) / sizeof(tree_permits[0]));
}

void sync_begin(struct sync *sync)
{
	if (!has_destination(sync))
		return;
	begin_states(sync);
	/* Looking needs no lock. */
	if (sync->job->request.kind != JOB_REPOS_STATUS)
		begin_tree(sync);
}

void sync_put_work(struct sync *sync, struct ipc_message *message)
{
	if (!has_destination(sync))
		return;
	ipc_put_u32(message, sync->job->broker->settings.git.sweep_s);
	ipc_put_fd(message, sync->states);
	sync->states = -1;
}

void sync_send_listed(struct sync *sync)
{
	listed_send(sync->listed, sync->job->channel);
}

void sync_stop(struct sync *sync)
{
	if (!sync)
		return;
	struct sync_parting *parting = memory_new(sizeof(*parting));
	parting->left = 1;
	parting->tree = sync->tree.channel ? ipc_channel_duplicate(sync->tree.channel) : -1;
	sync_items_stop(sync, parting);
	/* What it has not finished it removes; what it remembers it writes down. */
	assistant_release(&sync->tree);
	assistant_release(&sync->store);
	io_close(&sync->states);
	sync_parted(parting);
}

void sync_free(struct sync *sync)
{
	if (!sync)
		return;
	listed_free(sync->listed);
	free(sync->removable);
	loop_defer_free(sync->job->broker->loop, sync);
}
