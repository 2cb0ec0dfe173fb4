/* The calendar: against gmtime_r(3) day by day, and one form of a time only. */
#include "lib/base/calendar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define DAY_S 86400u

/* Four hundred years and some: every kind of a year. */
static void test_every_day_until_2400(void **state)
{
	unsigned last = 0;

	(void)state;
	for (uint64_t day = 0; day < 157000; day++) {
		time_t seconds = (time_t)(day * DAY_S);
		struct tm parts;
		gmtime_r(&seconds, &parts);
		unsigned year = (unsigned)parts.tm_year + 1900, month = (unsigned)parts.tm_mon + 1;
		unsigned of_month = (unsigned)parts.tm_mday;
		assert_int_equal(calendar_days(year, month, of_month), day);
		assert_true(calendar_has(year, month, of_month));
		/* The day behind the last one of a month is none. */
		if (of_month == 1 && last)
			assert_false(calendar_has(month == 1 ? year - 1 : year,
						  month == 1 ? 12 : month - 1, last + 1));
		last = of_month;
	}
}

static uint64_t parse(const char *text)
{
	uint64_t seconds = 1;

	assert_int_equal(calendar_rfc3339(text, strlen(text), &seconds), 0);
	return seconds;
}

static void test_known_times(void **state)
{
	(void)state;
	assert_int_equal(parse("1970-01-01T00:00:00Z"), 0);
	assert_int_equal(parse("2000-02-29T23:59:59Z"), 951868799);
	assert_int_equal(parse("2026-11-21T10:00:00Z"), 1795255200);
	assert_int_equal(parse("2026-12-31T23:59:60Z"), 1798761600);
	assert_int_equal(parse("9999-12-31T23:59:59Z"), 253402300799);
}

static void test_everything_else_is_no_time(void **state)
{
	static const char *const others[] = {
		"",
		"2026-11-21",
		"2026-11-21T10:00:00",
		"2026-11-21t10:00:00z",
		"2026-11-21T10:00:00Z ",
		"2026-11-21T10:00:00.5Z",
		"2026-11-21T10:00:00+00:00",
		"2026-11-21 10:00:00 UTC",
		"2026-00-21T10:00:00Z",
		"2026-13-21T10:00:00Z",
		"2026-11-00T10:00:00Z",
		"2026-11-31T10:00:00Z",
		"2026-02-29T10:00:00Z",
		"2100-02-29T10:00:00Z",
		"2026-11-21T24:00:00Z",
		"2026-11-21T10:60:00Z",
		"2026-11-21T10:00:61Z",
		"1969-12-31T23:59:59Z",
		"-026-11-21T10:00:00Z",
		"1795255200",
	};
	uint64_t seconds = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(calendar_rfc3339(others[i], strlen(others[i]), &seconds), -1);
	assert_int_equal(seconds, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_day_until_2400),
		cmocka_unit_test(test_known_times),
		cmocka_unit_test(test_everything_else_is_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
