/* The audit writer's loop: what has arrived together is committed together. */
#include "audit/audit.h"

#include "audit/writer.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/ipc/channel.h"

#include <stdlib.h>
#include <string.h>

/* Other writers hold the lock for one write and sync; who waits longer than this has lost. */
#define LOCK_PATIENCE_MS 5000u
#define LOCK_RETRY_MAX_MS 10u

/* Records stay without a checkpoint behind them for so long at most. */
#define SEAL_AFTER_MS 1000u

/* How often a full disk is asked for space. */
#define SPACE_RETRY_MS 1000u

/* While more than this waits for the disk, the broker is not read. */
#define WAITING_BYTES ((size_t)1 << 20)

struct audit {
	struct loop *loop;
	struct ipc_channel *broker;
	struct writer writer;
	struct loop_timer *commit, *seal, *space;
	struct ipc_message *durable; /* being filled; NULL before the first record of a commit */
	bool asked;		     /* for a checkpoint that is not there yet */
	uint64_t waiting_since_ms;   /* for the lock; 0 when not waiting */
	uint64_t retry_ms;
	bool told_full;
	bool failed, broker_gone;
	int status;
};

static void schedule(struct audit *audit, uint64_t delay_ms);

/* Fail closed: from here on nothing is acknowledged. */
static void give_up(struct audit *audit, const char *reason)
{
	struct ipc_message *message = ipc_new(MESSAGE_AUDIT_FAILED, 0);

	audit->failed = true;
	ipc_put_string(message, reason);
	ipc_send(audit->broker, message);
	ipc_channel_pause(audit->broker, false);
	if (audit->broker_gone)
		loop_stop(audit->loop);
}

/* --- telling the broker --- */

static void add_durable(void *context, uint32_t id)
{
	struct audit *audit = context;

	if (!audit->durable)
		audit->durable = ipc_new(MESSAGE_AUDIT_DURABLE, 0);
	ipc_put_u32(audit->durable, id);
}

static void tell_durable(struct audit *audit)
{
	if (audit->durable)
		ipc_send(audit->broker, audit->durable);
	audit->durable = NULL;
	if (audit->writer.waiting_bytes <= WAITING_BYTES)
		ipc_channel_pause(audit->broker, false);
}

static void tell_checkpoint(struct audit *audit)
{
	char note[NOTE_CHECKPOINT_SIZE];

	if (!audit->asked || audit->writer.seal_wanted || !audit->writer.log.end.checkpoint.size)
		return;
	note_checkpoint_format(&audit->writer.log.end.checkpoint, note);
	struct ipc_message *message = ipc_new(MESSAGE_AUDIT_CHECKPOINTED, 0);
	ipc_put_string(message, note);
	ipc_send(audit->broker, message);
	audit->asked = false;
}

static void tell_space(struct audit *audit);

static void retry_space(void *context)
{
	struct audit *audit = context;

	audit->space = NULL;
	log_reserve(&audit->writer.log);
	tell_space(audit);
}

/* What is left of a full disk is for results: the broker begins nothing until there is more. */
static void tell_space(struct audit *audit)
{
	bool full = audit->writer.log.full;

	if (full && !audit->space && !audit->broker_gone)
		audit->space = loop_after(audit->loop, SPACE_RETRY_MS, retry_space, audit);
	if (full == audit->told_full)
		return;
	audit->told_full = full;
	struct ipc_message *message = ipc_new(MESSAGE_AUDIT_SPACE, 0);
	ipc_put_u8(message, full);
	ipc_send(audit->broker, message);
}

/* --- committing --- */

static void wait_for_lock(struct audit *audit)
{
	uint64_t now = clock_monotonic_ms();

	if (!audit->waiting_since_ms) {
		audit->waiting_since_ms = now;
		audit->retry_ms = 1;
	}
	if (now - audit->waiting_since_ms >= LOCK_PATIENCE_MS) {
		give_up(audit,
			"the audit log cannot be written: another writer has held its lock for "
			"5 seconds; look for a stopped ghward-audit process");
		return;
	}
	schedule(audit, audit->retry_ms);
	if (audit->retry_ms < LOCK_RETRY_MAX_MS)
		audit->retry_ms++;
}

static void seal_due(void *context)
{
	struct audit *audit = context;

	audit->seal = NULL;
	audit->writer.seal_wanted = true;
	schedule(audit, 0);
}

static void end(struct audit *audit)
{
	writer_finish(&audit->writer);
	if (writer_has_work(&audit->writer))
		schedule(audit, 0);
	else
		loop_stop(audit->loop);
}

/* What comes after a commit. */
static void go_on(struct audit *audit)
{
	const struct writer *writer = &audit->writer;

	if (writer_has_work(writer))
		schedule(audit, 0);
	else if (audit->broker_gone)
		end(audit);
	else if (writer->log.end.unsealed_records && !audit->seal)
		audit->seal = loop_after(audit->loop, SEAL_AFTER_MS, seal_due, audit);
}

static void commit(void *context)
{
	struct audit *audit = context;
	struct writer *writer = &audit->writer;

	audit->commit = NULL;
	if (audit->failed)
		return;
	switch (log_try_lock(&writer->log)) {
	case LOG_BUSY:
		wait_for_lock(audit);
		return;
	case LOG_LOCK_FAILED:
		give_up(audit, writer->log.error);
		return;
	case LOG_LOCKED:
		break;
	}
	audit->waiting_since_ms = 0;
	int status = writer_commit(writer, add_durable, audit);
	log_unlock(&writer->log);
	if (status < 0) {
		give_up(audit, writer->log.error);
		return;
	}
	/* Before the broker hears of an intent, or decides its first, it knows what must not be
	 * done any more. */
	tell_space(audit);
	monitor_tell(writer->monitor, audit->broker);
	tell_durable(audit);
	tell_checkpoint(audit);
	go_on(audit);
}

static void schedule(struct audit *audit, uint64_t delay_ms)
{
	if (!audit->commit)
		audit->commit = loop_after(audit->loop, delay_ms, commit, audit);
}

/* --- the broker --- */

/* Those that a verifier looks into are the writer's alone. */
static bool is_reserved(const char *event)
{
	return strcmp(event, AUDITLOG_SEGMENT) == 0 || strcmp(event, AUDITLOG_CHECKPOINT) == 0 ||
	       strcmp(event, AUDITLOG_RETAIN) == 0 || strcmp(event, AUDITLOG_RECOVER) == 0;
}

static int handle_append(void *owner, struct ipc_incoming *in)
{
	struct audit *audit = owner;
	struct audit_event event;

	protocol_get_event(in, &event);
	/* A result's last detail is the number of its intent. */
	if (ipc_end(in) < 0 || !*event.event || is_reserved(event.event) || in->id == 0 ||
	    (event.closes && event.detail_count == AUDIT_DETAILS_MAX))
		return -1;
	if (audit->failed)
		return 0;
	if (writer_add(&audit->writer, in->id, &event) < 0)
		return -1;
	if (audit->writer.waiting_bytes > WAITING_BYTES)
		ipc_channel_pause(audit->broker, true);
	schedule(audit, 0);
	return 0;
}

static int handle_checkpoint(void *owner, struct ipc_incoming *in)
{
	struct audit *audit = owner;

	if (ipc_end(in) < 0 || audit->asked)
		return -1;
	audit->asked = true;
	audit->writer.seal_wanted = true;
	if (!audit->failed)
		schedule(audit, 0);
	return 0;
}

static int handle_settings(void *owner, struct ipc_incoming *in)
{
	struct audit *audit = owner;
	struct writer_limits *limits = &audit->writer.limits;
	struct audit_rules rules;

	limits->segment_size = ipc_get_u64(in);
	limits->segment_age_s = ipc_get_u32(in);
	limits->retention_days = ipc_get_u32(in);
	limits->hold = ipc_get_enum(in, 2) != 0;
	limits->known = true;
	protocol_get_rules(in, &rules);
	if (ipc_end(in) < 0)
		return -1;
	monitor_set_rules(audit->writer.monitor, &rules);
	/* The broker waits for what is open. */
	schedule(audit, 0);
	return 0;
}

static const struct ipc_permit permits[] = {
	{MESSAGE_AUDIT_SETTINGS, IPC_ONCE, 0, SETTINGS_MESSAGE_MAX, {IPC_FD_NONE}, handle_settings},
	{MESSAGE_AUDIT_APPEND, IPC_PERMIT, 0, IPC_MESSAGE_MAX, {IPC_FD_NONE}, handle_append},
	{MESSAGE_AUDIT_CHECKPOINT, IPC_PERMIT, 0, 0, {IPC_FD_NONE}, handle_checkpoint},
};

#define PERMITS (sizeof(permits) / sizeof(permits[0]))

static int handle(struct audit *audit, struct ipc_incoming *in)
{
	size_t at = 0;

	while (permits[at].type != in->type)
		at++;
	return permits[at].handle(audit, in);
}

/* A broker that was killed with answers unread resets the connection, which is told before what it
 * had sent: that is still in the socket, and may say why it was killed. */
static void drain(struct audit *audit)
{
	uint8_t *buffer = ipc_buffer_new();
	struct ipc_incoming in;

	while (ipc_receive(FD_CHANNEL, buffer, permits, PERMITS, &in) > 0 &&
	       handle(audit, &in) == 0)
		;
	free(buffer);
}

static void channel_ended(void *owner, enum ipc_ending ending, const char *detail)
{
	struct audit *audit = owner;

	audit->broker_gone = true;
	loop_cancel(audit->space);
	audit->space = NULL;
	if (ending != IPC_PEER_CLOSED) {
		log_write(LOG_LEVEL_ERROR, "the broker sent %s", detail);
		audit->status = EXIT_FAILURE;
	} else {
		drain(audit);
	}
	if (audit->failed)
		loop_stop(audit->loop);
	else if (!audit->commit)
		end(audit);
}

int audit_run(const struct sandbox_report *report, const char *boot_id)
{
	struct audit audit = {0};

	writer_init(&audit.writer, FD_AUDIT_DIRECTORY, boot_id);
	audit.loop = loop_new();
	audit.broker =
		ipc_channel_new(audit.loop, FD_CHANNEL, permits, PERMITS, channel_ended, &audit);
	struct ipc_message *hello = ipc_new(MESSAGE_HELLO, 0);
	protocol_put_report(hello, report);
	ipc_send(audit.broker, hello);
	loop_run(audit.loop);
	writer_close(&audit.writer);
	return audit.status;
}
