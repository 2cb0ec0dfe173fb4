/* The list of entries: in the order of users, then names, each name once. */
#include "lib/vault/parts.h"

#include <stdlib.h>
#include <string.h>

/* As strcmp(3) says of names. */
static int compare(const struct vault_place *place, uint32_t uid, const char *name, size_t length)
{
	size_t common = place->length < length ? place->length : length;

	if (place->uid != uid)
		return place->uid < uid ? -1 : 1;
	int order = memcmp(place->name, name, common);
	if (order == 0)
		order = (place->length > length) - (place->length < length);
	return order;
}

bool vault_entries_ascend(const struct vault_part pair[2])
{
	struct vault_place first, second;

	vault_entry_place(&pair[0], &first);
	vault_entry_place(&pair[1], &second);
	return compare(&first, second.uid, second.name, second.length) < 0;
}

/* Where an entry of that name is, or would be. */
static size_t search(const struct vault *vault, uint32_t uid, const char *name)
{
	size_t low = 0, high = vault->entry_count, length = strlen(name);
	struct vault_place place;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		vault_entry_place(&vault->entries[middle], &place);
		if (compare(&place, uid, name, length) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool vault_next(const struct vault *vault, uint32_t uid, size_t *at)
{
	size_t first = search(vault, uid, "");
	struct vault_place place;

	if (*at < first)
		*at = first;
	if (*at >= vault->entry_count)
		return false;
	vault_entry_place(&vault->entries[*at], &place);
	return place.uid == uid;
}

bool vault_find(const struct vault *vault, uint32_t uid, const char *name, size_t *at)
{
	struct vault_place place;

	*at = search(vault, uid, name);
	if (*at == vault->entry_count)
		return false;
	vault_entry_place(&vault->entries[*at], &place);
	return compare(&place, uid, name, strlen(name)) == 0;
}

static bool make_room(struct vault *vault)
{
	if (vault->entry_count < vault->entry_capacity)
		return true;
	size_t capacity = vault->entry_capacity ? vault->entry_capacity * 2 : 16;
	struct vault_part *entries = realloc(vault->entries, capacity * sizeof(*entries));
	if (!entries)
		return false;
	vault->entries = entries;
	vault->entry_capacity = capacity;
	return true;
}

enum vault_fault vault_add(struct vault *vault, struct vault_keys *keys, uint32_t uid,
			   struct vault_details *details, struct crypto_bytes secret, uint64_t now)
{
	struct vault_part made;
	size_t at;

	if (vault_find(vault, uid, details->name, &at))
		return VAULT_EXISTS;
	if (vault->entry_count == VAULT_ENTRIES_MAX)
		return VAULT_FULL;
	if (!make_room(vault))
		return VAULT_NO_MEMORY;
	details->created = now;
	enum vault_fault fault = vault_entry_make(vault, keys, uid, details, secret, &made);
	if (fault != VAULT_FINE)
		return fault;
	memmove(&vault->entries[at + 1], &vault->entries[at],
		(vault->entry_count - at) * sizeof(*vault->entries));
	vault->entries[at] = made;
	vault->entry_count++;
	return VAULT_FINE;
}

void vault_remove(struct vault *vault, size_t at)
{
	vault_part_free(&vault->entries[at]);
	memmove(&vault->entries[at], &vault->entries[at + 1],
		(vault->entry_count - at - 1) * sizeof(*vault->entries));
	vault->entry_count--;
}

enum vault_fault vault_touch(struct vault *vault, struct vault_keys *keys, size_t at, uint64_t now,
			     uint8_t *secret)
{
	return vault_entry_move(vault, keys, &vault->entries[at], &now, secret);
}

enum vault_fault vault_replace(struct vault *vault, struct vault_keys *keys, size_t at,
			       struct vault_details *details, struct crypto_bytes secret)
{
	return vault_entry_replace(vault, keys, &vault->entries[at], details, secret);
}
