/* Racing connects over the addresses of one origin. */
#include "dial/connect.h"

#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct attempt {
	struct connect_race *race;
	struct loop_watch *watch;
	int fd;
};

struct connect_race {
	struct loop *loop;
	const struct resolver *resolver;
	struct resolve_list list;
	struct attempt attempts[RESOLVE_ADDRESSES_MAX]; /* parallel to the list */
	size_t started, open;
	struct loop_timer *next, *timeout;
	connect_done_fn *done;
	void *owner;
	uint32_t id;
	int error; /* why the attempts failed so far */
};

static void close_attempt(struct attempt *attempt)
{
	if (attempt->fd < 0)
		return;
	loop_unwatch(attempt->watch);
	io_close(&attempt->fd);
	attempt->race->open--;
}

void connect_abandon(struct connect_race *race)
{
	if (!race)
		return;
	for (size_t i = 0; i < race->started; i++)
		close_attempt(&race->attempts[i]);
	loop_cancel(race->next);
	loop_cancel(race->timeout);
	free(race);
}

static void finish(struct connect_race *race, struct connect_result *result)
{
	race->done(race->owner, race->id, result);
	connect_abandon(race);
}

static void win(struct connect_race *race, struct attempt *attempt)
{
	struct connect_result result = {
		.socket = attempt->fd,
		.address = &race->list.addresses[attempt - race->attempts],
	};

	loop_unwatch(attempt->watch);
	attempt->fd = -1;
	race->open--;
	finish(race, &result);
}

static void lose(struct connect_race *race)
{
	struct connect_result result = {.socket = -1};

	failure_set(&result.failure, FAILURE_NETWORK,
		    resolve_hint(race->resolver,
				 "Check that the server is up and that GITHUB_API_URL is right."),
		    "cannot connect to %s: %s", race->resolver->origin, strerror(race->error));
	finish(race, &result);
}

static void time_out(void *context)
{
	struct connect_race *race = context;
	struct connect_result result = {.socket = -1};

	race->timeout = NULL;
	failure_set(&result.failure, FAILURE_TIMEOUT,
		    resolve_hint(race->resolver, "Check the network and any firewall in between."),
		    "cannot connect to %s: no answer within %u s", race->resolver->origin,
		    CONNECT_TIMEOUT_MS / 1000);
	finish(race, &result);
}

/* An address of a family that this machine has no route for says least about the origin. */
static void note_error(struct connect_race *race, int error)
{
	if (!race->error || race->error == ENETUNREACH || race->error == EAFNOSUPPORT ||
	    race->error == EADDRNOTAVAIL)
		race->error = error;
}

static void start_next(void *context);

static void attempt_ready(void *context, short revents)
{
	struct attempt *attempt = context;
	struct connect_race *race = attempt->race;
	int error = 0;
	socklen_t size = sizeof(error);

	(void)revents;
	if (getsockopt(attempt->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		error = errno;
	if (!error) {
		win(race, attempt);
		return;
	}
	note_error(race, error);
	close_attempt(attempt);
	loop_cancel(race->next);
	start_next(race);
}

/* Returns 0 when connected, else an errno value, EINPROGRESS among them. */
static int start_attempt(struct connect_race *race, struct attempt *attempt)
{
	const struct address *address = &race->list.addresses[race->started++];
	struct sockaddr_storage name;
	socklen_t size = address_to_socket(address, race->resolver->port, &name);
	const int on = 1;

	*attempt = (struct attempt){.race = race};
	attempt->fd = socket(address->family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (attempt->fd < 0)
		return errno;
	race->open++;
	/* Only a matter of latency, so a refusal does not count. */
	(void)setsockopt(attempt->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return connect(attempt->fd, (struct sockaddr *)&name, size) < 0 ? errno : 0;
}

static void start_next(void *context)
{
	struct connect_race *race = context;

	race->next = NULL;
	while (race->started < race->list.count) {
		struct attempt *attempt = &race->attempts[race->started];
		int error = start_attempt(race, attempt);
		if (!error) {
			win(race, attempt);
			return;
		}
		if (error == EINPROGRESS) {
			attempt->watch = loop_watch(race->loop, attempt->fd, POLLOUT, attempt_ready,
						    attempt);
			race->next = loop_after(race->loop, CONNECT_STAGGER_MS, start_next, race);
			return;
		}
		note_error(race, error);
		close_attempt(attempt);
	}
	if (!race->open)
		lose(race);
}

struct connect_race *connect_start(struct loop *loop, const struct resolver *resolver,
				   const struct resolve_list *list, uint32_t id,
				   connect_done_fn *done, void *owner)
{
	struct connect_race *race = memory_new(sizeof(*race));

	race->loop = loop;
	race->resolver = resolver;
	race->list = *list;
	race->id = id;
	race->done = done;
	race->owner = owner;
	race->timeout = loop_after(loop, CONNECT_TIMEOUT_MS, time_out, race);
	race->next = loop_after(loop, 0, start_next, race);
	return race;
}
