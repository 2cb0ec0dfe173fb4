/* What is remembered of the repositories in the job's destination: questions to ghward-store, on a
 * socket of its own. Each function ends the process if the store has gone. */
#ifndef GHWARD_WORKER_STATES_H
#define GHWARD_WORKER_STATES_H

#include "lib/ipc/protocol.h"

struct states;

/* Takes the socket. */
struct states *states_new(int socket) __attribute__((returns_nonnull));
void states_free(struct states *);

/* Those of at most SYNC_STATES_MAX keys that are known, in any order. Returns how many. */
size_t states_get(struct states *, const struct state_key *keys, size_t count,
		  struct sync_state found[SYNC_STATES_MAX]) __attribute__((nonnull));

/* The next ones after a key, by id and part; 0 at the end. Begins with {0, 0}. */
size_t states_list(struct states *, struct state_key after,
		   struct sync_state found[SYNC_STATES_MAX]) __attribute__((nonnull));

/* Makes texts printable that are not: such a branch will differ from what is listed, no more. Id
 * and name must be what their validators say. */
void states_put(struct states *, const struct sync_state *) __attribute__((nonnull));
void states_drop(struct states *, struct state_key) __attribute__((nonnull));

/* Waits until all of this is on disk. Returns 0, also when nothing is ever remembered, which the
 * store tells the user; or -1 with a failure: something of it is lost, and the next run finds out
 * anew. */
int states_flush(struct states *, struct failure *) __attribute__((nonnull, warn_unused_result));

#endif
