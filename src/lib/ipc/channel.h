/* A channel: one end of a SOCK_SEQPACKET pair together with what the peer at the other end may say.
 *
 * Everything that is not in the permit table is a violation and ends the channel: an unknown type,
 * a wrong length, an unexpected or wrong kind of descriptor, a truncated datagram, a reader that
 * was not closed. The owner then has the peer killed and audited. */
#ifndef GHWARD_IPC_CHANNEL_H
#define GHWARD_IPC_CHANNEL_H

#include "lib/ipc/loop.h"
#include "lib/ipc/message.h"

/* What a received descriptor must be; anything else is a violation. */
enum ipc_fd_kind {
	IPC_FD_NONE = 0,
	IPC_FD_PIPE_READ,
	IPC_FD_PIPE_WRITE,
	IPC_FD_SEQPACKET, /* a unix socket that carries messages */
	IPC_FD_TCP,	  /* a connected stream socket */
	IPC_FD_MEMFD,	  /* sealed against SHRINK and GROW at least */
	IPC_FD_FILE,	  /* a regular file opened for reading only */
	IPC_FD_DIRECTORY, /* a directory opened with O_PATH: a place and nothing more */
};

enum ipc_times { IPC_PERMIT = 0, IPC_ONCE };

struct ipc_channel;

/* Returns 0, or -1 to declare a violation. Must call ipc_end() on what it reads. */
typedef int ipc_handler_fn(void *owner, struct ipc_incoming *);

struct ipc_permit {
	uint16_t type;
	enum ipc_times times;
	uint32_t min_length, max_length; /* of the payload */
	enum ipc_fd_kind fds[IPC_FDS_MAX];
	ipc_handler_fn *handle; /* NULL in tables used with ipc_receive() */
};

/* At most this many rows in a table, as consumed IPC_ONCE rows are kept in one word. */
#define IPC_PERMITS_MAX 64u

enum ipc_ending {
	IPC_PEER_CLOSED, /* end of file or reset: the peer is gone */
	IPC_VIOLATION,	 /* the peer broke the protocol; `detail` says how */
	IPC_OVERFLOW,	 /* the peer does not read and the queue is full, or it cannot be reached */
};

typedef void ipc_ended_fn(void *owner, enum ipc_ending ending, const char *detail);

/* Most messages waiting for one peer. In-flight limits keep far below it. */
#define IPC_QUEUE_MAX 1024u

/* Takes over fd and makes it non-blocking. `permits` must outlive the channel. After `ended` was
 * called the channel only waits for ipc_channel_close(), which it may call itself. */
struct ipc_channel *ipc_channel_new(struct loop *, int fd, const struct ipc_permit *permits,
				    size_t permit_count, ipc_ended_fn *ended, void *owner)
	__attribute__((nonnull(1, 3, 5), returns_nonnull));
/* Closes the socket, drops what is queued. Safe within a handler. NULL is ignored. */
void ipc_channel_close(struct ipc_channel *);

/* Another descriptor of its socket: until that is closed, too, the peer sees no end. */
int ipc_channel_duplicate(const struct ipc_channel *) __attribute__((nonnull));

/* Lets so many messages wait instead. */
void ipc_channel_set_queue(struct ipc_channel *, size_t most) __attribute__((nonnull));

/* Sends or queues; takes the message. Never blocks, never calls back. A send on an ended channel is
 * dropped: the owner hears of the end through `ended`. NULL channels swallow. */
void ipc_send(struct ipc_channel *, struct ipc_message *) __attribute__((nonnull(2)));
/* True when nothing waits to be sent. */
bool ipc_channel_flushed(const struct ipc_channel *) __attribute__((nonnull));
/* From now on this peer is read only while nothing waits to be sent to it: who asks has to take the
 * answers. Not for both ends of one pair. */
void ipc_channel_in_step(struct ipc_channel *) __attribute__((nonnull));
/* Stops or resumes reading from this peer: how a full sink pushes back on its source. Should the
 * peer hang up meanwhile, that is told at once, and what it said before stays in the socket. */
void ipc_channel_pause(struct ipc_channel *, bool paused) __attribute__((nonnull));
/* Stops or resumes reading from this peer while it lives: what it said before it went is read. */
void ipc_channel_hold(struct ipc_channel *, bool held) __attribute__((nonnull));

/* --- for processes that have one peer and may block (config, worker, verify, cli) --- */

/* Sends one message on a blocking socket and frees it. Returns 0, or -1 with errno. */
int ipc_send_blocking(int fd, struct ipc_message *) __attribute__((warn_unused_result, nonnull));

/* Buffer of IPC_MESSAGE_MAX bytes for ipc_receive(). */
uint8_t *ipc_buffer_new(void) __attribute__((returns_nonnull));

/* Receives one message and checks it against the table (`handle` and `times` are ignored).
 * Returns 1, 0 at end of file, or -1 with errno (EBADMSG for a violation, EINTR, EAGAIN). */
int ipc_receive(int fd, uint8_t *buffer, const struct ipc_permit *permits, size_t permit_count,
		struct ipc_incoming *) __attribute__((warn_unused_result, nonnull));

/* Lets the kernel refuse descriptors to whoever sends some to this socket, or to one that it
 * accepts later (Linux 6.16). Where it cannot, they arrive and are closed by the receiver, whom a
 * lingering TCP socket among them can hold up. */
void ipc_refuse_descriptors(int fd);

/* A connected pair, close-on-exec; the callee's side of each end decides about blocking. */
int ipc_pair(int ends[2]) __attribute__((warn_unused_result, nonnull));

#endif
