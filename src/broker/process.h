/* Processes that the agent starts on the broker's order. */
#ifndef GHWARD_BROKER_PROCESS_H
#define GHWARD_BROKER_PROCESS_H

#include "broker/broker.h"

/* Called once, when the process has ended; it is forgotten afterwards. */
typedef void process_ended_fn(void *context, enum process_end how, uint32_t number);

struct process {
	struct process *next;
	struct broker *broker;
	enum role role;
	uint32_t order;
	pid_t pid; /* 0 until the agent has told */
	process_ended_fn *ended;
	void *context;
};

/* Orders a process with fds as its descriptors 3, 4, ...; takes them. */
struct process *process_start(struct broker *, enum role, const int *fds, unsigned fd_count,
			      process_ended_fn *, void *context)
	__attribute__((nonnull(1, 3, 5), returns_nonnull));

/* From now on nobody is told of its end. NULL is ignored. */
void process_release(struct process *);

/* It is killed, and its end told as any other. */
void process_end(struct process *) __attribute__((nonnull));

/* From now on nobody is told of its end; it is killed. NULL is ignored. */
void process_kill(struct process *);

/* Answers of the agent. Return -1 for an order that was never given. */
int process_started(struct broker *, uint32_t order, enum role, pid_t) __attribute__((nonnull));
int process_exited(struct broker *, uint32_t order, enum role, pid_t, enum process_end,
		   uint32_t number) __attribute__((nonnull));

#endif
