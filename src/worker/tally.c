/* How often each text occurred. */
#include "worker/tally.h"

#include "lib/base/memory.h"
#include "lib/sanitize/sanitize.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS (2 * TALLY_MAX)

static uint32_t hash_text(const char *text)
{
	uint32_t hash = UINT32_C(2166136261);

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * UINT32_C(16777619);
	return hash ^ hash >> 15;
}

/* The slot of a text: its own, or the free one for it. Who makes texts collide makes this slower by
 * a thousand comparisons at most. */
static uint16_t *find_slot(struct tally *tally, const char *text)
{
	uint32_t at = hash_text(text) % SLOTS;

	while (tally->slots[at] && strcmp(tally->entries[tally->slots[at] - 1].text, text) != 0)
		at = (at + 1) % SLOTS;
	return &tally->slots[at];
}

void tally_add(struct tally *tally, const char *text)
{
	char beginning[TALLY_TEXT_MAX + 1];
	size_t length = strlen(text);

	if (length > TALLY_TEXT_MAX) {
		/* Cut at a character, with an ellipsis. */
		length = sanitize_field(beginning, sizeof(beginning), text, length);
		text = beginning;
	}
	uint16_t *slot = find_slot(tally, text);
	if (*slot) {
		tally->entries[*slot - 1].count++;
		return;
	}
	if (tally->count == TALLY_MAX) {
		tally->others++;
		return;
	}
	struct tally_entry *entry = &tally->entries[tally->count];
	*slot = (uint16_t)++tally->count;
	entry->text = memory_new(length + 1);
	memcpy(entry->text, text, length);
	entry->count = 1;
}

static int compare(const void *left, const void *right)
{
	const struct tally_entry *a = left, *b = right;

	if (a->count != b->count)
		return a->count < b->count ? 1 : -1;
	return strcmp(a->text, b->text);
}

void tally_sort(struct tally *tally)
{
	qsort(tally->entries, tally->count, sizeof(tally->entries[0]), compare);
}

uint64_t tally_rest(const struct tally *tally, unsigned shown)
{
	uint64_t rest = tally->others;

	for (unsigned i = shown; i < tally->count; i++)
		rest += tally->entries[i].count;
	return rest;
}

void tally_clean(struct tally *tally)
{
	for (unsigned i = 0; i < tally->count; i++)
		free(tally->entries[i].text);
	tally->count = 0;
}
