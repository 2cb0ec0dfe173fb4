/* The queue of requests, libcurl's multi handle in our event loop, and the sockets between them.
 *
 * libcurl asks for a socket and wants it at once; ghward-dial needs a moment. So a request is
 * parked until a connection is there for it: one in libcurl's cache, a stream of an HTTP/2
 * connection, or a socket in the pool. If libcurl wants a new connection all the same, it is turned
 * away before it has sent anything, and the request is parked again. */
#ifndef GHWARD_NET_ENGINE_H
#define GHWARD_NET_ENGINE_H

#include "net/pool.h"
#include "net/transfer.h"

/* Connections in all: used, idle, in the pool and being made. */
#define ENGINE_CONNECTIONS_MAX 24u

struct engine;

/* One of `response` and `failure` is NULL; strings and both structures live during the call. */
typedef void engine_done_fn(void *owner, const struct transfer *, const struct response *response,
			    const struct failure *failure);

struct engine_setup {
	struct loop *loop;
	CURLM *multi; /* made before the sandbox; the engine's from now on */
	const struct origin *origin;
	struct roots *roots;
	pool_ask_fn *ask;
	engine_done_fn *done;
	void *owner; /* of both callbacks */
};

struct engine *engine_new(const struct engine_setup *) __attribute__((nonnull, returns_nonnull));
/* Drops what is under way without a word. */
void engine_free(struct engine *);

/* Takes over a transfer. Its deadline counts from here. */
void engine_submit(struct engine *, struct transfer *) __attribute__((nonnull));
/* Drops a transfer; `done` is not called. An unknown id is ignored. */
void engine_cancel(struct engine *, uint32_t id) __attribute__((nonnull));
bool engine_has(const struct engine *, uint32_t id) __attribute__((nonnull));

/* The answers of ghward-dial. The socket is taken over. False: nobody asked. */
bool engine_connected(struct engine *, uint32_t id, int fd)
	__attribute__((warn_unused_result, nonnull));
bool engine_connect_failed(struct engine *, uint32_t id, const struct failure *)
	__attribute__((warn_unused_result, nonnull));
/* There will be no more sockets: fails what waits for one, now and later. */
void engine_dial_ended(struct engine *) __attribute__((nonnull));

#endif
