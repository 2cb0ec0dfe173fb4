/* Dates of the Gregorian calendar, without a look for the local time zone as timegm(3) takes it. */
#ifndef GHWARD_BASE_CALENDAR_H
#define GHWARD_BASE_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The value of so many decimal digits, which somebody has seen to be some. */
unsigned calendar_number(const char *digits, size_t count) __attribute__((nonnull));

/* Days from 1 January 1970, which is day 0, to a date that is not before it; month and day count
 * from 1. */
uint64_t calendar_days(unsigned year, unsigned month, unsigned day);

/* Whether there is such a date, from 1970 on. */
bool calendar_has(unsigned year, unsigned month, unsigned day);

/* "2026-11-21T10:00:00Z" as seconds since 1970: the one form of RFC 3339 that GitHub writes, UTC
 * and whole seconds. Returns 0, or -1. */
int calendar_rfc3339(const char *text, size_t length, uint64_t *seconds)
	__attribute__((warn_unused_result, nonnull));

#endif
