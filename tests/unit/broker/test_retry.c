/* Retries: only what is safe, never longer than the user allowed. */
#include "broker/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW 1000000u

static const struct settings settings = {
	.max_retries = 5, .backoff_base_ms = 1000, .max_backoff_ms = 30000};

static struct response answer(uint16_t status)
{
	return (struct response){
		.status = status,
		.limit = RESPONSE_NUMBER_ABSENT,
		.remaining = RESPONSE_NUMBER_ABSENT,
		.used = RESPONSE_NUMBER_ABSENT,
		.reset = RESPONSE_NUMBER_ABSENT,
		.retry_after = RESPONSE_NUMBER_ABSENT,
		.date = RESPONSE_NUMBER_ABSENT,
	};
}

static enum retry_verdict decide(const struct response *response, enum operation_retry class,
				 unsigned number, uint64_t *wait_ms)
{
	struct retry_attempt attempt = {.number = number,
					.class = class,
					.response = response,
					.sent = true,
					.patience_ms = settings.max_backoff_ms};

	*wait_ms = UINT64_MAX;
	return retry_decide(&attempt, &settings, UINT32_MAX, NOW, wait_ms);
}

static void test_server_errors_back_off_exponentially(void **state)
{
	static const uint64_t expected[] = {1000, 2000, 4000, 8000, 16000};
	struct response response = answer(502);
	uint64_t wait_ms;

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(decide(&response, RETRY_ALWAYS, i, &wait_ms), RETRY_AFTER_WAIT);
		assert_int_equal(wait_ms, expected[i]);
	}
	assert_int_equal(decide(&response, RETRY_ALWAYS, 5, &wait_ms), RETRY_GIVE_UP);
}

static void test_jitter_is_full(void **state)
{
	struct response response = answer(500);
	struct retry_attempt attempt = {.number = 2, .class = RETRY_ALWAYS, .response = &response};
	uint64_t wait_ms;

	(void)state;
	retry_decide(&attempt, &settings, 0, NOW, &wait_ms);
	assert_int_equal(wait_ms, 0);
	retry_decide(&attempt, &settings, UINT32_MAX / 2, NOW, &wait_ms);
	assert_in_range(wait_ms, 1990, 2000);
}

static void test_backoff_has_a_ceiling(void **state)
{
	struct settings patient = settings;
	struct response response = answer(500);
	struct retry_attempt attempt = {.number = 19, .class = RETRY_ALWAYS, .response = &response};
	uint64_t wait_ms;

	(void)state;
	patient.max_retries = 20;
	retry_decide(&attempt, &patient, UINT32_MAX, NOW, &wait_ms);
	assert_int_equal(wait_ms, 30000);
}

static void test_answers_that_mean_it_are_final(void **state)
{
	static const uint16_t final[] = {200, 301, 400, 401, 403, 404, 422, 501};
	uint64_t wait_ms;

	(void)state;
	for (size_t i = 0; i < sizeof(final) / sizeof(final[0]); i++) {
		struct response response = answer(final[i]);
		assert_int_equal(decide(&response, RETRY_ALWAYS, 0, &wait_ms), RETRY_GIVE_UP);
	}
}

static void test_retry_after_is_obeyed_or_refused(void **state)
{
	struct response response = answer(429);
	uint64_t wait_ms;

	(void)state;
	response.retry_after = 7;
	assert_int_equal(decide(&response, RETRY_ALWAYS, 0, &wait_ms), RETRY_AFTER_WAIT);
	assert_int_equal(wait_ms, 7000);
	response.retry_after = 31; /* more than the maximum: the user is told at once */
	assert_int_equal(decide(&response, RETRY_ALWAYS, 0, &wait_ms), RETRY_GIVE_UP);
	response.retry_after = UINT64_MAX - 1;
	assert_int_equal(decide(&response, RETRY_ALWAYS, 0, &wait_ms), RETRY_GIVE_UP);
}

static void test_reset_counts_when_nothing_remains(void **state)
{
	struct response response = answer(429);
	uint64_t wait_ms;

	(void)state;
	response.remaining = 0;
	response.reset = NOW + 3;
	assert_int_equal(decide(&response, RETRY_ALWAYS, 0, &wait_ms), RETRY_AFTER_WAIT);
	assert_int_equal(wait_ms, 3000);
	response.reset = NOW - 3; /* by our clock, which may be fast */
	assert_int_equal(decide(&response, RETRY_ALWAYS, 2, &wait_ms), RETRY_AFTER_WAIT);
	assert_int_equal(wait_ms, 4000);
	response.remaining = 5; /* a secondary limit: a minute at least, which is too long here */
	assert_int_equal(decide(&response, RETRY_ALWAYS, 0, &wait_ms), RETRY_GIVE_UP);
}

static void test_a_proxy_that_says_no_is_not_asked_again(void **state)
{
	static const struct {
		uint16_t status;
		enum retry_verdict verdict;
	} cases[] = {{0, RETRY_AFTER_WAIT},   {302, RETRY_GIVE_UP},   {403, RETRY_GIVE_UP},
		     {407, RETRY_GIVE_UP},    {499, RETRY_GIVE_UP},   {500, RETRY_AFTER_WAIT},
		     {502, RETRY_AFTER_WAIT}, {504, RETRY_AFTER_WAIT}};
	uint64_t wait_ms;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (enum operation_retry class = 0; class <= RETRY_NEVER; class ++) {
			struct retry_attempt attempt = {.class = class,
							.failure = FAILURE_NETWORK,
							.proxy_status = cases[i].status};
			assert_int_equal(retry_decide(&attempt, &settings, 1, NOW, &wait_ms),
					 cases[i].verdict);
		}
	}
}

static void test_writes_are_never_repeated(void **state)
{
	static const uint16_t statuses[] = {429, 500, 502, 503};
	uint64_t wait_ms;

	(void)state;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		struct response response = answer(statuses[i]);
		assert_int_equal(decide(&response, RETRY_NEVER, 0, &wait_ms), RETRY_GIVE_UP);
	}
	struct retry_attempt attempt = {
		.class = RETRY_NEVER, .failure = FAILURE_NETWORK, .sent = true};
	assert_int_equal(retry_decide(&attempt, &settings, 1, NOW, &wait_ms), RETRY_GIVE_UP);
	attempt.sent = false; /* the server cannot have seen it */
	assert_int_equal(retry_decide(&attempt, &settings, 1, NOW, &wait_ms), RETRY_AFTER_WAIT);
}

static void test_only_network_failures_pass(void **state)
{
	static const enum failure_kind final[] = {FAILURE_TLS, FAILURE_TIMEOUT, FAILURE_MALFORMED,
						  FAILURE_DENIED, FAILURE_INTERNAL};
	uint64_t wait_ms;

	(void)state;
	for (size_t i = 0; i < sizeof(final) / sizeof(final[0]); i++) {
		struct retry_attempt attempt = {.class = RETRY_ALWAYS, .failure = final[i]};
		assert_int_equal(retry_decide(&attempt, &settings, 1, NOW, &wait_ms),
				 RETRY_GIVE_UP);
	}
	struct retry_attempt attempt = {.class = RETRY_ALWAYS, .failure = FAILURE_NETWORK};
	assert_int_equal(retry_decide(&attempt, &settings, 1, NOW, &wait_ms), RETRY_AFTER_WAIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_server_errors_back_off_exponentially),
		cmocka_unit_test(test_jitter_is_full),
		cmocka_unit_test(test_backoff_has_a_ceiling),
		cmocka_unit_test(test_answers_that_mean_it_are_final),
		cmocka_unit_test(test_retry_after_is_obeyed_or_refused),
		cmocka_unit_test(test_reset_counts_when_nothing_remains),
		cmocka_unit_test(test_writes_are_never_repeated),
		cmocka_unit_test(test_a_proxy_that_says_no_is_not_asked_again),
		cmocka_unit_test(test_only_network_failures_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
