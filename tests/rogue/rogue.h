/* What the subverted workers share. */
#ifndef GHWARD_ROGUE_H
#define GHWARD_ROGUE_H

#include "lib/base/log.h"
#include "lib/ipc/channel.h"
#include "lib/ipc/protocol.h"
#include "lib/sandbox/roles.h"

#include <errno.h>
#include <stdlib.h>

/* The broker may have had enough already: then there is nobody left to be a nuisance to. */
static inline void rogue_send(struct ipc_message *message)
{
	if (ipc_send_blocking(FD_CHANNEL, message) < 0)
		exit(EXIT_SUCCESS);
}

static inline void rogue_enter(void)
{
	struct sandbox_report report;
	struct ipc_message *hello = ipc_new(MESSAGE_HELLO, 0);

	if (sandbox_enter_role("worker", &(struct sandbox_variables){0}, &report) < 0)
		fatal("cannot confine the rogue worker at %s: %m", sandbox_failed_step());
	protocol_put_report(hello, &report);
	rogue_send(hello);
}

static inline void rogue_call(uint32_t id, enum operation_id operation,
			      const struct operation_arguments *arguments)
{
	struct ipc_message *message = ipc_new(MESSAGE_CALL, id);

	ipc_put_u8(message, (uint8_t)operation);
	ipc_put_u32(message, 0);
	protocol_put_arguments(message, arguments);
	rogue_send(message);
}

/* Until the broker sends a message of this type; what it sends before is of no interest. */
static inline void rogue_wait_for(uint16_t type)
{
	static const struct ipc_permit permits[] = {
		{MESSAGE_WORK, IPC_ONCE, 0, IPC_MESSAGE_MAX, {IPC_FD_PIPE_WRITE}, NULL},
		{MESSAGE_CONFIRMED, IPC_PERMIT, 0, IPC_MESSAGE_MAX, {IPC_FD_NONE}, NULL},
		{MESSAGE_CALL_FAILED, IPC_PERMIT, 0, IPC_MESSAGE_MAX, {IPC_FD_NONE}, NULL},
		{MESSAGE_CALL_RESULT, IPC_PERMIT, 0, IPC_MESSAGE_MAX, {IPC_FD_MEMFD}, NULL},
	};
	uint8_t *buffer = ipc_buffer_new();
	struct ipc_incoming in = {0};
	int got;

	do {
		got = ipc_receive(FD_CHANNEL, buffer, permits, sizeof(permits) / sizeof(permits[0]),
				  &in);
		if (got > 0)
			ipc_drop_fds(&in);
	} while ((got < 0 && errno == EINTR) || (got > 0 && in.type != type));
	free(buffer);
	if (got <= 0)
		exit(EXIT_SUCCESS);
}

#endif
