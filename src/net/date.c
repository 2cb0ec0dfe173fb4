/* Dates of HTTP. */
#include "net/date.h"

#include <stdbool.h>
#include <string.h>

#define NO_DATE UINT64_MAX

/* 'd' a digit, 'w' a letter; anything else stands for itself. */
static const char form[] = "www, dd www dddd dd:dd:dd GMT";

static bool has_form(const char *text)
{
	for (size_t i = 0; form[i]; i++) {
		char byte = text[i], lower = (char)(byte | 0x20);
		if (form[i] == 'd'   ? byte < '0' || byte > '9'
		    : form[i] == 'w' ? lower < 'a' || lower > 'z'
				     : byte != form[i])
			return false;
	}
	return true;
}

static unsigned number(const char *digits, size_t count)
{
	unsigned value = 0;

	for (size_t i = 0; i < count; i++)
		value = value * 10 + (unsigned)(digits[i] - '0');
	return value;
}

/* 1 to 12, or 0. */
static unsigned month_of(const char *name)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (unsigned i = 0; i < 12; i++) {
		if (memcmp(names + (size_t)3 * i, name, 3) == 0)
			return i + 1;
	}
	return 0;
}

/* Days since 1 January 1970 in the Gregorian calendar, whose years are counted from March, so that
 * the leap day comes last. timegm() would look for the local time zone. */
static uint64_t days_before(unsigned year, unsigned month, unsigned day)
{
	uint64_t from_march = (month + 9) % 12;
	uint64_t years = year - (month <= 2);

	return years * 365 + years / 4 - years / 100 + years / 400 + (from_march * 153 + 2) / 5 +
	       day - 1 - 719468;
}

uint64_t date_parse(const char *text, size_t length)
{
	if (length != sizeof(form) - 1 || !has_form(text))
		return NO_DATE;
	unsigned day = number(text + 5, 2), month = month_of(text + 8), year = number(text + 12, 4);
	unsigned hour = number(text + 17, 2), minute = number(text + 20, 2);
	unsigned second = number(text + 23, 2);
	if (year < 1970 || month == 0 || day < 1 || day > 31 || hour > 23 || minute > 59 ||
	    second > 60)
		return NO_DATE;
	return days_before(year, month, day) * 86400 + hour * 3600u + minute * 60u + second;
}
