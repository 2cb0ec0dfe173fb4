/* A bearer: in whose name requests go to one origin. It owns the way there, a ghward-net of its
 * own, and gives each request its token at the moment it is sent. */
#ifndef GHWARD_BROKER_BEARER_H
#define GHWARD_BROKER_BEARER_H

#include "broker/broker.h"

struct bearer;
struct bearer_wait;
struct upstream;

/* What the kinds of bearers do differently. */
struct bearer_kind {
	/* Whether a token is at hand. NULL: always. */
	bool (*is_ready)(const struct bearer *);
	/* Starts to get one; bearer_prepared() is called when that has ended. */
	void (*prepare)(struct bearer *);
	/* Puts the token into a message, as bytes. Returns 0, or -1 with a failure. */
	int (*put)(struct bearer *, struct ipc_message *, struct failure *);
	/* GitHub did not accept (401) a request that was sent at that time (CLOCK_MONOTONIC), after
	 * so many others of the same call: how long to wait before another try is worth it, 0 for
	 * never. NULL: never. */
	uint32_t (*refused)(struct bearer *, uint64_t sent_ms, unsigned before);
	/* May be NULL. */
	void (*free)(struct bearer *);
};

#define BEARER_KEY_MAX 1279u
#define BEARER_BASE_MAX 511u

struct bearer {
	struct bearer *next;
	struct broker *broker;
	const struct bearer_kind *kind;
	char key[BEARER_KEY_MAX + 1];	/* who it is */
	char base[BEARER_BASE_MAX + 1]; /* URL that every request of it starts with */
	uint32_t in_flight;		/* requests at a time; 0: as the settings say */
	unsigned users;
	struct upstream *upstream; /* NULL until a request needs it, or after it was idle */
	struct bearer_wait *waits;
	bool preparing;
	void *self; /* the kind's */
};

/* The bearer of that key, with one user more; NULL when there is none. */
struct bearer *bearer_find(struct broker *, const char *key) __attribute__((nonnull));

/* A new one with one user. */
struct bearer *bearer_new(struct broker *, const struct bearer_kind *, const char *key,
			  const char *base, void *self)
	__attribute__((nonnull(1, 2, 3, 4), returns_nonnull));

struct bearer *bearer_hold(struct bearer *) __attribute__((nonnull, returns_nonnull));
/* One user less. Without users it is freed as soon as its way to GitHub has been idle for a while,
 * or at once without one. NULL is ignored. */
void bearer_release(struct bearer *);

/* Nobody in particular, who asks `base` without a token. */
struct bearer *bearer_nobody(struct broker *, const char *base)
	__attribute__((nonnull, returns_nonnull));

/* --- tokens --- */

bool bearer_is_ready(const struct bearer *) __attribute__((nonnull));

/* NULL when there is a token now. */
typedef void bearer_ready_fn(void *context, const struct failure *);

/* Calls back once, later. */
struct bearer_wait *bearer_prepare(struct bearer *, bearer_ready_fn *, void *context)
	__attribute__((nonnull(1, 2), returns_nonnull));
/* The callback will not come any more. NULL is ignored. */
void bearer_forget(struct bearer_wait *);
/* Of the kind: preparing has ended, well or with a failure. */
void bearer_prepared(struct bearer *, const struct failure *) __attribute__((nonnull(1)));

/* Puts the token, or nothing for nobody, into a message. */
int bearer_put(struct bearer *, struct ipc_message *, struct failure *)
	__attribute__((nonnull, warn_unused_result));
uint32_t bearer_refused(struct bearer *, uint64_t sent_ms, unsigned before)
	__attribute__((nonnull));

/* Of the upstream: it has gone. */
void bearer_upstream_gone(struct bearer *) __attribute__((nonnull));

/* Ends all ways to GitHub. */
void bearer_stop_all(struct broker *) __attribute__((nonnull));

#endif
