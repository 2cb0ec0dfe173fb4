/* Questions to ghward-store, one at a time. */
#include "worker/states.h"

#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/ipc/channel.h"
#include "lib/sanitize/sanitize.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct states {
	int socket;
	uint8_t *buffer;
};

struct states *states_new(int socket)
{
	struct states *states = memory_new(sizeof(*states));

	states->socket = socket;
	states->buffer = ipc_buffer_new();
	return states;
}

void states_free(struct states *states)
{
	if (!states)
		return;
	io_close(&states->socket);
	free(states->buffer);
	free(states);
}

static void send_or_die(struct states *states, struct ipc_message *message)
{
	if (ipc_send_blocking(states->socket, message) < 0)
		fatal("cannot tell ghward-store: %m");
}

static void wait_for(struct states *states, uint16_t type, struct ipc_incoming *in)
{
	const struct ipc_permit permit = {type,		 IPC_PERMIT, 0, IPC_MESSAGE_MAX,
					  {IPC_FD_NONE}, NULL};
	int got;

	do {
		got = ipc_receive(states->socket, states->buffer, &permit, 1, in);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		fatal("ghward-store sent a malformed answer: %m");
	if (got == 0)
		fatal("ghward-store has gone");
}

static size_t wait_for_states(struct states *states, struct sync_state found[SYNC_STATES_MAX])
{
	struct ipc_incoming in;

	wait_for(states, MESSAGE_STATE_FOUND, &in);
	size_t count = ipc_get_u16(&in);
	if (count > SYNC_STATES_MAX)
		fatal("ghward-store sent too many states");
	for (size_t i = 0; i < count; i++)
		protocol_get_sync_state(&in, &found[i]);
	if (ipc_end(&in) < 0)
		fatal("ghward-store sent malformed states");
	return count;
}

size_t states_get(struct states *states, const struct state_key *keys, size_t count,
		  struct sync_state found[SYNC_STATES_MAX])
{
	struct ipc_message *message = ipc_new(MESSAGE_STATE_GET, 0);

	if (count > SYNC_STATES_MAX)
		fatal("too many states to ask for");
	ipc_put_u16(message, (uint16_t)count);
	for (size_t i = 0; i < count; i++)
		protocol_put_state_key(message, keys[i]);
	send_or_die(states, message);
	return wait_for_states(states, found);
}

size_t states_list(struct states *states, struct state_key after,
		   struct sync_state found[SYNC_STATES_MAX])
{
	struct ipc_message *message = ipc_new(MESSAGE_STATE_LIST, 0);

	protocol_put_state_key(message, after);
	send_or_die(states, message);
	return wait_for_states(states, found);
}

#define MAKE_PRINTABLE(to, from) sanitize_field(to, sizeof(to), from, strlen(from))

void states_put(struct states *states, const struct sync_state *state)
{
	struct ipc_message *message = ipc_new(MESSAGE_STATE_PUT, 0);
	struct sync_state printable = *state;

	MAKE_PRINTABLE(printable.pushed_at, state->pushed_at);
	MAKE_PRINTABLE(printable.branch, state->branch);
	MAKE_PRINTABLE(printable.error, state->error);
	protocol_put_sync_state(message, &printable);
	send_or_die(states, message);
}

void states_drop(struct states *states, struct state_key key)
{
	struct ipc_message *message = ipc_new(MESSAGE_STATE_DROP, 0);

	protocol_put_state_key(message, key);
	send_or_die(states, message);
}

int states_flush(struct states *states, struct failure *failure)
{
	struct ipc_incoming in;

	send_or_die(states, ipc_new(MESSAGE_STATE_FLUSH, 0));
	wait_for(states, MESSAGE_STATE_FLUSHED, &in);
	protocol_get_failure(&in, failure);
	if (ipc_end(&in) < 0)
		fatal("ghward-store sent a malformed answer");
	return failure->kind == FAILURE_NONE ? 0 : -1;
}
