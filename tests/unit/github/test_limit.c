/* Rate limits: GitHub's order, the server's clock, and waits that grow but end. */
#include "lib/github/limit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define NOW UINT64_C(1800000000)

static struct response answer(void)
{
	return (struct response){
		.limit = RESPONSE_NUMBER_ABSENT,
		.remaining = RESPONSE_NUMBER_ABSENT,
		.used = RESPONSE_NUMBER_ABSENT,
		.reset = RESPONSE_NUMBER_ABSENT,
		.retry_after = RESPONSE_NUMBER_ABSENT,
		.date = RESPONSE_NUMBER_ABSENT,
	};
}

static void test_retry_after_comes_first(void **state)
{
	struct response response = answer();

	(void)state;
	response.remaining = 0;
	response.reset = NOW + 900;
	response.retry_after = 7;
	assert_int_equal(limit_wait_s(&response, 3, NOW), 7);
	response.retry_after = 0;
	assert_int_equal(limit_wait_s(&response, 3, NOW), 0);
}

static void test_then_the_reset_when_nothing_remains(void **state)
{
	struct response response = answer();

	(void)state;
	response.remaining = 0;
	response.reset = NOW + 900;
	assert_int_equal(limit_wait_s(&response, 0, NOW), 900);
	response.reset = NOW - 1;
	assert_int_equal(limit_wait_s(&response, 0, NOW), 0);
	response.reset = NOW + 900;
	response.remaining = 1; /* then the reset is not what is waited for */
	assert_int_equal(limit_wait_s(&response, 0, NOW), LIMIT_WAIT_S);
}

static void test_the_reset_is_a_time_of_the_server(void **state)
{
	static const int64_t skews[] = {-86400, -600, 0, 600, 86400};
	struct response response = answer();

	(void)state;
	response.remaining = 0;
	for (size_t i = 0; i < sizeof(skews) / sizeof(skews[0]); i++) {
		response.date = NOW + (uint64_t)skews[i];
		response.reset = response.date + 90;
		assert_int_equal(limit_wait_s(&response, 0, NOW), 90);
		response.reset = response.date - 90;
		assert_int_equal(limit_wait_s(&response, 0, NOW), 0);
	}
}

static void test_a_secondary_limit_doubles_up_to_an_hour(void **state)
{
	static const uint64_t expected[] = {60, 120, 240, 480, 960, 1920, 3600, 3600};
	struct response response = answer();

	(void)state;
	for (unsigned i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_int_equal(limit_wait_s(&response, i, NOW), expected[i]);
	assert_int_equal(limit_wait_s(&response, 4000000000u, NOW), 3600);
}

static void test_numbers_beyond_time_are_none(void **state)
{
	struct response response = answer();

	(void)state;
	response.remaining = 0;
	response.reset = response.retry_after = response.date = UINT64_MAX - 1;
	assert_int_equal(limit_wait_s(&response, 0, NOW), LIMIT_WAIT_S);
	response.reset = NOW + 5; /* without a date our clock decides */
	assert_int_equal(limit_wait_s(&response, 0, NOW), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_retry_after_comes_first),
		cmocka_unit_test(test_then_the_reset_when_nothing_remains),
		cmocka_unit_test(test_the_reset_is_a_time_of_the_server),
		cmocka_unit_test(test_a_secondary_limit_doubles_up_to_an_hour),
		cmocka_unit_test(test_numbers_beyond_time_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
