/* Keys of open objects. */
#include "lib/json/keys.h"

#include <stdlib.h>

/* Keys of an object up to this number are compared with all before them, which is faster than
 * sorting and knows which key it was. */
#define SMALL_OBJECT 32u

static bool make_room(struct json_keys *keys)
{
	size_t capacity = keys->capacity ? keys->capacity * 2 : 256;

	if (keys->count < keys->capacity)
		return true;
	uint64_t *hashes = reallocarray(keys->hashes, capacity, sizeof(*hashes));
	if (!hashes)
		return false;
	keys->hashes = hashes;
	keys->capacity = capacity;
	return true;
}

enum json_keys_result json_keys_add(struct json_keys *keys, size_t first, uint64_t hash)
{
	if (!make_room(keys))
		return JSON_KEYS_NO_MEMORY;
	if (keys->count - first < SMALL_OBJECT) {
		for (size_t i = first; i < keys->count; i++) {
			if (keys->hashes[i] == hash)
				return JSON_KEYS_DUPLICATE;
		}
	}
	keys->hashes[keys->count++] = hash;
	return JSON_KEYS_FINE;
}

/* Restores the heap below `root`: no child is larger than its parent. */
static void sift_down(uint64_t *hashes, size_t root, size_t count)
{
	uint64_t moving = hashes[root];

	for (size_t child; (child = 2 * root + 1) < count; root = child) {
		if (child + 1 < count && hashes[child + 1] > hashes[child])
			child++;
		if (hashes[child] <= moving)
			break;
		hashes[root] = hashes[child];
	}
	hashes[root] = moving;
}

/* Not qsort(): that of glibc allocates, and asks sysinfo(), which a confined process may not. */
static void heap_sort(uint64_t *hashes, size_t count)
{
	for (size_t root = count / 2; root-- > 0;)
		sift_down(hashes, root, count);
	for (size_t last = count; last-- > 1;) {
		uint64_t largest = hashes[0];
		hashes[0] = hashes[last];
		hashes[last] = largest;
		sift_down(hashes, 0, last);
	}
}

enum json_keys_result json_keys_close(struct json_keys *keys, size_t first)
{
	size_t count = keys->count - first;

	keys->count = first;
	if (count <= SMALL_OBJECT)
		return JSON_KEYS_FINE;
	uint64_t *hashes = keys->hashes + first;
	heap_sort(hashes, count);
	for (size_t i = 1; i < count; i++) {
		if (hashes[i] == hashes[i - 1])
			return JSON_KEYS_DUPLICATE;
	}
	return JSON_KEYS_FINE;
}

void json_keys_free(struct json_keys *keys)
{
	free(keys->hashes);
	*keys = (struct json_keys){0};
}
