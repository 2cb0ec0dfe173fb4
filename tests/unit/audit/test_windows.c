/* Sliding windows: when they are due, what they forget. */
#include "audit/windows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SECOND UINT64_C(1000000)

static const struct audit_rule three_in_ten = {.threshold = 3, .window_s = 10};

static void hit(struct windows *windows, const struct audit_rule *rule, const char *subject,
		uint64_t time_us)
{
	static uint64_t seq;

	windows_hit(windows, 0, rule, subject, (struct window_hit){time_us, ++seq});
}

static bool is_due(const struct windows *windows, const char *subject)
{
	const struct window *window = windows_find(windows, 0, subject);

	return window && window->due;
}

static void test_so_many_within_the_window(void **state)
{
	struct windows windows = {.count = 0};

	(void)state;
	hit(&windows, &three_in_ten, "a", 100 * SECOND);
	hit(&windows, &three_in_ten, "a", 105 * SECOND);
	assert_false(is_due(&windows, "a"));
	hit(&windows, &three_in_ten, "b", 106 * SECOND);
	assert_false(is_due(&windows, "b"));
	hit(&windows, &three_in_ten, "a", 110 * SECOND);
	assert_true(is_due(&windows, "a"));
	windows_free(&windows);
}

static void test_not_within_the_window(void **state)
{
	struct windows windows = {.count = 0};

	(void)state;
	/* Never three within ten seconds, however many there are. */
	for (unsigned i = 0; i < 50; i++)
		hit(&windows, &three_in_ten, "a", (100 + 6 * i) * SECOND);
	assert_false(is_due(&windows, "a"));
	hit(&windows, &three_in_ten, "a", (100 + 6 * 49) * SECOND + 1);
	assert_true(is_due(&windows, "a"));
	windows_free(&windows);
}

static void test_the_edge_of_the_window(void **state)
{
	struct windows windows = {.count = 0};

	(void)state;
	hit(&windows, &three_in_ten, "a", 0);
	hit(&windows, &three_in_ten, "a", 1);
	hit(&windows, &three_in_ten, "a", 10 * SECOND + 1);
	assert_false(is_due(&windows, "a"));
	hit(&windows, &three_in_ten, "a", 10 * SECOND + 1);
	assert_true(is_due(&windows, "a"));
	windows_free(&windows);
}

static void test_a_clock_that_was_set_back_makes_nothing_older(void **state)
{
	struct windows windows = {.count = 0};

	(void)state;
	for (unsigned i = 0; i < 3; i++)
		hit(&windows, &three_in_ten, "a", (1000 - 100 * i) * SECOND);
	assert_true(is_due(&windows, "a"));
	windows_free(&windows);
}

static void test_one_is_enough(void **state)
{
	static const struct audit_rule once = {.threshold = 1, .window_s = 1};
	struct windows windows = {.count = 0};

	(void)state;
	hit(&windows, &once, "a", 7);
	assert_true(is_due(&windows, "a"));
	windows_free(&windows);
}

static void test_the_one_goes_that_was_not_hit_for_longest(void **state)
{
	struct windows windows = {.count = 0};
	char subject[16];

	(void)state;
	for (unsigned i = 0; i < WINDOWS_MAX; i++) {
		snprintf(subject, sizeof(subject), "s%u", i);
		hit(&windows, &three_in_ten, subject, i);
	}
	hit(&windows, &three_in_ten, "s0", 1000);
	hit(&windows, &three_in_ten, "new", 1001);
	assert_int_equal(windows.count, WINDOWS_MAX);
	assert_non_null(windows_find(&windows, 0, "s0"));
	assert_null(windows_find(&windows, 0, "s1"));
	assert_non_null(windows_find(&windows, 0, "s2"));
	windows_free(&windows);
}

static void test_what_is_due_stays(void **state)
{
	static const struct audit_rule once = {.threshold = 1, .window_s = 1};
	struct windows windows = {.count = 0};
	char subject[16];

	(void)state;
	for (unsigned i = 0; i < 2 * WINDOWS_MAX; i++) {
		snprintf(subject, sizeof(subject), "s%u", i);
		hit(&windows, &once, subject, i);
	}
	assert_int_equal(windows.count, WINDOWS_MAX);
	assert_true(is_due(&windows, "s0"));
	assert_null(windows_find(&windows, 0, "s600"));
	windows_free(&windows);
}

static void test_hits_are_bounded_too(void **state)
{
	static const struct audit_rule large = {.threshold = RULE_THRESHOLD_MAX, .window_s = 1};
	struct windows windows = {.count = 0};
	char subject[16];

	(void)state;
	for (unsigned i = 0; i < 300; i++) {
		snprintf(subject, sizeof(subject), "s%u", i);
		hit(&windows, &large, subject, i);
		assert_true(windows.hits <= WINDOWS_HITS_MAX);
	}
	assert_int_equal(windows.count, WINDOWS_HITS_MAX / RULE_THRESHOLD_MAX);
	windows_free(&windows);
	assert_int_equal(windows.hits, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_so_many_within_the_window),
		cmocka_unit_test(test_not_within_the_window),
		cmocka_unit_test(test_the_edge_of_the_window),
		cmocka_unit_test(test_a_clock_that_was_set_back_makes_nothing_older),
		cmocka_unit_test(test_one_is_enough),
		cmocka_unit_test(test_the_one_goes_that_was_not_hit_for_longest),
		cmocka_unit_test(test_what_is_due_stays),
		cmocka_unit_test(test_hits_are_bounded_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
