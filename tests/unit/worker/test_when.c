/* Times in GitHub's forms. */
#include "worker/when.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_written(void **state)
{
	char text[WHEN_SIZE];

	(void)state;
	when_write(text, 0);
	assert_string_equal(text, "1970-01-01T00:00:00Z");
	when_write(text, 1900000000);
	assert_string_equal(text, "2030-03-17T17:46:40Z");
	when_write(text, UINT64_C(253402300799));
	assert_string_equal(text, "9999-12-31T23:59:59Z");
	when_write(text, UINT64_C(253402300800));
	assert_string_equal(text, "");
	when_write(text, UINT64_MAX);
	assert_string_equal(text, "");
}

static void test_expiry(void **state)
{
	static const struct {
		const char *text;
		uint64_t seconds;
	} cases[] = {
		{"2030-03-17 17:46:40 UTC", 1900000000},
		{"2030-03-17 19:16:40 +0130", 1900000000},
		{"2030-03-17 10:46:40 -0700", 1900000000},
		{"2030-03-17 17:46:40 +0000", 1900000000},
		{"1970-01-01 01:00:00 +0100", 0},
	};
	uint64_t seconds;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (!when_read_expiry(cases[i].text, &seconds) || seconds != cases[i].seconds)
			fail_msg("%s", cases[i].text);
	}
}

static void test_no_expiry(void **state)
{
	static const char *const texts[] = {
		"",
		"never",
		"2030-03-17",
		"2030-03-17 17:46:40",
		"2030-03-17 17:46:40 ",
		"2030-03-17T17:46:40Z",
		"2030-03-17T17:46:40 UTC",
		"2030-03-17 17:46:40ZUTC",
		"2030-03-17 17:46:40 utc",
		"2030-03-17 17:46:40 CET",
		"2030-03-17 17:46:40 UTC ",
		"2030-03-17 17:46:40 +01",
		"2030-03-17 17:46:40 +01000",
		"2030-03-17 17:46:40 +0160",
		"2030-03-17 17:46:40 0100",
		"2030-03-17 17:46:40 +0x10",
		"2030-02-30 17:46:40 UTC",
		"2030-03-17 24:46:40 UTC",
		"1969-12-31 23:59:59 UTC",
		"1970-01-01 00:00:00 +0100",
		"2030-3-17 17:46:40 UTC",
	};
	uint64_t seconds;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (when_read_expiry(texts[i], &seconds))
			fail_msg("\"%s\" passes for a time", texts[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_written),
		cmocka_unit_test(test_expiry),
		cmocka_unit_test(test_no_expiry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
