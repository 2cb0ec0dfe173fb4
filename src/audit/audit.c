/* The audit writer's loop: what has arrived together is committed together. */
#include "audit/audit.h"

#include "audit/log.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/ipc/channel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Other writers hold the lock for one write and sync; who waits longer than this has lost. */
#define LOCK_PATIENCE_MS 5000u
#define LOCK_RETRY_MAX_MS 10u

/* Records and bytes of one commit at most; the acknowledgement names all records. */
#define BATCH_MAX 1024u
#define BATCH_BYTES (UINT64_C(1) << 20)

/* While more than this waits for the disk, the broker is not read. */
#define WAITING_BYTES ((size_t)4 << 20)

struct pending {
	struct pending *next;
	uint32_t id;
	size_t length;
	char body[];
};

struct audit {
	struct loop *loop;
	struct ipc_channel *broker;
	struct log log;
	const char *boot_id;
	struct pending *first, **last;
	size_t waiting_bytes;
	struct loop_timer *commit;
	uint64_t waiting_since_ms; /* for the lock; 0 when not waiting */
	uint64_t retry_ms;
	bool failed, broker_gone;
	int status;
};

static void schedule(struct audit *audit, uint64_t delay_ms);

static void drop_first(struct audit *audit)
{
	struct pending *pending = audit->first;

	audit->first = pending->next;
	if (!audit->first)
		audit->last = &audit->first;
	audit->waiting_bytes -= pending->length;
	free(pending);
}

/* Fail closed: from here on nothing is acknowledged. */
static void give_up(struct audit *audit, const char *reason)
{
	struct ipc_message *message = ipc_new(MESSAGE_AUDIT_FAILED, 0);

	audit->failed = true;
	ipc_put_string(message, reason);
	ipc_send(audit->broker, message);
	while (audit->first)
		drop_first(audit);
	ipc_channel_pause(audit->broker, false);
	if (audit->broker_gone)
		loop_stop(audit->loop);
}

/* --- building a batch --- */

/* A line and its NUL. */
#define LINE_ROOM (AUDITLOG_LINE_MAX + 1)

struct batch {
	char *text;
	size_t used, capacity; /* room for a line is always kept */
	struct auditlog_position position;
	unsigned count; /* of the broker's records */
	bool closes;	/* the last record closes the segment */
};

static size_t format_body(const struct audit *audit, const struct audit_event *event, char *body,
			  size_t cap)
{
	const struct auditlog_stamp stamp = {
		.wall_us = clock_wall_us(),
		.boottime_us = clock_boottime_us(),
		.boot_id = audit->boot_id,
	};

	return auditlog_format_body(body, cap, event, &stamp);
}

static bool add_line(struct batch *batch, const char *body, size_t length)
{
	if (batch->capacity - batch->used < LINE_ROOM) {
		char *text = memory_new(batch->capacity * 2);
		memcpy(text, batch->text, batch->used);
		free(batch->text);
		batch->text = text;
		batch->capacity *= 2;
	}
	size_t added = auditlog_format_line(batch->text + batch->used, LINE_ROOM, body, length,
					    &batch->position);
	batch->used += added;
	return added > 0;
}

/* A record of the writer itself. */
static bool add_own(const struct audit *audit, struct batch *batch, const struct audit_event *event)
{
	char body[4096];
	size_t length = format_body(audit, event, body, sizeof(body));

	return length && add_line(batch, body, length);
}

static bool add_recovery(const struct audit *audit, struct batch *batch)
{
	char bytes[24];
	struct audit_event event = {
		.actor = "audit",
		.event = AUDITLOG_RECOVER,
		.phase = AUDIT_NOTE,
		.outcome = "done",
		.severity = AUDIT_WARNING,
		.detail_count = 1,
		.details = {{"bytes_cut", bytes}},
	};

	if (!audit->log.recovered && !audit->log.interrupted)
		return true;
	snprintf(bytes, sizeof(bytes), "%llu", (unsigned long long)audit->log.recovered);
	/* There is an error only in the process that met it, not in one that finds an empty
	 * segment. */
	if (*audit->log.error) {
		event.details[event.detail_count].key = "error";
		event.details[event.detail_count++].value = audit->log.error;
	}
	return add_own(audit, batch, &event);
}

static bool add_rotation(const struct audit *audit, struct batch *batch)
{
	char next[AUDITLOG_NAME_SIZE];
	const struct audit_event event = {
		.actor = "audit",
		.event = AUDITLOG_ROTATE,
		.phase = AUDIT_NOTE,
		.outcome = "done",
		.detail_count = 1,
		.details = {{"next", next}},
	};

	auditlog_segment_name(next, batch->position.seq + 2);
	return add_own(audit, batch, &event);
}

static bool fill_batch(const struct audit *audit, struct batch *batch)
{
	batch->used = batch->count = 0;
	batch->position = audit->log.position;
	if (!add_recovery(audit, batch))
		return false;
	for (const struct pending *pending = audit->first;
	     pending && batch->count < BATCH_MAX && batch->used < BATCH_BYTES;
	     pending = pending->next, batch->count++) {
		if (!add_line(batch, pending->body, pending->length))
			return false;
	}
	batch->closes = audit->log.segment_size + batch->used >= AUDITLOG_SEGMENT_MAX;
	return !batch->closes || add_rotation(audit, batch);
}

/* --- committing --- */

static void acknowledge(struct audit *audit, unsigned count)
{
	struct ipc_message *message = ipc_new(MESSAGE_AUDIT_DURABLE, 0);

	ipc_put_u32(message, count);
	for (unsigned i = 0; i < count; i++) {
		ipc_put_u32(message, audit->first->id);
		drop_first(audit);
	}
	ipc_send(audit->broker, message);
	if (audit->waiting_bytes <= WAITING_BYTES)
		ipc_channel_pause(audit->broker, false);
}

static int write_batch(struct audit *audit, struct batch *batch)
{
	if (!fill_batch(audit, batch)) {
		snprintf(audit->log.error, sizeof(audit->log.error),
			 "a record does not fit the audit log");
		return -1;
	}
	return log_append(&audit->log, batch->text, batch->used, &batch->position, batch->closes);
}

/* A segment that cannot be written is left for a new one, once. */
static int write_somewhere(struct audit *audit, struct batch *batch)
{
	if (log_refresh(&audit->log) < 0)
		return -1;
	if (write_batch(audit, batch) == 0)
		return 0;
	if (log_start_over(&audit->log) < 0)
		return -1;
	log_write(LOG_LEVEL_WARNING, "%s; trying a new segment", audit->log.error);
	return write_batch(audit, batch);
}

static void commit_locked(struct audit *audit)
{
	struct batch batch = {.text = memory_new(LINE_ROOM), .capacity = LINE_ROOM};

	if (write_somewhere(audit, &batch) == 0) {
		*audit->log.error = 0;
		acknowledge(audit, batch.count);
	} else {
		give_up(audit, audit->log.error);
	}
	free(batch.text);
}

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

static void commit(void *context)
{
	struct audit *audit = context;

	audit->commit = NULL;
	if (audit->failed || !audit->first)
		return;
	switch (log_try_lock(&audit->log)) {
	case LOG_BUSY:
		wait_for_lock(audit);
		return;
	case LOG_LOCK_FAILED:
		give_up(audit, audit->log.error);
		return;
	case LOG_LOCKED:
		break;
	}
	audit->waiting_since_ms = 0;
	commit_locked(audit);
	log_unlock(&audit->log);
	if (audit->first)
		schedule(audit, 0);
	else if (audit->broker_gone)
		loop_stop(audit->loop);
}

static void schedule(struct audit *audit, uint64_t delay_ms)
{
	if (!audit->commit)
		audit->commit = loop_after(audit->loop, delay_ms, commit, audit);
}

/* --- the broker --- */

static int handle_append(void *owner, struct ipc_incoming *in)
{
	struct audit *audit = owner;
	char body[AUDITLOG_LINE_MAX];
	struct audit_event event;

	protocol_get_event(in, &event);
	if (ipc_end(in) < 0 || !*event.event)
		return -1;
	if (audit->failed)
		return 0;
	size_t length = format_body(audit, &event, body, sizeof(body));
	if (!length)
		return -1;
	struct pending *pending = memory_new(sizeof(*pending) + length);
	pending->id = in->id;
	pending->length = length;
	memcpy(pending->body, body, length);
	*audit->last = pending;
	audit->last = &pending->next;
	audit->waiting_bytes += length;
	if (audit->waiting_bytes > WAITING_BYTES)
		ipc_channel_pause(audit->broker, true);
	schedule(audit, 0);
	return 0;
}

static const struct ipc_permit permits[] = {
	{MESSAGE_AUDIT_APPEND, IPC_PERMIT, 0, IPC_MESSAGE_MAX, {IPC_FD_NONE}, handle_append},
};

/* A broker that was killed with answers unread resets the connection, which is told before what it
 * had sent: that is still in the socket, and may say why it was killed. */
static void drain(struct audit *audit)
{
	uint8_t *buffer = ipc_buffer_new();
	struct ipc_incoming in;

	while (ipc_receive(FD_CHANNEL, buffer, permits, 1, &in) > 0 &&
	       handle_append(audit, &in) == 0)
		;
	free(buffer);
}

static void channel_ended(void *owner, enum ipc_ending ending, const char *detail)
{
	struct audit *audit = owner;

	audit->broker_gone = true;
	if (ending != IPC_PEER_CLOSED) {
		log_write(LOG_LEVEL_ERROR, "the broker sent %s", detail);
		audit->status = EXIT_FAILURE;
	} else {
		drain(audit);
	}
	if (!audit->first)
		loop_stop(audit->loop);
}

int audit_run(const struct sandbox_report *report, const char *boot_id)
{
	struct audit audit = {.boot_id = boot_id};

	audit.last = &audit.first;
	log_init(&audit.log, FD_AUDIT_DIRECTORY);
	audit.loop = loop_new();
	audit.broker = ipc_channel_new(audit.loop, FD_CHANNEL, permits,
				       sizeof(permits) / sizeof(permits[0]), channel_ended, &audit);
	struct ipc_message *hello = ipc_new(MESSAGE_HELLO, 0);
	protocol_put_report(hello, report);
	ipc_send(audit.broker, hello);
	loop_run(audit.loop);
	log_close(&audit.log);
	return audit.status;
}
