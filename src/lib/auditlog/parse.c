/* The format of the audit log: reading. Strict, so that two readers cannot see two things. */
#include "lib/auditlog/auditlog.h"

#include "lib/sanitize/character.h"

#include <stdbool.h>
#include <string.h>

struct cursor {
	const char *at;
	size_t left;
};

static int take(struct cursor *cursor, const char *word)
{
	size_t length = strlen(word);

	if (cursor->left < length || memcmp(cursor->at, word, length) != 0)
		return -1;
	cursor->at += length;
	cursor->left -= length;
	return 0;
}

static int take_number(struct cursor *cursor, uint64_t *value)
{
	size_t digits = 0;

	*value = 0;
	while (digits < cursor->left && cursor->at[digits] >= '0' && cursor->at[digits] <= '9') {
		if (__builtin_mul_overflow(*value, 10u, value) ||
		    __builtin_add_overflow(*value, (uint64_t)(cursor->at[digits] - '0'), value))
			return -1;
		digits++;
	}
	if (digits == 0 || (digits > 1 && *cursor->at == '0'))
		return -1;
	cursor->at += digits;
	cursor->left -= digits;
	return 0;
}

/* One character inside quotes, in the only form that the writer gives it: texts were sanitised
 * before, so that a quote and a backslash are all that is ever escaped. Returns its length, or 0.
 */
static size_t plain_character(const char *text, size_t left)
{
	unsigned char byte = (unsigned char)*text;

	if (byte == '\\')
		return left > 1 && (text[1] == '"' || text[1] == '\\') ? 2 : 0;
	if (byte < 0x80)
		return byte >= 0x20 && byte != 0x7f ? 1 : 0;
	struct sanitize_character character = sanitize_decode((const unsigned char *)text, left);
	return character.valid && character.code > 0x9f ? character.length : 0;
}

/* A quoted string; *text and *length are what stands between the quotes. */
static int take_string(struct cursor *cursor, const char **text, size_t *length)
{
	size_t i = 1;

	if (!cursor->left || *cursor->at != '"')
		return -1;
	while (i < cursor->left && cursor->at[i] != '"') {
		size_t step = plain_character(cursor->at + i, cursor->left - i);
		if (step == 0)
			return -1;
		i += step;
	}
	if (i >= cursor->left)
		return -1;
	*text = cursor->at + 1;
	*length = i - 1;
	cursor->at += i + 1;
	cursor->left -= i + 1;
	return 0;
}

static int take_member(struct cursor *cursor, const char *key, const char **text, size_t *length)
{
	return take(cursor, ",\"") < 0 || take(cursor, key) < 0 || take(cursor, "\":") < 0
		       ? -1
		       : take_string(cursor, text, length);
}

/* "2026-01-02T03:04:05.678901Z" */
static int take_time(struct cursor *cursor)
{
	static const char form[] = "dddd-dd-ddTdd:dd:dd.ddddddZ";
	const char *text;
	size_t length;

	if (take_member(cursor, "time", &text, &length) < 0 || length != sizeof(form) - 1)
		return -1;
	for (size_t i = 0; i < length; i++) {
		bool digit = text[i] >= '0' && text[i] <= '9';
		if (form[i] == 'd' ? !digit : text[i] != form[i])
			return -1;
	}
	return 0;
}

/* {"key":"value",...}: keys are free, but each stands once. */
static int take_details(struct cursor *cursor)
{
	struct {
		const char *text;
		size_t length;
	} keys[AUDIT_DETAILS_MAX];
	const char *value;
	size_t count = 0, length;

	if (take(cursor, ",\"details\":{") < 0)
		return -1;
	if (take(cursor, "}") == 0)
		return 0;
	do {
		if (count == AUDIT_DETAILS_MAX ||
		    take_string(cursor, &keys[count].text, &keys[count].length) < 0 ||
		    take(cursor, ":") < 0 || take_string(cursor, &value, &length) < 0)
			return -1;
		/* One character has one form, so that equal keys are equal bytes. */
		for (size_t i = 0; i < count; i++) {
			if (keys[i].length == keys[count].length &&
			    memcmp(keys[i].text, keys[count].text, keys[i].length) == 0)
				return -1;
		}
		count++;
	} while (take(cursor, ",") == 0);
	return take(cursor, "}");
}

static int is_one_of(const char *text, size_t length, const char *words)
{
	for (; *words; words += strlen(words) + 1) {
		if (strlen(words) == length && memcmp(words, text, length) == 0)
			return 0;
	}
	return -1;
}

int auditlog_parse(const char *line, size_t length, struct auditlog_frame *frame)
{
	static const char *const free_text[] = {"target", "decision", "rule", "outcome",
						"request_id"};
	struct cursor cursor = {line, length};
	const char *text;
	uint64_t mono;
	size_t size;

	memset(frame, 0, sizeof(*frame));
	if (length >= AUDITLOG_LINE_MAX || take(&cursor, "{\"seq\":") < 0 ||
	    take_number(&cursor, &frame->seq) < 0 || take_time(&cursor) < 0 ||
	    take_member(&cursor, "boot", &text, &size) < 0 || take(&cursor, ",\"mono\":") < 0 ||
	    take_number(&cursor, &mono) < 0 || take_member(&cursor, "actor", &text, &size) < 0 ||
	    take_member(&cursor, "job", &text, &size) < 0 ||
	    take_member(&cursor, "event", &frame->event, &frame->event_length) < 0 ||
	    take_member(&cursor, "phase", &text, &size) < 0 ||
	    is_one_of(text, size, "intent\0result\0note\0") < 0)
		return -1;
	for (size_t i = 0; i < sizeof(free_text) / sizeof(free_text[0]); i++) {
		if (take_member(&cursor, free_text[i], &text, &size) < 0)
			return -1;
	}
	if (take_member(&cursor, "severity", &text, &size) < 0 ||
	    is_one_of(text, size, "info\0warning\0critical\0") < 0 || take_details(&cursor) < 0 ||
	    take_member(&cursor, "prev", &text, &size) < 0 ||
	    auditlog_unhex(text, size, frame->prev) < 0 || take(&cursor, "}") < 0)
		return -1;
	return cursor.left == 0 && frame->seq > 0 && frame->seq <= AUDITLOG_SEQ_MAX ? 0 : -1;
}

bool auditlog_is_event(const struct auditlog_frame *frame, const char *event)
{
	return frame->event_length == strlen(event) &&
	       memcmp(frame->event, event, frame->event_length) == 0;
}

int auditlog_unhex(const char *text, size_t length, uint8_t hash[AUDITLOG_HASH_SIZE])
{
	if (length != 2 * AUDITLOG_HASH_SIZE)
		return -1;
	memset(hash, 0, AUDITLOG_HASH_SIZE);
	for (size_t i = 0; i < length; i++) {
		char c = text[i];
		int digit = c >= '0' && c <= '9'   ? c - '0'
			    : c >= 'a' && c <= 'f' ? c - 'a' + 10
						   : -1;
		if (digit < 0)
			return -1;
		hash[i / 2] = (uint8_t)(hash[i / 2] << 4 | digit);
	}
	return 0;
}

/* Exactly 20 digits. */
static int parse_padded(const char *text, uint64_t *value)
{
	*value = 0;
	for (size_t i = 0; i < 20; i++) {
		if (text[i] < '0' || text[i] > '9' || __builtin_mul_overflow(*value, 10u, value) ||
		    __builtin_add_overflow(*value, (uint64_t)(text[i] - '0'), value))
			return -1;
	}
	return 0;
}

int auditlog_segment_number(const char *name, uint64_t *first_seq)
{
	if (strlen(name) != AUDITLOG_NAME_SIZE - 1 || strcmp(name + 20, ".jsonl") != 0 ||
	    parse_padded(name, first_seq) < 0 || *first_seq == 0 || *first_seq > AUDITLOG_SEQ_MAX)
		return -1;
	return 0;
}

int auditlog_parse_head(const char *text, size_t length, struct auditlog_position *position)
{
	if (length != AUDITLOG_HEAD_SIZE || text[20] != ' ' || text[length - 1] != '\n' ||
	    parse_padded(text, &position->seq) < 0 || position->seq > AUDITLOG_SEQ_MAX)
		return -1;
	return auditlog_unhex(text + 21, 2 * AUDITLOG_HASH_SIZE, position->hash);
}
