/* The event loop. Watches and timers live in intrusive lists; dead ones are freed between turns. */
#include "lib/ipc/loop.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>

struct loop_watch {
	struct loop_watch *next;
	struct loop *loop;
	loop_ready_fn *ready;
	void *context;
	int fd;
	short events;
	bool dead;
};

struct loop_timer {
	struct loop_timer *next;
	struct loop *loop;
	loop_timer_fn *expired;
	void *context;
	uint64_t at_ms;
};

struct deferred {
	struct deferred *next;
	void *memory;
};

struct loop {
	struct loop_watch *watches;
	struct loop_timer *timers; /* soonest first */
	struct deferred *garbage;
	struct pollfd *polled; /* parallel to `owners`, rebuilt each turn */
	struct loop_watch **owners;
	size_t watch_count, capacity;
	bool stopped;
};

struct loop *loop_new(void)
{
	return memory_new(sizeof(struct loop));
}

static void sweep(struct loop *loop)
{
	for (struct loop_watch **at = &loop->watches; *at;) {
		struct loop_watch *watch = *at;
		if (!watch->dead) {
			at = &watch->next;
			continue;
		}
		*at = watch->next;
		loop->watch_count--;
		free(watch);
	}
	while (loop->garbage) {
		struct deferred *deferred = loop->garbage;
		loop->garbage = deferred->next;
		free(deferred->memory);
		free(deferred);
	}
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	for (struct loop_watch *watch = loop->watches; watch; watch = watch->next)
		watch->dead = true;
	sweep(loop);
	while (loop->timers) {
		struct loop_timer *timer = loop->timers;
		loop->timers = timer->next;
		free(timer);
	}
	free(loop->polled);
	free(loop->owners);
	free(loop);
}

struct loop_watch *loop_watch(struct loop *loop, int fd, short events, loop_ready_fn *ready,
			      void *context)
{
	struct loop_watch *watch = memory_new(sizeof(*watch));

	*watch = (struct loop_watch){
		.next = loop->watches,
		.loop = loop,
		.ready = ready,
		.context = context,
		.fd = fd,
		.events = events,
	};
	loop->watches = watch;
	loop->watch_count++;
	return watch;
}

void loop_watch_events(struct loop_watch *watch, short events)
{
	watch->events = events;
}

void loop_unwatch(struct loop_watch *watch)
{
	if (watch)
		watch->dead = true;
}

struct loop_timer *loop_after(struct loop *loop, uint64_t delay_ms, loop_timer_fn *expired,
			      void *context)
{
	struct loop_timer *timer = memory_new(sizeof(*timer));
	struct loop_timer **at = &loop->timers;

	timer->loop = loop;
	timer->expired = expired;
	timer->context = context;
	if (__builtin_add_overflow(clock_monotonic_ms(), delay_ms, &timer->at_ms))
		timer->at_ms = UINT64_MAX;
	while (*at && (*at)->at_ms <= timer->at_ms)
		at = &(*at)->next;
	timer->next = *at;
	*at = timer;
	return timer;
}

void loop_cancel(struct loop_timer *timer)
{
	if (!timer)
		return;
	for (struct loop_timer **at = &timer->loop->timers; *at; at = &(*at)->next) {
		if (*at == timer) {
			*at = timer->next;
			free(timer);
			return;
		}
	}
}

void loop_defer_free(struct loop *loop, void *memory)
{
	struct deferred *deferred = memory_new(sizeof(*deferred));

	deferred->memory = memory;
	deferred->next = loop->garbage;
	loop->garbage = deferred;
}

static int timeout_ms(const struct loop *loop)
{
	if (!loop->timers)
		return -1;
	uint64_t now = clock_monotonic_ms();
	if (loop->timers->at_ms <= now)
		return 0;
	uint64_t wait = loop->timers->at_ms - now;
	return wait > INT_MAX ? INT_MAX : (int)wait;
}

static void expire_timers(struct loop *loop)
{
	uint64_t now = clock_monotonic_ms();

	/* A callback that sets a timer for "now" gets it in the next turn: no starvation. */
	while (loop->timers && loop->timers->at_ms <= now && !loop->stopped) {
		struct loop_timer *timer = loop->timers;
		loop_timer_fn *expired = timer->expired;
		void *context = timer->context;
		loop->timers = timer->next;
		free(timer);
		expired(context);
	}
}

static size_t fill_poll_set(struct loop *loop)
{
	if (loop->capacity < loop->watch_count) {
		free(loop->polled);
		free(loop->owners);
		loop->capacity = loop->watch_count * 2;
		loop->polled = memory_new(loop->capacity * sizeof(*loop->polled));
		loop->owners = memory_new(loop->capacity * sizeof(struct loop_watch *));
	}
	size_t count = 0;
	for (struct loop_watch *watch = loop->watches; watch; watch = watch->next, count++) {
		loop->polled[count] = (struct pollfd){.fd = watch->fd, .events = watch->events};
		loop->owners[count] = watch;
	}
	return count;
}

void loop_run(struct loop *loop)
{
	loop->stopped = false;
	while (!loop->stopped) {
		sweep(loop);
		if (!loop->watches && !loop->timers)
			return;
		size_t count = fill_poll_set(loop);
		int ready = poll(loop->polled, (nfds_t)count, timeout_ms(loop));
		if (ready < 0 && errno != EINTR)
			fatal("poll failed: %m");
		for (size_t i = 0; ready > 0 && i < count && !loop->stopped; i++) {
			short revents = loop->polled[i].revents;
			if (revents && !loop->owners[i]->dead)
				loop->owners[i]->ready(loop->owners[i]->context, revents);
		}
		if (!loop->stopped)
			expire_timers(loop);
	}
	sweep(loop);
}

void loop_stop(struct loop *loop)
{
	loop->stopped = true;
}
