/* Relative times. */
#include "worker/age.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define MINUTE 60u
#define HOUR (60u * MINUTE)
#define DAY (24u * HOUR)
#define MONTH (30u * DAY)
#define YEAR (365u * DAY)

static unsigned digits(const char *text, size_t count)
{
	unsigned value = 0;

	for (size_t i = 0; i < count; i++)
		value = value * 10 + (unsigned)(text[i] - '0');
	return value;
}

/* Days since 1970 of the Gregorian calendar. The year begins in March here, so that a leap day is
 * its last one. */
static uint64_t days_since_1970(unsigned year, unsigned month, unsigned day)
{
	unsigned shifted = month > 2 ? year : year - 1;
	unsigned months = (month + 9) % 12;
	uint64_t leaps = shifted / 4 - shifted / 100 + shifted / 400;

	/* 719469: days from the first of March of the year 0 to 1970, and the first day of a month.
	 */
	return UINT64_C(365) * shifted + leaps + (153 * months + 2) / 5 + day - 719469;
}

/* The one form that GitHub has: UTC, whole seconds. */
static bool parse(const char *time, uint64_t *seconds)
{
	static const char form[] = "0000-00-00T00:00:00Z";

	if (strlen(time) != sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < sizeof(form) - 1; i++) {
		bool fits = form[i] == '0' ? time[i] >= '0' && time[i] <= '9' : time[i] == form[i];
		if (!fits)
			return false;
	}
	unsigned year = digits(time, 4), month = digits(time + 5, 2), day = digits(time + 8, 2);
	unsigned hour = digits(time + 11, 2), minute = digits(time + 14, 2);
	if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 ||
	    minute > 59)
		return false;
	*seconds = days_since_1970(year, month, day) * DAY + hour * HOUR + minute * MINUTE +
		   digits(time + 17, 2);
	return true;
}

void age_text(char *text, size_t size, const char *time, uint64_t now_s)
{
	static const struct {
		unsigned seconds;
		const char *name;
	} units[] = {
		{YEAR, "year"}, {MONTH, "month"}, {DAY, "day"}, {HOUR, "hour"}, {MINUTE, "minute"},
	};
	uint64_t then_s;

	if (!parse(time, &then_s)) {
		snprintf(text, size, "%s", time);
		return;
	}
	uint64_t ago = now_s > then_s ? now_s - then_s : 0;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		unsigned long long count = ago / units[i].seconds;
		if (count == 0)
			continue;
		snprintf(text, size, "about %llu %s%s ago", count, units[i].name,
			 count == 1 ? "" : "s");
		return;
	}
	snprintf(text, size, "less than a minute ago");
}
