/* Time: clocks for deadlines and the text form used in logs and audit records. */
#ifndef GHWARD_BASE_CLOCK_H
#define GHWARD_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Milliseconds of CLOCK_MONOTONIC: for timers and backoff. */
uint64_t clock_monotonic_ms(void);

/* Milliseconds of CLOCK_BOOTTIME, which goes on while the machine sleeps: for expiry of grants. */
uint64_t clock_boottime_ms(void);

/* Microseconds of CLOCK_BOOTTIME: for audit records. */
uint64_t clock_boottime_us(void);

/* Microseconds since 1970 by the wall clock. */
uint64_t clock_wall_us(void);

/* Seconds since 1970 by the wall clock: for what a server or a vault says of expiry. */
uint64_t clock_wall_s(void);

/* "2026-01-02T03:04:05.678901Z": 27 characters and NUL. */
#define CLOCK_RFC3339_SIZE 28

/* The last second of the year 9999: later ones have no form of RFC 3339. */
#define CLOCK_RFC3339_MAX_S UINT64_C(253402300799)

void clock_rfc3339(char text[CLOCK_RFC3339_SIZE], uint64_t wall_us) __attribute__((nonnull));

#endif
