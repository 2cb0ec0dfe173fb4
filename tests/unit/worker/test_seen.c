/* The set of what there was. */
#include "worker/seen.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void test_numbers(void **state)
{
	struct seen seen = {0};

	(void)state;
	assert_false(seen_has(&seen, seen_number(1)));
	for (uint64_t i = 1; i <= 5000; i++)
		assert_true(seen_add(&seen, seen_number(i)));
	for (uint64_t i = 1; i <= 5000; i++) {
		assert_false(seen_add(&seen, seen_number(i)));
		assert_true(seen_has(&seen, seen_number(i)));
		assert_false(seen_has(&seen, seen_number(i + 5000)));
	}
	assert_int_equal(seen.count, 5000);
	seen_free(&seen);
	assert_false(seen_has(&seen, seen_number(1)));
}

static void test_names(void **state)
{
	(void)state;
	assert_true(seen_name("Acme/SHOP-1") == seen_name("acme/shop-1"));
	assert_true(seen_name("acme/shop") != seen_name("acme/shop1"));
	/* What is no letter has no case. */
	assert_true(seen_name("a@") != seen_name("a`"));
	assert_true(seen_name("") != 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
