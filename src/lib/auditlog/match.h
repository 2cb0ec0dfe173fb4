/* Which records a filter means. */
#ifndef GHWARD_AUDITLOG_MATCH_H
#define GHWARD_AUDITLOG_MATCH_H

#include "lib/auditlog/record.h"

/* `line` is the record's whole line. */
bool auditlog_match(const struct review_filter *, const struct auditlog_record *, const char *line,
		    size_t length) __attribute__((nonnull));

/* Does the text have the pattern's form? `*` stands for any characters, every other for itself. */
bool auditlog_glob(const char *pattern, struct auditlog_text) __attribute__((nonnull));

#endif
