/* Bearers: who asks for a token hears of it once, and later. */
#include "broker/bearer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct asker {
	unsigned told;
	enum failure_kind kind;
	struct bearer_wait *wait, *other;
};

static void told(void *context, const struct failure *failure)
{
	struct asker *asker = context;

	asker->told++;
	asker->kind = failure ? failure->kind : FAILURE_NONE;
	bearer_forget(asker->other);
}

static bool is_never_ready(const struct bearer *bearer)
{
	(void)bearer;
	return false;
}

static void fail_at_once(struct bearer *bearer)
{
	const struct failure failure = {.kind = FAILURE_PERMISSION};

	bearer_prepared(bearer, &failure);
}

static const struct bearer_kind fails = {.is_ready = is_never_ready, .prepare = fail_at_once};
static const struct bearer_kind has_one;

static void stop(void *loop)
{
	loop_stop(loop);
}

static void run(struct broker *broker)
{
	loop_after(broker->loop, 10, stop, broker->loop);
	loop_run(broker->loop);
}

static void expect_later(const struct bearer_kind *kind, enum failure_kind outcome)
{
	struct broker broker = {.loop = loop_new()};
	struct bearer *bearer = bearer_new(&broker, kind, "key", "https://api.github.com", NULL);
	struct asker asker = {0};

	asker.wait = bearer_prepare(bearer, told, &asker);
	assert_int_equal(asker.told, 0);
	bearer_release(bearer);
	run(&broker);
	assert_int_equal(asker.told, 1);
	assert_int_equal(asker.kind, outcome);
	assert_null(broker.bearers);
	loop_free(broker.loop);
}

static void test_later_even_if_it_is_known_at_once(void **state)
{
	(void)state;
	expect_later(&fails, FAILURE_PERMISSION);
	expect_later(&has_one, FAILURE_NONE);
}

/* By then the job has ended, or ends because of what another one was told. */
static void test_who_has_forgotten_is_not_told(void **state)
{
	struct broker broker = {.loop = loop_new()};
	struct bearer *bearer = bearer_new(&broker, &fails, "key", "https://api.github.com", NULL);
	struct asker first = {0}, second = {0}, third = {0};

	(void)state;
	first.wait = bearer_prepare(bearer, told, &first);
	second.wait = bearer_prepare(bearer, told, &second);
	third.wait = bearer_prepare(bearer, told, &third);
	second.other = third.wait;
	bearer_forget(first.wait);
	run(&broker);
	assert_int_equal(first.told, 0);
	assert_int_equal(second.told, 1);
	assert_int_equal(third.told, 0);
	bearer_release(bearer);
	run(&broker);
	loop_free(broker.loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_later_even_if_it_is_known_at_once),
		cmocka_unit_test(test_who_has_forgotten_is_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
