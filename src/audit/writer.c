/* What waits to be written, and how it becomes durable. */
#include "audit/writer.h"

#include "audit/retention.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Until the settings are known. */
#define SEGMENT_SIZE (UINT64_C(64) << 20)
#define SEGMENT_AGE_S 86400u

#define DAY_US (UINT64_C(86400) * 1000000)

struct pending {
	struct pending *next;
	uint32_t id;	 /* 0: the writer's own */
	uint32_t closes; /* id of the intent that it ends, or 0 */
	bool begins;	 /* it is an intent that a result will end */
	size_t length;
	char body[];
};

static void see(void *context, const struct auditlog_record *record)
{
	struct writer *writer = context;

	/* The first that is met tells what was open before it. */
	if (!writer->found && auditlog_text_is(record->event, AUDITLOG_CHECKPOINT))
		(void)!intents_restore(&writer->intents, auditlog_detail(record, "open"));
	writer->found = true;
	intents_see(&writer->intents, record);
	monitor_see(writer->monitor, record);
}

void writer_init(struct writer *writer, int directory, const char *boot_id)
{
	uint32_t number;

	*writer = (struct writer){.boot_id = boot_id, .check_age = true};
	writer->limits.segment_size = SEGMENT_SIZE;
	writer->limits.segment_age_s = SEGMENT_AGE_S;
	writer->last = &writer->first;
	writer->monitor = monitor_new(directory);
	writer->begun = memory_new(INTENTS_MAX * sizeof(*writer->begun));
	if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
		fatal("no random bytes: %m");
	log_init(&writer->log, directory, number, see, writer);
}

/* --- what waits --- */

static struct pending *new_pending(const struct writer *writer, uint32_t id,
				   const struct audit_event *event)
{
	char body[AUDITLOG_LINE_MAX] __attribute__((uninitialized));
	const struct auditlog_stamp stamp = {
		.wall_us = clock_wall_us(),
		.boottime_us = clock_boottime_us(),
		.boot_id = writer->boot_id,
	};
	size_t length = auditlog_format_body(body, sizeof(body), event, &stamp);

	if (!length)
		return NULL;
	struct pending *pending = memory_new(sizeof(*pending) + length);
	pending->id = id;
	pending->closes = event->closes;
	pending->begins = event->phase == AUDIT_INTENT && strcmp(event->decision, "allow") == 0;
	pending->length = length;
	memcpy(pending->body, body, length);
	return pending;
}

static void add_last(struct writer *writer, struct pending *pending)
{
	*writer->last = pending;
	writer->last = &pending->next;
	writer->waiting_bytes += pending->length;
}

static void add_first(struct writer *writer, struct pending *pending)
{
	pending->next = writer->first;
	writer->first = pending;
	if (!pending->next)
		writer->last = &pending->next;
	writer->waiting_bytes += pending->length;
}

static void drop_first(struct writer *writer)
{
	struct pending *pending = writer->first;

	writer->first = pending->next;
	if (!writer->first)
		writer->last = &writer->first;
	writer->waiting_bytes -= pending->length;
	free(pending);
}

int writer_add(struct writer *writer, uint32_t id, const struct audit_event *event)
{
	struct pending *pending = new_pending(writer, id, event);

	if (!pending)
		return -1;
	add_last(writer, pending);
	return 0;
}

bool writer_has_work(const struct writer *writer)
{
	return writer->first || writer->seal_wanted;
}

/* --- what dead writers left --- */

/* What was begun, and by whom, is taken from the record itself. Returns false when it is not there
 * any more. */
static bool close_intent(struct writer *writer, uint64_t seq)
{
	char line[AUDITLOG_LINE_MAX], actor[1024], job[64], event[1024], target[1024], number[24];
	size_t length = log_read_record(&writer->log, seq, line);
	struct auditlog_record record;

	if (!length || auditlog_parse(line, length, &record) < 0)
		return false;
	auditlog_unescape(record.actor, actor, sizeof(actor));
	auditlog_unescape(record.job, job, sizeof(job));
	auditlog_unescape(record.event, event, sizeof(event));
	auditlog_unescape(record.target, target, sizeof(target));
	snprintf(number, sizeof(number), "%" PRIu64, seq);
	const struct audit_event result = {
		.actor = actor,
		.job = job,
		.event = event,
		.target = target,
		.phase = AUDIT_RESULT,
		.rule = "recovery",
		.outcome = "unknown",
		.severity = AUDIT_WARNING,
		.detail_count = 1,
		.details = {{AUDITLOG_INTENT_DETAIL, number}},
	};
	struct pending *pending = new_pending(writer, 0, &result);
	if (pending)
		add_first(writer, pending);
	return pending != NULL;
}

static void close_intents(struct writer *writer, bool of_the_dead)
{
	struct intents *intents = &writer->intents;

	/* The newest first, as each is put before the others. */
	for (size_t i = intents->count; i-- > 0;) {
		struct intent intent = intents->list[i];
		bool ours = intent.writer == writer->log.writer;
		if (of_the_dead ? log_writer_lives(&writer->log, intent.writer) : !ours)
			continue;
		if (!close_intent(writer, intent.seq))
			intents_drop(intents, intent.seq);
	}
}

/* --- retention --- */

static void plan_retention(struct writer *writer)
{
	const struct writer_limits *limits = &writer->limits;
	uint64_t now = clock_wall_us(), keep = limits->retention_days * DAY_US;
	uint64_t needed =
		writer->intents.count ? writer->intents.list[0].seq : writer->log.end.position.seq;
	uint64_t incident = monitor_oldest(writer->monitor);
	char first[24];

	if (!writer->check_age || !limits->known)
		return;
	writer->check_age = false;
	if (!keep || limits->hold || keep >= now || writer->retiring)
		return;
	writer->retiring =
		retention_first(&writer->log, now - keep, incident < needed ? incident : needed);
	if (!writer->retiring)
		return;
	snprintf(first, sizeof(first), "%" PRIu64, writer->retiring);
	const struct audit_event event = {
		.actor = "audit",
		.event = AUDITLOG_RETAIN,
		.phase = AUDIT_NOTE,
		.outcome = "done",
		.detail_count = 1,
		.details = {{"first", first}},
	};
	if (writer_add(writer, 0, &event) < 0)
		writer->retiring = 0;
}

/* The record that says so is durable. A segment that cannot be removed now stays until the next
 * time. */
static void retire(struct writer *writer)
{
	if (!writer->retiring || writer->first)
		return;
	if (retention_remove(&writer->log, writer->retiring) < 0)
		log_write(LOG_LEVEL_WARNING, "%s", writer->log.error);
	writer->retiring = 0;
}

/* --- a batch --- */

static int add_recovery(struct writer *writer)
{
	char bytes[24];
	const struct audit_event event = {
		.actor = "audit",
		.event = AUDITLOG_RECOVER,
		.phase = AUDIT_NOTE,
		.outcome = "done",
		.severity = AUDIT_WARNING,
		.detail_count = 1,
		.details = {{"bytes_cut", bytes}},
	};

	if (!writer->log.recovered)
		return 0;
	snprintf(bytes, sizeof(bytes), "%" PRIu64, writer->log.recovered);
	return batch_add_event(&writer->batch, &event);
}

/* The number of the intent that the broker names by its id; 0 when it is not in the log. */
static uint64_t begun_at(const struct writer *writer, uint32_t id)
{
	for (size_t i = 0; id && i < writer->begun_count; i++) {
		if (writer->begun[i].id == id)
			return writer->begun[i].seq;
	}
	return 0;
}

/* An intent that has got its place; the place changes when the batch has to be made anew. */
static void note_begun(struct writer *writer, uint32_t id, uint64_t seq)
{
	size_t at = 0;

	while (at < writer->begun_count && writer->begun[at].id != id)
		at++;
	if (at == INTENTS_MAX)
		return;
	writer->begun[at].id = id;
	writer->begun[at].seq = seq;
	if (at == writer->begun_count)
		writer->begun_count++;
}

static void forget_begun(struct writer *writer, uint32_t id)
{
	for (size_t i = 0; id && i < writer->begun_count; i++) {
		if (writer->begun[i].id == id)
			writer->begun[i] = writer->begun[--writer->begun_count];
	}
}

/* Fills the batch with what waits. Returns the number of records, or -1. */
static int add_waiting(struct writer *writer)
{
	struct batch *batch = &writer->batch;
	int count = 0;

	for (struct pending *pending = writer->first;
	     pending && batch_has_room(batch) &&
	     batch->end.unsealed_records + 1 < LOG_UNSEALED_RECORDS;
	     pending = pending->next, count++) {
		if (batch_add_body(batch, pending->body, pending->length,
				   begun_at(writer, pending->closes)) < 0)
			return -1;
		if (pending->begins)
			note_begun(writer, pending->id, batch->end.position.seq);
	}
	return count;
}

static bool seal_is_due(const struct writer *writer)
{
	const struct log_end *end = &writer->log.end;

	return (writer->seal_wanted && end->unsealed_records) ||
	       end->unsealed_records + 1 >= LOG_UNSEALED_RECORDS ||
	       end->unsealed_bytes >= LOG_UNSEALED_BYTES;
}

/* What kept a line from being made is told like any other reason. Returns -1. */
static int batch_failed(struct writer *writer)
{
	if (*writer->batch.error)
		snprintf(writer->log.error, sizeof(writer->log.error),
			 "the audit log cannot be written: %s", writer->batch.error);
	return -1;
}

/* Returns the number of waiting records that the batch has, or -1 with log.error. */
static int fill_batch(struct writer *writer)
{
	struct batch *batch = &writer->batch;
	struct log *log = &writer->log;
	int count = -1;

	if (batch_begin(batch, log, writer->boot_id) == 0 && add_recovery(writer) == 0 &&
	    (!seal_is_due(writer) ||
	     batch_add_checkpoint(batch, log, &writer->intents, false) == 0))
		count = add_waiting(writer);
	return count < 0 ? batch_failed(writer) : count;
}

static int write_batch(struct writer *writer)
{
	int count = fill_batch(writer);

	if (count < 0)
		return -1;
	if (writer->batch.used && log_append(&writer->log, writer->batch.text, writer->batch.used,
					     &writer->batch.end) < 0)
		return -1;
	return count;
}

/* The last record of a segment that is large or old enough. */
static int close_segment(struct writer *writer)
{
	struct batch *batch = &writer->batch;
	struct log *log = &writer->log;
	const struct writer_limits *limits = &writer->limits;
	uint64_t now = clock_wall_us(), age = limits->segment_age_s * UINT64_C(1000000);

	if (log->segment_size == 0 || !writer->first ||
	    (log->segment_size < limits->segment_size &&
	     (now < log->end.segment_us || now - log->end.segment_us < age)))
		return 0;
	if (batch_begin(batch, log, writer->boot_id) < 0 || add_recovery(writer) < 0 ||
	    batch_add_checkpoint(batch, log, &writer->intents, true) < 0)
		return batch_failed(writer);
	writer->check_age = true;
	return log_append(log, batch->text, batch->used, &batch->end) < 0 ? -1 : log_refresh(log);
}

/* A segment that cannot be written is left for a new one, once. */
static int write_somewhere(struct writer *writer)
{
	int count = close_segment(writer) < 0 ? -1 : write_batch(writer);

	if (count >= 0)
		return count;
	if (log_start_over(&writer->log) < 0)
		return -1;
	log_write(LOG_LEVEL_WARNING, "%s; trying a new segment", writer->log.error);
	return write_batch(writer);
}

/* --- incidents --- */

/* What others have appended, or what there was before, may complete one. */
static int follow(struct writer *writer)
{
	struct log *log = &writer->log;

	if (monitor_follow(writer->monitor, &log->end.position) == 0)
		return 0;
	snprintf(log->error, sizeof(log->error),
		 "the audit log cannot be continued: its records cannot be read for open "
		 "incidents: %s; run ghward audit verify",
		 errno == EBADMSG ? "they are not whole" : strerror(errno));
	return -1;
}

/* Puts what is to be opened before everything that waits. Returns whether there was something. */
static bool open_incidents(struct writer *writer)
{
	struct audit_event event;
	bool any = false;

	while (monitor_take(writer->monitor, &event)) {
		struct pending *pending = new_pending(writer, 0, &event);
		if (!pending)
			continue;
		add_first(writer, pending);
		any = true;
	}
	return any;
}

/* --- a commit --- */

static int write_waiting(struct writer *writer, writer_durable_fn *durable, void *context)
{
	int count = write_somewhere(writer);

	if (count < 0)
		return -1;
	for (; count > 0; count--) {
		if (writer->first->id)
			durable(context, writer->first->id);
		forget_begun(writer, writer->first->closes);
		drop_first(writer);
	}
	writer->appended = true;
	return 0;
}

int writer_commit(struct writer *writer, writer_durable_fn *durable, void *context)
{
	bool begins = writer->log.segment < 0;
	uint64_t sealed = writer->log.end.checkpoint.size;

	if (log_refresh(&writer->log) < 0 || follow(writer) < 0)
		return -1;
	if (begins) {
		log_reserve(&writer->log);
		close_intents(writer, true);
	}
	plan_retention(writer);
	bool more = open_incidents(writer) || writer_has_work(writer);
	/* A record that completes an incident is acknowledged when that is on record, too. */
	for (; more; more = open_incidents(writer)) {
		if (write_waiting(writer, durable, context) < 0)
			return -1;
	}
	if (!writer->log.end.unsealed_records || writer->log.end.checkpoint.size != sealed)
		writer->seal_wanted = false;
	*writer->log.error = 0;
	retire(writer);
	monitor_save(writer->monitor, &writer->log.end.position,
		     writer->finished ? MONITOR_SAVE_ALL : MONITOR_SAVE_CHANGES);
	return 0;
}

/* --- the end --- */

void writer_finish(struct writer *writer)
{
	if (!writer->appended)
		return;
	if (!writer->finished)
		close_intents(writer, false);
	writer->finished = true;
	writer->seal_wanted = writer->log.end.unsealed_records;
}

void writer_close(struct writer *writer)
{
	while (writer->first)
		drop_first(writer);
	free(writer->begun);
	log_close(&writer->log);
	monitor_free(writer->monitor);
	batch_free(&writer->batch);
	intents_free(&writer->intents);
}
