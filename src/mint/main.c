/* ghward-mint: one answer of GitHub that has a secret in it, then the end. */
#include "lib/base/log.h"
#include "lib/ipc/channel.h"
#include "lib/ipc/protocol.h"
#include "lib/sandbox/roles.h"

#include <stdlib.h>

int main(void)
{
	struct sandbox_report report;

	if (sandbox_enter_role("mint", &(struct sandbox_variables){0}, &report) < 0)
		fatal("cannot confine ghward-mint at %s: %m", sandbox_failed_step());
	struct ipc_message *hello = ipc_new(MESSAGE_HELLO, 0);
	protocol_put_report(hello, &report);
	return ipc_send_blocking(FD_CHANNEL, hello) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
