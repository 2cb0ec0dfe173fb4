/* One message between two processes: a typed header, little-endian fields, up to four descriptors.
 *
 * A message is built with ipc_new() and ipc_put_*(), and read with ipc_get_*() through a reader
 * that is poisoned by any read past its end: from then on every get returns zero or "", and
 * ipc_end() fails. A reader must be closed by ipc_end(), which also fails on bytes left over. */
#ifndef GHWARD_IPC_MESSAGE_H
#define GHWARD_IPC_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Header and payload together. Default socket buffers hold four such datagrams. */
#define IPC_MESSAGE_MAX 65536u
#define IPC_HEADER_SIZE 12u
#define IPC_FDS_MAX 4u

/* An outgoing message. Owns its bytes and its descriptors. */
struct ipc_message {
	struct ipc_message *next;
	uint8_t *bytes;
	size_t used, capacity;
	int fds[IPC_FDS_MAX];
	unsigned fd_count;
	bool failed; /* out of memory, or over IPC_MESSAGE_MAX */
};

/* Never returns NULL: without memory the process ends, as it could neither work nor report. */
struct ipc_message *ipc_new(uint16_t type, uint32_t id) __attribute__((returns_nonnull));
void ipc_free(struct ipc_message *message); /* wipes the bytes, closes the descriptors */

void ipc_put_u8(struct ipc_message *, uint8_t) __attribute__((nonnull));
void ipc_put_u16(struct ipc_message *, uint16_t) __attribute__((nonnull));
void ipc_put_u32(struct ipc_message *, uint32_t) __attribute__((nonnull));
void ipc_put_u64(struct ipc_message *, uint64_t) __attribute__((nonnull));
void ipc_put_bytes(struct ipc_message *, const void *bytes, size_t length);
/* A string is u32 length, bytes, NUL; NULL is sent as "". */
void ipc_put_string(struct ipc_message *, const char *text);
/* Hands the descriptor over to the message. */
void ipc_put_fd(struct ipc_message *, int fd) __attribute__((nonnull));

/* Writes the length and descriptor count into the header. Returns 0, or -1 if building failed. */
int ipc_seal(struct ipc_message *) __attribute__((warn_unused_result, nonnull));

/* An incoming message; `bytes` belong to the receiver's buffer and live until the next receive. */
struct ipc_reader {
	const uint8_t *at, *end;
	bool poisoned, ended;
};

struct ipc_incoming {
	uint16_t type;
	uint32_t id;
	uint32_t length; /* of the payload */
	struct ipc_reader reader;
	int fds[IPC_FDS_MAX]; /* -1 once taken */
	unsigned fd_count;
};

/* Checks header and length of one datagram. Returns 0, or -1 (EBADMSG). Leaves fds alone. */
int ipc_parse(struct ipc_incoming *, const uint8_t *datagram, size_t size)
	__attribute__((warn_unused_result, nonnull));

uint8_t ipc_get_u8(struct ipc_incoming *) __attribute__((nonnull));
uint16_t ipc_get_u16(struct ipc_incoming *) __attribute__((nonnull));
uint32_t ipc_get_u32(struct ipc_incoming *) __attribute__((nonnull));
uint64_t ipc_get_u64(struct ipc_incoming *) __attribute__((nonnull));
/* Points into the message; *length is 0 and the result "" when poisoned. */
const uint8_t *ipc_get_bytes(struct ipc_incoming *, size_t *length)
	__attribute__((nonnull, returns_nonnull));
/* NUL-terminated, without inner NUL. */
const char *ipc_get_string(struct ipc_incoming *) __attribute__((nonnull, returns_nonnull));
/* The same into a field, NUL included; one that does not fit poisons the reader. */
void ipc_get_text(struct ipc_incoming *, char *text, size_t size) __attribute__((nonnull));
/* A u8 that must be below `count`; poisons otherwise. */
unsigned ipc_get_enum(struct ipc_incoming *, unsigned count) __attribute__((nonnull));
/* Takes ownership of descriptor `index`, or returns -1. */
int ipc_take_fd(struct ipc_incoming *, unsigned index) __attribute__((nonnull));
/* Returns 0 when everything was read and nothing too much, else -1 (EBADMSG). */
int ipc_end(struct ipc_incoming *) __attribute__((warn_unused_result, nonnull));
/* Closes descriptors that nobody took. */
void ipc_drop_fds(struct ipc_incoming *) __attribute__((nonnull));

#endif
