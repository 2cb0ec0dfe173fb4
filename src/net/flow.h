/* How a stream flows: it is held while its pipe is full, and given up when nothing moves although
 * something could. */
#ifndef GHWARD_NET_FLOW_H
#define GHWARD_NET_FLOW_H

#include "lib/ipc/loop.h"

struct flow {
	struct loop *loop; /* NULL: not begun */
	struct loop_watch *room;
	struct loop_timer *idle;
	uint64_t moved_ms; /* CLOCK_MONOTONIC, when something last did */
	uint32_t idle_ms;
	int pipe;
	const struct flow_callbacks *callbacks;
	void *context;
};

struct flow_callbacks {
	/* The pipe has room again, or no reader any more. */
	void (*resume)(void *context);
	/* Nothing has moved for too long. Returns true to wait as long again; false when the flow
	 * is gone. */
	bool (*idle)(void *context);
};

/* `idle_ms` 0: however long it takes. The pipe, -1 for none, stays the caller's. */
void flow_begin(struct flow *, struct loop *, int pipe, uint32_t idle_ms,
		const struct flow_callbacks *, void *context) __attribute__((nonnull(1, 2, 5)));
/* No callback comes after this. */
void flow_end(struct flow *) __attribute__((nonnull));

/* Bytes have come or gone. */
void flow_moved(struct flow *) __attribute__((nonnull));
/* The pipe is full: its reader's time does not count. */
void flow_hold(struct flow *) __attribute__((nonnull));

#endif
