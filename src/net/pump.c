/* Sockets and timers of libcurl in our event loop. */
#include "net/pump.h"

#include "lib/base/log.h"
#include "lib/base/memory.h"

#include <poll.h>
#include <stdlib.h>

struct pump {
	struct loop *loop;
	CURLM *multi;
	pump_worked_fn *worked;
	void *owner;
	struct loop_timer *timer;
};

struct pumped {
	struct pump *pump;
	struct loop_watch *watch;
	curl_socket_t fd;
};

static void act(struct pump *pump, curl_socket_t fd, int events)
{
	int running;

	if (curl_multi_socket_action(pump->multi, fd, events, &running) != CURLM_OK)
		fatal("libcurl cannot go on");
	pump->worked(pump->owner);
}

static void socket_ready(void *context, short revents)
{
	struct pumped *pumped = context;
	int events = 0;

	if (revents & (POLLIN | POLLHUP))
		events |= CURL_CSELECT_IN;
	if (revents & POLLOUT)
		events |= CURL_CSELECT_OUT;
	if (revents & (POLLERR | POLLNVAL))
		events |= CURL_CSELECT_ERR;
	act(pumped->pump, pumped->fd, events);
}

static struct pumped *add_socket(struct pump *pump, curl_socket_t fd)
{
	struct pumped *pumped = memory_new(sizeof(*pumped));

	if (!pumped || curl_multi_assign(pump->multi, fd, pumped) != CURLM_OK)
		fatal("cannot watch a connection");
	pumped->pump = pump;
	pumped->fd = fd;
	pumped->watch = loop_watch(pump->loop, fd, 0, socket_ready, pumped);
	return pumped;
}

static int socket_changed(CURL *curl, curl_socket_t fd, int what, void *context, void *assigned)
{
	struct pump *pump = context;
	struct pumped *pumped = assigned;
	short events = 0;

	(void)curl;
	if (what == CURL_POLL_REMOVE) {
		if (pumped)
			loop_unwatch(pumped->watch);
		free(pumped);
		return 0;
	}
	if (!pumped)
		pumped = add_socket(pump, fd);
	if (what & CURL_POLL_IN)
		events |= POLLIN;
	if (what & CURL_POLL_OUT)
		events |= POLLOUT;
	loop_watch_events(pumped->watch, events);
	return 0;
}

static void timer_expired(void *context)
{
	struct pump *pump = context;

	pump->timer = NULL;
	act(pump, CURL_SOCKET_TIMEOUT, 0);
}

static int timer_changed(CURLM *multi, long timeout_ms, void *context)
{
	struct pump *pump = context;

	(void)multi;
	loop_cancel(pump->timer);
	pump->timer = NULL;
	if (timeout_ms >= 0)
		pump->timer = loop_after(pump->loop, (uint64_t)timeout_ms, timer_expired, pump);
	return 0;
}

struct pump *pump_new(struct loop *loop, CURLM *multi, pump_worked_fn *worked, void *owner)
{
	struct pump *pump = memory_new(sizeof(*pump));

	*pump = (struct pump){.loop = loop, .multi = multi, .worked = worked, .owner = owner};
	if (curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, socket_changed) != CURLM_OK ||
	    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, pump) != CURLM_OK ||
	    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer_changed) != CURLM_OK ||
	    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, pump) != CURLM_OK)
		fatal("libcurl cannot be driven");
	return pump;
}

void pump_free(struct pump *pump)
{
	if (!pump)
		return;
	loop_cancel(pump->timer);
	free(pump);
}
