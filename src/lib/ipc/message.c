/* The message codec. */
#include "lib/ipc/message.h"

#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Header: u16 type, u16 descriptor count, u32 id, u32 payload length. */
enum { OFFSET_TYPE = 0, OFFSET_FDS = 2, OFFSET_ID = 4, OFFSET_LENGTH = 8 };

#define FIRST_CAPACITY 256u

static void store(uint8_t *at, uint64_t value, size_t width)
{
	for (size_t i = 0; i < width; i++)
		at[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t load(const uint8_t *at, size_t width)
{
	uint64_t value = 0;

	for (size_t i = 0; i < width; i++)
		value |= (uint64_t)at[i] << (8 * i);
	return value;
}

struct ipc_message *ipc_new(uint16_t type, uint32_t id)
{
	struct ipc_message *message = memory_new(sizeof(*message));
	uint8_t *bytes = memory_new(FIRST_CAPACITY);

	message->bytes = bytes;
	message->capacity = FIRST_CAPACITY;
	message->used = IPC_HEADER_SIZE;
	store(bytes + OFFSET_TYPE, type, 2);
	store(bytes + OFFSET_ID, id, 4);
	return message;
}

void ipc_free(struct ipc_message *message)
{
	if (!message)
		return;
	for (unsigned i = 0; i < message->fd_count; i++)
		io_close(&message->fds[i]);
	/* One message kind carries a token; wiping all of them leaves none to forget. */
	explicit_bzero(message->bytes, message->capacity);
	free(message->bytes);
	free(message);
}

static uint8_t *grow(struct ipc_message *message, size_t wanted)
{
	if (message->failed || wanted > IPC_MESSAGE_MAX - message->used) {
		message->failed = true;
		return NULL;
	}
	if (message->used + wanted > message->capacity) {
		size_t capacity = message->capacity;
		while (capacity < message->used + wanted)
			capacity *= 2;
		/* Not realloc: it could leave an unwiped copy behind. */
		uint8_t *bytes = malloc(capacity);
		if (!bytes) {
			message->failed = true;
			return NULL;
		}
		memcpy(bytes, message->bytes, message->used);
		explicit_bzero(message->bytes, message->capacity);
		free(message->bytes);
		message->bytes = bytes;
		message->capacity = capacity;
	}
	uint8_t *at = message->bytes + message->used;
	message->used += wanted;
	return at;
}

static void put(struct ipc_message *message, uint64_t value, size_t width)
{
	uint8_t *at = grow(message, width);

	if (at)
		store(at, value, width);
}

void ipc_put_u8(struct ipc_message *message, uint8_t value)
{
	put(message, value, 1);
}

void ipc_put_u16(struct ipc_message *message, uint16_t value)
{
	put(message, value, 2);
}

void ipc_put_u32(struct ipc_message *message, uint32_t value)
{
	put(message, value, 4);
}

void ipc_put_u64(struct ipc_message *message, uint64_t value)
{
	put(message, value, 8);
}

void ipc_put_bytes(struct ipc_message *message, const void *bytes, size_t length)
{
	if (length > IPC_MESSAGE_MAX) {
		message->failed = true;
		return;
	}
	ipc_put_u32(message, (uint32_t)length);
	uint8_t *at = grow(message, length);
	if (at && length)
		memcpy(at, bytes, length);
}

void ipc_put_string(struct ipc_message *message, const char *text)
{
	ipc_put_bytes(message, text ? text : "", text ? strlen(text) : 0);
	ipc_put_u8(message, 0);
}

void ipc_put_fd(struct ipc_message *message, int fd)
{
	if (fd < 0 || message->fd_count == IPC_FDS_MAX) {
		io_close(&fd);
		message->failed = true;
		return;
	}
	message->fds[message->fd_count++] = fd;
}

int ipc_seal(struct ipc_message *message)
{
	if (message->failed)
		return -1;
	store(message->bytes + OFFSET_FDS, message->fd_count, 2);
	store(message->bytes + OFFSET_LENGTH, message->used - IPC_HEADER_SIZE, 4);
	return 0;
}

int ipc_parse(struct ipc_incoming *in, const uint8_t *datagram, size_t size)
{
	if (size < IPC_HEADER_SIZE || size > IPC_MESSAGE_MAX ||
	    load(datagram + OFFSET_LENGTH, 4) != size - IPC_HEADER_SIZE ||
	    load(datagram + OFFSET_FDS, 2) != in->fd_count) {
		errno = EBADMSG;
		return -1;
	}
	in->type = (uint16_t)load(datagram + OFFSET_TYPE, 2);
	in->id = (uint32_t)load(datagram + OFFSET_ID, 4);
	in->length = (uint32_t)(size - IPC_HEADER_SIZE);
	in->reader = (struct ipc_reader){
		.at = datagram + IPC_HEADER_SIZE,
		.end = datagram + size,
	};
	return 0;
}

static const uint8_t *take(struct ipc_reader *reader, size_t wanted)
{
	if (reader->poisoned || (size_t)(reader->end - reader->at) < wanted) {
		reader->poisoned = true;
		return NULL;
	}
	const uint8_t *at = reader->at;
	reader->at += wanted;
	return at;
}

static uint64_t get(struct ipc_incoming *in, size_t width)
{
	const uint8_t *at = take(&in->reader, width);

	return at ? load(at, width) : 0;
}

uint8_t ipc_get_u8(struct ipc_incoming *in)
{
	return (uint8_t)get(in, 1);
}

uint16_t ipc_get_u16(struct ipc_incoming *in)
{
	return (uint16_t)get(in, 2);
}

uint32_t ipc_get_u32(struct ipc_incoming *in)
{
	return (uint32_t)get(in, 4);
}

uint64_t ipc_get_u64(struct ipc_incoming *in)
{
	return get(in, 8);
}

const uint8_t *ipc_get_bytes(struct ipc_incoming *in, size_t *length)
{
	size_t wanted = ipc_get_u32(in);
	const uint8_t *at = take(&in->reader, wanted);

	*length = at ? wanted : 0;
	return at ? at : (const uint8_t *)"";
}

const char *ipc_get_string(struct ipc_incoming *in)
{
	size_t length;
	const char *text = (const char *)ipc_get_bytes(in, &length);
	const uint8_t *end = take(&in->reader, 1);

	if (!end || *end != 0 || memchr(text, 0, length)) {
		in->reader.poisoned = true;
		return "";
	}
	return text;
}

void ipc_get_text(struct ipc_incoming *in, char *text, size_t size)
{
	const char *got = ipc_get_string(in);

	if (strlen(got) >= size) {
		in->reader.poisoned = true;
		got = "";
	}
	snprintf(text, size, "%s", got);
}

unsigned ipc_get_enum(struct ipc_incoming *in, unsigned count)
{
	unsigned value = ipc_get_u8(in);

	if (value >= count) {
		in->reader.poisoned = true;
		return 0;
	}
	return value;
}

int ipc_take_fd(struct ipc_incoming *in, unsigned index)
{
	if (index >= in->fd_count)
		return -1;
	int fd = in->fds[index];
	in->fds[index] = -1;
	return fd;
}

int ipc_end(struct ipc_incoming *in)
{
	in->reader.ended = true;
	if (in->reader.poisoned || in->reader.at != in->reader.end) {
		errno = EBADMSG;
		return -1;
	}
	return 0;
}

void ipc_drop_fds(struct ipc_incoming *in)
{
	for (unsigned i = 0; i < in->fd_count; i++)
		io_close(&in->fds[i]);
}
