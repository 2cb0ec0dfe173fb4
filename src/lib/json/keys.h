/* The keys of the objects that are open, as hashes, and whether one appears twice. */
#ifndef GHWARD_JSON_KEYS_H
#define GHWARD_JSON_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A stack: the keys of the innermost object are last. A collision of two hashes is taken for a
 * duplicate: who brings one about has his own text refused, nothing worse. */
struct json_keys {
	uint64_t *hashes;
	size_t count, capacity;
};

enum json_keys_result { JSON_KEYS_FINE, JSON_KEYS_DUPLICATE, JSON_KEYS_NO_MEMORY };

/* Adds a key to the object whose keys start at `first`. Finds a duplicate at once in small objects.
 */
enum json_keys_result json_keys_add(struct json_keys *, size_t first, uint64_t hash)
	__attribute__((warn_unused_result, nonnull));

/* Ends the object whose keys start at `first`: finds duplicates in large ones, and forgets its
 * keys. */
enum json_keys_result json_keys_close(struct json_keys *, size_t first)
	__attribute__((warn_unused_result, nonnull));

void json_keys_free(struct json_keys *) __attribute__((nonnull));

#endif
