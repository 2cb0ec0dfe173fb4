/* The message codec and every structure of the protocol, on arbitrary datagrams. */
#include "lib/ipc/protocol.h"

#include <stdlib.h>
#include <string.h>

static void read_all(const uint8_t *data, size_t size, unsigned which)
{
	struct ipc_incoming in = {.fd_count = 0};
	union {
		struct sandbox_report report;
		struct settings settings;
		struct failure failure;
		struct operation_arguments arguments;
		struct job_request request;
		struct response response;
		struct audit_event event;
		struct verify_result result;
	} target;

	if (ipc_parse(&in, data, size) < 0)
		return;
	switch (which % 8) {
	case 0:
		protocol_get_report(&in, &target.report);
		break;
	case 1:
		protocol_get_settings(&in, &target.settings);
		break;
	case 2:
		protocol_get_failure(&in, &target.failure);
		break;
	case 3:
		protocol_get_arguments(&in, &target.arguments);
		break;
	case 4:
		protocol_get_request(&in, &target.request);
		break;
	case 5:
		protocol_get_response(&in, &target.response);
		break;
	case 6:
		protocol_get_event(&in, &target.event);
		break;
	default:
		protocol_get_verify_result(&in, &target.result);
		break;
	}
	bool poisoned = in.reader.poisoned;
	/* What was accepted whole lies within the message and cannot fail to end. */
	if (!poisoned && in.reader.at > in.reader.end)
		abort();
	if (ipc_end(&in) == 0 && poisoned)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first byte chooses the structure; the rest is a payload behind an honest header, so that the
 * fuzzer need not guess lengths. The raw bytes are tried as a whole datagram too. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1 || size > IPC_MESSAGE_MAX - IPC_HEADER_SIZE)
		return 0;
	read_all(data + 1, size - 1, data[0]);

	size_t payload = size - 1;
	uint8_t *datagram = calloc(1, IPC_HEADER_SIZE + payload);
	if (!datagram)
		return 0;
	for (unsigned i = 0; i < 4; i++)
		datagram[8 + i] = (uint8_t)(payload >> (8 * i));
	memcpy(datagram + IPC_HEADER_SIZE, data + 1, payload);
	read_all(datagram, IPC_HEADER_SIZE + payload, data[0]);
	free(datagram);
	return 0;
}
