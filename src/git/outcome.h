/* How a git ended, from its status and from what it said: lines of its standard error, which repeat
 * what others wrote and are bounded and sanitised here. */
#ifndef GHWARD_GIT_OUTCOME_H
#define GHWARD_GIT_OUTCOME_H

#include "lib/failure/failure.h"
#include "lib/ipc/repositories.h"

#include <stdbool.h>
#include <stddef.h>

#define OUTCOME_LINE_MAX 400u

/* Why a working tree was not brought forward. */
enum outcome_obstacle {
	OBSTACLE_NONE,
	OBSTACLE_CHANGES,   /* files with local changes */
	OBSTACLE_UNTRACKED, /* files that git does not know */
	OBSTACLE_UNFINISHED /* a merge of one's own */
};

struct outcome {
	int status;	    /* exit status, or minus the signal that ended it */
	struct failure cut; /* why its conversation was ended, or it was; FAILURE_NONE */
	enum outcome_obstacle obstacle;
	unsigned obstacles;		   /* so many files */
	char fatal_line[OUTCOME_LINE_MAX]; /* the first one, "" if there was none */
	char error_line[OUTCOME_LINE_MAX]; /* the first one */
	char plain_line[OUTCOME_LINE_MAX]; /* the first other one */
	/* private: */
	size_t held;
	char line[OUTCOME_LINE_MAX];
};

/* Takes what git writes to its standard error, in any pieces. */
void outcome_feed(struct outcome *, const char *bytes, size_t length) __attribute__((nonnull));

/* Whether git did what it was told. */
bool outcome_is_good(const struct outcome *) __attribute__((nonnull));

/* What git said that says most. */
const char *outcome_says(const struct outcome *) __attribute__((nonnull, returns_nonnull));

/* Of one that is not good: what the user should know. `what` is what git was to do: "fetch". */
void outcome_failure(const struct outcome *, const char *what, const struct git_work *,
		     struct failure *) __attribute__((nonnull));

#endif
