/* The broker's end of the audit writer. */
#include "broker/audit_log.h"

#include "broker/incidents.h"
#include "broker/violations.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"

#include <stdio.h>
#include <stdlib.h>

/* With more than this waiting, no more clients are let in: each can add but a few. */
#define BEHIND 64u
/* What a worker has said before its end is recorded at once, however much that is: it was all in
 * its socket. */
#define QUEUE_MAX 16384u

/* A disk that does not answer for this long denies what waits for it. */
#define STALL_MS 10000u

static const char disk_full[] =
	"the disk of the audit log is full, so nothing new is begun; make room there";

struct audit_wait {
	struct audit_wait *next;
	uint32_t id; /* 0: refused, not sent */
	audit_durable_fn *done;
	void *context;
};

static void answer(struct audit_log *, const char *note);

struct audit_log {
	struct broker *broker;
	struct ipc_channel *channel;
	struct audit_wait *waits; /* in the order of their ids */
	struct audit_wait
		*refused; /* they fail in the next turn, as callers expect no callback now */
	struct audit_ask *asks;
	struct loop_timer *stall;
	unsigned waiting;
	uint32_t next_id;
	bool broken, full;
	char reason[512];
};

static void ignore_durable(void *context, bool durable)
{
	(void)context;
	(void)durable;
}

static void finish(struct audit_log *log, struct audit_wait **at, bool durable)
{
	struct audit_wait *wait = *at;

	*at = wait->next;
	log->waiting--;
	wait->done(wait->context, durable);
	loop_defer_free(log->broker->loop, wait);
}

static void break_log(struct audit_log *log, const char *reason)
{
	if (log->broken)
		return;
	log->broken = true;
	snprintf(log->reason, sizeof(log->reason), "%s", reason);
	log_write(broker_error_level(log->broker), "%s", log->reason);
	while (log->waits)
		finish(log, &log->waits, false);
	while (log->asks)
		answer(log, NULL);
	broker_ready_again(log->broker);
	broker_progress(log->broker);
}

static void stalled(void *context)
{
	struct audit_log *log = context;

	log->stall = NULL;
	break_log(log, "the audit log was not written within 10 seconds; the disk does not answer");
}

/* The clock runs while anything waits, and starts anew with every sign of life. */
static void watch_for_stall(struct audit_log *log)
{
	loop_cancel(log->stall);
	log->stall = log->waits ? loop_after(log->broker->loop, STALL_MS, stalled, log) : NULL;
}

static void fail_refused(void *context)
{
	struct audit_log *log = context;

	while (log->refused)
		finish(log, &log->refused, false);
	broker_progress(log->broker);
}

static struct audit_wait *refuse(struct audit_log *log, struct audit_wait *wait)
{
	if (!log->refused)
		loop_after(log->broker->loop, 0, fail_refused, log);
	wait->next = log->refused;
	log->refused = wait;
	return wait;
}

static struct audit_wait *new_wait(struct audit_log *log, audit_durable_fn *done, void *context)
{
	struct audit_wait *wait = memory_new(sizeof(*wait));

	wait->done = done;
	wait->context = context;
	log->waiting++;
	return wait;
}

struct audit_wait *audit_log_append(struct audit_log *log, const struct audit_event *event,
				    audit_durable_fn *done, void *context)
{
	struct audit_wait *wait = new_wait(log, done, context);
	struct audit_wait **end = &log->waits;

	if (log->broken || (log->full && event->phase == AUDIT_INTENT))
		return refuse(log, wait);
	wait->id = log->next_id++;
	if (log->next_id == 0)
		log->next_id = 1;
	while (*end)
		end = &(*end)->next;
	*end = wait;
	struct ipc_message *message = ipc_new(MESSAGE_AUDIT_APPEND, wait->id);
	protocol_put_event(message, event);
	if (!log->stall)
		watch_for_stall(log);
	ipc_send(log->channel, message);
	return wait;
}

uint32_t audit_log_id(const struct audit_wait *wait)
{
	return wait->id;
}

void audit_log_forget(struct audit_wait *wait)
{
	if (wait)
		wait->done = ignore_durable;
}

void audit_log_note(struct audit_log *log, const struct audit_event *event)
{
	audit_log_append(log, event, ignore_durable, NULL);
}

void audit_log_configure(struct audit_log *log)
{
	const struct settings *settings = &log->broker->settings;
	struct ipc_message *message = ipc_new(MESSAGE_AUDIT_SETTINGS, 0);

	ipc_put_u64(message, settings->audit.segment_size);
	ipc_put_u32(message, settings->audit.segment_age_s);
	ipc_put_u32(message, settings->audit.retention_days);
	ipc_put_u8(message, settings->audit.hold);
	protocol_put_rules(message, &log->broker->rules);
	ipc_send(log->channel, message);
}

const char *audit_log_broken(const struct audit_log *log)
{
	return log->broken ? log->reason : NULL;
}

const char *audit_log_reason(const struct audit_log *log)
{
	return log->broken ? log->reason
	       : log->full ? disk_full
			   : "the audit log cannot be written";
}

bool audit_log_idle(const struct audit_log *log)
{
	return log->broken || log->waits == NULL;
}

bool audit_log_behind(const struct audit_log *log)
{
	return log->waiting > BEHIND;
}

/* --- checkpoints --- */

struct audit_ask {
	struct audit_ask *next;
	bool sent; /* the question under way is for it, too */
	audit_checkpoint_fn *done;
	void *context;
};

/* One question at a time, for everybody who waits by then: what was asked for later may be behind
 * the checkpoint that is being made. */
static void ask_writer(struct audit_log *log)
{
	if (!log->asks || log->asks->sent)
		return;
	for (struct audit_ask *ask = log->asks; ask; ask = ask->next)
		ask->sent = true;
	ipc_send(log->channel, ipc_new(MESSAGE_AUDIT_CHECKPOINT, 0));
}

void audit_log_ask_checkpoint(struct audit_log *log, audit_checkpoint_fn *done, void *context)
{
	struct audit_ask *ask = memory_new(sizeof(*ask)), **end = &log->asks;

	ask->done = done;
	ask->context = context;
	while (*end)
		end = &(*end)->next;
	*end = ask;
	ask_writer(log);
}

void audit_log_unask(struct audit_log *log, const void *context)
{
	for (struct audit_ask *ask = log->asks; ask; ask = ask->next) {
		if (ask->context == context)
			ask->done = NULL;
	}
}

/* Answers the oldest question. */
static void answer(struct audit_log *log, const char *note)
{
	struct audit_ask *ask = log->asks;

	log->asks = ask->next;
	if (ask->done)
		ask->done(ask->context, note);
	loop_defer_free(log->broker->loop, ask);
}

static int handle_checkpoint(void *owner, struct ipc_incoming *in)
{
	struct audit_log *log = owner;
	const char *note = ipc_get_string(in);

	if (ipc_end(in) < 0 || !log->asks || !log->asks->sent)
		return -1;
	while (log->asks && log->asks->sent)
		answer(log, note);
	ask_writer(log);
	broker_progress(log->broker);
	return 0;
}

/* --- the writer --- */

static int handle_durable(void *owner, struct ipc_incoming *in)
{
	struct audit_log *log = owner;

	while (in->reader.at < in->reader.end && !in->reader.poisoned) {
		uint32_t id = ipc_get_u32(in);
		/* Records become durable in the order they were sent, so the first must match. */
		if (!log->waits || log->waits->id != id)
			return -1;
		finish(log, &log->waits, true);
	}
	if (ipc_end(in) < 0)
		return -1;
	watch_for_stall(log);
	broker_progress(log->broker);
	return 0;
}

static int handle_space(void *owner, struct ipc_incoming *in)
{
	struct audit_log *log = owner;
	bool full = ipc_get_enum(in, 2);

	if (ipc_end(in) < 0)
		return -1;
	if (full && !log->full)
		log_write(broker_error_level(log->broker), "%s", disk_full);
	else if (!full && log->full)
		log_write(LOG_LEVEL_INFO, "the audit log has space again");
	log->full = full;
	return 0;
}

static int handle_failed(void *owner, struct ipc_incoming *in)
{
	const char *reason = ipc_get_string(in);

	if (ipc_end(in) < 0)
		return -1;
	break_log(owner, reason);
	return 0;
}

static int handle_incident(void *owner, struct ipc_incoming *in)
{
	struct audit_log *log = owner;

	return incidents_take(log->broker, in);
}

static int handle_incident_closed(void *owner, struct ipc_incoming *in)
{
	struct audit_log *log = owner;

	return incidents_take_closed(log->broker, in);
}

static int handle_incidents_ready(void *owner, struct ipc_incoming *in)
{
	struct audit_log *log = owner;

	if (ipc_end(in) < 0)
		return -1;
	log->broker->incidents_known = true;
	broker_ready_again(log->broker);
	return 0;
}

static int handle_hello(void *owner, struct ipc_incoming *in)
{
	struct audit_log *log = owner;

	protocol_get_report(in, &log->broker->audit_report);
	return ipc_end(in);
}

static const struct ipc_permit permits[] = {
	{MESSAGE_HELLO, IPC_ONCE, 0, 4096, {IPC_FD_NONE}, handle_hello},
	{MESSAGE_AUDIT_DURABLE, IPC_PERMIT, 4, IPC_MESSAGE_MAX, {IPC_FD_NONE}, handle_durable},
	{MESSAGE_AUDIT_SPACE, IPC_PERMIT, 1, 1, {IPC_FD_NONE}, handle_space},
	{MESSAGE_AUDIT_CHECKPOINTED, IPC_PERMIT, 5, 1024, {IPC_FD_NONE}, handle_checkpoint},
	{MESSAGE_AUDIT_FAILED, IPC_ONCE, 5, 1024, {IPC_FD_NONE}, handle_failed},
	{MESSAGE_INCIDENT, IPC_PERMIT, 0, 2048, {IPC_FD_NONE}, handle_incident},
	{MESSAGE_INCIDENT_CLOSED, IPC_PERMIT, 0, 64, {IPC_FD_NONE}, handle_incident_closed},
	{MESSAGE_INCIDENTS_READY, IPC_ONCE, 0, 0, {IPC_FD_NONE}, handle_incidents_ready},
};

static void channel_ended(void *owner, enum ipc_ending ending, const char *detail)
{
	struct audit_log *log = owner;

	if (ending != IPC_PEER_CLOSED)
		log_write(LOG_LEVEL_ERROR, "the audit writer sent %s", detail);
	break_log(log, "the audit writer has ended");
	broker_fail_closed(log->broker, "the audit writer has ended");
}

struct audit_log *audit_log_new(struct broker *broker, int fd)
{
	struct audit_log *log = memory_new(sizeof(*log));

	log->broker = broker;
	log->next_id = 1;
	log->channel = ipc_channel_new(broker->loop, fd, permits,
				       sizeof(permits) / sizeof(permits[0]), channel_ended, log);
	ipc_channel_set_queue(log->channel, QUEUE_MAX);
	return log;
}
