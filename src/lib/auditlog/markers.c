/* The writer's own records. */
#include "lib/auditlog/markers.h"

#include "lib/base/base64.h"

#include <string.h>

/* Detail number `at` must have this key. */
static int take(const struct auditlog_record *record, unsigned at, const char *key,
		struct auditlog_text *value)
{
	if (at >= record->detail_count || !auditlog_text_is(record->details[at].key, key))
		return -1;
	*value = record->details[at].value;
	return 0;
}

static int take_number(const struct auditlog_record *record, unsigned at, const char *key,
		       uint64_t *number)
{
	struct auditlog_text text;

	*number = 0;
	if (take(record, at, key, &text) < 0 || text.length == 0 || text.length > 14 ||
	    (text.length > 1 && *text.text == '0'))
		return -1;
	for (size_t i = 0; i < text.length; i++) {
		if (text.text[i] < '0' || text.text[i] > '9')
			return -1;
		*number = *number * 10 + (uint64_t)(text.text[i] - '0');
	}
	return 0;
}

static int take_hash(const struct auditlog_record *record, unsigned at, const char *key,
		     uint8_t hash[AUDITLOG_HASH_SIZE])
{
	struct auditlog_text text;

	return take(record, at, key, &text) < 0
		       ? -1
		       : base64_decode(text.text, text.length, hash, AUDITLOG_HASH_SIZE);
}

static int take_peaks(const struct auditlog_record *record, unsigned at, struct auditlog_tree *tree)
{
	struct auditlog_text text;

	return take(record, at, "peaks", &text) < 0
		       ? -1
		       : auditlog_tree_parse(text.text, text.length, record->seq - 1, tree);
}

static int take_signature(const struct auditlog_record *record, unsigned at,
			  char signature[NOTE_SIGNATURE_SIZE])
{
	struct auditlog_text text;

	if (take(record, at, "signature", &text) < 0 || text.length >= NOTE_SIGNATURE_SIZE)
		return -1;
	memcpy(signature, text.text, text.length);
	signature[text.length] = 0;
	return 0;
}

/* Does the session belong to the log of this name? */
static bool has_log_id(const struct auditlog_record *record, const char *origin)
{
	return record->session.length == AUDITLOG_SESSION_SIZE - 1 &&
	       strlen(origin) == NOTE_ORIGIN_SIZE - 1 &&
	       memcmp(record->session.text, origin + sizeof(NOTE_ORIGIN_PREFIX) - 1,
		      AUDITLOG_ID_LENGTH) == 0;
}

static int take_after(const struct auditlog_record *record, unsigned at, enum auditlog_after *after)
{
	static const char *const words[] = {[AUDITLOG_AFTER_NOTHING] = "",
					    [AUDITLOG_AFTER_CLOSED] = "closed",
					    [AUDITLOG_AFTER_INTERRUPTED] = "interrupted"};
	struct auditlog_text text;

	if (take(record, at, "after", &text) < 0)
		return -1;
	for (unsigned i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (auditlog_text_is(text, words[i])) {
			*after = (enum auditlog_after)i;
			return 0;
		}
	}
	return -1;
}

int auditlog_get_segment(const struct auditlog_record *record, struct auditlog_segment *segment)
{
	struct auditlog_text format, origin, key;
	bool first = record->seq == 1;

	if (!auditlog_text_is(record->event, AUDITLOG_SEGMENT) || record->phase != AUDIT_NOTE ||
	    take(record, 0, "format", &format) < 0 || !auditlog_text_is(format, AUDITLOG_FORMAT) ||
	    take(record, 1, "origin", &origin) < 0 ||
	    take_number(record, 2, "epoch", &segment->epoch) < 0 ||
	    take(record, 3, "key", &key) < 0 ||
	    note_key_parse(key.text, key.length, &segment->key) < 0 ||
	    take_signature(record, 4, segment->signature) < 0 ||
	    take_peaks(record, 5, &segment->tree) < 0 || take_after(record, 6, &segment->after) < 0)
		return -1;
	if (!auditlog_text_is(origin, segment->key.origin) ||
	    !has_log_id(record, segment->key.origin))
		return -1;
	return first == (segment->epoch == 1) && first == !*segment->signature &&
			       first == (segment->after == AUDITLOG_AFTER_NOTHING) &&
			       segment->epoch > 0
		       ? 0
		       : -1;
}

int auditlog_get_checkpoint(const struct auditlog_record *record, const char *origin,
			    struct auditlog_checkpoint *checkpoint)
{
	uint8_t root[AUDITLOG_HASH_SIZE];
	struct auditlog_text next;
	char name[AUDITLOG_NAME_SIZE];

	memset(&checkpoint->note, 0, sizeof(checkpoint->note));
	checkpoint->next = 0;
	if (!auditlog_text_is(record->event, AUDITLOG_CHECKPOINT) || record->phase != AUDIT_NOTE ||
	    !has_log_id(record, origin) ||
	    take_number(record, 0, "size", &checkpoint->note.size) < 0 ||
	    checkpoint->note.size != record->seq - 1 ||
	    take_hash(record, 1, "root", checkpoint->note.root) < 0 ||
	    take_peaks(record, 2, &checkpoint->tree) < 0 ||
	    take_hash(record, 3, "seal", checkpoint->note.seal) < 0 ||
	    take(record, 4, "open", &checkpoint->open) < 0 ||
	    take_signature(record, 5, checkpoint->note.signature) < 0)
		return -1;
	memcpy(checkpoint->note.origin, origin, NOTE_ORIGIN_SIZE);
	auditlog_tree_root(&checkpoint->tree, root);
	if (memcmp(root, checkpoint->note.root, sizeof(root)) != 0)
		return -1;
	if (record->detail_count == 6)
		return 0;
	if (take(record, 6, "next", &next) < 0 || record->detail_count != 7 ||
	    next.length != sizeof(name) - 1)
		return -1;
	memcpy(name, next.text, next.length);
	name[next.length] = 0;
	return auditlog_segment_number(name, &checkpoint->next) == 0 &&
			       checkpoint->next == record->seq + 1
		       ? 0
		       : -1;
}

int auditlog_get_retention(const struct auditlog_record *record, uint64_t *first)
{
	return auditlog_text_is(record->event, AUDITLOG_RETAIN) && record->phase == AUDIT_NOTE &&
			       take_number(record, 0, "first", first) == 0 && *first > 0 &&
			       *first <= record->seq
		       ? 0
		       : -1;
}
