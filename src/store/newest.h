/* The newest so many places, found from the end of the log: each stretch of it in order, the
 * stretches backwards. */
#ifndef GHWARD_STORE_NEWEST_H
#define GHWARD_STORE_NEWEST_H

#include "store/evidence.h"

struct newest;

struct newest *newest_new(uint32_t limit) __attribute__((returns_nonnull));
void newest_free(struct newest *);

/* The next place of this stretch; only the last ones are kept. */
void newest_add(struct newest *, struct evidence_place) __attribute__((nonnull));

/* The stretch is at its end; the next one comes before it. */
void newest_settle(struct newest *) __attribute__((nonnull));

/* No place of an earlier stretch is needed. */
bool newest_is_full(const struct newest *) __attribute__((nonnull));

/* Place number i in the order of the log. Returns false behind the last one. */
bool newest_get(const struct newest *, size_t i, struct evidence_place *) __attribute__((nonnull));

#endif
