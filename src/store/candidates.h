/* Which records of a block a filter may mean, by the columns of the index. */
#ifndef GHWARD_STORE_CANDIDATES_H
#define GHWARD_STORE_CANDIDATES_H

#include "store/index.h"

struct candidates;

struct candidate {
	uint64_t seq;
	uint32_t offset;
	bool certain; /* every term has a number of its own */
};

/* Whether an index can say anything about this filter. */
bool candidates_are_fewer(const struct review_filter *) __attribute__((nonnull));

/* Both must stay. */
struct candidates *candidates_new(const struct review_filter *, const struct index *)
	__attribute__((nonnull, returns_nonnull));
void candidates_free(struct candidates *);

/* Reads the columns that the filter is about. DATABASE_END: there are none in this block. */
enum database_status candidates_find(struct candidates *, struct index *, struct block *)
	__attribute__((warn_unused_result, nonnull));

/* The next one in the order of the log. Returns false behind the last one. */
bool candidates_next(struct candidates *, const struct block *, struct candidate *)
	__attribute__((nonnull));

#endif
