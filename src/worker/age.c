/* Relative times. */
#include "worker/age.h"

#include "lib/base/calendar.h"

#include <stdio.h>
#include <string.h>

#define MINUTE 60u
#define HOUR (60u * MINUTE)
#define DAY (24u * HOUR)
#define MONTH (30u * DAY)
#define YEAR (365u * DAY)

void age_text(char *text, size_t size, const char *time, uint64_t now_s)
{
	static const struct {
		unsigned seconds;
		const char *name;
	} units[] = {
		{YEAR, "year"}, {MONTH, "month"}, {DAY, "day"}, {HOUR, "hour"}, {MINUTE, "minute"},
	};
	uint64_t then_s;

	if (calendar_rfc3339(time, strlen(time), &then_s) < 0) {
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
