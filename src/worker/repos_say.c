/* What the worker says to the broker about repositories. */
#include "worker/repos_say.h"

#include "lib/base/log.h"

#include <stdio.h>

void repos_say_sync(struct calls *calls, uint32_t id, const struct sync_order *order)
{
	struct ipc_message *message = ipc_new(MESSAGE_SYNC, id);

	protocol_put_sync_order(message, order);
	calls_send(calls, message);
}

void repos_say_look(struct calls *calls, enum repos_mode mode, const struct repos_place *places,
		    size_t count)
{
	struct ipc_message *message = ipc_new(MESSAGE_LOOK, 0);

	ipc_put_u8(message, (uint8_t)mode);
	ipc_put_u16(message, (uint16_t)count);
	for (size_t i = 0; i < count; i++) {
		ipc_put_string(message, places[i].owner);
		ipc_put_string(message, places[i].name);
	}
	calls_send(calls, message);
}

void repos_say_unchanged(struct calls *calls, struct repos_unchanged *unchanged, const char *owner,
			 const char *name, enum unchanged_by by)
{
	unsigned at = unchanged->count++;

	snprintf(unchanged->list[at].owner, sizeof(unchanged->list[at].owner), "%s", owner);
	snprintf(unchanged->list[at].name, sizeof(unchanged->list[at].name), "%s", name);
	unchanged->list[at].by = by;
	if (unchanged->count == REPOS_SAY_MAX)
		repos_say_flush(calls, unchanged);
}

void repos_say_flush(struct calls *calls, struct repos_unchanged *unchanged)
{
	if (!unchanged->count)
		return;
	struct ipc_message *message = ipc_new(MESSAGE_UNCHANGED, 0);
	ipc_put_u16(message, (uint16_t)unchanged->count);
	for (unsigned i = 0; i < unchanged->count; i++) {
		ipc_put_string(message, unchanged->list[i].owner);
		ipc_put_string(message, unchanged->list[i].name);
		ipc_put_u8(message, (uint8_t)unchanged->list[i].by);
	}
	calls_send(calls, message);
	unchanged->count = 0;
}

bool repos_say_prune(struct calls *calls, uint32_t count, const char *names)
{
	static const struct ipc_permit permitted[] = {
		{MESSAGE_PRUNE_DECIDED, IPC_ONCE, 1, 1, {IPC_FD_NONE}, NULL},
	};
	struct ipc_message *message = ipc_new(MESSAGE_PRUNE, 0);
	struct ipc_incoming in;

	ipc_put_u32(message, count);
	ipc_put_string(message, names);
	calls_send(calls, message);
	calls_receive(calls, permitted, 1, &in);
	bool agreed = ipc_get_enum(&in, 2);
	if (ipc_end(&in) < 0)
		fatal("the broker sent a malformed decision");
	return agreed;
}

void repos_say_remembered(struct calls *calls, struct states *states)
{
	struct failure failure;

	if (states_flush(states, &failure) < 0)
		calls_note(calls, failure.message);
}
