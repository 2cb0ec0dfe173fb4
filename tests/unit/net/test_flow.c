/* How a stream flows: held by its pipe, given up by the clock. */
#include "net/flow.h"

#include "lib/base/clock.h"
#include "lib/base/io.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
	struct loop *loop;
	struct flow flow;
	int reader, writer;
	unsigned resumed, idle;
	bool goes_on;
};

static void resume(void *context)
{
	struct fixture *fixture = context;

	fixture->resumed++;
	loop_stop(fixture->loop);
}

static bool idle(void *context)
{
	struct fixture *fixture = context;

	fixture->idle++;
	if (!fixture->goes_on)
		loop_stop(fixture->loop);
	return fixture->goes_on;
}

static const struct flow_callbacks callbacks = {.resume = resume, .idle = idle};

static void begin(struct fixture *fixture, uint32_t idle_ms)
{
	int ends[2];

	*fixture = (struct fixture){.loop = loop_new()};
	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	fixture->reader = ends[0];
	fixture->writer = ends[1];
	flow_begin(&fixture->flow, fixture->loop, fixture->writer, idle_ms, &callbacks, fixture);
}

static void end(struct fixture *fixture)
{
	flow_end(&fixture->flow);
	flow_end(&fixture->flow); /* once more does no harm */
	io_close(&fixture->reader);
	io_close(&fixture->writer);
	loop_free(fixture->loop);
}

static void fill(const struct fixture *fixture)
{
	static const char bytes[4096];

	while (write(fixture->writer, bytes, sizeof(bytes)) > 0)
		;
}

static void stop(void *loop)
{
	loop_stop(loop);
}

static void run_for(struct fixture *fixture, uint64_t ms)
{
	struct loop_timer *timer = loop_after(fixture->loop, ms, stop, fixture->loop);
	uint64_t until = clock_monotonic_ms() + ms;

	loop_run(fixture->loop);
	if (clock_monotonic_ms() < until)
		loop_cancel(timer);
}

static void test_goes_on_when_there_is_room(void **state)
{
	struct fixture fixture;
	char bytes[8192];

	(void)state;
	begin(&fixture, 0);
	fill(&fixture);
	flow_hold(&fixture.flow);
	flow_hold(&fixture.flow);
	run_for(&fixture, 50);
	assert_int_equal(fixture.resumed, 0);
	assert_true(read(fixture.reader, bytes, sizeof(bytes)) > 0);
	run_for(&fixture, 5000);
	assert_int_equal(fixture.resumed, 1);
	run_for(&fixture, 50);
	assert_int_equal(fixture.resumed, 1);
	end(&fixture);
}

/* Who writes then learns it. */
static void test_goes_on_when_nobody_reads_any_more(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, 0);
	fill(&fixture);
	flow_hold(&fixture.flow);
	io_close(&fixture.reader);
	run_for(&fixture, 5000);
	assert_int_equal(fixture.resumed, 1);
	end(&fixture);
}

static void test_idle(void **state)
{
	struct fixture fixture;
	uint64_t began = clock_monotonic_ms();

	(void)state;
	begin(&fixture, 100);
	run_for(&fixture, 5000);
	assert_int_equal(fixture.idle, 1);
	assert_in_range(clock_monotonic_ms() - began, 100, 2000);
	/* It was told that this is the end. */
	run_for(&fixture, 250);
	assert_int_equal(fixture.idle, 1);
	end(&fixture);
}

static void test_idle_again(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, 50);
	fixture.goes_on = true;
	run_for(&fixture, 400);
	assert_in_range(fixture.idle, 2, 8);
	end(&fixture);
}

static void test_what_moves_is_not_idle(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, 200);
	for (unsigned i = 0; i < 10; i++) {
		run_for(&fixture, 50);
		flow_moved(&fixture.flow);
	}
	assert_int_equal(fixture.idle, 0);
	run_for(&fixture, 5000);
	assert_int_equal(fixture.idle, 1);
	end(&fixture);
}

/* However slow: it is the reader's time. Afterwards the server has all of its own again. */
static void test_what_is_held_is_not_idle(void **state)
{
	struct fixture fixture;
	char bytes[65536];

	(void)state;
	begin(&fixture, 100);
	fill(&fixture);
	flow_hold(&fixture.flow);
	run_for(&fixture, 350);
	assert_int_equal(fixture.idle, 0);
	assert_true(read(fixture.reader, bytes, sizeof(bytes)) > 0);
	run_for(&fixture, 5000);
	assert_int_equal(fixture.resumed, 1);
	uint64_t began = clock_monotonic_ms();
	run_for(&fixture, 5000);
	assert_int_equal(fixture.idle, 1);
	assert_true(clock_monotonic_ms() - began >= 90);
	end(&fixture);
}

static void test_nothing_after_the_end(void **state)
{
	struct fixture fixture;

	(void)state;
	begin(&fixture, 20);
	fill(&fixture);
	flow_hold(&fixture.flow);
	flow_end(&fixture.flow);
	io_close(&fixture.reader);
	run_for(&fixture, 100);
	assert_int_equal(fixture.idle + fixture.resumed, 0);
	end(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_goes_on_when_there_is_room),
		cmocka_unit_test(test_goes_on_when_nobody_reads_any_more),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_idle_again),
		cmocka_unit_test(test_what_moves_is_not_idle),
		cmocka_unit_test(test_what_is_held_is_not_idle),
		cmocka_unit_test(test_nothing_after_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
