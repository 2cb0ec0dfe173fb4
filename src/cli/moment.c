/* Moments as people write them. */
#include "cli/moment.h"

#include "lib/base/calendar.h"
#include "lib/validate/validate.h"

#include <stdbool.h>
#include <string.h>

#define SECOND_US UINT64_C(1000000)
#define DAY_US (86400 * SECOND_US)

const char moment_expectation[] = "a time such as 2026-01-31T10:00:00Z, a date such as 2026-01-31, "
				  "or how long ago, such as 30m, 24h or 7d";

static size_t count_digits(const char *text)
{
	return strspn(text, "0123456789");
}

/* "-": a digit in its place, anything else for itself. */
static bool has_form(const char *text, const char *form)
{
	for (; *form; form++, text++) {
		if (*form == '0' ? *text < '0' || *text > '9' : *text != *form)
			return false;
	}
	return true;
}

static int parse_ago(const char *text, uint64_t now_us, uint64_t *us)
{
	static const struct {
		char unit;
		uint64_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
	size_t digits = count_digits(text);
	uint32_t count;

	if (!digits || !text[digits] || text[digits + 1] ||
	    validate_parse_u32(text, digits, 1, UINT32_MAX, &count) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (units[i].unit != text[digits])
			continue;
		uint64_t ago_us = count * units[i].seconds * SECOND_US;
		*us = ago_us < now_us ? now_us - ago_us : 1;
		return 0;
	}
	return -1;
}

static int parse_date(const char *text, enum moment_edge edge, uint64_t *us)
{
	unsigned year = calendar_number(text, 4), month = calendar_number(text + 5, 2),
		 day = calendar_number(text + 8, 2);

	if (!calendar_has(year, month, day))
		return -1;
	*us = (calendar_days(year, month, day) + (edge == MOMENT_UNTIL)) * DAY_US;
	return 0;
}

/* ".5": digits beyond microseconds are nobody's. Returns their length with the point. */
static size_t parse_fraction(const char *text, uint64_t *us)
{
	size_t digits = *text == '.' ? count_digits(text + 1) : 0;
	uint64_t unit = SECOND_US;

	*us = 0;
	for (size_t i = 1; i <= digits; i++) {
		unit /= 10;
		*us += (uint64_t)(text[i] - '0') * unit;
	}
	return digits ? digits + 1 : 0;
}

/* "Z", or "+02:00": how far it is from UTC. */
static int parse_zone(const char *text, int64_t *offset_us)
{
	*offset_us = 0;
	if (strcmp(text, "Z") == 0)
		return 0;
	if ((*text != '+' && *text != '-') || strlen(text) != 6 || !has_form(text + 1, "00:00"))
		return -1;
	unsigned hours = calendar_number(text + 1, 2), minutes = calendar_number(text + 4, 2);
	if (hours > 23 || minutes > 59)
		return -1;
	*offset_us = (int64_t)((hours * 60 + minutes) * 60 * SECOND_US);
	*offset_us = *text == '-' ? -*offset_us : *offset_us;
	return 0;
}

static int parse_time(const char *text, uint64_t *us)
{
	char whole[] = "0000-00-00T00:00:00Z";
	const size_t length = sizeof(whole) - 1;
	uint64_t seconds, fraction;
	int64_t offset;

	memcpy(whole, text, length - 1);
	text += length - 1;
	text += parse_fraction(text, &fraction);
	if (calendar_rfc3339(whole, length, &seconds) < 0 || parse_zone(text, &offset) < 0)
		return -1;
	int64_t moment = (int64_t)(seconds * SECOND_US + fraction) - offset;
	*us = moment > 0 ? (uint64_t)moment : 0;
	return 0;
}

int moment_parse(const char *text, enum moment_edge edge, uint64_t now_us, uint64_t *us)
{
	int status;

	if (!has_form(text, "0000-00-00"))
		status = parse_ago(text, now_us, us);
	else if (!text[10])
		status = parse_date(text, edge, us);
	else if (has_form(text, "0000-00-00T00:00:00"))
		status = parse_time(text, us);
	else
		return -1;
	/* 0 is no moment. */
	if (status == 0 && *us == 0)
		*us = 1;
	return status;
}
