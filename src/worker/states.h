/* What is remembered of the repositories in the job's destination: questions to ghward-store, on a
 * socket of its own. Each function ends the process if the store has gone. */
#ifndef GHWARD_WORKER_STATES_H
#define GHWARD_WORKER_STATES_H

#include "lib/ipc/protocol.h"

struct states;

struct state_key {
	uint64_t id;
	enum repos_part part;
};

/* Takes the socket. */
struct states *states_new(int socket) __attribute__((returns_nonnull));
void states_free(struct states *);

/* Those of at most SYNC_STATES_MAX keys that are known, in any order. Returns how many. */
size_t states_get(struct states *, const struct state_key *keys, size_t count,
		  struct sync_state found[SYNC_STATES_MAX]) __attribute__((nonnull));

/* The next ones after a key, by id and part; 0 at the end. Begins with {0, 0}. */
size_t states_list(struct states *, struct state_key after,
		   struct sync_state found[SYNC_STATES_MAX]) __attribute__((nonnull));

void states_put(struct states *, const struct sync_state *) __attribute__((nonnull));
void states_drop(struct states *, struct state_key) __attribute__((nonnull));

/* Waits until all of this is on disk. Returns 0, or -1 with a failure. */
int states_flush(struct states *, struct failure *) __attribute__((nonnull, warn_unused_result));

#endif
