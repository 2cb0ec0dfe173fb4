/* Which intents still await their result. */
#include "audit/intents.h"

#include "lib/base/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longest entry of a checkpoint's list. */
#define ENTRY_SIZE sizeof("17592186044415/01234567,")

/* Eight hexadecimal digits. */
static int parse_word(const char *text, uint32_t *word)
{
	*word = 0;
	for (unsigned i = 0; i < 8; i++) {
		char c = text[i];
		unsigned digit = c >= '0' && c <= '9'	? (unsigned)(c - '0')
				 : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
							: 16;
		if (digit > 15)
			return -1;
		*word = *word << 4 | digit;
	}
	return 0;
}

static void add(struct intents *intents, struct intent intent)
{
	if (!intents->list)
		intents->list = memory_new(INTENTS_MAX * sizeof(*intents->list));
	if (intents->count < INTENTS_MAX)
		intents->list[intents->count++] = intent;
}

static void remove_at(struct intents *intents, size_t at)
{
	intents->count--;
	memmove(&intents->list[at], &intents->list[at + 1],
		(intents->count - at) * sizeof(*intents->list));
}

void intents_drop(struct intents *intents, uint64_t seq)
{
	for (size_t i = 0; i < intents->count; i++) {
		if (intents->list[i].seq == seq) {
			remove_at(intents, i);
			return;
		}
	}
}

/* A result that ends what an intent began names it. */
static bool names_intent(const struct auditlog_record *record, uint64_t *seq)
{
	struct auditlog_text text = auditlog_detail(record, AUDITLOG_INTENT_DETAIL);

	*seq = 0;
	if (!text.text || text.length == 0 || text.length > 14)
		return false;
	for (size_t i = 0; i < text.length; i++) {
		if (text.text[i] < '0' || text.text[i] > '9')
			return false;
		*seq = *seq * 10 + (uint64_t)(text.text[i] - '0');
	}
	return true;
}

void intents_see(struct intents *intents, const struct auditlog_record *record)
{
	uint32_t writer;
	uint64_t seq;

	if (record->phase == AUDIT_NOTE || record->session.length != AUDITLOG_SESSION_SIZE - 1 ||
	    parse_word(record->session.text + AUDITLOG_ID_LENGTH + 1, &writer) < 0)
		return;
	if (record->phase == AUDIT_RESULT) {
		if (intents->count && names_intent(record, &seq))
			intents_drop(intents, seq);
	} else if (auditlog_text_is(record->decision, "allow")) {
		add(intents, (struct intent){record->seq, writer});
	}
}

/* "SEQ/WRITER". Returns its length, or 0. */
static size_t parse_entry(const char *text, size_t left, struct intent *intent)
{
	size_t i = 0;

	intent->seq = 0;
	while (i < left && i < 14 && text[i] >= '0' && text[i] <= '9')
		intent->seq = intent->seq * 10 + (uint64_t)(text[i++] - '0');
	if (i == 0 || left - i < 9 || text[i] != '/' ||
	    parse_word(text + i + 1, &intent->writer) < 0)
		return 0;
	return i + 9;
}

int intents_restore(struct intents *intents, struct auditlog_text open)
{
	struct intent intent = {0};
	uint64_t before = 0;

	while (open.length) {
		size_t length = parse_entry(open.text, open.length, &intent);
		if (!length || intent.seq <= before)
			return -1;
		add(intents, intent);
		before = intent.seq;
		open.text += length;
		open.length -= length;
		if (open.length && (*open.text != ',' || open.length == 1))
			return -1;
		if (open.length) {
			open.text++;
			open.length--;
		}
	}
	return 0;
}

void intents_format(const struct intents *intents, char text[INTENTS_TEXT_SIZE])
{
	size_t used = 0;

	*text = 0;
	for (size_t i = 0; i < intents->count && INTENTS_TEXT_SIZE - used > ENTRY_SIZE; i++)
		used += (size_t)snprintf(text + used, INTENTS_TEXT_SIZE - used,
					 "%s%" PRIu64 "/%08" PRIx32, i ? "," : "",
					 intents->list[i].seq, intents->list[i].writer);
}

void intents_free(struct intents *intents)
{
	free(intents->list);
	*intents = (struct intents){0};
}
