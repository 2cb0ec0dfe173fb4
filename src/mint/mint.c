/* One answer in, one message out. */
#include "mint/mint.h"

#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/ipc/channel.h"
#include "mint/answer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct ipc_permit permits[] = {
	{MESSAGE_MINT, IPC_ONCE, 1, 1, {IPC_FD_PIPE_READ}, NULL},
};

static void send_or_leave(struct ipc_message *message)
{
	/* A broker that has gone wants no answer. */
	if (ipc_send_blocking(FD_CHANNEL, message) < 0)
		exit(EXIT_SUCCESS);
}

/* To the end of file, however much there is. */
static int read_answer(enum mint_kind kind, int pipe, struct mint_answer *answer,
		       struct failure *failure)
{
	/* One byte more than is allowed, which shows. */
	char *text = memory_new(MINT_ANSWER_MAX + 1);
	ssize_t length = io_read_full(pipe, text, MINT_ANSWER_MAX + 1);
	int status = -1;

	if (length < 0)
		failure_set(failure, FAILURE_INTERNAL, "Run the command again.",
			    "cannot read GitHub's answer from its pipe: %s", strerror(errno));
	else
		status = mint_answer(kind, text, (size_t)length, answer, failure);
	memory_wipe_free(text);
	return status;
}

static void mint(struct ipc_incoming *in)
{
	struct mint_answer *answer = memory_new(sizeof(*answer));
	struct failure failure = {.kind = FAILURE_NONE};
	enum mint_kind kind = (enum mint_kind)ipc_get_enum(in, MINT_KINDS);
	int pipe = ipc_take_fd(in, 0);

	if (ipc_end(in) < 0)
		fatal("the broker sent a malformed order");
	(void)read_answer(kind, pipe, answer, &failure);
	answer->minted.kind = kind;
	struct ipc_message *message = ipc_new(MESSAGE_MINTED, 0);
	protocol_put_failure(message, &failure);
	protocol_put_minted(message, &answer->minted);
	memory_wipe_free(answer);
	io_close(&pipe);
	send_or_leave(message);
}

void mint_serve(struct ipc_message *hello)
{
	struct ipc_incoming in;
	int got;

	send_or_leave(hello);
	uint8_t *buffer = ipc_buffer_new();
	do {
		got = ipc_receive(FD_CHANNEL, buffer, permits, 1, &in);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		fatal("the broker sent a malformed order: %m");
	if (got > 0)
		mint(&in);
	free(buffer);
}
