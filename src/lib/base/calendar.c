/* Dates. */
#include "lib/base/calendar.h"

static const char form[] = "0000-00-00T00:00:00Z";

unsigned calendar_number(const char *digits, size_t count)
{
	unsigned value = 0;

	for (size_t i = 0; i < count; i++)
		value = value * 10 + (unsigned)(digits[i] - '0');
	return value;
}

static bool has_form(const char *text, size_t length)
{
	if (length != sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return false;
	}
	return true;
}

/* The year begins in March here, so that a leap day is its last one. */
uint64_t calendar_days(unsigned year, unsigned month, unsigned day)
{
	unsigned shifted = month > 2 ? year : year - 1;
	unsigned months = (month + 9) % 12;
	uint64_t leaps = shifted / 4 - shifted / 100 + shifted / 400;

	/* 719469: days from the first of March of the year 0 to 1970, and the first day of a month.
	 */
	return UINT64_C(365) * shifted + leaps + (153 * months + 2) / 5 + day - 719469;
}

bool calendar_has(unsigned year, unsigned month, unsigned day)
{
	if (year < 1970 || month < 1 || month > 12 || day < 1)
		return false;
	unsigned next = month % 12 + 1;
	uint64_t first = calendar_days(year, month, 1);
	uint64_t end = calendar_days(month == 12 ? year + 1 : year, next, 1);

	return day <= end - first;
}

int calendar_rfc3339(const char *text, size_t length, uint64_t *seconds)
{
	if (!has_form(text, length))
		return -1;
	unsigned year = calendar_number(text, 4), month = calendar_number(text + 5, 2),
		 day = calendar_number(text + 8, 2);
	unsigned hour = calendar_number(text + 11, 2), minute = calendar_number(text + 14, 2);
	unsigned second = calendar_number(text + 17, 2);
	/* A leap second is the next day's first. */
	if (!calendar_has(year, month, day) || hour > 23 || minute > 59 || second > 60)
		return -1;
	*seconds = calendar_days(year, month, day) * 86400 + hour * 3600u + minute * 60u + second;
	return 0;
}
