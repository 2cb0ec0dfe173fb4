/* Which things there were. */
#include "worker/seen.h"

#include "lib/base/log.h"

#include <stdlib.h>

/* Finaliser of SplitMix64. */
uint64_t seen_number(uint64_t hash)
{
	hash = (hash ^ hash >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	hash = (hash ^ hash >> 27) * UINT64_C(0x94d049bb133111eb);
	hash ^= hash >> 31;
	return hash ? hash : 1;
}

/* FNV-1a. */
uint64_t seen_name(const char *name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *name; name++) {
		unsigned char c = (unsigned char)*name;
		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		hash = (hash ^ c) * UINT64_C(0x100000001b3);
	}
	return seen_number(hash);
}

static size_t slot_of(const struct seen *seen, uint64_t hash)
{
	size_t at = (size_t)hash & (seen->capacity - 1);

	while (seen->slots[at] && seen->slots[at] != hash)
		at = (at + 1) & (seen->capacity - 1);
	return at;
}

static void grow(struct seen *seen)
{
	struct seen larger = {.capacity = seen->capacity ? seen->capacity * 2 : 1024};

	larger.slots = calloc(larger.capacity, sizeof(*larger.slots));
	if (!larger.slots)
		fatal("out of memory");
	for (size_t i = 0; i < seen->capacity; i++) {
		if (seen->slots[i])
			larger.slots[slot_of(&larger, seen->slots[i])] = seen->slots[i];
	}
	larger.count = seen->count;
	free(seen->slots);
	*seen = larger;
}

bool seen_add(struct seen *seen, uint64_t hash)
{
	if (seen->count * 2 >= seen->capacity)
		grow(seen);
	size_t at = slot_of(seen, hash);
	if (seen->slots[at])
		return false;
	seen->slots[at] = hash;
	seen->count++;
	return true;
}

bool seen_has(const struct seen *seen, uint64_t hash)
{
	return seen->capacity && seen->slots[slot_of(seen, hash)];
}

void seen_free(struct seen *seen)
{
	free(seen->slots);
	*seen = (struct seen){0};
}
