/* The newest places, stretch by stretch from the end. */
#include "store/newest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* Stretches of so many places each; every place has the number that it has in the order of the log.
 */
static void check(uint32_t limit, const unsigned *stretches, unsigned count)
{
	struct newest *newest = newest_new(limit);
	unsigned total = 0, end;
	struct evidence_place place;

	for (unsigned i = 0; i < count; i++)
		total += stretches[i];
	end = total;
	for (unsigned i = count; i-- > 0; end -= stretches[i]) {
		for (unsigned k = end - stretches[i]; k < end; k++)
			newest_add(newest, (struct evidence_place){1, k});
		newest_settle(newest);
	}
	unsigned kept = total < limit ? total : limit;
	assert_int_equal(newest_is_full(newest), total >= limit);
	for (unsigned i = 0; i < kept; i++) {
		assert_true(newest_get(newest, i, &place));
		assert_int_equal(place.offset, total - kept + i);
	}
	assert_false(newest_get(newest, kept, &place));
	newest_free(newest);
}

static void test_stretches(void **state)
{
	const unsigned some[] = {3, 0, 5, 1, 4, 0};

	(void)state;
	for (uint32_t limit = 1; limit < 20; limit++)
		check(limit, some, 6);
}

static void test_one_stretch(void **state)
{
	const unsigned one[] = {10};

	(void)state;
	for (uint32_t limit = 1; limit < 20; limit++)
		check(limit, one, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stretches),
		cmocka_unit_test(test_one_stretch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
