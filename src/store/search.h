/* One search: the records that a filter means, in the order of the log. */
#ifndef GHWARD_STORE_SEARCH_H
#define GHWARD_STORE_SEARCH_H

#include "lib/auditlog/match.h"
#include "store/index.h"
#include "store/sink.h"

/* The newest so many: memory is taken for each. */
#define SEARCH_NEWEST_MAX 1000000u

struct search_question {
	const struct review_filter *filter;
	uint32_t limit; /* 0 for all */
	bool newest;	/* `limit` counts from the end */
	bool follow;	/* go on with what is appended, until nobody reads any more */
	int evidence;	/* the audit directory */
	int store;	/* where indexes are */
	int life;	/* a descriptor that hangs up when nobody waits for this any more */
	index_note_fn *note;
	void *context;
};

/* Writes the lines into the sink. Returns 0, or -1 with errno when the log cannot be read. */
int search_run(const struct search_question *, struct sink *)
	__attribute__((warn_unused_result, nonnull));

#endif
