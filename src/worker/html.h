/* Writing HTML: what is outside text can only ever be text. */
#ifndef GHWARD_WORKER_HTML_H
#define GHWARD_WORKER_HTML_H

#include "worker/output.h"

#include <stdint.h>

/* Our own markup. */
void html_raw(struct output *, const char *markup) __attribute__((nonnull));

/* Outside text, between tags or between double quotes: what means something to HTML is escaped, and
 * what could act on a terminal or hide text becomes visible. */
void html_text(struct output *, const char *text) __attribute__((nonnull));

/* "1,234,567" */
void html_number(struct output *, uint64_t) __attribute__((nonnull));

/* A number of our own in markup, without separators. */
void html_digits(struct output *, uint64_t) __attribute__((nonnull));

/* "1 record", "2,000 records": the plural has an s. */
void html_counted(struct output *, uint64_t, const char *noun) __attribute__((nonnull));

/* "2026-01-02T03:04:05Z" as "2026-01-02 03:04:05", in its element. Nothing for "". */
void html_time(struct output *, const char *time) __attribute__((nonnull));

#endif
