/* A process beside the worker of a job that is asked once and answers once. */
#ifndef GHWARD_BROKER_ASSISTANT_H
#define GHWARD_BROKER_ASSISTANT_H

#include "broker/job.h"

struct assistant {
	struct job *job;
	enum role role;
	int fds[2]; /* besides its channel, taken when it starts */
	unsigned fd_count;
	struct ipc_channel *channel;
	struct process *process;
	/* Called with the reason when there will be no answer. */
	void (*failed)(struct assistant *, const struct failure *);
	/* Called when it has ended after assistant_leave(). */
	void (*gone)(struct assistant *);
	void *context; /* whose it is */
	bool answered; /* set by the handler of the answer */
	bool silent;   /* the channel came to its end */
	bool ended;    /* the process did; how and with which number */
	enum process_end how;
	uint32_t number;
};

/* Starts the process of assistant->role for assistant->job. Handlers get the assistant. */
void assistant_start(struct assistant *, const struct ipc_permit *, size_t permit_count)
	__attribute__((nonnull));

/* Closes its channel; one that does not end by that is ended. Returns whether it has ended already;
 * if not, `gone` follows. */
bool assistant_leave(struct assistant *) __attribute__((nonnull));

/* Closes its channel and lets it end by itself, if it was ever started. */
void assistant_release(struct assistant *) __attribute__((nonnull));

/* Ends it, if it was ever started. */
void assistant_stop(struct assistant *) __attribute__((nonnull));

/* Handler of the greeting that every process begins with. */
int assistant_hello(void *assistant, struct ipc_incoming *) __attribute__((nonnull(2)));

#endif
