/* Which things there were: a set of 64-bit hashes or ids. */
#ifndef GHWARD_WORKER_SEEN_H
#define GHWARD_WORKER_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All zero at its beginning. */
struct seen {
	uint64_t *slots; /* open addressing; 0 is a free one */
	size_t capacity, count;
};

/* A number that neighbours of it share nothing with, never 0; and of a text, whose ASCII letters
 * count as lower case. */
uint64_t seen_number(uint64_t);
uint64_t seen_name(const char *name) __attribute__((nonnull));

/* Returns false if it was there before. */
bool seen_add(struct seen *, uint64_t hash) __attribute__((nonnull));
bool seen_has(const struct seen *, uint64_t hash) __attribute__((nonnull));
void seen_free(struct seen *) __attribute__((nonnull));

#endif
