/* Relative times. */
#include "worker/age.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* 2026-03-01T00:00:00Z */
#define NOW UINT64_C(1772323200)

static void expect(const char *time, const char *expected)
{
	char text[40];

	age_text(text, sizeof(text), time, NOW);
	assert_string_equal(text, expected);
}

static void test_words(void **state)
{
	(void)state;
	expect("2026-03-01T00:00:00Z", "less than a minute ago");
	expect("2026-02-28T23:59:01Z", "less than a minute ago");
	expect("2026-02-28T23:59:00Z", "about 1 minute ago");
	expect("2026-02-28T23:00:01Z", "about 59 minutes ago");
	expect("2026-02-28T23:00:00Z", "about 1 hour ago");
	expect("2026-02-28T00:00:01Z", "about 23 hours ago");
	expect("2026-02-28T00:00:00Z", "about 1 day ago");
	expect("2026-01-30T00:00:00Z", "about 1 month ago");
	expect("2026-01-31T00:00:00Z", "about 29 days ago");
	expect("2025-03-02T00:00:00Z", "about 12 months ago");
	expect("2025-03-01T00:00:00Z", "about 1 year ago");
	expect("2024-02-29T00:00:00Z", "about 2 years ago");
	expect("1970-01-01T00:00:00Z", "about 56 years ago");
}

static void test_the_future_is_now(void **state)
{
	(void)state;
	expect("2026-03-01T00:00:01Z", "less than a minute ago");
	expect("9999-12-31T23:59:59Z", "less than a minute ago");
}

/* Whatever is no time of GitHub's stays what it is, and is never guessed at. */
static void test_anything_else_is_copied(void **state)
{
	static const char *const others[] = {
		"",
		"yesterday",
		"2026-03-01",
		"2026-03-01T00:00:00+01:00",
		"2026-03-01T00:00:00.5Z",
		"2026-13-01T00:00:00Z",
		"2026-00-01T00:00:00Z",
		"2026-03-00T00:00:00Z",
		"2026-03-32T00:00:00Z",
		"2026-02-29T00:00:00Z",
		"2026-03-01T24:00:00Z",
		"2026-03-01T00:60:00Z",
		"1969-12-31T23:59:59Z",
		"2026-03-01T00:00:00Z ",
		"-026-03-01T00:00:00Z",
	};
	char cut[5];

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		expect(others[i], others[i]);
	age_text(cut, sizeof(cut), "yesterday", NOW);
	assert_string_equal(cut, "yest");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_the_future_is_now),
		cmocka_unit_test(test_anything_else_is_copied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
