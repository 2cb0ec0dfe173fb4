/* Messages about states. */
#include "store/states.h"

#include "lib/base/log.h"
#include "lib/ipc/channel.h"
#include "lib/ipc/protocol.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#define KEYS_SIZE_MAX (2 + SYNC_STATES_MAX * STATE_KEY_SIZE)

static const struct ipc_permit permits[] = {
	{MESSAGE_STATE_GET, IPC_PERMIT, 2, KEYS_SIZE_MAX, {IPC_FD_NONE}, NULL},
	{MESSAGE_STATE_LIST, IPC_PERMIT, STATE_KEY_SIZE, STATE_KEY_SIZE, {IPC_FD_NONE}, NULL},
	{MESSAGE_STATE_PUT, IPC_PERMIT, 0, SYNC_STATE_SIZE_MAX, {IPC_FD_NONE}, NULL},
	{MESSAGE_STATE_DROP, IPC_PERMIT, STATE_KEY_SIZE, STATE_KEY_SIZE, {IPC_FD_NONE}, NULL},
	{MESSAGE_STATE_FLUSH, IPC_PERMIT, 0, 0, {IPC_FD_NONE}, NULL},
};

static void malformed(void)
{
	fatal("the worker sent a malformed question about states");
}

static void answer(const struct states_question *question, struct ipc_message *message)
{
	/* A worker that has gone is found out when it is read. */
	if (ipc_send_blocking(question->worker, message) < 0 && errno != EPIPE &&
	    errno != ECONNRESET)
		fatal("cannot answer the worker: %m");
}

static void answer_with(const struct states_question *question, const struct sync_state *found,
			size_t count)
{
	struct ipc_message *message = ipc_new(MESSAGE_STATE_FOUND, 0);

	ipc_put_u16(message, (uint16_t)count);
	for (size_t i = 0; i < count; i++)
		protocol_put_sync_state(message, &found[i]);
	answer(question, message);
}

static void get(const struct states_question *question, struct sync_database *states,
		struct ipc_incoming *in)
{
	struct sync_state found[SYNC_STATES_MAX];
	struct state_key keys[SYNC_STATES_MAX];
	size_t count = ipc_get_u16(in);
	bool sound = count <= SYNC_STATES_MAX;

	for (size_t i = 0; i < count && sound; i++) {
		keys[i] = protocol_get_state_key(in);
		sound = state_key_is_sound(keys[i]);
	}
	if (ipc_end(in) < 0 || !sound)
		malformed();
	answer_with(question, found, sync_database_get(states, keys, count, found));
}

static void list(const struct states_question *question, struct sync_database *states,
		 struct ipc_incoming *in)
{
	struct sync_state found[SYNC_STATES_MAX];
	struct state_key after = protocol_get_state_key(in);

	if (ipc_end(in) < 0 || (after.id && !state_key_is_sound(after)))
		malformed();
	answer_with(question, found, sync_database_list(states, after, found));
}

static void put(struct sync_database *states, struct ipc_incoming *in)
{
	struct sync_state state;

	protocol_get_sync_state(in, &state);
	if (ipc_end(in) < 0 || !sync_state_is_sound(&state))
		malformed();
	sync_database_put(states, &state);
}

static void drop(struct sync_database *states, struct ipc_incoming *in)
{
	struct state_key key = protocol_get_state_key(in);

	if (ipc_end(in) < 0 || !state_key_is_sound(key))
		malformed();
	sync_database_drop(states, key);
}

static void flush(const struct states_question *question, struct sync_database *states)
{
	struct ipc_message *message = ipc_new(MESSAGE_STATE_FLUSHED, 0);
	struct failure failure;

	(void)sync_database_flush(states, &failure);
	protocol_put_failure(message, &failure);
	answer(question, message);
}

static void handle(const struct states_question *question, struct sync_database *states,
		   struct ipc_incoming *in)
{
	switch (in->type) {
	case MESSAGE_STATE_GET:
		return get(question, states, in);
	case MESSAGE_STATE_LIST:
		return list(question, states, in);
	case MESSAGE_STATE_PUT:
		return put(states, in);
	case MESSAGE_STATE_DROP:
		return drop(states, in);
	default:
		return flush(question, states);
	}
}

/* While nothing is said, what was said before becomes durable. Returns 1, or 0 at the end. */
static int receive(const struct states_question *question, struct sync_database *states,
		   uint8_t *buffer, struct ipc_incoming *in)
{
	struct pollfd watched = {.fd = question->worker, .events = POLLIN};
	int got;

	while (poll(&watched, 1, sync_database_due_ms(states)) <= 0)
		sync_database_commit(states);
	do {
		got = ipc_receive(question->worker, buffer, permits,
				  sizeof(permits) / sizeof(permits[0]), in);
	} while (got < 0 && errno == EINTR);
	if (got < 0 && errno == EBADMSG)
		malformed();
	return got > 0;
}

uint64_t states_serve(const struct states_question *question, struct failure *failure)
{
	struct sync_database *states = sync_database_open(question->store, question->destination,
							  question->note, question->context);
	uint8_t *buffer = ipc_buffer_new();
	struct ipc_incoming in;

	while (receive(question, states, buffer, &in))
		handle(question, states, &in);
	(void)sync_database_flush(states, failure);
	uint64_t count = sync_database_count(states);
	sync_database_close(states);
	free(buffer);
	return count;
}
