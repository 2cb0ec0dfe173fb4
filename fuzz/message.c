/* The message codec and every structure of the protocol, on arbitrary datagrams: what is accepted
 * is written again as it was read. */
#include "lib/ipc/protocol.h"

#include "fuzz.h"

#include <fcntl.h>
#include <unistd.h>

union structure {
	struct sandbox_report report;
	struct settings settings;
	struct failure failure;
	struct operation_arguments arguments;
	struct job_request request;
	struct response response;
	struct audit_event event;
	struct verify_result verify_result;
};

#define PAIR(name)                                                                                 \
	static void get_##name(struct ipc_incoming *in, union structure *target)                   \
	{                                                                                          \
		protocol_get_##name(in, &target->name);                                            \
	}                                                                                          \
	static void put_##name(struct ipc_message *message, const union structure *source)         \
	{                                                                                          \
		protocol_put_##name(message, &source->name);                                       \
	}
PAIR(report)
PAIR(settings)
PAIR(failure)
PAIR(arguments)
PAIR(request)
PAIR(response)
PAIR(event)
PAIR(verify_result)

static const struct pair {
	void (*get)(struct ipc_incoming *, union structure *);
	void (*put)(struct ipc_message *, const union structure *);
	bool one_order; /* there is one way only to write it */
} pairs[] = {
	{get_report, put_report, true},	   {get_settings, put_settings, true},
	{get_failure, put_failure, true},  {get_arguments, put_arguments, false},
	{get_request, put_request, false}, {get_response, put_response, true},
	{get_event, put_event, true},	   {get_verify_result, put_verify_result, true},
};

#define PAIRS (sizeof(pairs) / sizeof(pairs[0]))

static struct ipc_message *write_again(const struct pair *pair, const struct ipc_incoming *in,
				       const union structure *structure)
{
	struct ipc_message *message = ipc_new(in->type, in->id);

	pair->put(message, structure);
	require(ipc_seal(message) == 0);
	return message;
}

/* Whether it was accepted whole; then *structure points into the datagram. */
static bool read_whole(const struct pair *pair, const uint8_t *datagram, size_t size,
		       struct ipc_incoming *in, union structure *structure)
{
	memset(in, 0, sizeof(*in));
	if (ipc_parse(in, datagram, size) < 0)
		return false;
	pair->get(in, structure);
	require(in->reader.at <= in->reader.end);
	bool poisoned = in->reader.poisoned;
	bool whole = ipc_end(in) == 0;
	require(!whole || !poisoned);
	return whole;
}

static void check(const struct pair *pair, const uint8_t *datagram, size_t size)
{
	union structure structure, again;
	struct ipc_incoming in, second;

	if (!read_whole(pair, datagram, size, &in, &structure))
		return;
	struct ipc_message *message = write_again(pair, &in, &structure);
	require(message->used == size);
	require(!pair->one_order || memcmp(message->bytes, datagram, size) == 0);
	require(read_whole(pair, message->bytes, message->used, &second, &again));
	struct ipc_message *copy = write_again(pair, &second, &again);
	require(copy->used == size && memcmp(copy->bytes, message->bytes, size) == 0);
	ipc_free(copy);
	ipc_free(message);
}

/* The bytes as fields of a message, and back; a message that is full stays refused. */
static void check_fields(const uint8_t *data, size_t size)
{
	struct ipc_message *message = ipc_new(data[0], (uint32_t)size);
	struct ipc_incoming in = {.fd_count = 0};
	size_t length, fields = 0;

	for (size_t i = 0; i < size; i++) {
		switch (data[i] & 3) {
		case 0:
			ipc_put_u8(message, data[i]);
			break;
		case 1:
			ipc_put_u16(message, (uint16_t)(i * 3));
			break;
		case 2:
			ipc_put_u64(message, i);
			break;
		default:
			ipc_put_bytes(message, data + i, size - i);
			break;
		}
		if (message->failed)
			break;
		fields++;
	}
	if (ipc_seal(message) < 0) {
		ipc_put_u8(message, 0);
		require(fields < size && ipc_seal(message) < 0);
		return ipc_free(message);
	}
	require(message->used <= IPC_MESSAGE_MAX && fields == size);
	require(ipc_parse(&in, message->bytes, message->used) == 0);
	require(in.type == data[0] && in.id == size);
	for (size_t i = 0; i < size; i++) {
		switch (data[i] & 3) {
		case 0:
			require(ipc_get_u8(&in) == data[i]);
			break;
		case 1:
			require(ipc_get_u16(&in) == (uint16_t)(i * 3));
			break;
		case 2:
			require(ipc_get_u64(&in) == i);
			break;
		default:;
			const uint8_t *bytes = ipc_get_bytes(&in, &length);
			require(length == size - i && memcmp(bytes, data + i, length) == 0);
			break;
		}
	}
	require(ipc_end(&in) == 0);
	ipc_free(message);
}

/* As many descriptors as fit are handed over, each once; none stays open. */
static void check_descriptors(unsigned count)
{
	struct ipc_message *message = ipc_new(1, 1);
	int first = open("/dev/null", O_RDONLY | O_CLOEXEC), last = first;

	require(first >= 0);
	ipc_put_fd(message, first);
	for (unsigned i = 1; i < count; i++) {
		last = open("/dev/null", O_RDONLY | O_CLOEXEC);
		ipc_put_fd(message, last);
	}
	require((ipc_seal(message) == 0) == (count <= IPC_FDS_MAX));
	struct ipc_incoming in = {.fd_count = message->fd_count};
	memcpy(in.fds, message->fds, sizeof(in.fds));
	message->fd_count = 0;
	require(ipc_take_fd(&in, 0) == first && ipc_take_fd(&in, 0) < 0);
	require(ipc_take_fd(&in, in.fd_count) < 0);
	close(first);
	ipc_drop_fds(&in);
	require(fcntl(last, F_GETFD) < 0);
	ipc_free(message);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	for (unsigned count = 1; count <= IPC_FDS_MAX + 1; count++)
		check_descriptors(count);
	return 0;
}

/* The first byte chooses the structure; the rest is a payload behind an honest header, so that the
 * fuzzer need not guess lengths. The raw bytes are tried as a whole datagram too. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1 || size > IPC_MESSAGE_MAX - IPC_HEADER_SIZE)
		return 0;
	const struct pair *pair = &pairs[data[0] % PAIRS];
	check(pair, data + 1, size - 1);

	size_t payload = size - 1;
	uint8_t *datagram = calloc(1, IPC_HEADER_SIZE + payload);
	require(datagram != NULL);
	for (unsigned i = 0; i < 4; i++)
		datagram[8 + i] = (uint8_t)(payload >> (8 * i));
	memcpy(datagram + IPC_HEADER_SIZE, data + 1, payload);
	check(pair, datagram, IPC_HEADER_SIZE + payload);
	free(datagram);
	check_fields(data, size < 1024 ? size : 1024);
	return 0;
}
