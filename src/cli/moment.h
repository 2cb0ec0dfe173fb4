/* Moments as people write them. */
#ifndef GHWARD_CLI_MOMENT_H
#define GHWARD_CLI_MOMENT_H

#include <stdint.h>

/* What a date stands for. */
enum moment_edge {
	MOMENT_SINCE, /* its beginning */
	MOMENT_UNTIL, /* its end */
};

/* What a text should be, for messages. */
extern const char moment_expectation[];

/* "2026-01-31T10:00:00Z", also with a fraction of a second or an offset instead of Z; "2026-01-31",
 * in UTC; or so long before now: "90s", "30m", "24h", "7d", "2w". Microseconds since 1970, never 0.
 * Returns 0, or -1. */
int moment_parse(const char *text, enum moment_edge, uint64_t now_us, uint64_t *us)
	__attribute__((warn_unused_result, nonnull));

#endif
