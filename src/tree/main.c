/* ghward-tree: owns the directory that repositories are kept in. */
#include "lib/base/log.h"
#include "lib/ipc/channel.h"
#include "lib/ipc/protocol.h"
#include "lib/sandbox/roles.h"

#include <stdlib.h>

static const struct ipc_permit permits[] = {
	{MESSAGE_TREE_OPEN, IPC_ONCE, 0, 4096, {IPC_FD_NONE}, NULL},
};

int main(void)
{
	struct sandbox_report report;
	struct ipc_incoming in;

	if (sandbox_enter_role("tree", &(struct sandbox_variables){0}, &report) < 0)
		fatal("cannot confine ghward-tree at %s: %m", sandbox_failed_step());
	struct ipc_message *hello = ipc_new(MESSAGE_HELLO, 0);
	protocol_put_report(hello, &report);
	if (ipc_send_blocking(FD_CHANNEL, hello) < 0)
		return EXIT_SUCCESS;
	uint8_t *buffer = ipc_buffer_new();
	int got = ipc_receive(FD_CHANNEL, buffer, permits, 1, &in);
	free(buffer);
	if (got > 0)
		fatal("nothing to do");
	return EXIT_SUCCESS;
}
