/* Channels: what is permitted arrives, everything else ends the channel. */
#include "lib/ipc/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { TYPE_NUMBER = 1, TYPE_GREETING, TYPE_PIPE, TYPE_SLOPPY };

struct fixture {
	struct loop *loop;
	struct ipc_channel *channel;
	int own, peer;
	unsigned numbers, last, pipes;
	bool over;
	enum ipc_ending ending;
};

static int handle_number(void *owner, struct ipc_incoming *in)
{
	struct fixture *fixture = owner;

	fixture->last = ipc_get_u32(in);
	if (ipc_end(in) < 0)
		return -1;
	fixture->numbers++;
	return 0;
}

static int handle_greeting(void *owner, struct ipc_incoming *in)
{
	(void)owner;
	return ipc_end(in);
}

static int handle_pipe(void *owner, struct ipc_incoming *in)
{
	struct fixture *fixture = owner;

	fixture->pipes++;
	close(ipc_take_fd(in, 0));
	return ipc_end(in);
}

/* Forgets ipc_end(): the framework must notice. */
static int handle_sloppily(void *owner, struct ipc_incoming *in)
{
	(void)owner;
	(void)ipc_get_u8(in);
	return 0;
}

static const struct ipc_permit permits[] = {
	{TYPE_NUMBER, IPC_PERMIT, 4, 8, {IPC_FD_NONE}, handle_number},
	{TYPE_GREETING, IPC_ONCE, 0, 0, {IPC_FD_NONE}, handle_greeting},
	{TYPE_PIPE, IPC_PERMIT, 0, 0, {IPC_FD_PIPE_READ}, handle_pipe},
	{TYPE_PIPE, IPC_PERMIT, 0, 0, {IPC_FD_PIPE_WRITE}, handle_pipe},
	{TYPE_SLOPPY, IPC_PERMIT, 1, 1, {IPC_FD_NONE}, handle_sloppily},
};

static void ended(void *owner, enum ipc_ending ending, const char *detail)
{
	struct fixture *fixture = owner;

	assert_non_null(detail);
	fixture->over = true;
	fixture->ending = ending;
	loop_stop(fixture->loop);
}

static int set_up(void **state)
{
	static struct fixture fixture;
	int ends[2];

	fixture = (struct fixture){.loop = loop_new()};
	if (ipc_pair(ends) < 0)
		return -1;
	fixture.channel = ipc_channel_new(fixture.loop, ends[0], permits,
					  sizeof(permits) / sizeof(permits[0]), ended, &fixture);
	fixture.own = ends[0];
	fixture.peer = ends[1];
	*state = &fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	ipc_channel_close(fixture->channel);
	loop_free(fixture->loop);
	close(fixture->peer);
	return 0;
}

static void stop(void *context)
{
	loop_stop(context);
}

static void run_for_a_moment(struct fixture *fixture)
{
	struct loop_timer *timer = loop_after(fixture->loop, 20, stop, fixture->loop);

	loop_run(fixture->loop);
	if (fixture->over)
		loop_cancel(timer);
}

static void say_number(struct fixture *fixture, uint32_t number)
{
	struct ipc_message *message = ipc_new(TYPE_NUMBER, 0);

	ipc_put_u32(message, number);
	assert_int_equal(ipc_send_blocking(fixture->peer, message), 0);
}

static void test_permitted_messages_arrive(void **state)
{
	struct fixture *fixture = *state;

	for (uint32_t i = 0; i < 5; i++)
		say_number(fixture, i);
	run_for_a_moment(fixture);
	assert_int_equal(fixture->numbers, 5);
	assert_int_equal(fixture->last, 4);
	assert_false(fixture->over);
}

static void expect_violation(struct fixture *fixture, struct ipc_message *message)
{
	assert_int_equal(ipc_send_blocking(fixture->peer, message), 0);
	run_for_a_moment(fixture);
	assert_true(fixture->over);
	assert_int_equal(fixture->ending, IPC_VIOLATION);
	assert_int_equal(fixture->numbers, 0);
}

static void test_unknown_type(void **state)
{
	expect_violation(*state, ipc_new(99, 0));
}

static void test_too_short(void **state)
{
	struct ipc_message *message = ipc_new(TYPE_NUMBER, 0);

	ipc_put_u8(message, 1);
	expect_violation(*state, message);
}

static void test_surplus_field(void **state)
{
	struct ipc_message *message = ipc_new(TYPE_NUMBER, 0);

	ipc_put_u64(message, 1);
	expect_violation(*state, message);
}

static void test_reader_left_open(void **state)
{
	struct ipc_message *message = ipc_new(TYPE_SLOPPY, 0);

	ipc_put_u8(message, 1);
	expect_violation(*state, message);
}

static void test_once_means_once(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(ipc_send_blocking(fixture->peer, ipc_new(TYPE_GREETING, 0)), 0);
	run_for_a_moment(fixture);
	assert_false(fixture->over);
	expect_violation(fixture, ipc_new(TYPE_GREETING, 0));
}

static void test_garbage(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(send(fixture->peer, "garbage", 7, 0), 7);
	run_for_a_moment(fixture);
	assert_true(fixture->over);
	assert_int_equal(fixture->ending, IPC_VIOLATION);
}

static void test_missing_descriptor(void **state)
{
	expect_violation(*state, ipc_new(TYPE_PIPE, 0));
}

static void test_unexpected_descriptor(void **state)
{
	struct ipc_message *message = ipc_new(TYPE_GREETING, 0);

	ipc_put_fd(message, open("/dev/null", O_RDONLY | O_CLOEXEC));
	expect_violation(*state, message);
}

static void test_wrong_kind_of_descriptor(void **state)
{
	struct ipc_message *message = ipc_new(TYPE_PIPE, 0);

	ipc_put_fd(message, open("/dev/null", O_RDONLY | O_CLOEXEC));
	expect_violation(*state, message);
}

static void test_either_kind_of_descriptor(void **state)
{
	struct fixture *fixture = *state;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	for (int i = 0; i < 2; i++) {
		struct ipc_message *message = ipc_new(TYPE_PIPE, 0);
		ipc_put_fd(message, ends[i]);
		assert_int_equal(ipc_send_blocking(fixture->peer, message), 0);
	}
	run_for_a_moment(fixture);
	assert_int_equal(fixture->pipes, 2);
	assert_false(fixture->over);
}

static void test_peer_goes(void **state)
{
	struct fixture *fixture = *state;

	shutdown(fixture->peer, SHUT_RDWR);
	run_for_a_moment(fixture);
	assert_true(fixture->over);
	assert_int_equal(fixture->ending, IPC_PEER_CLOSED);
	ipc_send(fixture->channel, ipc_new(TYPE_GREETING, 0)); /* swallowed */
}

/* What a peer said last arrives, also when it went without reading what was said to it. */
static void test_last_words_of_a_peer_that_does_not_read(void **state)
{
	struct fixture *fixture = *state;
	struct ipc_message *number = ipc_new(TYPE_NUMBER, 1);

	ipc_send(fixture->channel, ipc_new(TYPE_GREETING, 0));
	ipc_put_u32(number, 7);
	assert_int_equal(ipc_send_blocking(fixture->peer, number), 0);
	close(fixture->peer);
	fixture->peer = -1;
	loop_run(fixture->loop);
	assert_int_equal(fixture->numbers, 1);
	assert_int_equal(fixture->last, 7);
	assert_true(fixture->over);
	assert_int_equal(fixture->ending, IPC_PEER_CLOSED);
}

static void test_paused_means_unread(void **state)
{
	struct fixture *fixture = *state;

	ipc_channel_pause(fixture->channel, true);
	say_number(fixture, 7);
	run_for_a_moment(fixture);
	assert_int_equal(fixture->numbers, 0);
	ipc_channel_pause(fixture->channel, false);
	run_for_a_moment(fixture);
	assert_int_equal(fixture->numbers, 1);
}

/* poll(2) tells a hang-up unasked. */
static void test_paused_means_unread_even_when_the_peer_goes(void **state)
{
	struct fixture *fixture = *state;

	ipc_channel_pause(fixture->channel, true);
	say_number(fixture, 7);
	say_number(fixture, 8);
	shutdown(fixture->peer, SHUT_RDWR);
	run_for_a_moment(fixture);
	assert_int_equal(fixture->numbers, 0);
	assert_true(fixture->over);
	assert_int_equal(fixture->ending, IPC_PEER_CLOSED);
}

static void test_held_means_unread_while_the_peer_lives(void **state)
{
	struct fixture *fixture = *state;

	ipc_channel_hold(fixture->channel, true);
	say_number(fixture, 7);
	say_number(fixture, 8);
	run_for_a_moment(fixture);
	assert_int_equal(fixture->numbers, 0);
	assert_false(fixture->over);
	shutdown(fixture->peer, SHUT_RDWR);
	run_for_a_moment(fixture);
	assert_int_equal(fixture->numbers, 2);
	assert_true(fixture->over);
	assert_int_equal(fixture->ending, IPC_PEER_CLOSED);
}

static void test_a_peer_that_does_not_read_overflows(void **state)
{
	struct fixture *fixture = *state;

	for (unsigned i = 0; i < IPC_QUEUE_MAX * 8 && !fixture->over; i++) {
		struct ipc_message *message = ipc_new(TYPE_NUMBER, 0);
		static const char block[32768] = "";
		ipc_put_bytes(message, block, sizeof(block));
		ipc_send(fixture->channel, message);
	}
	assert_false(fixture->over); /* never from within a send */
	run_for_a_moment(fixture);
	assert_true(fixture->over);
	assert_int_equal(fixture->ending, IPC_OVERFLOW);
}

/* The kernel refuses it although the peer is there: dropped in silence, it would be missed for
 * ever. */
static void test_what_cannot_be_sent_ends_the_channel(void **state)
{
	static const char large[60000];
	struct fixture *fixture = *state;
	struct ipc_message *message = ipc_new(TYPE_NUMBER, 0);
	const int small = 1;

	assert_int_equal(setsockopt(fixture->own, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
	ipc_put_bytes(message, large, sizeof(large));
	ipc_send(fixture->channel, message);
	assert_false(fixture->over); /* never from within */
	run_for_a_moment(fixture);
	assert_true(fixture->over);
	assert_int_equal(fixture->ending, IPC_OVERFLOW);
}

static void test_in_step_with_a_peer_that_does_not_read(void **state)
{
	struct fixture *fixture = *state;

	ipc_channel_in_step(fixture->channel);
	say_number(fixture, 1);
	run_for_a_moment(fixture);
	assert_int_equal(fixture->numbers, 1);
	while (ipc_channel_flushed(fixture->channel))
		ipc_send(fixture->channel, ipc_new(TYPE_NUMBER, 0));
	say_number(fixture, 2);
	run_for_a_moment(fixture);
	assert_int_equal(fixture->numbers, 1);
	while (recv(fixture->peer, &(char){0}, 1, MSG_DONTWAIT) >= 0)
		;
	run_for_a_moment(fixture);
	assert_int_equal(fixture->numbers, 2);
	assert_false(fixture->over);
}

/* Full to the brim and shut down without being closed: no reason to wait for room. */
static void test_in_step_with_a_peer_that_hangs_up(void **state)
{
	struct fixture *fixture = *state;

	ipc_channel_in_step(fixture->channel);
	while (ipc_channel_flushed(fixture->channel))
		ipc_send(fixture->channel, ipc_new(TYPE_NUMBER, 0));
	shutdown(fixture->peer, SHUT_RDWR);
	run_for_a_moment(fixture);
	assert_true(fixture->over);
	assert_int_equal(fixture->ending, IPC_PEER_CLOSED);
}

static void test_descriptors_can_be_refused(void **state)
{
	struct fixture *fixture = *state;
	struct ipc_message *message = ipc_new(TYPE_PIPE, 0);
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	close(ends[1]);
	ipc_put_fd(message, ends[0]);
	ipc_refuse_descriptors(fixture->own);
	/* Linux before 6.16 lets them through. */
	if (ipc_send_blocking(fixture->peer, message) == 0)
		skip();
	assert_int_equal(errno, EPERM);
	say_number(fixture, 1);
	run_for_a_moment(fixture);
	assert_int_equal(fixture->numbers, 1);
	assert_int_equal(fixture->pipes, 0);
}

static void test_queued_messages_arrive_in_order(void **state)
{
	struct fixture *fixture = *state;
	uint8_t *buffer = ipc_buffer_new();
	struct ipc_incoming in;

	for (uint32_t i = 0; i < 200; i++) {
		struct ipc_message *message = ipc_new(TYPE_NUMBER, i);
		static const char block[4096] = "";
		ipc_put_bytes(message, block, sizeof(block));
		ipc_send(fixture->channel, message);
	}
	assert_false(ipc_channel_flushed(fixture->channel));
	static const struct ipc_permit big[] = {
		{TYPE_NUMBER, IPC_PERMIT, 0, IPC_MESSAGE_MAX, {IPC_FD_NONE}, NULL}};
	for (uint32_t i = 0; i < 200; i++) {
		if (!ipc_channel_flushed(fixture->channel))
			run_for_a_moment(fixture);
		assert_int_equal(ipc_receive(fixture->peer, buffer, big, 1, &in), 1);
		assert_int_equal(in.id, i);
	}
	free(buffer);
}

static void test_blocking_receive_refuses_too(void **state)
{
	struct fixture *fixture = *state;
	uint8_t *buffer = ipc_buffer_new();
	struct ipc_incoming in;

	ipc_send(fixture->channel, ipc_new(TYPE_SLOPPY, 0));
	assert_int_equal(ipc_receive(fixture->peer, buffer, permits,
				     sizeof(permits) / sizeof(permits[0]), &in),
			 -1);
	assert_int_equal(errno, EBADMSG);
	free(buffer);
}

#define channel_test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		channel_test(test_permitted_messages_arrive),
		channel_test(test_unknown_type),
		channel_test(test_too_short),
		channel_test(test_surplus_field),
		channel_test(test_reader_left_open),
		channel_test(test_once_means_once),
		channel_test(test_garbage),
		channel_test(test_missing_descriptor),
		channel_test(test_unexpected_descriptor),
		channel_test(test_wrong_kind_of_descriptor),
		channel_test(test_either_kind_of_descriptor),
		channel_test(test_peer_goes),
		channel_test(test_last_words_of_a_peer_that_does_not_read),
		channel_test(test_paused_means_unread),
		channel_test(test_paused_means_unread_even_when_the_peer_goes),
		channel_test(test_held_means_unread_while_the_peer_lives),
		channel_test(test_a_peer_that_does_not_read_overflows),
		channel_test(test_what_cannot_be_sent_ends_the_channel),
		channel_test(test_in_step_with_a_peer_that_does_not_read),
		channel_test(test_in_step_with_a_peer_that_hangs_up),
		channel_test(test_descriptors_can_be_refused),
		channel_test(test_queued_messages_arrive_in_order),
		channel_test(test_blocking_receive_refuses_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
