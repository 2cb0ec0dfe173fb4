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

static void expect_repositories(const struct progress_repositories *at, uint64_t elapsed_ms,
				unsigned width, const char *expected)
{
	char line[256];

	progress_repositories_line(line, sizeof(line), at, elapsed_ms, width);
	assert_string_equal(line, expected);
}

static void test_repositories(void **state)
{
	const struct progress_repositories half = {
		.done = 250, .total = 500, .failed = 2, .bytes = 150000000};
	const struct progress_repositories few = {.done = 1, .total = 500, .bytes = 40000000};
	const struct progress_repositories all = {.done = 7, .total = 7};
	const struct progress_repositories unknown = {.done = 7, .bytes = 90000};

	(void)state;
	expect_repositories(&half, 100000, 200,
			    "[===============               ] 250 of 500 repositories, 2 failed, "
			    "1.5 MB/s, 1:40 left");
	expect_repositories(
		&half, 100000, 80,
		"[===========           ] 250 of 500 repositories, 2 failed, 1.5 MB/s, 1:40 left");
	expect_repositories(&half, 100000, 60,
			    "250 of 500 repositories, 2 failed, 1.5 MB/s, 1:40 left");
	expect_repositories(&half, 100000, 24, "250 of 500 repositories");
	expect_repositories(&few, 10000, 50, "1 of 500 repositories, 4.0 MB/s, 1:23:10 left");
	expect_repositories(&all, 10000, 70,
			    "[==============================] 7 of 7 repositories");
	expect_repositories(&unknown, 1000, 80, "7 repositories, 90 kB/s");
}

/* Numbers are those of another process. */
static void test_repositories_beyond_reason(void **state)
{
	const struct progress_repositories much = {
		.done = 1, .total = UINT32_MAX, .failed = UINT32_MAX, .bytes = UINT64_MAX};
	const struct progress_repositories over = {.done = 9, .total = 3};
	const struct progress_repositories none = {.total = 3};

	(void)state;
	expect_repositories(&much, UINT64_MAX, 200,
			    "[                              ] 1 of 4294967295 repositories, "
			    "4294967295 failed, 1 kB/s");
	expect_repositories(&much, 0, 60,
			    "1 of 4294967295 repositories, 4294967295 failed, 0:00 left");
	expect_repositories(&over, 1000, 32, "[=========] 9 of 3 repositories");
	expect_repositories(&none, 1000, 32, "[         ] 0 of 3 repositories");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_narrow_terminals),
		cmocka_unit_test(test_repositories),
		cmocka_unit_test(test_repositories_beyond_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
