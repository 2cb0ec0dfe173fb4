/* What is to be done about a repository, by what is remembered of it: as little as will do. */
#ifndef GHWARD_WORKER_REPOS_LADDER_H
#define GHWARD_WORKER_REPOS_LADDER_H

#include "worker/repos_work.h"

enum rung {
	RUNG_UNCHANGED, /* the listing hints at nothing new, and the digest is young enough */
	RUNG_ASK,	/* its refs shall be compared */
	RUNG_ORDER	/* git shall look */
};

struct ladder {
	enum repos_mode mode;
	bool full; /* git looks at each */
	uint64_t now_s;
	uint32_t sweep_s; /* after which a digest is old */
};

/* The first rung; of an order, which one and why. */
enum rung ladder_begin(const struct ladder *, const struct repo *, enum sync_action *,
		       const char **why) __attribute__((nonnull));

/* After RUNG_ASK: whether the server's refs are those that are there. Of an order, which one and
 * why. */
enum rung ladder_compare(const struct ladder *, const struct repo *,
			 const uint8_t digest[SYNC_DIGEST_SIZE], enum sync_action *,
			 const char **why) __attribute__((nonnull));

#endif
