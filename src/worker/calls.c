/* Questions to GitHub, asked of the broker. */
#include "worker/calls.h"

#include "lib/base/clock.h"
#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/ipc/channel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct calls {
	uint8_t *buffer;
	struct answer early[CALLS_MAX]; /* arrived, but not yet asked for */
	size_t early_count;
	uint64_t progress_ms; /* when it was told last */
	uint32_t open, limit; /* questions */
	const struct calls_listener *listener;
};

#define PROGRESS_INTERVAL_MS 100u

static const struct ipc_permit permits[] = {
	{MESSAGE_CALL_RESULT, IPC_PERMIT, 0, 16384, {IPC_FD_MEMFD}, NULL},
	{MESSAGE_CALL_FAILED, IPC_PERMIT, 0, 2048, {IPC_FD_NONE}, NULL},
	/* With a listener only. */
	{MESSAGE_SYNCED, IPC_PERMIT, 0, 4096, {IPC_FD_NONE}, NULL},
	{MESSAGE_LOOKED, IPC_PERMIT, 0, 4096, {IPC_FD_NONE}, NULL},
};

#define PERMITS_ANSWERS 2u
#define PERMITS_ALL (sizeof(permits) / sizeof(permits[0]))

struct calls *calls_new(uint32_t limit)
{
	struct calls *calls = memory_new(sizeof(*calls));

	calls->limit = limit;
	calls->buffer = ipc_buffer_new();
	return calls;
}

void calls_free(struct calls *calls)
{
	for (size_t i = 0; i < calls->early_count; i++)
		answer_free(&calls->early[i]);
	free(calls->buffer);
	free(calls);
}

static void send_or_exit(struct ipc_message *message)
{
	if (ipc_send_blocking(FD_CHANNEL, message) < 0)
		exit(EXIT_SUCCESS); /* the job was cancelled */
}

void calls_ask(struct calls *calls, uint32_t id, enum operation_id operation,
	       const struct operation_arguments *arguments, uint32_t delay_ms)
{
	struct ipc_message *message = ipc_new(MESSAGE_CALL, id);

	while (!calls_room(calls))
		calls_turn(calls);
	calls->open++;
	ipc_put_u8(message, (uint8_t)operation);
	ipc_put_u32(message, delay_ms);
	protocol_put_arguments(message, arguments);
	send_or_exit(message);
}

/* Moves a string of the receive buffer into the answer's own text. */
static const char *keep(char **at, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = *at;

	memcpy(copy, text, size);
	*at += size;
	return copy;
}

static void keep_strings(struct answer *answer)
{
	struct response *response = &answer->response;
	const char **strings[] = {
		&response->request_id,	     &response->link,
		&response->content_type,     &response->resource,
		&response->location,	     &response->scopes,
		&response->accepted_scopes,  &response->accepted_permissions,
		&response->token_expiration,
	};
	size_t count = sizeof(strings) / sizeof(strings[0]), size = 0;

	for (size_t i = 0; i < count; i++)
		size += strlen(*strings[i]) + 1;
	char *at = memory_new(size);
	answer->text = at;
	for (size_t i = 0; i < count; i++)
		*strings[i] = keep(&at, *strings[i]);
}

/* Ends the process when the job was cancelled. */
static void receive_permitted(struct calls *calls, const struct ipc_permit *permitted, size_t count,
			      struct ipc_incoming *in)
{
	int got;

	do {
		got = ipc_receive(FD_CHANNEL, calls->buffer, permitted, count, in);
	} while (got < 0 && errno == EINTR);
	if (got == 0)
		exit(EXIT_SUCCESS);
	if (got < 0)
		fatal("the broker sent a malformed message: %m");
}

static void read_answer(struct calls *calls, struct ipc_incoming *in, struct answer *answer)
{
	memset(answer, 0, sizeof(*answer));
	answer->id = in->id;
	answer->body = -1;
	if (in->type == MESSAGE_CALL_FAILED) {
		protocol_get_failure(in, &answer->failure);
	} else {
		protocol_get_response(in, &answer->response);
		keep_strings(answer);
		answer->body = ipc_take_fd(in, 0);
	}
	if (ipc_end(in) < 0 || !calls->open)
		fatal("the broker sent a malformed answer");
	calls->open--;
}

/* Returns false if it was the listener's. */
static bool receive(struct calls *calls, struct answer *answer)
{
	const struct calls_listener *listener = calls->listener;
	struct ipc_incoming in;

	receive_permitted(calls, permits, listener ? PERMITS_ALL : PERMITS_ANSWERS, &in);
	if (listener && in.type != MESSAGE_CALL_RESULT && in.type != MESSAGE_CALL_FAILED) {
		listener->message(listener->context, &in);
		return false;
	}
	read_answer(calls, &in, answer);
	if (!listener || answer->id - CALLS_LISTENED >= CALLS_LISTENED_COUNT)
		return true;
	listener->answer(listener->context, answer);
	answer_free(answer);
	return false;
}

static void keep_early(struct calls *calls, const struct answer *answer)
{
	if (calls->early_count == CALLS_MAX)
		fatal("more answers than questions");
	calls->early[calls->early_count++] = *answer;
}

void calls_listen(struct calls *calls, const struct calls_listener *listener)
{
	calls->listener = listener;
}

uint32_t calls_room(const struct calls *calls)
{
	return calls->limit - calls->open;
}

void calls_turn(struct calls *calls)
{
	struct answer answer;

	if (receive(calls, &answer))
		keep_early(calls, &answer);
}

void calls_send(struct calls *calls, struct ipc_message *message)
{
	(void)calls;
	send_or_exit(message);
}

void calls_receive(struct calls *calls, const struct ipc_permit *permitted, size_t count,
		   struct ipc_incoming *in)
{
	receive_permitted(calls, permitted, count, in);
}

void calls_wait(struct calls *calls, uint32_t id, struct answer *answer)
{
	for (size_t i = 0; i < calls->early_count; i++) {
		if (calls->early[i].id != id)
			continue;
		*answer = calls->early[i];
		calls->early[i] = calls->early[--calls->early_count];
		return;
	}
	for (;;) {
		if (!receive(calls, answer))
			continue;
		if (answer->id == id)
			return;
		keep_early(calls, answer);
	}
}

void calls_note(struct calls *calls, const char *text)
{
	struct ipc_message *message = ipc_new(MESSAGE_NOTE, 0);

	(void)calls;
	ipc_put_string(message, text);
	send_or_exit(message);
}

void calls_progress(struct calls *calls, uint32_t done, uint32_t total, uint32_t items)
{
	uint64_t now = clock_monotonic_ms();

	if (now - calls->progress_ms < PROGRESS_INTERVAL_MS)
		return;
	calls->progress_ms = now;
	struct ipc_message *message = ipc_new(MESSAGE_PROGRESS, 0);
	ipc_put_u32(message, done);
	ipc_put_u32(message, total);
	ipc_put_u32(message, items);
	send_or_exit(message);
}

void calls_propose(struct calls *calls, enum operation_id operation,
		   const struct operation_arguments *arguments, const char *subject)
{
	struct ipc_message *message = ipc_new(MESSAGE_PROPOSE, 0);

	(void)calls;
	ipc_put_u8(message, (uint8_t)operation);
	protocol_put_arguments(message, arguments);
	ipc_put_string(message, subject);
	send_or_exit(message);
}

void calls_wait_confirmed(struct calls *calls)
{
	static const struct ipc_permit permitted[] = {
		{MESSAGE_CONFIRMED, IPC_ONCE, 0, 0, {IPC_FD_NONE}, NULL},
	};
	struct ipc_incoming in;

	receive_permitted(calls, permitted, 1, &in);
	if (ipc_end(&in) < 0)
		fatal("the broker sent a malformed message");
}

void answer_free(struct answer *answer)
{
	io_close(&answer->body);
	free(answer->text);
	answer->text = NULL;
}
