/* Reading and writing times. */
#include "worker/when.h"

#include "lib/base/calendar.h"
#include "lib/base/clock.h"

#include <string.h>

void when_write(char text[WHEN_SIZE], uint64_t seconds)
{
	char whole[CLOCK_RFC3339_SIZE];

	text[0] = 0;
	if (seconds > CLOCK_RFC3339_MAX_S)
		return;
	clock_rfc3339(whole, seconds * 1000000u);
	memcpy(text, whole, WHEN_SIZE - 2);
	memcpy(text + WHEN_SIZE - 2, "Z", 2);
}

/* "+0130" is east of Greenwich, where it is later than there. */
static bool take_zone(const char *zone, uint64_t *seconds)
{
	uint32_t hours, minutes;

	if (strcmp(zone, "UTC") == 0)
		return true;
	if (strlen(zone) != 5 || (*zone != '+' && *zone != '-') ||
	    strspn(zone + 1, "0123456789") != 4)
		return false;
	hours = (uint32_t)(zone[1] - '0') * 10 + (uint32_t)(zone[2] - '0');
	minutes = (uint32_t)(zone[3] - '0') * 10 + (uint32_t)(zone[4] - '0');
	uint64_t shift = (uint64_t)hours * 3600 + (uint64_t)minutes * 60;
	if (minutes > 59 || (*zone == '+' && shift > *seconds))
		return false;
	*seconds = *zone == '+' ? *seconds - shift : *seconds + shift;
	return true;
}

bool when_read_expiry(const char *text, uint64_t *seconds)
{
	char whole[WHEN_SIZE];

	/* The same as RFC 3339 but for two characters. */
	if (strlen(text) < WHEN_SIZE || text[10] != ' ' || text[19] != ' ')
		return false;
	memcpy(whole, text, WHEN_SIZE);
	whole[10] = 'T';
	whole[19] = 'Z';
	return calendar_rfc3339(whole, WHEN_SIZE - 1, seconds) == 0 &&
	       take_zone(text + 20, seconds);
}
