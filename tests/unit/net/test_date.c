/* The Date header: one form, exactly. */
#include "net/date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t parse(const char *text)
{
	return date_parse(text, strlen(text));
}

static void test_known_times(void **state)
{
	(void)state;
	assert_int_equal(parse("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
	assert_int_equal(parse("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777);
	assert_int_equal(parse("Tue, 29 Feb 2000 23:59:59 GMT"), 951868799);
	assert_int_equal(parse("Wed, 01 Mar 2000 00:00:00 GMT"), 951868800);
	assert_int_equal(parse("Thu, 31 Dec 2026 23:59:60 GMT"), 1798761600);
	assert_int_equal(parse("Mon, 01 Mar 2100 00:00:00 GMT"), 4107542400);
	assert_int_equal(parse("Fri, 31 Dec 9999 23:59:59 GMT"), 253402300799);
}

static void test_everything_else_is_no_date(void **state)
{
	static const char *const others[] = {
		"",
		"Sunday, 06-Nov-94 08:49:37 GMT",
		"Sun Nov  6 08:49:37 1994",
		"Sun, 06 Nov 1994 08:49:37 UTC",
		"Sun, 06 Nov 1994 08:49:37 GMT ",
		"Sun, 06 Nov 1994 08:49:37 +0000",
		"Sun, 06 nov 1994 08:49:37 GMT",
		"Sun, 06 Foo 1994 08:49:37 GMT",
		"Sun, 00 Nov 1994 08:49:37 GMT",
		"Sun, 32 Nov 1994 08:49:37 GMT",
		"Thu, 31 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 24:00:00 GMT",
		"Sun, 06 Nov 1994 08:60:37 GMT",
		"Sun, 06 Nov 1994 08:49:61 GMT",
		"Wed, 31 Dec 1969 23:59:59 GMT",
		"Sun, -6 Nov 1994 08:49:37 GMT",
		"1994-11-06T08:49:37Z",
		"784111777",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(parse(others[i]), UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_times),
		cmocka_unit_test(test_everything_else_is_no_date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
