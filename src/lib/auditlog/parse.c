/* The format of the audit log: reading. Strict, so that two readers cannot see two things. */
#include "lib/auditlog/record.h"

#include "lib/base/calendar.h"
#include "lib/sanitize/character.h"

#include <endian.h>
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

#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

/* How many of the eight bytes are printable ASCII without quote and backslash, up to the first that
 * is not. Most of a log is, and this is where a verifier's time goes. */
static size_t plain_bytes(const char text[8])
{
	uint64_t word, marks;

	memcpy(&word, text, sizeof(word));
	word = le64toh(word);
	uint64_t quote = word ^ EACH_BYTE('"'), backslash = word ^ EACH_BYTE('\\'),
		 delete = word ^ EACH_BYTE(0x7f);
	/* A borrow can only spoil marks behind the first one. */
	marks = ((word - EACH_BYTE(0x20)) & ~word) | ((quote - EACH_BYTE(1)) & ~quote) |
		((backslash - EACH_BYTE(1)) & ~backslash) | ((delete - EACH_BYTE(1)) & ~delete) |
		word;
	marks &= EACH_BYTE(0x80);
	return marks ? (size_t)__builtin_ctzll(marks) / 8 : 8;
}

/* A quoted string. */
static int take_string(struct cursor *cursor, struct auditlog_text *string)
{
	const char *text = cursor->at;
	size_t left = cursor->left, i = 1;

	if (!left || *text != '"')
		return -1;
	for (;;) {
		while (left - i >= 8) {
			size_t plain = plain_bytes(text + i);
			i += plain;
			if (plain < 8)
				break;
		}
		if (i >= left)
			return -1;
		if (text[i] == '"')
			break;
		size_t step = plain_character(text + i, left - i);
		if (step == 0)
			return -1;
		i += step;
	}
	*string = (struct auditlog_text){text + 1, i - 1};
	cursor->at += i + 1;
	cursor->left -= i + 1;
	return 0;
}

/* `name` is the whole of `,"key":`. */
static int take_member(struct cursor *cursor, const char *name, struct auditlog_text *value)
{
	return take(cursor, name) < 0 ? -1 : take_string(cursor, value);
}

/* {"key":"value",...}: keys are free, but each stands once. */
static int take_details(struct cursor *cursor, struct auditlog_record *record)
{
	struct auditlog_detail *details = record->details;
	unsigned count = 0;

	if (take(cursor, ",\"details\":{") < 0)
		return -1;
	if (take(cursor, "}") == 0)
		return 0;
	do {
		if (count == AUDIT_DETAILS_MAX || take_string(cursor, &details[count].key) < 0 ||
		    take(cursor, ":") < 0 || take_string(cursor, &details[count].value) < 0)
			return -1;
		/* One character has one form, so that equal keys are equal bytes. */
		for (unsigned i = 0; i < count; i++) {
			if (details[i].key.length == details[count].key.length &&
			    memcmp(details[i].key.text, details[count].key.text,
				   details[i].key.length) == 0)
				return -1;
		}
		count++;
	} while (take(cursor, ",") == 0);
	record->detail_count = count;
	return take(cursor, "}");
}

/* Which of the words, or -1. */
static int word_index(struct auditlog_text text, const char *const *words, int count)
{
	for (int i = 0; i < count; i++) {
		if (auditlog_text_is(text, words[i]))
			return i;
	}
	return -1;
}

/* "2026-01-02T03:04:05.678901Z", a moment that there is. */
static int read_time(struct auditlog_text time, uint64_t *us)
{
	static const char fraction[] = ".000000Z";
	char whole[] = "2026-01-02T03:04:05Z";
	const size_t at = sizeof(whole) - 2;
	uint64_t seconds;

	if (time.length != at + sizeof(fraction) - 1)
		return -1;
	memcpy(whole, time.text, at);
	for (size_t i = 0; i < sizeof(fraction) - 1; i++) {
		char c = time.text[at + i];
		if (fraction[i] == '0' ? c < '0' || c > '9' : c != fraction[i])
			return -1;
	}
	if (calendar_rfc3339(whole, sizeof(whole) - 1, &seconds) < 0)
		return -1;
	*us = seconds * 1000000 + calendar_number(time.text + at + 1, 6);
	return 0;
}

static int read_words(struct auditlog_record *record, struct auditlog_text phase,
		      struct auditlog_text severity)
{
	static const char *const phases[AUDIT_PHASES] = {"intent", "result", "note"};
	static const char *const severities[AUDIT_SEVERITIES] = {"info", "warning", "critical"};
	int which = word_index(phase, phases, AUDIT_PHASES);
	int level = word_index(severity, severities, AUDIT_SEVERITIES);

	if (which < 0 || level < 0)
		return -1;
	record->phase = (enum audit_phase)which;
	record->severity = (enum audit_severity)level;
	return 0;
}

int auditlog_parse(const char *line, size_t length, struct auditlog_record *record)
{
	struct cursor cursor = {line, length};
	struct auditlog_text phase, severity, prev;

	record->detail_count = 0;
	if (length >= AUDITLOG_LINE_MAX || take(&cursor, "{\"seq\":") < 0 ||
	    take_number(&cursor, &record->seq) < 0 ||
	    take_member(&cursor, ",\"time\":", &record->time) < 0 ||
	    read_time(record->time, &record->time_us) < 0 ||
	    take_member(&cursor, ",\"boot\":", &record->boot) < 0 ||
	    take(&cursor, ",\"mono\":") < 0 || take_number(&cursor, &record->mono_us) < 0 ||
	    take_member(&cursor, ",\"actor\":", &record->actor) < 0 ||
	    take_member(&cursor, ",\"job\":", &record->job) < 0 ||
	    take_member(&cursor, ",\"event\":", &record->event) < 0 ||
	    take_member(&cursor, ",\"phase\":", &phase) < 0 ||
	    take_member(&cursor, ",\"target\":", &record->target) < 0 ||
	    take_member(&cursor, ",\"decision\":", &record->decision) < 0 ||
	    take_member(&cursor, ",\"rule\":", &record->rule) < 0 ||
	    take_member(&cursor, ",\"outcome\":", &record->outcome) < 0 ||
	    take_member(&cursor, ",\"request_id\":", &record->request_id) < 0 ||
	    take_member(&cursor, ",\"severity\":", &severity) < 0 ||
	    read_words(record, phase, severity) < 0 || take_details(&cursor, record) < 0 ||
	    take_member(&cursor, ",\"session\":", &record->session) < 0 ||
	    take_member(&cursor, ",\"prev\":", &prev) < 0 ||
	    auditlog_unhex(prev.text, prev.length, record->prev) < 0 || take(&cursor, "}") < 0)
		return -1;
	return cursor.left == 0 && record->seq > 0 && record->seq <= AUDITLOG_SEQ_MAX ? 0 : -1;
}

bool auditlog_text_is(struct auditlog_text text, const char *word)
{
	return text.length == strlen(word) && memcmp(text.text, word, text.length) == 0;
}

struct auditlog_text auditlog_detail(const struct auditlog_record *record, const char *key)
{
	for (unsigned i = 0; i < record->detail_count; i++) {
		if (auditlog_text_is(record->details[i].key, key))
			return record->details[i].value;
	}
	return (struct auditlog_text){NULL, 0};
}

size_t auditlog_unescape(struct auditlog_text text, char *out, size_t cap)
{
	size_t used = 0, at = 0;

	while (at < text.length) {
		/* A record's texts were checked: what follows a backslash is there. */
		at += text.text[at] == '\\' ? 1 : 0;
		struct sanitize_character character =
			sanitize_decode((const unsigned char *)text.text + at, text.length - at);
		if (!character.length || character.length >= cap - used)
			break;
		memcpy(out + used, text.text + at, character.length);
		used += character.length;
		at += character.length;
	}
	out[used] = 0;
	return used;
}

void auditlog_hex(const uint8_t hash[AUDITLOG_HASH_SIZE], char text[AUDITLOG_HEX_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < AUDITLOG_HASH_SIZE; i++) {
		text[2 * i] = digits[hash[i] >> 4];
		text[2 * i + 1] = digits[hash[i] & 15];
	}
	text[2 * AUDITLOG_HASH_SIZE] = 0;
}

/* The value of a digit, or more than 15. */
static unsigned hex_digit(char c)
{
	unsigned digit = (unsigned char)c - (unsigned)'0',
		 letter = (unsigned char)c - (unsigned)'a';

	return digit < 10 ? digit : letter < 6 ? letter + 10 : 16;
}

int auditlog_unhex(const char *text, size_t length, uint8_t hash[AUDITLOG_HASH_SIZE])
{
	unsigned wrong = 0;

	if (length != 2 * AUDITLOG_HASH_SIZE)
		return -1;
	for (size_t i = 0; i < AUDITLOG_HASH_SIZE; i++) {
		unsigned high = hex_digit(text[2 * i]), low = hex_digit(text[2 * i + 1]);
		wrong |= high | low;
		hash[i] = (uint8_t)(high << 4 | low);
	}
	return wrong & 16 ? -1 : 0;
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

int auditlog_parse_slot(const char *text, size_t length, struct auditlog_position *position)
{
	if (length != AUDITLOG_SLOT_SIZE || text[20] != ' ' || text[length - 1] != '\n' ||
	    parse_padded(text, &position->seq) < 0 || position->seq > AUDITLOG_SEQ_MAX)
		return -1;
	return auditlog_unhex(text + 21, 2 * AUDITLOG_HASH_SIZE, position->hash);
}
