/* The token of the one credential. */
#include "broker/credential.h"

#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/validate/validate.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

void credential_open(struct credential *credential, int pipe)
{
	memset(credential, 0, sizeof(*credential));
	credential->pipe = pipe;
	/* One byte more than the longest token, to notice a longer one. */
	if (secret_arena_open(&credential->arena, CREDENTIAL_TOKEN_MAX + 1) < 0)
		fatal("no protected memory for the token: %m; raise the limit of locked memory "
		      "(ulimit -l) to 64 KiB at least");
	if (io_set_nonblocking(pipe) < 0)
		fatal("cannot read the token's pipe: %m");
}

static enum credential_state judge(struct credential *credential)
{
	const char *token = (const char *)credential->arena.base;

	while (credential->length &&
	       (token[credential->length - 1] == '\n' || token[credential->length - 1] == '\r'))
		credential->length--;
	if (!credential->length)
		return CREDENTIAL_ABSENT;
	if (credential->length > CREDENTIAL_TOKEN_MAX)
		return CREDENTIAL_MALFORMED;
	switch (validate_token(token, credential->length)) {
	case VALIDATE_TOKEN_INVALID:
		return CREDENTIAL_MALFORMED;
	case VALIDATE_TOKEN_REFRESH:
		return CREDENTIAL_UNUSABLE;
	default:
		return CREDENTIAL_USABLE;
	}
}

static void finish(struct credential *credential)
{
	loop_unwatch(credential->watch);
	credential->watch = NULL;
	io_close(&credential->pipe);
	credential->state = judge(credential);
	if (credential->state != CREDENTIAL_USABLE)
		credential_wipe(credential);
}

/* Returns true once the state is final. */
static bool read_token(struct credential *credential)
{
	size_t room = CREDENTIAL_TOKEN_MAX + 1 - credential->length;
	ssize_t got = read(credential->pipe, credential->arena.base + credential->length, room);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (got > 0) {
		credential->length += (size_t)got;
		if (credential->length <= CREDENTIAL_TOKEN_MAX)
			return false;
	}
	finish(credential);
	return true;
}

static void pipe_ready(void *context, short revents)
{
	struct credential *credential = context;

	(void)revents;
	if (read_token(credential))
		credential->known(credential->context);
}

void credential_read(struct credential *credential, struct loop *loop, void (*known)(void *),
		     void *context)
{
	credential->known = known;
	credential->context = context;
	credential->watch = loop_watch(loop, credential->pipe, POLLIN, pipe_ready, credential);
}

void credential_put(const struct credential *credential, struct ipc_message *message)
{
	ipc_put_bytes(message, credential->arena.base, credential->length);
}

const char *credential_kind(const struct credential *credential)
{
	if (credential->state != CREDENTIAL_USABLE)
		return "none";
	return validate_token_kind_name(
		validate_token((const char *)credential->arena.base, credential->length));
}

void credential_wipe(struct credential *credential)
{
	secret_arena_close(&credential->arena);
	credential->length = 0;
}
