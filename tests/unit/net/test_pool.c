/* Sockets that wait for libcurl: questions and answers, freshness, and servers that hang up. */
#include "net/pool.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	struct loop *loop;
	struct pool *pool;
	uint32_t asked[POOL_ASKED_MAX * 2];
	size_t count;
};

static void note_question(void *owner, uint32_t id)
{
	struct fixture *fixture = owner;

	fixture->asked[fixture->count++] = id;
}

static int set_up(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){.loop = loop_new()};
	fixture.pool = pool_new(fixture.loop, note_question, &fixture);
	*state = &fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	pool_free(fixture->pool);
	loop_free(fixture->loop);
	return 0;
}

static void connect_pair(int ends[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
}

static void test_questions(void **state)
{
	struct fixture *fixture = *state;

	pool_ask(fixture->pool);
	pool_ask(fixture->pool);
	assert_int_equal(fixture->count, 2);
	assert_int_not_equal(fixture->asked[0], fixture->asked[1]);
	assert_int_equal(pool_asked(fixture->pool), 2);
	assert_true(pool_answered(fixture->pool, fixture->asked[0]));
	assert_int_equal(pool_asked(fixture->pool), 1);
	/* Answered once only, and never unasked. */
	assert_false(pool_answered(fixture->pool, fixture->asked[0]));
	assert_false(pool_answered(fixture->pool, 4711));
	assert_int_equal(pool_asked(fixture->pool), 1);
}

static void test_questions_are_bounded(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < POOL_ASKED_MAX + 5; i++)
		pool_ask(fixture->pool);
	assert_int_equal(fixture->count, POOL_ASKED_MAX);
	assert_true(pool_answered(fixture->pool, fixture->asked[3]));
	pool_ask(fixture->pool);
	assert_int_equal(fixture->count, POOL_ASKED_MAX + 1);
}

static void test_put_and_take(void **state)
{
	struct fixture *fixture = *state;
	int one[2], two[2];

	connect_pair(one);
	connect_pair(two);
	assert_int_equal(pool_take(fixture->pool), -1);
	pool_put(fixture->pool, one[0]);
	pool_put(fixture->pool, two[0]);
	assert_int_equal(pool_ready(fixture->pool), 2);
	/* The newest first: it has had least time to die. */
	assert_int_equal(pool_take(fixture->pool), two[0]);
	assert_int_equal(pool_take(fixture->pool), one[0]);
	assert_int_equal(pool_take(fixture->pool), -1);
	assert_int_equal(pool_ready(fixture->pool), 0);
	close(one[0]);
	close(one[1]);
	close(two[0]);
	close(two[1]);
}

static void test_take_skips_the_dead(void **state)
{
	struct fixture *fixture = *state;
	int live[2], closed[2], talking[2];

	connect_pair(live);
	connect_pair(closed);
	connect_pair(talking);
	pool_put(fixture->pool, live[0]);
	pool_put(fixture->pool, closed[0]);
	pool_put(fixture->pool, talking[0]);
	close(closed[1]);
	assert_int_equal(write(talking[1], "220 hello", 9), 9);
	assert_int_equal(pool_take(fixture->pool), live[0]);
	assert_int_equal(fcntl(closed[0], F_GETFD), -1);
	assert_int_equal(fcntl(talking[0], F_GETFD), -1);
	assert_int_equal(pool_ready(fixture->pool), 0);
	close(live[0]);
	close(live[1]);
	close(talking[1]);
}

static void stop(void *loop)
{
	loop_stop(loop);
}

static void test_hang_up_is_noticed(void **state)
{
	struct fixture *fixture = *state;
	int live[2], closed[2];

	connect_pair(live);
	connect_pair(closed);
	pool_put(fixture->pool, live[0]);
	pool_put(fixture->pool, closed[0]);
	close(closed[1]);
	loop_after(fixture->loop, 1, stop, fixture->loop);
	loop_run(fixture->loop);
	assert_int_equal(pool_ready(fixture->pool), 1);
	assert_int_equal(fcntl(closed[0], F_GETFD), -1);
	assert_int_equal(pool_take(fixture->pool), live[0]);
	close(live[0]);
	close(live[1]);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_questions),	       TEST(test_questions_are_bounded),
		TEST(test_put_and_take),       TEST(test_take_skips_the_dead),
		TEST(test_hang_up_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
