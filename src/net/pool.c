/* The pool of connected sockets. */
#include "net/pool.h"

#include "lib/base/clock.h"
#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

struct pooled {
	struct pooled *next;
	struct pool *pool;
	struct loop_watch *watch;
	uint64_t until_ms;
	int fd;
};

struct pool {
	struct loop *loop;
	pool_ask_fn *ask;
	void *owner;
	struct pooled *ready; /* oldest last */
	size_t ready_count, asked_count;
	uint32_t asked[POOL_ASKED_MAX];
	uint32_t next_id;
};

struct pool *pool_new(struct loop *loop, pool_ask_fn *ask, void *owner)
{
	struct pool *pool = memory_new(sizeof(*pool));

	pool->loop = loop;
	pool->ask = ask;
	pool->owner = owner;
	return pool;
}

/* Frees what was taken off the list. Returns its socket. */
static int release(struct pooled *pooled)
{
	int fd = pooled->fd;

	pooled->pool->ready_count--;
	loop_unwatch(pooled->watch);
	free(pooled);
	return fd;
}

static struct pooled *pop(struct pool *pool)
{
	struct pooled *newest = pool->ready;

	pool->ready = newest->next;
	return newest;
}

void pool_free(struct pool *pool)
{
	if (!pool)
		return;
	while (pool->ready) {
		int fd = release(pop(pool));
		io_close(&fd);
	}
	free(pool);
}

void pool_ask(struct pool *pool)
{
	if (pool->asked_count == POOL_ASKED_MAX)
		return;
	pool->asked[pool->asked_count++] = ++pool->next_id;
	pool->ask(pool->owner, pool->next_id);
}

size_t pool_asked(const struct pool *pool)
{
	return pool->asked_count;
}

size_t pool_ready(const struct pool *pool)
{
	return pool->ready_count;
}

bool pool_answered(struct pool *pool, uint32_t id)
{
	for (size_t i = 0; i < pool->asked_count; i++) {
		if (pool->asked[i] == id) {
			pool->asked[i] = pool->asked[--pool->asked_count];
			return true;
		}
	}
	return false;
}

/* A TLS server says nothing first: whatever is there to be read is the end. */
static void socket_ready(void *context, short revents)
{
	struct pooled *pooled = context;
	struct pooled **at = &pooled->pool->ready;

	(void)revents;
	while (*at != pooled)
		at = &(*at)->next;
	*at = pooled->next;
	int fd = release(pooled);
	io_close(&fd);
}

void pool_put(struct pool *pool, int fd)
{
	struct pooled *pooled = memory_new(sizeof(*pooled));

	pooled->pool = pool;
	pooled->fd = fd;
	pooled->until_ms = clock_monotonic_ms() + POOL_KEEP_MS;
	pooled->watch = loop_watch(pool->loop, fd, POLLIN | POLLRDHUP, socket_ready, pooled);
	pooled->next = pool->ready;
	pool->ready = pooled;
	pool->ready_count++;
}

/* The watch may not have had its turn yet. */
static bool is_alive(const struct pooled *pooled)
{
	char byte;

	return clock_monotonic_ms() < pooled->until_ms &&
	       recv(pooled->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

int pool_take(struct pool *pool)
{
	while (pool->ready) {
		struct pooled *newest = pop(pool);
		bool alive = is_alive(newest);
		int fd = release(newest);
		if (alive)
			return fd;
		io_close(&fd);
	}
	return -1;
}
