/* Connected sockets from ghward-dial that libcurl has not taken yet. */
#ifndef GHWARD_NET_POOL_H
#define GHWARD_NET_POOL_H

#include "lib/ipc/loop.h"

#include <stddef.h>

/* Sockets asked for and not yet answered, at most. */
#define POOL_ASKED_MAX 32u
/* An unused socket that is older may have been forgotten by a firewall or timed out by the server.
 */
#define POOL_KEEP_MS 10000u

struct pool;

/* Sends MESSAGE_CONNECT with this id. */
typedef void pool_ask_fn(void *owner, uint32_t id);

struct pool *pool_new(struct loop *, pool_ask_fn *, void *owner)
	__attribute__((nonnull(1, 2), returns_nonnull));
void pool_free(struct pool *);

/* Asks for a socket, unless POOL_ASKED_MAX are asked for. */
void pool_ask(struct pool *) __attribute__((nonnull));
/* How many are asked for, and how many lie ready. */
size_t pool_asked(const struct pool *) __attribute__((nonnull));
size_t pool_ready(const struct pool *) __attribute__((nonnull));

/* The answer to a question: false when it was never asked. */
bool pool_answered(struct pool *, uint32_t id) __attribute__((warn_unused_result, nonnull));
/* Takes over a socket; it is watched, and dropped as soon as the server closes it. */
void pool_put(struct pool *, int fd) __attribute__((nonnull));
/* Returns a live socket, which is now the caller's, or -1. */
int pool_take(struct pool *) __attribute__((nonnull));

#endif
