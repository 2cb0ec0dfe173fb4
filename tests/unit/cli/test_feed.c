/* A secret from standard input into a pipe: whole, and with nothing left behind. */
#include "cli/feed.h"
#include "lib/base/io.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SECRET_SIZE 20000u

static struct feed feed;
static int input, output; /* where the secret comes from, and where it arrives */
static char secret[SECRET_SIZE];

static int set_up(void **state)
{
	int in[2], out[2];

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	if (pipe(in) < 0 || pipe(out) < 0 || dup2(in[0], STDIN_FILENO) < 0)
		return -1;
	io_close(&in[0]);
	input = in[1];
	output = out[0];
	feed_init(&feed);
	feed_begin(&feed, out[1]);
	for (size_t i = 0; i < sizeof(secret); i++)
		secret[i] = (char)('a' + i % 26);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	feed_end(&feed);
	io_close(&input);
	io_close(&output);
	return 0;
}

static void assert_over(void)
{
	assert_int_equal(feed.pipe, -1);
	assert_int_equal(feed_watch(&feed).fd, -1);
}

/* Moves until it says that it is done. */
static void move_all(void)
{
	for (unsigned i = 0; feed.pipe >= 0; i++) {
		struct pollfd watched = feed_watch(&feed);
		assert_int_equal(poll(&watched, 1, 1000), 1);
		assert_true(i < 1000);
		feed_move(&feed);
	}
}

static void test_all_of_it_arrives(void **state)
{
	char got[SECRET_SIZE + 1];

	(void)state;
	assert_int_equal(io_write_full(input, secret, sizeof(secret)), 0);
	io_close(&input);
	move_all();
	assert_int_equal(io_read_full(output, got, sizeof(got)), sizeof(secret));
	assert_memory_equal(got, secret, sizeof(secret));
	assert_over();
	assert_true(feed.whole);
}

static void test_nothing_is_an_end_as_well(void **state)
{
	char got[1];

	(void)state;
	io_close(&input);
	move_all();
	assert_int_equal(io_read_full(output, got, sizeof(got)), 0);
	assert_over();
}

/* What is not wanted is not read to its end either. */
static void test_a_reader_who_goes(void **state)
{
	(void)state;
	assert_int_equal(io_write_full(input, secret, sizeof(secret)), 0);
	io_close(&output);
	move_all();
	assert_over();
	assert_false(feed.whole);
}

static void test_a_full_pipe_is_waited_for(void **state)
{
	char got[2 * PIPE_BUF];

	(void)state;
	assert_int_equal(fcntl(output, F_SETPIPE_SZ, 4096), 4096);
	assert_int_equal(io_write_full(input, secret, 2 * PIPE_BUF), 0);
	feed_move(&feed);
	assert_int_equal(feed_watch(&feed).fd, STDIN_FILENO);
	feed_move(&feed);
	struct pollfd watched = feed_watch(&feed);
	assert_int_equal(watched.events, POLLOUT);
	assert_int_equal(poll(&watched, 1, 0), 0);
	assert_int_equal(io_read_full(output, got, PIPE_BUF), PIPE_BUF);
	assert_int_equal(poll(&watched, 1, 0), 1);
	feed_move(&feed);
	assert_int_equal(io_read_full(output, got + PIPE_BUF, PIPE_BUF), PIPE_BUF);
	assert_memory_equal(got, secret, sizeof(got));
}

static void test_an_end_before_the_end(void **state)
{
	char byte;

	(void)state;
	assert_int_equal(io_write_full(input, secret, 100), 0);
	feed_move(&feed);
	feed_end(&feed);
	assert_over();
	assert_false(feed.whole);
	assert_int_equal(io_read_full(output, secret, 100), 100);
	assert_int_equal(read(output, &byte, 1), 0);
}

/* What cannot be spliced is copied. */
static void test_no_input_at_all(void **state)
{
	char got[1];
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_true(null >= 0 && dup2(null, STDIN_FILENO) >= 0);
	io_close(&null);
	move_all();
	assert_int_equal(io_read_full(output, got, sizeof(got)), 0);
	assert_over();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_all_of_it_arrives, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nothing_is_an_end_as_well, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_reader_who_goes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_full_pipe_is_waited_for, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_an_end_before_the_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_input_at_all, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
