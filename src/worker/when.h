/* Times in the forms that GitHub has for them. */
#ifndef GHWARD_WORKER_WHEN_H
#define GHWARD_WORKER_WHEN_H

#include <stdbool.h>
#include <stdint.h>

/* "2026-01-02T03:04:05Z" and NUL. */
#define WHEN_SIZE 21

/* Seconds since 1970 as GitHub writes them; what is later than the year 9999 as "". */
void when_write(char text[WHEN_SIZE], uint64_t seconds) __attribute__((nonnull));

/* A token's expiry as its header has it, "2026-01-02 03:04:05 UTC" or "... +0100", in seconds since
 * 1970. False for anything else. */
bool when_read_expiry(const char *text, uint64_t *seconds) __attribute__((nonnull));

#endif
