/* Dates of HTTP. */
#include "net/date.h"

#include "lib/base/calendar.h"

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

uint64_t date_parse(const char *text, size_t length)
{
	if (length != sizeof(form) - 1 || !has_form(text))
		return NO_DATE;
	unsigned day = calendar_number(text + 5, 2), month = month_of(text + 8),
		 year = calendar_number(text + 12, 4);
	unsigned hour = calendar_number(text + 17, 2), minute = calendar_number(text + 20, 2);
	unsigned second = calendar_number(text + 23, 2);
	if (!calendar_has(year, month, day) || hour > 23 || minute > 59 || second > 60)
		return NO_DATE;
	return calendar_days(year, month, day) * 86400 + hour * 3600u + minute * 60u + second;
}
