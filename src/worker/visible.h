/* JSON from the audit log, made harmless for whoever looks at it. */
#ifndef GHWARD_WORKER_VISIBLE_H
#define GHWARD_WORKER_VISIBLE_H

#include "lib/auditlog/record.h"

/* One escape takes at most three times the bytes of its character. */
#define VISIBLE_SIZE (3u * AUDITLOG_LINE_MAX)

/* The same JSON, but characters that could act on a terminal or hide text are \u escapes: into
 * `out` when there are any, which there are not in a log that ghward wrote. `text` is part of a
 * line that is a record. */
struct auditlog_text visible_json(struct auditlog_text text, char out[VISIBLE_SIZE])
	__attribute__((nonnull));

#endif
