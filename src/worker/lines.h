/* One thing in full: what is known about it, a line each. */
#ifndef GHWARD_WORKER_LINES_H
#define GHWARD_WORKER_LINES_H

#include "worker/job.h"

#include <stddef.h>

struct line {
	const char *key, *value; /* outside text; "" where unknown */
	enum { LINE_TEXT, LINE_STATE, LINE_SEVERITY, LINE_TIME } what;
};

/* For a terminal below a headline, aligned, without what is unknown; else "key:", a tab, and the
 * value, all of them. */
void lines_write(struct job *, const char *headline, const struct line *, size_t count)
	__attribute__((nonnull));

#endif
