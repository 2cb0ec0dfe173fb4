/* Checks a bundle line by line. */
#include "verify/bundle.h"

#include "lib/auditlog/tree.h"
#include "lib/base/base64.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define HASH_LENGTH BASE64_LENGTH(AUDITLOG_HASH_SIZE)

/* Lines of a signed note up to its one signature. */
#define NOTE_LINES 6u

static int __attribute__((format(printf, 2, 3)))
refuse(struct bundle *bundle, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(bundle->error, sizeof(bundle->error), format, arguments);
	va_end(arguments);
	return -1;
}

void bundle_begin(struct bundle *bundle, const struct note_key *first_key)
{
	memset(bundle, 0, sizeof(*bundle));
	bundle->first_key = *first_key;
}

static bool is_line(const char *line, size_t length, const char *word)
{
	return length == strlen(word) && memcmp(line, word, length) == 0;
}

static bool begins_with(const char *line, size_t length, const char *word)
{
	return length >= strlen(word) && memcmp(line, word, strlen(word)) == 0;
}

static int take_header(struct bundle *bundle, const char *line, size_t length)
{
	if (!is_line(line, length, BUNDLE_HEADER))
		return refuse(bundle, "this is not a bundle of audit records: it does not begin "
				      "with \"" BUNDLE_HEADER "\"");
	bundle->place = BUNDLE_AT_KEYS;
	return 0;
}

/* --- keys --- */

/* A key without anything before or behind it. */
static int parse_key(const char *text, size_t length, struct note_key *key)
{
	char again[NOTE_KEY_SIZE];

	if (note_key_parse(text, length, key) < 0)
		return -1;
	note_key_format(key, again);
	return is_line(text, length, again) ? 0 : -1;
}

static int take_first_key(struct bundle *bundle, const char *text, size_t length)
{
	if (parse_key(text, length, &bundle->key) < 0)
		return refuse(bundle, "line %" PRIu64 " is not a public key", bundle->line);
	if (strcmp(bundle->key.origin, bundle->first_key.origin) != 0 ||
	    memcmp(bundle->key.point, bundle->first_key.point, NOTE_POINT_SIZE) != 0)
		return refuse(bundle,
			      "the bundle begins with another key than yours: it is of the log %s, "
			      "with key %02x%02x%02x%02x",
			      bundle->key.origin, bundle->key.id[0], bundle->key.id[1],
			      bundle->key.id[2], bundle->key.id[3]);
	return 0;
}

/* "KEY SIGNATURE": the key before vouches for this one. */
static int take_next_key(struct bundle *bundle, const char *text, size_t length)
{
	const char *space = memchr(text, ' ', length);
	char signed_text[NOTE_CHECKPOINT_SIZE], signature[NOTE_SIGNATURE_SIZE];
	struct note_key next;

	if (!space || parse_key(text, (size_t)(space - text), &next) < 0)
		return refuse(bundle, "line %" PRIu64 " is not a public key with a signature",
			      bundle->line);
	size_t left = length - (size_t)(space + 1 - text);
	if (left >= sizeof(signature))
		return refuse(bundle, "the signature in line %" PRIu64 " is too long",
			      bundle->line);
	memcpy(signature, space + 1, left);
	signature[left] = 0;
	size_t size = note_epoch_text(&next, signed_text);
	if (strcmp(next.origin, bundle->key.origin) != 0 ||
	    note_verify(&bundle->key, signed_text, size, signature) < 0)
		return refuse(bundle,
			      "key %" PRIu64 " (line %" PRIu64
			      ") is not signed by the key before it",
			      bundle->keys + 1, bundle->line);
	bundle->key = next;
	return 0;
}

static int take_key(struct bundle *bundle, const char *line, size_t length)
{
	const size_t word = sizeof(BUNDLE_KEY) - 1;
	int status;

	if (is_line(line, length, BUNDLE_NOTE) && bundle->keys) {
		bundle->place = BUNDLE_AT_CHECKPOINT;
		return 0;
	}
	if (!begins_with(line, length, BUNDLE_KEY))
		return refuse(bundle, "line %" PRIu64 " should be a key or \"" BUNDLE_NOTE "\"",
			      bundle->line);
	if (bundle->keys == 0)
		status = take_first_key(bundle, line + word, length - word);
	else
		status = take_next_key(bundle, line + word, length - word);
	bundle->keys++;
	return status;
}

/* --- the checkpoint --- */

static unsigned count_lines(const struct bundle *bundle)
{
	unsigned count = 0;

	for (size_t i = 0; i < bundle->text_length; i++)
		count += bundle->text[i] == '\n';
	return count;
}

static int take_note_line(struct bundle *bundle, const char *line, size_t length)
{
	char again[NOTE_CHECKPOINT_SIZE];

	if (length + 1 >= sizeof(bundle->text) - bundle->text_length)
		return refuse(bundle, "the checkpoint is too long");
	memcpy(bundle->text + bundle->text_length, line, length);
	bundle->text_length += length;
	bundle->text[bundle->text_length++] = '\n';
	if (count_lines(bundle) < NOTE_LINES)
		return 0;
	if (note_checkpoint_parse(bundle->text, bundle->text_length, &bundle->checkpoint) < 0 ||
	    note_checkpoint_format(&bundle->checkpoint, again) != bundle->text_length ||
	    memcmp(again, bundle->text, bundle->text_length) != 0)
		return refuse(bundle, "the checkpoint is malformed");
	if (note_checkpoint_verify(&bundle->key, &bundle->checkpoint) < 0)
		return refuse(bundle, "the checkpoint is not signed by the last of the keys");
	bundle->place = BUNDLE_AT_RECORDS;
	return 0;
}

/* --- records --- */

static int take_end(struct bundle *bundle, const char *line, size_t length)
{
	char expected[40];

	snprintf(expected, sizeof(expected), BUNDLE_END "%" PRIu64, bundle->records);
	if (!is_line(line, length, expected))
		return refuse(bundle,
			      "the bundle has %" PRIu64 " records, but its end says otherwise",
			      bundle->records);
	bundle->place = BUNDLE_AT_END;
	return 0;
}

static int take_record(struct bundle *bundle, const char *line, size_t length)
{
	const char *id = bundle->key.origin + sizeof(NOTE_ORIGIN_PREFIX) - 1;
	struct auditlog_record record;

	if (begins_with(line, length, BUNDLE_END))
		return take_end(bundle, line, length);
	if (auditlog_parse(line, length, &record) < 0)
		return refuse(bundle,
			      "line %" PRIu64 " (behind record %" PRIu64 ") is not a record",
			      bundle->line, bundle->seq);
	if (record.session.length != AUDITLOG_SESSION_SIZE - 1 ||
	    memcmp(record.session.text, id, AUDITLOG_ID_LENGTH) != 0)
		return refuse(bundle, "record %" PRIu64 " is of another log", record.seq);
	if (record.seq <= bundle->seq)
		return refuse(bundle, "record %" PRIu64 " stands behind record %" PRIu64,
			      record.seq, bundle->seq);
	if (record.seq > bundle->checkpoint.size)
		return refuse(bundle, "record %" PRIu64 " is not covered by the checkpoint",
			      record.seq);
	auditlog_leaf_hash(line, length, bundle->leaf);
	bundle->seq = record.seq;
	bundle->first_seq = bundle->records ? bundle->first_seq : record.seq;
	bundle->place = BUNDLE_AT_PATH;
	return 0;
}

/* "path HASH HASH ..." */
static int take_path(struct bundle *bundle, const char *line, size_t length)
{
	uint8_t path[AUDITLOG_TREE_LEVELS][AUDITLOG_HASH_SIZE];
	const size_t word = sizeof(BUNDLE_PATH) - 1;
	size_t count = (length - word) / (HASH_LENGTH + 1);

	if (!begins_with(line, length, BUNDLE_PATH) || length != word + count * (HASH_LENGTH + 1) ||
	    count > AUDITLOG_TREE_LEVELS)
		return refuse(bundle, "the path of record %" PRIu64 " is malformed", bundle->seq);
	for (size_t i = 0; i < count; i++) {
		const char *text = line + word + i * (HASH_LENGTH + 1);
		if (*text != ' ' ||
		    base64_decode(text + 1, HASH_LENGTH, path[i], AUDITLOG_HASH_SIZE) < 0)
			return refuse(bundle, "the path of record %" PRIu64 " is malformed",
				      bundle->seq);
	}
	if (auditlog_tree_check_path(bundle->leaf, bundle->seq - 1, bundle->checkpoint.size, path,
				     count, bundle->checkpoint.root) < 0)
		return refuse(bundle,
			      "record %" PRIu64 " is not the one that the log had: it was changed, "
			      "or its path was",
			      bundle->seq);
	bundle->records++;
	bundle->place = BUNDLE_AT_RECORDS;
	return 0;
}

int bundle_line(struct bundle *bundle, const char *line, size_t length)
{
	bundle->line++;
	switch (bundle->place) {
	case BUNDLE_AT_HEADER:
		return take_header(bundle, line, length);
	case BUNDLE_AT_KEYS:
		return take_key(bundle, line, length);
	case BUNDLE_AT_CHECKPOINT:
		return take_note_line(bundle, line, length);
	case BUNDLE_AT_RECORDS:
		return take_record(bundle, line, length);
	case BUNDLE_AT_PATH:
		return take_path(bundle, line, length);
	case BUNDLE_AT_END:
		break;
	}
	return refuse(bundle, "line %" PRIu64 " stands behind the end", bundle->line);
}

int bundle_finish(struct bundle *bundle)
{
	if (bundle->place == BUNDLE_AT_END)
		return 0;
	return refuse(bundle, "the bundle breaks off behind line %" PRIu64 ": its end is not there",
		      bundle->line);
}
