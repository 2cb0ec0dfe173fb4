/* Between git's socket and the broker. */
#include "git/conversation.h"

#include "git/frame.h"
#include "lib/base/clock.h"
#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/ipc/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

/* What a pipe holds. */
#define PIECE_SIZE (64u * 1024)
/* Every answer that is whole ends with a flush (gitprotocol-v2). */
#define ENDING "0000"
#define ENDING_LENGTH 4u
/* How often the broker hears how much has come. */
#define TELL_MS 200u

struct conversation {
	struct loop *loop;
	struct ipc_channel *broker;
	uint64_t *received, told_ms;
	struct frame frame;
	int socket, request, answer; /* the request being read, the answer being passed on */
	struct loop_watch *socket_watch, *answer_watch;
	uint32_t asked;	      /* id of the last request */
	bool waiting, whole;  /* for its answer, of which all is in the pipe */
	bool answer_expected; /* the pipe has not come yet */
	bool over;
	struct failure failure;
	size_t start, end;	    /* of what git does not have yet of a piece of the answer */
	char ending[ENDING_LENGTH]; /* the answer's last bytes so far */
	char piece[PIECE_SIZE];
};

/* git then sees an end of file, and says so. */
static void cut(struct conversation *conversation)
{
	if (conversation->over)
		return;
	conversation->over = true;
	shutdown(conversation->socket, SHUT_RDWR);
	loop_unwatch(conversation->socket_watch);
	loop_unwatch(conversation->answer_watch);
	conversation->socket_watch = conversation->answer_watch = NULL;
	io_close(&conversation->answer);
}

/* --- requests --- */

static int new_request(void)
{
	const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = memfd_create("request", flags | MFD_NOEXEC_SEAL);

	/* Kernels before 6.3 do not know the flag. */
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("request", flags);
	if (fd < 0)
		fatal("cannot make memory for a request: %m");
	return fd;
}

static void write_request(struct conversation *conversation, const uint8_t *bytes, size_t length)
{
	if (conversation->request < 0)
		conversation->request = new_request();
	if (io_write_full(conversation->request, bytes, length) < 0)
		fatal("cannot write a request: %m");
}

static void send_request(struct conversation *conversation)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
	struct ipc_message *message = ipc_new(MESSAGE_GIT_REQUEST, ++conversation->asked);

	if (fcntl(conversation->request, F_ADD_SEALS, seals) < 0)
		fatal("cannot seal a request: %m");
	ipc_put_u8(message, (uint8_t)conversation->frame.command);
	ipc_put_fd(message, conversation->request);
	conversation->request = -1;
	conversation->waiting = conversation->answer_expected = true;
	conversation->whole = false;
	loop_watch_events(conversation->socket_watch, 0);
	ipc_send(conversation->broker, message);
}

/* Takes what has been read of one request at most. */
static void take_lines(struct conversation *conversation)
{
	const uint8_t *bytes;
	size_t length;

	while (!conversation->waiting && !conversation->over) {
		switch (frame_take(&conversation->frame, &bytes, &length)) {
		case FRAME_MORE:
			return;
		case FRAME_LINE:
			write_request(conversation, bytes, length);
			break;
		case FRAME_DONE:
			write_request(conversation, bytes, length);
			send_request(conversation);
			break;
		case FRAME_OVER:
			cut(conversation);
			break;
		case FRAME_BAD:
			failure_set(&conversation->failure, FAILURE_INTERNAL,
				    "If this git is newer than ghward, please report it.",
				    "git asked the server for %s", conversation->frame.wrong);
			cut(conversation);
			break;
		}
	}
}

static void read_requests(struct conversation *conversation)
{
	size_t room;
	uint8_t *to = frame_room(&conversation->frame, &room);
	ssize_t got = read(conversation->socket, to, room);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0) {
		cut(conversation);
		return;
	}
	frame_add(&conversation->frame, (size_t)got);
	take_lines(conversation);
}

/* --- answers --- */

static void tell_received(struct conversation *conversation)
{
	uint64_t now = clock_monotonic_ms();

	if (now - conversation->told_ms < TELL_MS)
		return;
	conversation->told_ms = now;
	struct ipc_message *message = ipc_new(MESSAGE_GIT_RECEIVED, 0);
	ipc_put_u64(message, *conversation->received);
	ipc_send(conversation->broker, message);
}

/* Once git has it all, it may ask again: what it said meanwhile is read now. An answer that breaks
 * off is the last that git hears, which then need not wait for the rest. */
static void finish_answer(struct conversation *conversation)
{
	if (conversation->over || !conversation->whole || conversation->answer_expected ||
	    conversation->answer >= 0)
		return;
	if (memcmp(conversation->ending, ENDING, ENDING_LENGTH) != 0)
		shutdown(conversation->socket, SHUT_WR);
	conversation->waiting = false;
	loop_watch_events(conversation->socket_watch, POLLIN);
	take_lines(conversation);
}

static void answer_ended(struct conversation *conversation)
{
	loop_unwatch(conversation->answer_watch);
	conversation->answer_watch = NULL;
	io_close(&conversation->answer);
	finish_answer(conversation);
}

static void keep_ending(struct conversation *conversation)
{
	char *ending = conversation->ending;
	size_t length = conversation->end < ENDING_LENGTH ? conversation->end : ENDING_LENGTH;

	memmove(ending, ending + length, ENDING_LENGTH - length);
	memcpy(ending + ENDING_LENGTH - length, conversation->piece + conversation->end - length,
	       length);
}

static void read_answer(struct conversation *conversation)
{
	ssize_t got = read(conversation->answer, conversation->piece, PIECE_SIZE);

	if (got > 0) {
		conversation->start = 0;
		conversation->end = (size_t)got;
		keep_ending(conversation);
	} else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
		answer_ended(conversation);
	}
}

/* Whichever of the two is not ready is waited for. */
static void pass_on(struct conversation *conversation)
{
	if (conversation->start == conversation->end)
		read_answer(conversation);
	size_t left = conversation->end - conversation->start;
	if (!left || conversation->over)
		return;
	ssize_t put = write(conversation->socket, conversation->piece + conversation->start, left);
	if (put > 0) {
		conversation->start += (size_t)put;
		*conversation->received += (uint64_t)put;
		tell_received(conversation);
	} else if (put < 0 && errno == EAGAIN) {
		/* A pipe whose writer has gone would wake the loop again and again. */
		loop_unwatch(conversation->answer_watch);
		conversation->answer_watch = NULL;
		loop_watch_events(conversation->socket_watch, POLLOUT);
	} else if (errno != EINTR) {
		/* git has gone; it says why. */
		cut(conversation);
	}
}

static void answer_ready(void *context, short revents)
{
	struct conversation *conversation = context;

	(void)revents;
	pass_on(conversation);
}

static void watch_answer(struct conversation *conversation)
{
	if (conversation->answer >= 0 && !conversation->answer_watch)
		conversation->answer_watch = loop_watch(conversation->loop, conversation->answer,
							POLLIN, answer_ready, conversation);
}

static void socket_ready(void *context, short revents)
{
	struct conversation *conversation = context;

	if (conversation->waiting) {
		if (revents & (POLLHUP | POLLERR)) {
			cut(conversation);
			return;
		}
		loop_watch_events(conversation->socket_watch, 0);
		watch_answer(conversation);
		return;
	}
	read_requests(conversation);
}

int conversation_answer(struct conversation *conversation, struct ipc_incoming *in)
{
	int pipe = ipc_take_fd(in, 0);
	bool whole = ipc_end(in) == 0;

	if (!whole || !conversation || in->id != conversation->asked ||
	    !conversation->answer_expected) {
		io_close(&pipe);
		return whole && !conversation ? 0 : -1;
	}
	conversation->answer_expected = false;
	if (conversation->over) {
		io_close(&pipe);
		return 0;
	}
	if (io_set_nonblocking(pipe) < 0)
		fatal("cannot read an answer: %m");
	conversation->answer = pipe;
	conversation->start = conversation->end = 0;
	memset(conversation->ending, 0, ENDING_LENGTH);
	watch_answer(conversation);
	return 0;
}

int conversation_answered(struct conversation *conversation, struct ipc_incoming *in)
{
	struct failure failure;

	protocol_get_failure(in, &failure);
	if (ipc_end(in) < 0)
		return -1;
	if (!conversation)
		return 0;
	if (in->id != conversation->asked || !conversation->waiting || conversation->whole)
		return -1;
	conversation->whole = true;
	if (failure.kind == FAILURE_NONE) {
		finish_answer(conversation);
	} else if (!conversation->over) {
		conversation->failure = failure;
		cut(conversation);
	}
	return 0;
}

const struct failure *conversation_failure(const struct conversation *conversation)
{
	return &conversation->failure;
}

/* --- beginning and end --- */

static void advertise(struct conversation *conversation)
{
	uint8_t bytes[256];
	size_t size = frame_advertisement(bytes, sizeof(bytes));

	if (!size || io_write_full(conversation->socket, bytes, size) < 0)
		fatal("cannot speak with git: %m");
}

struct conversation *conversation_new(struct loop *loop, struct ipc_channel *broker,
				      uint64_t *received, int *peer)
{
	struct conversation *conversation = memory_new(sizeof(*conversation));
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0 ||
	    io_set_nonblocking(ends[0]) < 0)
		fatal("cannot make a socket pair: %m");
	*peer = ends[1];
	*conversation = (struct conversation){
		.loop = loop,
		.broker = broker,
		.received = received,
		.socket = ends[0],
		.request = -1,
		.answer = -1,
	};
	advertise(conversation);
	conversation->socket_watch = loop_watch(loop, ends[0], POLLIN, socket_ready, conversation);
	return conversation;
}

void conversation_free(struct conversation *conversation)
{
	if (!conversation)
		return;
	cut(conversation);
	io_close(&conversation->socket);
	io_close(&conversation->request);
	loop_defer_free(conversation->loop, conversation);
}
