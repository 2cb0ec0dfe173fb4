/* ghward-audit itself. */
#include "process.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const struct ipc_permit permits[] = {
	{MESSAGE_HELLO, IPC_ONCE, 0, 4096, {IPC_FD_NONE}, NULL},
	{MESSAGE_AUDIT_DURABLE, IPC_PERMIT, 4, IPC_MESSAGE_MAX, {IPC_FD_NONE}, NULL},
	{MESSAGE_AUDIT_FAILED, IPC_ONCE, 5, 1024, {IPC_FD_NONE}, NULL},
	{MESSAGE_INCIDENTS_READY, IPC_ONCE, 0, 0, {IPC_FD_NONE}, NULL},
	{MESSAGE_AUDIT_SPACE, IPC_PERMIT, 1, 1, {IPC_FD_NONE}, NULL},
	{MESSAGE_AUDIT_CHECKPOINTED, IPC_PERMIT, 5, 1024, {IPC_FD_NONE}, NULL},
};

/* The kept descriptors must not be in the way of the numbers that the writer expects. */
static void become_writer(int channel, int directory)
{
	/* As empty as the agent makes it, but that a sanitizer cannot look for leaks in a sandbox.
	 */
	char *const environment[] = {"ASAN_OPTIONS=detect_leaks=0", NULL};
	char *const arguments[] = {"ghward-audit", NULL};
	int high_channel = fcntl(channel, F_DUPFD_CLOEXEC, 20);
	int high_directory = fcntl(directory, F_DUPFD_CLOEXEC, 20);

	if (dup2(high_channel, FD_CHANNEL) == FD_CHANNEL &&
	    dup2(high_directory, FD_AUDIT_DIRECTORY) == FD_AUDIT_DIRECTORY)
		execve(GHWARD_AUDIT, arguments, environment);
	_exit(127);
}

struct process process_start(int directory)
{
	struct process process = {.sent = 0};
	int ends[2];

	assert_int_equal(ipc_pair(ends), 0);
	process.pid = fork();
	if (process.pid == 0)
		become_writer(ends[1], directory);
	close(ends[1]);
	process.channel = ends[0];
	return process;
}

void process_rotate_often(struct process *process)
{
	static const struct audit_rules none = {0};
	struct ipc_message *message = ipc_new(MESSAGE_AUDIT_SETTINGS, 0);

	ipc_put_u64(message, 65536);
	ipc_put_u32(message, 86400);
	ipc_put_u32(message, 0);
	ipc_put_u8(message, 0);
	protocol_put_rules(message, &none);
	assert_int_equal(ipc_send_blocking(process->channel, message), 0);
}

void process_send(struct process *process, const struct audit_event *event)
{
	struct ipc_message *message = ipc_new(MESSAGE_AUDIT_APPEND, ++process->sent);

	protocol_put_event(message, event);
	assert_int_equal(ipc_send_blocking(process->channel, message), 0);
}

static uint32_t send_phase(struct process *process, enum audit_phase phase, uint32_t closes)
{
	const struct audit_event event = {.actor = "uid:1",
					  .event = "alerts.list",
					  .job = "j-1",
					  .target = "acme/shop",
					  .phase = phase,
					  .decision = phase == AUDIT_INTENT ? "allow" : "",
					  .closes = closes};

	process_send(process, &event);
	return process->sent;
}

uint32_t process_append(struct process *process)
{
	return send_phase(process, AUDIT_NOTE, 0);
}

uint32_t process_begin(struct process *process)
{
	return send_phase(process, AUDIT_INTENT, 0);
}

void process_close(struct process *process, uint32_t intent)
{
	send_phase(process, AUDIT_RESULT, intent);
}

static void take(struct process *process, struct ipc_incoming *in)
{
	switch (in->type) {
	case MESSAGE_AUDIT_DURABLE:
		while (in->reader.at < in->reader.end)
			assert_int_equal(ipc_get_u32(in), ++process->durable);
		assert_int_equal(ipc_end(in), 0);
		break;
	case MESSAGE_AUDIT_FAILED:
		snprintf(process->failed, sizeof(process->failed), "%s", ipc_get_string(in));
		assert_int_equal(ipc_end(in), 0);
		break;
	case MESSAGE_AUDIT_CHECKPOINTED:
		snprintf(process->note, sizeof(process->note), "%s", ipc_get_string(in));
		assert_int_equal(ipc_end(in), 0);
		break;
	case MESSAGE_HELLO:
		protocol_get_report(in, &process->report);
		assert_int_equal(ipc_end(in), 0);
		break;
	default:
		break;
	}
}

bool process_receive(struct process *process)
{
	uint8_t *buffer = ipc_buffer_new();
	struct ipc_incoming in;
	int got = ipc_receive(process->channel, buffer, permits,
			      sizeof(permits) / sizeof(permits[0]), &in);

	assert_true(got >= 0);
	if (got > 0)
		take(process, &in);
	free(buffer);
	return got > 0;
}

void process_wait_until_durable(struct process *process)
{
	while (process->durable < process->sent && !*process->failed)
		assert_true(process_receive(process));
}

int process_stop(struct process *process)
{
	int status;

	close(process->channel);
	assert_int_equal(waitpid(process->pid, &status, 0), process->pid);
	return status;
}

void process_kill(struct process *process)
{
	uint8_t *buffer = ipc_buffer_new();
	struct ipc_incoming in;

	assert_int_equal(kill(process->pid, SIGKILL), 0);
	assert_int_equal(waitpid(process->pid, NULL, 0), process->pid);
	/* What it had not read resets the connection; what it had said is there all the same. */
	while (ipc_receive(process->channel, buffer, permits, sizeof(permits) / sizeof(permits[0]),
			   &in) > 0)
		take(process, &in);
	free(buffer);
	close(process->channel);
}
