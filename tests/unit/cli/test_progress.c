/* The line of progress. */
#include "cli/progress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void expect(uint32_t done, uint32_t total, uint32_t items, unsigned width,
		   const char *expected)
{
	char line[128];

	progress_line(line, sizeof(line), done, total, items, width);
	assert_string_equal(line, expected);
}

static void test_lines(void **state)
{
	(void)state;
	expect(37, 100, 3700, 80, "page 37 of 100, 3700 read");
	expect(2, 0, 200, 80, "page 2, 200 read");
	expect(UINT32_MAX, UINT32_MAX, UINT32_MAX, 200,
	       "page 4294967295 of 4294967295, 4294967295 read");
}

/* The last column stays free: a full line would wrap. */
static void test_narrow_terminals(void **state)
{
	(void)state;
	expect(37, 100, 3700, 26, "page 37 of 100, 3700 read");
	expect(37, 100, 3700, 25, "page 37 of 100, 3700 rea");
	expect(37, 100, 3700, 5, "page");
	expect(37, 100, 3700, 1, "");
	expect(37, 100, 3700, 0, "page 37 of 100, 3700 read");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_narrow_terminals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
