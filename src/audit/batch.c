/* Lines that are appended together. */
#include "audit/batch.h"

#include "lib/auditlog/sign.h"
#include "lib/base/base64.h"
#include "lib/base/clock.h"
#include "lib/base/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* A line and its NUL. */
#define LINE_ROOM (AUDITLOG_LINE_MAX + 1)

static int fail(struct batch *batch, const char *why)
{
	snprintf(batch->error, sizeof(batch->error), "%s", why);
	return -1;
}

bool batch_has_room(const struct batch *batch)
{
	return LOG_APPEND_MAX - batch->used >= LINE_ROOM;
}

int batch_add_body(struct batch *batch, const char *body, size_t length, uint64_t intent)
{
	struct log_end *end = &batch->end;
	size_t added = batch_has_room(batch) ? auditlog_format_line(batch->text + batch->used,
								    LINE_ROOM, body, length, intent,
								    batch->session, &end->position)
					     : 0;

	if (!added)
		return fail(batch, "a record does not fit the audit log");
	batch->used += added;
	auditlog_tree_add(&end->tree, end->position.hash);
	end->unsealed_records++;
	end->unsealed_bytes += added;
	return 0;
}

int batch_add_event(struct batch *batch, const struct audit_event *event)
{
	const struct auditlog_stamp stamp = {
		.wall_us = clock_wall_us(),
		.boottime_us = clock_boottime_us(),
		.boot_id = batch->boot_id,
	};
	char *body = memory_new(AUDITLOG_LINE_MAX);
	size_t length = auditlog_format_body(body, AUDITLOG_LINE_MAX, event, &stamp);
	int status = length ? batch_add_body(batch, body, length, 0)
			    : fail(batch, "a record does not fit the audit log");

	if (auditlog_text_is((struct auditlog_text){event->event, strlen(event->event)},
			     AUDITLOG_SEGMENT))
		batch->end.segment_us = stamp.wall_us;
	free(body);
	return status;
}

/* --- segments --- */

/* The new key, vouched for by the one before, which stays until the segment's first line is
 * durable. Returns 0, or -1. */
static int make_epoch(struct batch *batch, struct log *log, struct auditlog_segment *segment)
{
	struct auditlog_position slot = {.seq = batch->end.position.seq + 1};
	char text[NOTE_CHECKPOINT_SIZE];
	int status = 0;

	segment->epoch = log->end.epoch + 1;
	if (sign_new_key(slot.hash, &segment->key) < 0)
		return fail(batch, "no key can be made for the audit log");
	if (log->end.epoch) {
		size_t length = note_epoch_text(&segment->key, text);
		if (sign_text(log->key.slot[log->key.current].hash, &log->end.key, text, length,
			      segment->signature) < 0)
			status = fail(batch, "the audit log's key cannot sign");
	}
	if (status == 0 && slots_prepare(&log->key, &slot) < 0)
		status = log_fail(log, "cannot write", AUDITLOG_KEY_NAME);
	explicit_bzero(slot.hash, sizeof(slot.hash));
	return status;
}

static int add_segment(struct batch *batch, struct log *log)
{
	static const char *const after[] = {[AUDITLOG_AFTER_NOTHING] = "",
					    [AUDITLOG_AFTER_CLOSED] = "closed",
					    [AUDITLOG_AFTER_INTERRUPTED] = "interrupted"};
	struct auditlog_segment segment = {0};
	char epoch[24], key[NOTE_KEY_SIZE], peaks[AUDITLOG_PEAKS_SIZE];

	snprintf(segment.key.origin, sizeof(segment.key.origin), "%s", batch->end.key.origin);
	if (make_epoch(batch, log, &segment) < 0)
		return -1;
	snprintf(epoch, sizeof(epoch), "%" PRIu64, segment.epoch);
	note_key_format(&segment.key, key);
	auditlog_tree_format(&batch->end.tree, peaks);
	struct audit_event event = {.actor = "audit",
				    .event = AUDITLOG_SEGMENT,
				    .phase = AUDIT_NOTE,
				    .outcome = "done",
				    .detail_count = 7,
				    .details = {{"format", AUDITLOG_FORMAT},
						{"origin", segment.key.origin},
						{"epoch", epoch},
						{"key", key},
						{"signature", segment.signature},
						{"peaks", peaks},
						{"after", after[log->after]}}};
	if (log->after == AUDITLOG_AFTER_INTERRUPTED) {
		event.severity = AUDIT_WARNING;
		if (*log->interruption) {
			event.details[7].key = "error";
			event.details[event.detail_count++].value = log->interruption;
		}
	}
	batch->end.epoch = segment.epoch;
	batch->end.epoch_first = batch->end.position.seq + 1;
	batch->end.key = segment.key;
	batch->end.closed = false;
	return batch_add_event(batch, &event);
}

/* A log that begins gets its name. */
static int name_log(struct batch *batch)
{
	unsigned char id[AUDITLOG_ID_LENGTH / 2];
	char *origin = batch->end.key.origin;

	if (getrandom(id, sizeof(id), 0) != (ssize_t)sizeof(id))
		return fail(batch, "no random bytes");
	snprintf(origin, NOTE_ORIGIN_SIZE, NOTE_ORIGIN_PREFIX "%02x%02x%02x%02x%02x%02x", id[0],
		 id[1], id[2], id[3], id[4], id[5]);
	return 0;
}

int batch_begin(struct batch *batch, struct log *log, const char *boot_id)
{
	if (!batch->text)
		batch->text = memory_new(LOG_APPEND_MAX);
	batch->used = 0;
	*batch->error = 0;
	batch->end = log->end;
	batch->boot_id = boot_id;
	if (!*batch->end.key.origin && name_log(batch) < 0)
		return -1;
	snprintf(batch->session, sizeof(batch->session), "%.*s-%08" PRIx32, (int)AUDITLOG_ID_LENGTH,
		 batch->end.key.origin + sizeof(NOTE_ORIGIN_PREFIX) - 1, log->writer);
	return log->segment_size == 0 ? add_segment(batch, log) : 0;
}

/* --- checkpoints --- */

/* A secret that is in the seal before its hash is in the log. Returns 0, or -1. */
static int make_seal(struct batch *batch, struct log *log, struct note_checkpoint *note)
{
	struct auditlog_position slot = {.seq = note->size};
	int status = -1;

	if (getrandom(slot.hash, sizeof(slot.hash), 0) != (ssize_t)sizeof(slot.hash)) {
		fail(batch, "no random bytes");
	} else if (slots_prepare(&log->seal, &slot) < 0) {
		log_fail(log, "cannot write", AUDITLOG_SEAL_NAME);
	} else {
		note_hash(slot.hash, sizeof(slot.hash), note->seal);
		status = 0;
	}
	explicit_bzero(slot.hash, sizeof(slot.hash));
	return status;
}

/* The key is the epoch's: in the slot that counts, or, when this batch began the epoch, in the
 * other.
 */
static int sign(struct batch *batch, const struct log *log, struct note_checkpoint *note)
{
	bool began = batch->end.epoch != log->end.epoch;
	unsigned slot = began ? !log->key.current : log->key.current;
	char text[NOTE_CHECKPOINT_SIZE];
	size_t length = note_checkpoint_text(note, text);

	if (sign_text(log->key.slot[slot].hash, &batch->end.key, text, length, note->signature) < 0)
		return fail(batch, "the audit log's key cannot sign");
	return 0;
}

int batch_add_checkpoint(struct batch *batch, struct log *log, const struct intents *intents,
			 bool closes)
{
	struct note_checkpoint note = {.size = batch->end.position.seq};
	char size[24], root[BASE64_LENGTH(AUDITLOG_HASH_SIZE) + 1], seal[sizeof(root)];
	char peaks[AUDITLOG_PEAKS_SIZE], next[AUDITLOG_NAME_SIZE], open[INTENTS_TEXT_SIZE];

	memcpy(note.origin, batch->end.key.origin, sizeof(note.origin));
	auditlog_tree_root(&batch->end.tree, note.root);
	if (make_seal(batch, log, &note) < 0 || sign(batch, log, &note) < 0)
		return -1;
	snprintf(size, sizeof(size), "%" PRIu64, note.size);
	base64_encode(note.root, sizeof(note.root), root);
	base64_encode(note.seal, sizeof(note.seal), seal);
	auditlog_tree_format(&batch->end.tree, peaks);
	intents_format(intents, open);
	auditlog_segment_name(next, note.size + 2);
	const struct audit_event event = {.actor = "audit",
					  .event = AUDITLOG_CHECKPOINT,
					  .phase = AUDIT_NOTE,
					  .outcome = "done",
					  .detail_count = closes ? 7 : 6,
					  .details = {{"size", size},
						      {"root", root},
						      {"peaks", peaks},
						      {"seal", seal},
						      {"open", open},
						      {"signature", note.signature},
						      {"next", next}}};
	if (batch_add_event(batch, &event) < 0)
		return -1;
	batch->end.checkpoint = note;
	batch->end.closed = closes;
	batch->end.unsealed_records = 0;
	batch->end.unsealed_bytes = 0;
	return 0;
}

void batch_free(struct batch *batch)
{
	free(batch->text);
	batch->text = NULL;
}
