/* Last words, prepared in time. */
#include "jq/parting.h"

#include "lib/ipc/channel.h"
#include "lib/ipc/protocol.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct ipc_message *no_memory, *confused;

static struct ipc_message *prepare(const char *hint, const char *message)
{
	struct ipc_message *answer = ipc_new(MESSAGE_FILTERED, 0);
	struct failure failure;

	failure_set(&failure, FAILURE_FILTER, hint, "%s", message);
	protocol_put_failure(answer, &failure);
	return answer;
}

void parting_prepare(uint64_t limit)
{
	char message[128];

	snprintf(message, sizeof(message),
		 "the jq program used more than %llu MiB of memory and was stopped",
		 (unsigned long long)(limit >> 20));
	no_memory =
		prepare("Choose fewer fields with --json, or fewer items with --limit.", message);
	confused = prepare("Write the program in another way; the jq command shows more of it.",
			   "the jq program made libjq fail an assertion and was stopped");
}

static _Noreturn void part(struct ipc_message **words)
{
	struct ipc_message *message = *words;

	/* Once only, should sending itself lead here. */
	*words = NULL;
	if (message && ipc_send_blocking(FD_CHANNEL, message) == 0)
		_exit(EXIT_SUCCESS);
	_exit(EXIT_FAILURE);
}

_Noreturn void parting_no_memory(void *unused)
{
	(void)unused;
	part(&no_memory);
}

_Noreturn void parting_confused(void)
{
	part(&confused);
}
