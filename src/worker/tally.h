/* How often each text occurred: a bounded number of texts, and the others together. */
#ifndef GHWARD_WORKER_TALLY_H
#define GHWARD_WORKER_TALLY_H

#include <stddef.h>
#include <stdint.h>

/* Texts that are counted on their own; the first ones that come. */
#define TALLY_MAX 1024u

/* Of a longer text the beginning counts. */
#define TALLY_TEXT_MAX 200u

struct tally_entry {
	char *text;
	uint64_t count;
};

struct tally {
	struct tally_entry entries[TALLY_MAX];
	unsigned count;
	uint64_t others;	       /* occurrences of texts that had no room */
	uint16_t slots[2 * TALLY_MAX]; /* by hash: number of an entry plus 1 */
};

void tally_add(struct tally *, const char *text) __attribute__((nonnull));

/* Orders the entries: the most frequent first, equal ones by text. Nothing can be added then. */
void tally_sort(struct tally *) __attribute__((nonnull));

/* Occurrences of all but the first `shown` entries. */
uint64_t tally_rest(const struct tally *, unsigned shown) __attribute__((nonnull));
void tally_clean(struct tally *) __attribute__((nonnull));

#endif
