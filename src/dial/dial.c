/* The dialler's loop. */
#include "dial/dial.h"

#include "dial/connect.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"

#include <stdlib.h>

/* One MESSAGE_CONNECT that is not answered yet. */
struct pending {
	struct pending *next;
	struct connect_race *race;
	uint32_t id;
};

struct dial {
	struct loop *loop;
	struct resolver *resolver;
	struct ipc_channel *broker, *net;
	struct pending *pending;
	size_t count;
};

static bool is_pending(const struct dial *dial, uint32_t id)
{
	const struct pending *pending = dial->pending;

	while (pending && pending->id != id)
		pending = pending->next;
	return pending != NULL;
}

static void drop_pending(struct dial *dial, uint32_t id)
{
	for (struct pending **at = &dial->pending; *at; at = &(*at)->next) {
		struct pending *pending = *at;
		if (pending->id != id)
			continue;
		*at = pending->next;
		dial->count--;
		free(pending);
		return;
	}
}

static void send_failure(struct dial *dial, uint32_t id, const struct failure *failure)
{
	struct ipc_message *message = ipc_new(MESSAGE_CONNECT_FAILED, id);

	protocol_put_failure(message, failure);
	ipc_send(dial->net, message);
}

static void connect_done(void *owner, uint32_t id, struct connect_result *result)
{
	struct dial *dial = owner;

	drop_pending(dial, id);
	if (result->socket < 0) {
		send_failure(dial, id, &result->failure);
		return;
	}
	resolve_prefer(dial->resolver, result->address);
	struct ipc_message *message = ipc_new(MESSAGE_CONNECTED, id);
	ipc_put_fd(message, result->socket);
	ipc_send(dial->net, message);
}

static int handle_connect(void *owner, struct ipc_incoming *in)
{
	struct dial *dial = owner;
	struct failure failure;

	if (ipc_end(in) < 0 || dial->count == DIAL_CONNECTS_MAX || is_pending(dial, in->id))
		return -1;
	const struct resolve_list *list = resolve_origin(dial->resolver, &failure);
	if (!list) {
		send_failure(dial, in->id, &failure);
		return 0;
	}
	struct pending *pending = memory_new(sizeof(*pending));
	pending->id = in->id;
	pending->next = dial->pending;
	pending->race = connect_start(dial->loop, dial->resolver, list, in->id, connect_done, dial);
	dial->pending = pending;
	dial->count++;
	return 0;
}

static void channel_ended(void *owner, enum ipc_ending ending, const char *detail)
{
	struct dial *dial = owner;

	if (ending != IPC_PEER_CLOSED)
		log_write(LOG_LEVEL_ERROR, "ghward-dial ends: a peer sent %s", detail);
	loop_stop(dial->loop);
}

static const struct ipc_permit net_permits[] = {
	{MESSAGE_CONNECT, IPC_PERMIT, 0, 0, {IPC_FD_NONE}, handle_connect},
};

void dial_serve(struct resolver *resolver, struct ipc_message *hello)
{
	struct dial dial = {.loop = loop_new(), .resolver = resolver};

	/* The broker has said all it will say: an empty table makes any further word a violation.
	 */
	dial.broker = ipc_channel_new(dial.loop, FD_CHANNEL, net_permits, 0, channel_ended, &dial);
	dial.net =
		ipc_channel_new(dial.loop, FD_DIAL_NET, net_permits,
				sizeof(net_permits) / sizeof(*net_permits), channel_ended, &dial);
	ipc_send(dial.broker, hello);
	loop_run(dial.loop);
	while (dial.pending) {
		connect_abandon(dial.pending->race);
		drop_pending(&dial, dial.pending->id);
	}
	ipc_channel_close(dial.net);
	ipc_channel_close(dial.broker);
	loop_free(dial.loop);
}
