/* Moments as people write them. */
#include "cli/moment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* 2026-01-31T10:00:00Z */
#define NOW_US UINT64_C(1769853600000000)
#define SECOND_US UINT64_C(1000000)

static uint64_t since(const char *text)
{
	uint64_t us = 0;

	assert_int_equal(moment_parse(text, MOMENT_SINCE, NOW_US, &us), 0);
	return us;
}

static uint64_t until(const char *text)
{
	uint64_t us = 0;

	assert_int_equal(moment_parse(text, MOMENT_UNTIL, NOW_US, &us), 0);
	return us;
}

static void test_times(void **state)
{
	(void)state;
	assert_int_equal(since("2026-01-31T10:00:00Z"), NOW_US);
	assert_int_equal(until("2026-01-31T10:00:00Z"), NOW_US);
	assert_int_equal(since("2026-01-31T10:00:00.25Z"), NOW_US + 250000);
	assert_int_equal(since("2026-01-31T10:00:00.678901Z"), NOW_US + 678901);
	assert_int_equal(since("2026-01-31T10:00:00.678901999Z"), NOW_US + 678901);
	assert_int_equal(since("2026-01-31T12:00:00+02:00"), NOW_US);
	assert_int_equal(since("2026-01-31T04:30:00-05:30"), NOW_US);
	assert_int_equal(since("1970-01-01T00:00:00+01:00"), 1);
}

static void test_dates_have_a_beginning_and_an_end(void **state)
{
	(void)state;
	assert_int_equal(since("2026-01-31"), NOW_US - 36000 * SECOND_US);
	assert_int_equal(until("2026-01-31"), NOW_US + 50400 * SECOND_US);
	assert_int_equal(until("2026-01-30"), since("2026-01-31"));
	assert_int_equal(until("2024-02-29"), since("2024-03-01"));
	assert_int_equal(since("1970-01-01"), 1);
}

static void test_how_long_ago(void **state)
{
	(void)state;
	assert_int_equal(since("90s"), NOW_US - 90 * SECOND_US);
	assert_int_equal(since("30m"), NOW_US - 1800 * SECOND_US);
	assert_int_equal(since("24h"), NOW_US - 86400 * SECOND_US);
	assert_int_equal(until("7d"), NOW_US - 604800 * SECOND_US);
	assert_int_equal(until("2w"), NOW_US - 1209600 * SECOND_US);
	assert_int_equal(since("4294967295w"), 1);
}

static void test_anything_else(void **state)
{
	static const char *const wrong[] = {
		"",
		" ",
		"now",
		"24",
		"h",
		"0h",
		"24H",
		"24 h",
		"-24h",
		"24hh",
		"1.5h",
		"4294967296s",
		"2026",
		"2026-01",
		"2026-1-31",
		"2026-01-32",
		"2026-02-29",
		"2026-13-01",
		"1969-12-31",
		"2026-01-31 ",
		"2026-01-31T",
		"2026-01-31T10:00",
		"2026-01-31T10:00:00",
		"2026-01-31 10:00:00Z",
		"2026-01-31t10:00:00z",
		"2026-01-31T24:00:00Z",
		"2026-01-31T10:60:00Z",
		"2026-01-31T10:00:00.Z",
		"2026-01-31T10:00:00,5Z",
		"2026-01-31T10:00:00Z ",
		"2026-01-31T10:00:00+0200",
		"2026-01-31T10:00:00+24:00",
		"2026-01-31T10:00:00+02:60",
		"2026-01-31T10:00:00+02:0",
		"2026-01-31T10:00:00+02:000",
	};
	uint64_t us;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (moment_parse(wrong[i], MOMENT_SINCE, NOW_US, &us) == 0)
			fail_msg("\"%s\" was taken", wrong[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_dates_have_a_beginning_and_an_end),
		cmocka_unit_test(test_how_long_ago),
		cmocka_unit_test(test_anything_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
