/* Makes good logs, as the writer would. */
#include "made_log.h"

#include "lib/base/base64.h"
#include "lib/base/io.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEGINNING UINT64_C(1767225600000000)
#define HASH_TEXT (BASE64_LENGTH(AUDITLOG_HASH_SIZE) + 1)

static void check(int good, const char *what)
{
	if (!good) {
		fprintf(stderr, "made_log: %s\n", what);
		abort();
	}
}

static void put(struct made_segment *segment, const char *text, size_t length)
{
	if (segment->length + length > segment->capacity) {
		segment->capacity = (segment->capacity + length) * 2;
		segment->text = realloc(segment->text, segment->capacity);
		check(segment->text != NULL, "no memory");
	}
	memcpy(segment->text + segment->length, text, length);
	segment->length += length;
}

/* Keys and secrets are no secret here. */
static void make_bytes(struct made_log *log, const char *what, uint8_t bytes[AUDITLOG_HASH_SIZE])
{
	char text[80];
	int length = snprintf(text, sizeof(text), "%s %s %llu %u", what, log->origin,
			      (unsigned long long)log->position.seq, log->salt);

	note_hash(text, (size_t)length, bytes);
}

void made_record(struct made_log *log, const struct audit_event *event)
{
	static char body[AUDITLOG_LINE_MAX], line[AUDITLOG_LINE_MAX + 1];
	char session[AUDITLOG_SESSION_SIZE];

	log->wall_us += 1000003;
	log->mono_us += 1000003;
	snprintf(session, sizeof(session), "%s-89abcdef", strchr(log->origin, '/') + 1);
	const struct auditlog_stamp stamp = {
		.wall_us = log->wall_us,
		.boottime_us = log->mono_us,
		.boot_id = "6c1b2f0e-3f0a-4d6e-9d0b-0f1e2d3c4b5a",
	};
	size_t size = auditlog_format_body(body, sizeof(body), event, &stamp);
	check(size > 0, "an event that does not fit");
	size = auditlog_format_line(line, sizeof(line), body, size, 0, session, &log->position);
	check(size > 0, "a line that does not fit");
	put(&log->segments[log->segment_count - 1], line, size);
	auditlog_tree_add(&log->tree, log->position.hash);
	auditlog_format_slot(log->head, &log->position);
}

void made_filler(struct made_log *log)
{
	char job[24], number[24];

	snprintf(job, sizeof(job), "j-%016llx", (unsigned long long)log->position.seq);
	snprintf(number, sizeof(number), "%llu \"\xc3\xa9\"",
		 (unsigned long long)log->position.seq);
	made_record(log, &(struct audit_event){
				 .actor = "uid:1000",
				 .job = job,
				 .event = "alerts.list",
				 .phase = log->position.seq % 2 ? AUDIT_INTENT : AUDIT_RESULT,
				 .target = "acme/shop",
				 .decision = log->position.seq % 2 ? "allow" : "",
				 .outcome = log->position.seq % 2 ? "" : "done",
				 .detail_count = 1,
				 .details = {{"n", number}},
			 });
}

static void put_seal(struct made_log *log, const uint8_t secret[AUDITLOG_HASH_SIZE])
{
	const struct auditlog_position empty = {0};
	struct auditlog_position slot = {.seq = log->tree.end};

	memcpy(slot.hash, secret, AUDITLOG_HASH_SIZE);
	auditlog_format_slot(log->seal, log->tree.end % 2 ? &slot : &empty);
	auditlog_format_slot(log->seal + AUDITLOG_SLOT_SIZE, log->tree.end % 2 ? &empty : &slot);
}

static void put_checkpoint(struct made_log *log, const char *next)
{
	char size[24], root[HASH_TEXT], seal[HASH_TEXT], peaks[AUDITLOG_PEAKS_SIZE];
	char text[NOTE_CHECKPOINT_SIZE];
	uint8_t secret[AUDITLOG_HASH_SIZE];
	struct note_checkpoint *note = &log->checkpoint;

	make_bytes(log, "secret", secret);
	put_seal(log, secret);
	*note = (struct note_checkpoint){.size = log->tree.end};
	memcpy(note->origin, log->origin, sizeof(note->origin));
	auditlog_tree_root(&log->tree, note->root);
	note_hash(secret, sizeof(secret), note->seal);
	size_t length = note_checkpoint_text(note, text);
	check(sign_text(log->scalar, &log->key, text, length, note->signature) == 0,
	      "no signature");
	snprintf(size, sizeof(size), "%llu", (unsigned long long)note->size);
	base64_encode(note->root, sizeof(note->root), root);
	base64_encode(note->seal, sizeof(note->seal), seal);
	auditlog_tree_format(&log->tree, peaks);
	made_record(log, &(struct audit_event){.actor = "audit",
					       .event = AUDITLOG_CHECKPOINT,
					       .phase = AUDIT_NOTE,
					       .detail_count = next ? 7 : 6,
					       .details = {{"size", size},
							   {"root", root},
							   {"peaks", peaks},
							   {"seal", seal},
							   {"open", ""},
							   {"signature", note->signature},
							   {"next", next}}});
}

void made_checkpoint(struct made_log *log)
{
	put_checkpoint(log, NULL);
}

void made_close(struct made_log *log)
{
	char next[AUDITLOG_NAME_SIZE];

	auditlog_segment_name(next, log->position.seq + 2);
	put_checkpoint(log, next);
}

void made_next(struct made_log *log, const char *after, const char *error)
{
	char epoch[24], key[NOTE_KEY_SIZE], peaks[AUDITLOG_PEAKS_SIZE], text[NOTE_CHECKPOINT_SIZE];
	char signature[NOTE_SIGNATURE_SIZE] = "";
	struct note_key before = log->key;
	uint8_t scalar[SIGN_SCALAR_SIZE];

	check(log->segment_count < MADE_SEGMENTS_MAX, "too many segments");
	log->segments[log->segment_count++] = (struct made_segment){.first = log->position.seq + 1};
	log->epoch++;
	make_bytes(log, "key", scalar);
	memcpy(log->key.origin, log->origin, sizeof(log->origin));
	check(sign_public_key(scalar, &log->key) == 0, "no key");
	if (log->epoch == 1) {
		log->first_key = log->key;
	} else {
		size_t length = note_epoch_text(&log->key, text);
		check(sign_text(log->scalar, &before, text, length, signature) == 0,
		      "no signature");
	}
	memcpy(log->scalar, scalar, sizeof(scalar));
	snprintf(epoch, sizeof(epoch), "%llu", (unsigned long long)log->epoch);
	note_key_format(&log->key, key);
	auditlog_tree_format(&log->tree, peaks);
	made_record(log, &(struct audit_event){.actor = "audit",
					       .event = AUDITLOG_SEGMENT,
					       .phase = AUDIT_NOTE,
					       .detail_count = error ? 8 : 7,
					       .details = {{"format", AUDITLOG_FORMAT},
							   {"origin", log->origin},
							   {"epoch", epoch},
							   {"key", key},
							   {"signature", signature},
							   {"peaks", peaks},
							   {"after", after},
							   {"error", error}}});
}

void made_rotate(struct made_log *log)
{
	made_close(log);
	made_next(log, "closed", NULL);
}

void made_begin(struct made_log *log, const char *id)
{
	*log = (struct made_log){.wall_us = BEGINNING, .mono_us = 77};
	snprintf(log->origin, sizeof(log->origin), NOTE_ORIGIN_PREFIX "%s", id);
	made_next(log, "", NULL);
}

void made_free(struct made_log *log)
{
	for (unsigned i = 0; i < log->segment_count; i++)
		free(log->segments[i].text);
	free(log->retired.text);
}

void made_retire(struct made_log *log, unsigned segments)
{
	char first[24];

	snprintf(first, sizeof(first), "%llu", (unsigned long long)log->segments[segments].first);
	made_record(log, &(struct audit_event){.actor = "audit",
					       .event = AUDITLOG_RETAIN,
					       .phase = AUDIT_NOTE,
					       .detail_count = 1,
					       .details = {{"first", first}}});
	made_checkpoint(log);
	for (unsigned i = 0; i < segments; i++) {
		const struct made_segment *segment = &log->segments[i];
		const char *end = memchr(segment->text, '\n', segment->length);
		put(&log->retired, segment->text, (size_t)(end + 1 - segment->text));
		free(segment->text);
	}
	log->segment_count -= segments;
	memmove(log->segments, log->segments + segments,
		log->segment_count * sizeof(log->segments[0]));
}

void made_whole(struct made_log *log, const char *id, unsigned records, unsigned segment)
{
	made_begin(log, id);
	while (log->position.seq + 1 < records) {
		uint64_t in = log->position.seq + 1 - log->segments[log->segment_count - 1].first;
		if (in + 1 >= segment)
			made_rotate(log);
		else if (in % 16 == 9)
			made_checkpoint(log);
		else
			made_filler(log);
	}
	made_checkpoint(log);
}

static void write_file(int directory, const char *name, const char *text, size_t length)
{
	IO_AUTOCLOSE int fd =
		openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	check(fd >= 0 && io_write_full(fd, text, length) == 0, name);
}

static void write_segments(const struct made_log *log, int directory)
{
	char name[AUDITLOG_NAME_SIZE];

	for (unsigned i = 0; i < log->segment_count; i++) {
		auditlog_segment_name(name, log->segments[i].first);
		write_file(directory, name, log->segments[i].text, log->segments[i].length);
	}
}

void made_write(const struct made_log *log, int directory)
{
	write_segments(log, directory);
	write_file(directory, AUDITLOG_HEAD_NAME, log->head, strlen(log->head));
	write_file(directory, AUDITLOG_SEAL_NAME, log->seal, strlen(log->seal));
	if (log->retired.length)
		write_file(directory, AUDITLOG_RETIRED_NAME, log->retired.text,
			   log->retired.length);
}

void made_flush(struct made_log *log, int directory)
{
	write_segments(log, directory);
	for (unsigned i = 0; i < log->segment_count; i++)
		free(log->segments[i].text);
	log->segment_count = 0;
}
