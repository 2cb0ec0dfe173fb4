/* Streams: room in the pipe, and patience. */
#include "net/flow.h"

#include "lib/base/clock.h"

#include <poll.h>
#include <string.h>

static void idle_over(void *context);

static void wait_for(struct flow *flow, uint64_t delay_ms)
{
	flow->idle = loop_after(flow->loop, delay_ms, idle_over, flow);
}

static void idle_over(void *context)
{
	struct flow *flow = context;
	uint64_t quiet_ms = clock_monotonic_ms() - flow->moved_ms;

	flow->idle = NULL;
	if (flow->room)
		wait_for(flow, flow->idle_ms);
	else if (quiet_ms < flow->idle_ms)
		wait_for(flow, flow->idle_ms - quiet_ms);
	else if (flow->callbacks->idle(flow->context))
		wait_for(flow, flow->idle_ms);
}

void flow_begin(struct flow *flow, struct loop *loop, int pipe, uint32_t idle_ms,
		const struct flow_callbacks *callbacks, void *context)
{
	*flow = (struct flow){
		.loop = loop,
		.moved_ms = clock_monotonic_ms(),
		.idle_ms = idle_ms,
		.pipe = pipe,
		.callbacks = callbacks,
		.context = context,
	};
	if (idle_ms)
		wait_for(flow, idle_ms);
}

void flow_end(struct flow *flow)
{
	loop_unwatch(flow->room);
	loop_cancel(flow->idle);
	flow->room = NULL;
	flow->idle = NULL;
}

void flow_moved(struct flow *flow)
{
	flow->moved_ms = clock_monotonic_ms();
}

static void room_again(void *context, short revents)
{
	struct flow *flow = context;

	(void)revents;
	loop_unwatch(flow->room);
	flow->room = NULL;
	flow_moved(flow);
	flow->callbacks->resume(flow->context);
}

void flow_hold(struct flow *flow)
{
	if (!flow->room)
		flow->room = loop_watch(flow->loop, flow->pipe, POLLOUT, room_again, flow);
}
