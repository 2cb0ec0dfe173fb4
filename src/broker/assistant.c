/* Processes that are asked once. */
#include "broker/assistant.h"

#include "broker/violations.h"
#include "lib/base/log.h"

#include <string.h>

static const char report_it[] = "Run the command again; if it recurs, report it.";

/* The channel may still hold an answer when the agent's news of the end arrives, and may be closed
 * before that news: only both together say that there was none. */
static void conclude_without_answer(struct assistant *assistant)
{
	static const char *const how[PROCESS_ENDS] = {
		[PROCESS_EXITED] = "ended early with status",
		[PROCESS_SIGNALLED] = "was ended by signal",
		[PROCESS_VIOLATED_SANDBOX] = "tried forbidden system call",
	};
	struct failure failure;

	if (assistant->answered || !assistant->silent || !assistant->ended)
		return;
	failure_set(&failure, FAILURE_INTERNAL, report_it, "the %s process %s %d",
		    role_name(assistant->role), how[assistant->how], (int)assistant->number);
	assistant->failed(assistant, &failure);
}

static void channel_ended(void *owner, enum ipc_ending ending, const char *detail)
{
	struct assistant *assistant = owner;
	struct failure failure;

	if (ending == IPC_PEER_CLOSED) {
		assistant->silent = true;
		conclude_without_answer(assistant);
		return;
	}
	/* It is ended, but whoever waits for its end still hears of it. */
	violations_protocol(assistant->job->broker, assistant->role, NULL, assistant->job->actor,
			    detail);
	if (assistant->process)
		process_end(assistant->process);
	failure_set(&failure, FAILURE_INTERNAL, report_it, "the %s process broke its protocol",
		    role_name(assistant->role));
	assistant->failed(assistant, &failure);
}

static void process_ended(void *context, enum process_end how, uint32_t number)
{
	struct assistant *assistant = context;

	assistant->process = NULL;
	assistant->ended = true;
	assistant->how = how;
	assistant->number = number;
	if (assistant->gone)
		assistant->gone(assistant);
	else
		conclude_without_answer(assistant);
}

void assistant_start(struct assistant *assistant, const struct ipc_permit *permits,
		     size_t permit_count)
{
	struct broker *broker = assistant->job->broker;
	int ends[2], fds[3];

	if (ipc_pair(ends) < 0)
		fatal("cannot make a socket pair: %m");
	fds[0] = ends[1];
	memcpy(fds + 1, assistant->fds, sizeof(assistant->fds));
	assistant->channel = ipc_channel_new(broker->loop, ends[0], permits, permit_count,
					     channel_ended, assistant);
	assistant->process = process_start(broker, assistant->role, fds, 1 + assistant->fd_count,
					   process_ended, assistant);
}

bool assistant_leave(struct assistant *assistant)
{
	ipc_channel_close(assistant->channel);
	assistant->channel = NULL;
	if (assistant->process)
		process_end(assistant->process);
	return !assistant->process;
}

void assistant_release(struct assistant *assistant)
{
	ipc_channel_close(assistant->channel);
	assistant->channel = NULL;
	process_release(assistant->process);
	assistant->process = NULL;
}

void assistant_stop(struct assistant *assistant)
{
	ipc_channel_close(assistant->channel);
	assistant->channel = NULL;
	process_kill(assistant->process);
	assistant->process = NULL;
}

int assistant_hello(void *assistant, struct ipc_incoming *in)
{
	struct sandbox_report report;

	(void)assistant;
	protocol_get_report(in, &report);
	return ipc_end(in);
}
