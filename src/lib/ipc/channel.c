/* Channels: datagrams in and out, and the checks that stand between a peer and its handlers. */
#include "lib/ipc/channel.h"

#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/ipc/fd_kind.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Headers lag behind the kernel; asm-generic/socket.h of Linux 6.16 */
#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83
#endif

/* How long to wait for room for descriptors, and how often in a row: five seconds. */
#define CROWDED_MS 10u
#define CROWDED_TURNS_MAX 500u

struct ipc_channel {
	struct loop *loop;
	struct loop_watch *watch;
	const struct ipc_permit *permits;
	size_t permit_count;
	uint64_t consumed; /* bit i: the IPC_ONCE row i was used */
	ipc_ended_fn *ended;
	void *owner;
	uint8_t *buffer;
	struct ipc_message *first, **last;
	size_t queued, queue_max;
	struct loop_timer *overflow;
	struct loop_timer *crowded; /* until there may be room for descriptors again */
	unsigned crowded_turns;
	int fd;
	bool paused, held, hung_up, in_step, over, closed;
};

int ipc_pair(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends);
}

void ipc_refuse_descriptors(int fd)
{
	const int off = 0;

	(void)setsockopt(fd, SOL_SOCKET, SO_PASSRIGHTS, &off, sizeof(off));
}

uint8_t *ipc_buffer_new(void)
{
	/* One byte more than the largest message, so that an over-long datagram shows. */
	return memory_new(IPC_MESSAGE_MAX + 1);
}

/* Processes that never pass descriptors have no sendmsg(2) in their filter. */
static ssize_t send_datagram(int fd, const struct ipc_message *message)
{
	if (!message->fd_count)
		return send(fd, message->bytes, message->used, MSG_NOSIGNAL);

	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int) * IPC_FDS_MAX)];
	} control;
	struct iovec part = {.iov_base = message->bytes, .iov_len = message->used};
	struct msghdr header = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = CMSG_SPACE(sizeof(int) * message->fd_count),
	};
	memset(&control, 0, sizeof(control));
	struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(int) * message->fd_count);
	memcpy(CMSG_DATA(rights), message->fds, sizeof(int) * message->fd_count);
	return sendmsg(fd, &header, MSG_NOSIGNAL);
}

int ipc_send_blocking(int fd, struct ipc_message *message)
{
	ssize_t sent = -1;

	if (ipc_seal(message) < 0) {
		errno = EMSGSIZE;
	} else {
		do {
			sent = send_datagram(fd, message);
		} while (sent < 0 && errno == EINTR);
	}
	int saved = errno;
	ipc_free(message);
	errno = saved;
	return sent < 0 ? -1 : 0;
}

static void collect_fds(struct ipc_incoming *in, struct msghdr *header)
{
	for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
			continue;
		size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof(int));
			if (in->fd_count < IPC_FDS_MAX)
				in->fds[in->fd_count++] = fd;
			else
				io_close(&fd);
		}
	}
}

/* Returns 1 with a parsed message, 0 at end of file, -1 with errno. */
static int receive_datagram(int fd, uint8_t *buffer, struct ipc_incoming *in)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(int) * IPC_FDS_MAX)];
	} control;
	struct iovec part = {.iov_base = buffer, .iov_len = IPC_MESSAGE_MAX + 1};
	struct msghdr header = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	memset(in, 0, sizeof(*in));
	ssize_t size = recvmsg(fd, &header, MSG_CMSG_CLOEXEC);
	/* A peer that went without reading all that was sent to it: told once, and before what it
	 * said itself, which is still there. */
	if (size < 0 && errno == ECONNRESET)
		size = recvmsg(fd, &header, MSG_CMSG_CLOEXEC);
	if (size < 0)
		return -1;
	collect_fds(in, &header);
	if (size == 0 && in->fd_count == 0)
		return 0;
	if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) ||
	    ipc_parse(in, buffer, (size_t)size) < 0) {
		ipc_drop_fds(in);
		errno = EBADMSG;
		return -1;
	}
	return 1;
}

/* Returns NULL when the message fits the row, else what is wrong with it. */
static const char *check_permit(const struct ipc_permit *permit, const struct ipc_incoming *in)
{
	if (in->length < permit->min_length || in->length > permit->max_length)
		return "a message of a wrong length";
	for (unsigned i = 0; i < IPC_FDS_MAX; i++) {
		bool present = i < in->fd_count;
		if (present != (permit->fds[i] != IPC_FD_NONE))
			return "a wrong number of descriptors";
		if (present && !ipc_fd_is(in->fds[i], permit->fds[i]))
			return "a descriptor of a wrong kind";
	}
	return NULL;
}

/* A type may have several rows that differ in their descriptors. Returns NULL and a reason in
 * *wrong when no row fits. */
static const struct ipc_permit *find_permit(const struct ipc_permit *permits, size_t count,
					    const struct ipc_incoming *in, const char **wrong)
{
	*wrong = "a message that this peer may not send";
	for (size_t i = 0; i < count; i++) {
		if (permits[i].type != in->type)
			continue;
		*wrong = check_permit(&permits[i], in);
		if (!*wrong)
			return &permits[i];
	}
	return NULL;
}

int ipc_receive(int fd, uint8_t *buffer, const struct ipc_permit *permits, size_t permit_count,
		struct ipc_incoming *in)
{
	int got = receive_datagram(fd, buffer, in);

	if (got <= 0)
		return got;
	const char *wrong;
	if (!find_permit(permits, permit_count, in, &wrong)) {
		ipc_drop_fds(in);
		errno = EBADMSG;
		return -1;
	}
	return 1;
}

static bool may_read(const struct ipc_channel *channel)
{
	if (channel->over || channel->paused)
		return false;
	return channel->hung_up || (!channel->held && !(channel->in_step && channel->first));
}

static void update_events(struct ipc_channel *channel)
{
	short events = 0;

	if (channel->over)
		return;
	if (may_read(channel))
		events |= POLLIN;
	if (channel->first && !channel->crowded)
		events |= POLLOUT;
	loop_watch_events(channel->watch, events);
}

static void drop_queue(struct ipc_channel *channel)
{
	while (channel->first) {
		struct ipc_message *message = channel->first;
		channel->first = message->next;
		ipc_free(message);
	}
	channel->last = &channel->first;
	channel->queued = 0;
}

static void end_channel(struct ipc_channel *channel, enum ipc_ending ending, const char *detail)
{
	if (channel->over)
		return;
	channel->over = true;
	loop_unwatch(channel->watch);
	channel->watch = NULL;
	drop_queue(channel);
	channel->ended(channel->owner, ending, detail);
}

static void unsendable(void *context)
{
	struct ipc_channel *channel = context;

	channel->overflow = NULL;
	end_channel(channel, IPC_OVERFLOW, "cannot be sent its messages");
}

/* A peer that is gone: reading will say so, in a turn of its own. For any other reason (no room for
 * descriptors on their way, for one) a message would be missing, and nobody would know. */
static void cannot_send(struct ipc_channel *channel)
{
	bool gone = errno == EPIPE || errno == ECONNRESET;

	drop_queue(channel);
	if (!gone && !channel->overflow)
		channel->overflow = loop_after(channel->loop, 0, unsendable, channel);
}

static void flush_queue(struct ipc_channel *channel);

static void room_again(void *context)
{
	struct ipc_channel *channel = context;

	channel->crowded = NULL;
	flush_queue(channel);
	update_events(channel);
}

/* Descriptors on their way are counted per user, whoever sent them: too many of them pass, and
 * poll(2) does not know when. */
static void wait_for_room(struct ipc_channel *channel)
{
	channel->crowded_turns++;
	channel->crowded = loop_after(channel->loop, CROWDED_MS, room_again, channel);
}

static void flush_queue(struct ipc_channel *channel)
{
	while (channel->first && !channel->crowded) {
		struct ipc_message *message = channel->first;
		if (send_datagram(channel->fd, message) < 0) {
			if (errno == EINTR)
				continue;
			if (errno == ETOOMANYREFS && channel->crowded_turns < CROWDED_TURNS_MAX)
				wait_for_room(channel);
			else if (errno != EAGAIN && errno != ENOBUFS)
				cannot_send(channel);
			return;
		}
		channel->first = message->next;
		if (!channel->first)
			channel->last = &channel->first;
		channel->queued--;
		channel->crowded_turns = 0;
		ipc_free(message);
	}
}

/* Returns true when another message may be waiting. */
static bool dispatch_one(struct ipc_channel *channel)
{
	struct ipc_incoming in;
	int got = receive_datagram(channel->fd, channel->buffer, &in);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (got < 0 && errno == EBADMSG) {
		end_channel(channel, IPC_VIOLATION, "a malformed message");
		return false;
	}
	if (got <= 0) {
		end_channel(channel, IPC_PEER_CLOSED, "end of file");
		return false;
	}
	const char *wrong;
	const struct ipc_permit *permit =
		find_permit(channel->permits, channel->permit_count, &in, &wrong);
	if (permit && permit->times == IPC_ONCE) {
		uint64_t bit = UINT64_C(1) << (permit - channel->permits);
		if (channel->consumed & bit)
			wrong = "a message that is permitted only once";
		channel->consumed |= bit;
	}
	if (!wrong && permit && permit->handle(channel->owner, &in) < 0)
		wrong = "a message whose content is not permitted";
	if (!wrong && (!in.reader.ended || in.reader.poisoned))
		wrong = "a message with missing or surplus fields";
	ipc_drop_fds(&in);
	if (wrong && !channel->closed)
		end_channel(channel, IPC_VIOLATION, wrong);
	return may_read(channel);
}

/* Messages taken from one peer before the others get their turn. */
#define DISPATCH_BATCH 128

static void channel_ready(void *context, short revents)
{
	struct ipc_channel *channel = context;

	if (revents & (POLLHUP | POLLERR))
		channel->hung_up = true;
	/* To a peer that has hung up nothing can be sent: trying drops the queue. */
	if (revents & (POLLOUT | POLLHUP | POLLERR))
		flush_queue(channel);
	/* A hang-up is told whether asked for or not. It is no permission to read. */
	if (channel->paused && channel->hung_up) {
		end_channel(channel, IPC_PEER_CLOSED, "end of file");
		return;
	}
	if (may_read(channel) && (channel->hung_up || (revents & POLLIN))) {
		for (int i = 0; i < DISPATCH_BATCH && dispatch_one(channel); i++)
			;
	}
	if (!channel->over)
		update_events(channel);
}

struct ipc_channel *ipc_channel_new(struct loop *loop, int fd, const struct ipc_permit *permits,
				    size_t permit_count, ipc_ended_fn *ended, void *owner)
{
	struct ipc_channel *channel = memory_new(sizeof(*channel));

	if (permit_count > IPC_PERMITS_MAX || io_set_nonblocking(fd) < 0)
		fatal("cannot set up a channel: %m");
	channel->loop = loop;
	channel->permits = permits;
	channel->permit_count = permit_count;
	channel->ended = ended;
	channel->owner = owner;
	channel->buffer = ipc_buffer_new();
	channel->last = &channel->first;
	channel->queue_max = IPC_QUEUE_MAX;
	channel->fd = fd;
	channel->watch = loop_watch(loop, fd, POLLIN, channel_ready, channel);
	return channel;
}

void ipc_channel_close(struct ipc_channel *channel)
{
	if (!channel || channel->closed)
		return;
	channel->closed = channel->over = true;
	loop_unwatch(channel->watch);
	loop_cancel(channel->overflow);
	loop_cancel(channel->crowded);
	drop_queue(channel);
	io_close(&channel->fd);
	/* A handler of this very channel may be on the stack, reading from the buffer. */
	loop_defer_free(channel->loop, channel->buffer);
	loop_defer_free(channel->loop, channel);
}

static void overflowed(void *context)
{
	struct ipc_channel *channel = context;

	channel->overflow = NULL;
	end_channel(channel, IPC_OVERFLOW, "does not read its messages");
}

int ipc_channel_duplicate(const struct ipc_channel *channel)
{
	return fcntl(channel->fd, F_DUPFD_CLOEXEC, 0);
}

void ipc_channel_set_queue(struct ipc_channel *channel, size_t most)
{
	channel->queue_max = most;
}

void ipc_send(struct ipc_channel *channel, struct ipc_message *message)
{
	if (!channel || channel->over) {
		ipc_free(message);
		return;
	}
	if (ipc_seal(message) < 0)
		fatal("a message of type %u grew past its limit", message->bytes[0]);
	if (channel->queued >= channel->queue_max) {
		ipc_free(message);
		if (!channel->overflow)
			channel->overflow = loop_after(channel->loop, 0, overflowed, channel);
		return;
	}
	message->next = NULL;
	*channel->last = message;
	channel->last = &message->next;
	channel->queued++;
	flush_queue(channel);
	update_events(channel);
}

bool ipc_channel_flushed(const struct ipc_channel *channel)
{
	return channel->first == NULL;
}

void ipc_channel_in_step(struct ipc_channel *channel)
{
	channel->in_step = true;
	update_events(channel);
}

void ipc_channel_pause(struct ipc_channel *channel, bool paused)
{
	channel->paused = paused;
	update_events(channel);
}

void ipc_channel_hold(struct ipc_channel *channel, bool held)
{
	channel->held = held;
	update_events(channel);
}
