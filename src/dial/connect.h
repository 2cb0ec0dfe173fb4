/* One connection being made: its addresses tried in turn, the first to answer wins. */
#ifndef GHWARD_DIAL_CONNECT_H
#define GHWARD_DIAL_CONNECT_H

#include "dial/resolve.h"
#include "lib/ipc/loop.h"

/* Before the next address is tried beside one that has not answered (RFC 8305, section 5). */
#define CONNECT_STAGGER_MS 250u
/* For the whole race. */
#define CONNECT_TIMEOUT_MS 10000u

struct connect_race;

struct connect_result {
	int socket; /* connected, non-blocking, TCP_NODELAY; the receiver's. -1: see failure */
	const struct address *address; /* of the socket */
	struct failure failure;
};

/* Called once. The race is gone when it returns. */
typedef void connect_done_fn(void *owner, uint32_t id, struct connect_result *);

/* Races for one connection to the origin that was resolved to this list, which is copied. Never
 * calls back before it has returned. */
struct connect_race *connect_start(struct loop *, const struct resolver *,
				   const struct resolve_list *, uint32_t id, connect_done_fn *,
				   void *owner) __attribute__((nonnull(1, 2, 3, 5)));
/* Gives up without calling back. NULL is ignored. */
void connect_abandon(struct connect_race *);

#endif
