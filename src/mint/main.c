/* ghward-mint: one answer of GitHub that has a secret in it, then the end. */
#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/ipc/protocol.h"
#include "lib/sandbox/roles.h"
#include "mint/mint.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

int main(void)
{
	struct cJSON_Hooks wiping = {.malloc_fn = malloc, .free_fn = memory_wipe_free};
	struct sandbox_report report;

	if (sandbox_enter_role("mint", &(struct sandbox_variables){0}, &report) < 0)
		fatal("cannot confine ghward-mint at %s: %m", sandbox_failed_step());
	cJSON_InitHooks(&wiping);
	struct ipc_message *hello = ipc_new(MESSAGE_HELLO, 0);
	protocol_put_report(hello, &report);
	mint_serve(hello);
	return EXIT_SUCCESS;
}
