/* Dictionaries. */
#include "store/terms.h"

#include "lib/base/log.h"
#include "lib/base/memory.h"

#include <stdlib.h>
#include <string.h>

/* Twice as many as there can be terms, so that a search in the table ends soon. */
#define SLOTS ((uint32_t)1 << 17)

void terms_init(struct terms *terms)
{
	*terms = (struct terms){
		.ends = memory_new(TERM_OTHER * sizeof(uint32_t)),
		.slots = memory_new(SLOTS * sizeof(uint32_t)),
	};
}

void terms_free(struct terms *terms)
{
	free(terms->text);
	free(terms->ends);
	free(terms->slots);
	*terms = (struct terms){0};
}

/* FNV-1a. Who chooses texts that collide makes the building of an index slow, and nothing else. */
static uint32_t hash(struct auditlog_text text)
{
	uint32_t sum = 2166136261u;

	for (size_t i = 0; i < text.length; i++)
		sum = (sum ^ (unsigned char)text.text[i]) * 16777619u;
	return sum;
}

struct auditlog_text terms_text(const struct terms *terms, uint32_t number)
{
	uint32_t begin = number ? terms->ends[number - 1] : 0;

	return (struct auditlog_text){terms->text + begin, terms->ends[number] - begin};
}

/* Where the text is, or where it belongs. */
static uint32_t *find_slot(const struct terms *terms, struct auditlog_text text)
{
	uint32_t at = hash(text) % SLOTS;

	while (terms->slots[at]) {
		struct auditlog_text there = terms_text(terms, terms->slots[at] - 1);
		if (there.length == text.length && memcmp(there.text, text.text, text.length) == 0)
			break;
		at = (at + 1) % SLOTS;
	}
	return &terms->slots[at];
}

static void make_room(struct terms *terms, size_t length)
{
	if (terms->capacity - terms->used >= length)
		return;
	terms->capacity = terms->capacity * 2 + 65536;
	terms->text = realloc(terms->text, terms->capacity);
	if (!terms->text)
		fatal("out of memory");
}

uint16_t terms_number(struct terms *terms, struct auditlog_text text)
{
	if (text.length > TERM_LENGTH_MAX)
		return TERM_OTHER;
	uint32_t *slot = find_slot(terms, text);
	if (*slot)
		return (uint16_t)(*slot - 1);
	if (terms->count == TERM_OTHER || terms->used + text.length > TERMS_BYTES_MAX)
		return TERM_OTHER;
	make_room(terms, text.length + 1);
	if (text.length)
		memcpy(terms->text + terms->used, text.text, text.length);
	terms->used += text.length;
	terms->ends[terms->count] = (uint32_t)terms->used;
	*slot = ++terms->count;
	return (uint16_t)(terms->count - 1);
}

struct auditlog_text terms_of(const struct auditlog_record *record, enum term_kind kind)
{
	switch (kind) {
	case TERM_ACTOR:
		return record->actor;
	case TERM_EVENT:
		return record->event;
	case TERM_OUTCOME:
		return record->outcome;
	default:
		break;
	}
	struct auditlog_text target = record->target;
	const char *number = memchr(target.text, '#', target.length);
	if (number)
		target.length = (size_t)(number - target.text);
	return target;
}
