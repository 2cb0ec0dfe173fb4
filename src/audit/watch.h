/* What the monitor knows at one place of the log, and its form in the file `incidents`, which
 * docs/audit-format.md describes. */
#ifndef GHWARD_AUDIT_WATCH_H
#define GHWARD_AUDIT_WATCH_H

#include "audit/incidents.h"
#include "audit/windows.h"

/* More than the largest file that watch_format() makes. */
#define WATCH_FILE_MAX ((size_t)2 << 20)

struct watch {
	struct auditlog_position position; /* the newest record that it is about */
	struct incidents incidents;
	struct windows windows;
};

void watch_free(struct watch *) __attribute__((nonnull));

/* Reads the file's text into an empty watch. What rules counted that are no more is left out.
 * Returns 0, or -1 with an empty watch for anything that watch_format() would not write. */
int watch_parse(struct watch *, const struct audit_rules *, const char *text, size_t length)
	__attribute__((warn_unused_result, nonnull));

/* Returns the text, which is the caller's to free. */
char *watch_format(const struct watch *, const struct audit_rules *, size_t *length)
	__attribute__((nonnull, returns_nonnull));

#endif
