/* How long ago something was, in the words that gh uses. */
#ifndef GHWARD_WORKER_AGE_H
#define GHWARD_WORKER_AGE_H

#include <stddef.h>
#include <stdint.h>

/* "about 12 months ago", "less than a minute ago": of a time as GitHub writes it,
 * "2026-01-02T03:04:05Z", seen from `now_s`, in seconds since 1970. Anything that is not such a
 * time is copied as it is, cut to the size. What lies in the future, by the difference of two
 * clocks, is less than a minute ago. */
void age_text(char *text, size_t size, const char *time, uint64_t now_s) __attribute__((nonnull));

#endif
