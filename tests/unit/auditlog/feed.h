/* Feeds logs in memory to the checker, as ghward-verify does with files. */
#ifndef GHWARD_TESTS_FEED_H
#define GHWARD_TESTS_FEED_H

#include "made_log.h"

#include "lib/auditlog/checker.h"

/* One process reads line by line, or several read pieces that are joined. */
enum feed_way { FEED_LINES, FEED_PIECES, FEED_WAYS };

/* What the files head and seal of a log say, as a verifier knows them. */
struct auditlog_known feed_known(const struct made_log *);

/* The text of a segment that the checker knows of. Returns 0, or -1 for damage. */
int feed_text(struct auditlog_checker *, const char *text, size_t length, enum feed_way);

/* All segments from one on, and the end. Returns 0, or -1 for damage. */
int feed_segments(struct auditlog_checker *, const struct made_log *, unsigned from, enum feed_way);

/* A whole log, from `retired` to `seal`. Returns 0, or -1 for damage. */
int feed_log(struct auditlog_checker *, const struct made_log *, const struct auditlog_known *,
	     enum feed_way);

#endif
