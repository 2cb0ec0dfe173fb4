/* ghward-jq: one program, one document, then the end. */
#include "jq/parting.h"
#include "jq/program.h"
#include "lib/base/log.h"
#include "lib/ipc/channel.h"
#include "lib/ipc/protocol.h"
#include "lib/sandbox/roles.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static const struct ipc_permit permits[] = {
	{MESSAGE_FILTER,
	 IPC_ONCE,
	 0,
	 JOB_FILTER_MAX + 8,
	 {IPC_FD_PIPE_READ, IPC_FD_PIPE_WRITE},
	 NULL},
};

static void send_or_die(struct ipc_message *message)
{
	/* A broker that has gone has cancelled the job. */
	if (ipc_send_blocking(FD_CHANNEL, message) < 0)
		exit(EXIT_SUCCESS);
}

/* libjq writes values of its input to this stream: `stderr`, and complaints of its own. The log is
 * no place for them. */
static void silence_libjq(void)
{
	FILE *nowhere = fopencookie(NULL, "w", (cookie_io_functions_t){0});

	if (!nowhere)
		fatal("out of memory");
	stderr = nowhere;
}

/* libc reads the file of the local time zone again and again, unless it is named. So that is all
 * the environment that a jq program sees. */
static void name_time_zone(void)
{
	if (setenv("TZ", ":/etc/localtime", 1) < 0)
		fatal("out of memory");
}

static void answer(struct ipc_incoming *in)
{
	struct failure failure;
	const char *text = ipc_get_string(in);
	int input = ipc_take_fd(in, 0), output = ipc_take_fd(in, 1);

	if (ipc_end(in) < 0)
		fatal("the broker sent a malformed program");
	program_run(text, input, output, parting_no_memory, &failure);
	struct ipc_message *message = ipc_new(MESSAGE_FILTERED, 0);
	protocol_put_failure(message, &failure);
	send_or_die(message);
}

int main(void)
{
	const struct sandbox_variables variables = {0};
	struct sandbox_report report;
	struct sandbox_spec spec;
	struct ipc_incoming in;
	int got;

	name_time_zone();
	if (sandbox_role_spec("jq", &variables, &spec) < 0 ||
	    sandbox_enter_role("jq", &variables, &report) < 0)
		fatal("cannot confine ghward-jq at %s: %m", sandbox_failed_step());
	struct ipc_message *hello = ipc_new(MESSAGE_HELLO, 0);
	protocol_put_report(hello, &report);
	send_or_die(hello);

	parting_prepare(spec.limits.address_space);
	silence_libjq();
	uint8_t *buffer = ipc_buffer_new();
	do {
		got = ipc_receive(FD_CHANNEL, buffer, permits, 1, &in);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		fatal("the broker sent a malformed program: %m");
	if (got > 0)
		answer(&in);
	free(buffer);
	return EXIT_SUCCESS;
}
