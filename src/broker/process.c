/* Processes that the agent starts on the broker's order. */
#include "broker/process.h"

#include "broker/violations.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"

#include <stdlib.h>

/* Smaller numbers are the agent's own children. */
#define FIRST_ORDER 16u

struct process *process_start(struct broker *broker, enum role role, const int *fds,
			      unsigned fd_count, process_ended_fn *ended, void *context)
{
	struct process *process = memory_new(sizeof(*process));

	if (broker->next_order < FIRST_ORDER)
		broker->next_order = FIRST_ORDER;
	process->broker = broker;
	process->role = role;
	process->order = broker->next_order++;
	process->ended = ended;
	process->context = context;
	process->next = broker->processes;
	broker->processes = process;

	struct ipc_message *message = ipc_new(MESSAGE_SPAWN, process->order);
	ipc_put_u8(message, (uint8_t)role);
	for (unsigned i = 0; i < fd_count; i++)
		ipc_put_fd(message, fds[i]);
	ipc_send(broker->agent, message);
	return process;
}

static void ignore_end(void *context, enum process_end how, uint32_t number)
{
	(void)context;
	(void)how;
	(void)number;
}

void process_release(struct process *process)
{
	if (process)
		process->ended = ignore_end;
}

void process_end(struct process *process)
{
	ipc_send(process->broker->agent, ipc_new(MESSAGE_KILL, process->order));
}

void process_kill(struct process *process)
{
	if (!process)
		return;
	process_release(process);
	process_end(process);
}

static struct process **find(struct broker *broker, uint32_t order)
{
	struct process **at = &broker->processes;

	while (*at && (*at)->order != order)
		at = &(*at)->next;
	return at;
}

int process_started(struct broker *broker, uint32_t order, enum role role, pid_t pid)
{
	struct process *process = *find(broker, order);

	if (role == ROLE_AUDIT && order < FIRST_ORDER) {
		broker->audit_pid = pid;
		return 0;
	}
	if (!process || process->role != role)
		return -1;
	process->pid = pid;
	broker_progress(broker);
	return 0;
}

int process_exited(struct broker *broker, uint32_t order, enum role role, pid_t pid,
		   enum process_end how, uint32_t number)
{
	struct process **at = find(broker, order);
	struct process *process = *at;

	if (order >= FIRST_ORDER && !process)
		return -1;
	if (how == PROCESS_VIOLATED_SANDBOX)
		violations_sandbox(broker, role, pid, number);
	if (!process)
		return 0;
	*at = process->next;
	process->ended(process->context, how, number);
	free(process);
	broker_progress(broker);
	return 0;
}
