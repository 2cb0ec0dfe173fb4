/* The environment's token: read when it is first needed, kept sealed. */
#include "broker/environment.h"

#include "broker/secrets.h"
#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/secret/heap.h"
#include "lib/validate/validate.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct environment_token {
	struct broker *broker;
	int fd;
	struct loop_watch *watch;
	uint8_t *reading; /* VALIDATE_TOKEN_MAX + 1 bytes of the arena */
	size_t length;
	enum environment_state state;
	enum validate_token_kind kind;
	struct sealed token;
	void (*known)(void *);
	void *context;
	char source[64];
};

struct environment_token *environment_token_new(struct broker *broker, int fd)
{
	struct environment_token *token = memory_new(sizeof(*token));

	if (io_set_nonblocking(fd) < 0)
		fatal("cannot read where the token is from: %m");
	token->broker = broker;
	token->fd = fd;
	return token;
}

void environment_token_name(struct environment_token *token, const char *source)
{
	snprintf(token->source, sizeof(token->source), "%s", source);
}

const char *environment_token_source(const struct environment_token *token)
{
	return token->source;
}

enum environment_state environment_token_state(const struct environment_token *token)
{
	return token->state;
}

const char *environment_token_kind(const struct environment_token *token)
{
	return token->state == ENVIRONMENT_USABLE ? validate_token_kind_name(token->kind) : "none";
}

static enum environment_state judge(struct environment_token *token)
{
	const char *text = (const char *)token->reading;

	while (token->length &&
	       (text[token->length - 1] == '\n' || text[token->length - 1] == '\r'))
		token->length--;
	if (!token->length)
		return ENVIRONMENT_ABSENT;
	if (token->length > VALIDATE_TOKEN_MAX)
		return ENVIRONMENT_MALFORMED;
	token->kind = validate_token(text, token->length);
	switch (token->kind) {
	case VALIDATE_TOKEN_INVALID:
		return ENVIRONMENT_MALFORMED;
	case VALIDATE_TOKEN_REFRESH:
		return ENVIRONMENT_UNUSABLE;
	default:
		return ENVIRONMENT_USABLE;
	}
}

static void stop_reading(struct environment_token *token)
{
	loop_unwatch(token->watch);
	token->watch = NULL;
	io_close(&token->fd);
	secret_heap_free(token->reading);
	token->reading = NULL;
}

static void finish(struct environment_token *token)
{
	token->state = judge(token);
	if (token->state == ENVIRONMENT_USABLE &&
	    sealed_make(token->broker->secrets->sealing_key,
			(struct crypto_bytes){token->reading, token->length}, &token->token) < 0)
		fatal("cannot keep the token");
	stop_reading(token);
	token->known(token->context);
}

static void source_ready(void *context, short revents)
{
	struct environment_token *token = context;
	size_t room = VALIDATE_TOKEN_MAX + 1 - token->length;
	ssize_t got = read(token->fd, token->reading + token->length, room);

	(void)revents;
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got > 0)
		token->length += (size_t)got;
	if (got <= 0 || token->length > VALIDATE_TOKEN_MAX)
		finish(token);
}

void environment_token_read(struct environment_token *token, void (*known)(void *), void *context)
{
	static const char wanted = 'g';

	token->known = known;
	token->context = context;
	if (token->watch)
		return;
	if (token->state != ENVIRONMENT_UNREAD) {
		known(context);
		return;
	}
	token->reading = secret_heap_calloc(1, VALIDATE_TOKEN_MAX + 1);
	if (!token->reading)
		fatal("no protected memory for the token");
	/* A pipe that holds the token already is not asked and refuses this. */
	if (write(token->fd, &wanted, 1) < 0 && errno != EBADF && errno != EPIPE)
		log_write(LOG_LEVEL_DEBUG, "cannot ask for the token: %m");
	token->watch = loop_watch(token->broker->loop, token->fd, POLLIN, source_ready, token);
}

void environment_token_drop(struct environment_token *token)
{
	if (token->state == ENVIRONMENT_UNREAD && !token->watch) {
		io_close(&token->fd);
		token->state = ENVIRONMENT_ABSENT;
	}
}

/* --- as a bearer --- */

static int put(struct bearer *bearer, struct ipc_message *message, struct failure *failure)
{
	struct environment_token *token = bearer->self;
	struct secrets *secrets = bearer->broker->secrets;
	size_t length;

	if (sealed_open(secrets->sealing_key, &token->token, secrets->buffer, &length) < 0) {
		failure_set(failure, FAILURE_INTERNAL, "Run the command again.",
			    "the token from %s cannot be unsealed", token->source);
		return -1;
	}
	ipc_put_bytes(message, secrets->buffer, length);
	explicit_bzero(secrets->buffer, length);
	return 0;
}

static const struct bearer_kind kind = {.put = put};

struct bearer *environment_token_bearer(struct environment_token *token, const char *base)
{
	static const char key[] = "environment";
	struct bearer *found = bearer_find(token->broker, key);

	return found ? found : bearer_new(token->broker, &kind, key, base, token);
}
