/* One repository of a sync: recorded, opened by the tree, worked on by a ghward-git, closed,
 * recorded. */
#include "broker/sync_parts.h"

#include "lib/base/clock.h"
#include "lib/base/memory.h"
#include "lib/validate/validate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *event_name(enum sync_action action)
{
	static const char *const names[SYNC_ACTIONS] = {
		[SYNC_CLONE] = "repos.clone",
		[SYNC_FETCH] = "repos.fetch",
		[SYNC_VERIFY] = "repos.check",
		[SYNC_REMOVE] = "repos.remove",
	};

	return names[action];
}

static struct audit_event item_event(const struct sync_item *item, enum audit_phase phase)
{
	struct audit_event event = job_event(item->sync->job, event_name(item->action), phase);

	event.target = item->target;
	return event;
}

static struct sync_item *find(const struct sync *sync, uint32_t id)
{
	struct sync_item *item = sync->items;

	while (item && item->id != id)
		item = item->next;
	return item;
}

static void forget(struct sync_item *item)
{
	struct sync *sync = item->sync;

	for (struct sync_item **at = &sync->items; *at; at = &(*at)->next) {
		if (*at == item) {
			*at = item->next;
			sync->item_count--;
			break;
		}
	}
	sync->received += item->received;
	loop_defer_free(sync->job->broker->loop, item);
}

static void end_without_audit(const struct sync_item *item)
{
	struct job *job = item->sync->job;

	job_fail(job, FAILURE_AUDIT, "Check the audit directory's permissions and free space.",
		 audit_log_reason(job->broker->audit));
}

/* --- the end --- */

static void result_durable(void *context, bool durable)
{
	struct sync_item *item = context;

	item->waiting = NULL;
	if (!durable) {
		end_without_audit(item);
		return;
	}
	struct ipc_message *message = ipc_new(MESSAGE_SYNCED, item->id);
	protocol_put_sync_result(message, &item->result);
	ipc_send(item->sync->job->channel, message);
	forget(item);
}

static const char *outcome_name(enum sync_outcome outcome)
{
	static const char *const names[SYNC_OUTCOMES] = {
		[SYNC_CHANGED] = "changed",
		[SYNC_UNCHANGED] = "unchanged",
		[SYNC_LEFT_ALONE] = "left alone",
		[SYNC_EMPTY] = "empty",
	};

	return names[outcome];
}

static void record_result(struct sync_item *item)
{
	char bytes[24], duration[16];
	struct audit_event event = item_event(item, AUDIT_RESULT);
	const struct failure *failure = &item->result.failure;
	bool failed = failure->kind != FAILURE_NONE;

	item->stage = ITEM_RECORDED;
	item->result.bytes = item->received;
	item->result.milliseconds = (uint32_t)(clock_monotonic_ms() - item->started_ms);
	item->result.action = item->action;
	item->result.note = item->note;
	snprintf(bytes, sizeof(bytes), "%llu", (unsigned long long)item->received);
	snprintf(duration, sizeof(duration), "%u", item->result.milliseconds);
	event.closes = item->intent;
	bool damaged = failure->kind == FAILURE_INTEGRITY;
	event.outcome = damaged ? "damaged" : failed ? failure_name(failure->kind) : "done";
	event.severity = damaged ? AUDIT_WARNING : AUDIT_INFO;
	event.request_id = failure->request_id;
	event.detail_count = 3;
	event.details[0].key = "bytes";
	event.details[0].value = bytes;
	event.details[1].key = "duration_ms";
	event.details[1].value = duration;
	event.details[2].key = failed ? "message" : "refs";
	event.details[2].value = failed ? failure->message : outcome_name(item->result.outcome);
	item->waiting =
		audit_log_append(item->sync->job->broker->audit, &event, result_durable, item);
}

static void close_tree(struct sync_item *item)
{
	bool failed = item->result.failure.kind != FAILURE_NONE;
	struct ipc_message *message =
		ipc_new(failed ? MESSAGE_TREE_ABORT : MESSAGE_TREE_COMMIT, item->id);

	if (!failed)
		ipc_put_string(message, item->branch);
	item->stage = ITEM_CLOSING;
	ipc_send(item->sync->tree.channel, message);
}

void sync_item_worked(struct sync_item *item, const struct failure *failure)
{
	/* What the server said is the reason, and not what git made of it. One of our own is that
	 * git did not wait for all of the answer: why, git says. */
	bool upstream = failure->kind != FAILURE_NONE && item->of_transport.kind != FAILURE_NONE &&
			item->of_transport.kind != FAILURE_INTERNAL;

	item->result.failure = upstream ? item->of_transport : *failure;
	item->stage = ITEM_ENDING;
	if (sync_git_leave(item))
		close_tree(item);
}

void sync_item_left(struct sync_item *item)
{
	if (item->stage == ITEM_ENDING)
		close_tree(item);
}

int sync_item_ready(struct sync *sync, uint32_t id, enum sync_action action, const int *fds,
		    unsigned fd_count)
{
	struct sync_item *item = find(sync, id);
	bool fine = item && item->stage == ITEM_OPENING && item->action != SYNC_REMOVE &&
		    (action == SYNC_VERIFY) == (item->action == SYNC_VERIFY) &&
		    fd_count == (sync->request.mode == REPOS_WORKTREE ? 2u : 1u);

	if (!fine) {
		for (unsigned i = 0; i < fd_count; i++)
			close(fds[i]);
		return -1;
	}
	item->stage = ITEM_WORKING;
	item->action = action;
	sync_git_start(item, fds, fd_count);
	return 0;
}

int sync_item_closed(struct sync *sync, uint32_t id, const struct failure *failure,
		     const char *refused)
{
	struct sync_item *item = find(sync, id);

	if (!item || (item->stage != ITEM_CLOSING &&
		      !(item->stage == ITEM_OPENING &&
			(failure->kind != FAILURE_NONE || item->action == SYNC_REMOVE))))
		return -1;
	if (*refused)
		sync_record_refused(sync->job, item->target, "escape", refused);
	/* Why the work failed says more than what happened on its way out. */
	if (item->result.failure.kind == FAILURE_NONE)
		item->result.failure = *failure;
	record_result(item);
	return 0;
}

/* --- the beginning --- */

static void open_tree(struct sync_item *item)
{
	bool removes = item->action == SYNC_REMOVE;
	struct ipc_message *message =
		ipc_new(removes ? MESSAGE_TREE_REMOVE : MESSAGE_TREE_BEGIN, item->id);

	if (!removes)
		ipc_put_u8(message, (uint8_t)item->action);
	ipc_put_string(message, item->owner);
	ipc_put_string(message, item->name);
	if (!removes) {
		ipc_put_string(message, item->old_owner);
		ipc_put_string(message, item->old_name);
		ipc_put_string(message, item->branch);
	}
	item->stage = ITEM_OPENING;
	ipc_send(item->sync->tree.channel, message);
}

static void intent_durable(void *context, bool durable)
{
	struct sync_item *item = context;

	item->waiting = NULL;
	if (durable)
		open_tree(item);
	else
		end_without_audit(item);
}

static void record_intent(struct sync_item *item)
{
	struct audit_event event = item_event(item, AUDIT_INTENT);
	char from[SYNC_NAME_MAX + 2];

	event.decision = "allow";
	event.rule = item->action == SYNC_REMOVE ? "write.confirmed" : "default.read";
	event.detail_count = 1;
	event.details[0].key = "why";
	event.details[0].value = item->why;
	if (*item->old_name) {
		snprintf(from, sizeof(from), "%s/%s", item->old_owner, item->old_name);
		event.details[1].key = "renamed_from";
		event.details[1].value = from;
		event.detail_count = 2;
	}
	item->waiting =
		audit_log_append(item->sync->job->broker->audit, &event, intent_durable, item);
	item->intent = audit_log_id(item->waiting);
}

static bool take(char *copy, size_t size, enum validate_kind kind, const char *text)
{
	if (strlen(text) >= size || !validate_param(kind, text, strlen(text)))
		return false;
	memcpy(copy, text, strlen(text) + 1);
	return true;
}

#define TAKE(copy, kind, text) take(copy, sizeof(copy), kind, text)

static bool take_order(struct sync_item *item, const struct sync_order *order)
{
	item->action = order->action;
	if (!TAKE(item->owner, VALIDATE_OWNER, order->owner) ||
	    !TAKE(item->name, VALIDATE_REPO, order->name) ||
	    (*order->branch && !TAKE(item->branch, VALIDATE_REF, order->branch)) ||
	    strlen(order->why) >= sizeof(item->why) || (!*order->old_owner != !*order->old_name))
		return false;
	if (*order->old_owner && (!TAKE(item->old_owner, VALIDATE_OWNER, order->old_owner) ||
				  !TAKE(item->old_name, VALIDATE_REPO, order->old_name)))
		return false;
	snprintf(item->why, sizeof(item->why), "%s", order->why);
	snprintf(item->target, sizeof(item->target), "%s/%s", item->owner, item->name);
	return true;
}

static bool is_wanted(struct sync *sync, const struct sync_item *item)
{
	struct job *job = sync->job;

	if (sync->item_count >= sync->request.workers || find(sync, item->id))
		return false;
	if (job->request.kind == JOB_REPOS_VERIFY)
		return item->action == SYNC_VERIFY;
	if (job->request.kind != JOB_REPOS_SYNC || item->action == SYNC_VERIFY)
		return false;
	return sync_is_meant(job, item->owner, item->name) &&
	       (item->action != SYNC_REMOVE || sync_takes_removal(sync, item->target));
}

int sync_item_start(struct sync *sync, uint32_t id, const struct sync_order *order)
{
	struct sync_item *item = memory_new(sizeof(*item));

	item->sync = sync;
	item->id = id;
	item->started_ms = clock_monotonic_ms();
	if (!take_order(item, order) || !is_wanted(sync, item)) {
		free(item);
		return -1;
	}
	item->next = sync->items;
	sync->items = item;
	sync->item_count++;
	record_intent(item);
	return 0;
}

/* --- all of them --- */

uint64_t sync_items_received(const struct sync *sync)
{
	uint64_t bytes = 0;

	for (const struct sync_item *item = sync->items; item; item = item->next)
		bytes += item->told > item->received ? item->told : item->received;
	return bytes;
}

static void record_interrupted(const struct sync_item *item)
{
	struct audit_event event = item_event(item, AUDIT_RESULT);

	event.closes = item->intent;
	event.outcome = failure_name(FAILURE_INTERRUPTED);
	audit_log_note(item->sync->job->broker->audit, &event);
}

void sync_items_stop(struct sync *sync, struct sync_parting *parting)
{
	while (sync->items) {
		struct sync_item *item = sync->items;
		if (item->stage != ITEM_RECORDED)
			record_interrupted(item);
		audit_log_forget(item->waiting);
		sync_git_stop(item, parting);
		forget(item);
	}
}
