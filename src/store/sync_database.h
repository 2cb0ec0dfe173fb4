/* What is remembered of the repositories in one destination: a database of its own in the store's
 * directory.
 *
 * It saves work and says nothing that must be true: what it does not know is found out from
 * GitHub. So damage costs no more than that. A database that is damaged or of another version is
 * made anew, and where there can be none nothing is remembered; both are told as a note. */
#ifndef GHWARD_STORE_SYNC_DATABASE_H
#define GHWARD_STORE_SYNC_DATABASE_H

#include "lib/ipc/repositories.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sync_database;

/* Hears something that the user may want to know. */
typedef void sync_note_fn(void *context, const char *text);

/* Of the repositories in this directory, whose path must stay. */
struct sync_database *sync_database_open(int store, const char *destination, sync_note_fn *,
					 void *context)
	__attribute__((nonnull(2, 3), returns_nonnull));
/* Forgets what was not flushed. */
void sync_database_close(struct sync_database *);

/* Those of the keys, of which there are at most SYNC_STATES_MAX, that are known. */
size_t sync_database_get(struct sync_database *, const struct state_key *keys, size_t count,
			 struct sync_state found[SYNC_STATES_MAX]) __attribute__((nonnull));

/* The next ones behind a key, in order; 0 at the end. */
size_t sync_database_list(struct sync_database *, struct state_key after,
			  struct sync_state found[SYNC_STATES_MAX]) __attribute__((nonnull));

/* How many there are. */
uint64_t sync_database_count(struct sync_database *) __attribute__((nonnull));

/* Whether the texts are printable and the numbers possible: nothing else is ever put or found. */
bool sync_state_is_sound(const struct sync_state *) __attribute__((nonnull));
bool state_key_is_sound(struct state_key);

/* Changes become durable together: with a flush, or when it is time. */
void sync_database_put(struct sync_database *, const struct sync_state *) __attribute__((nonnull));
void sync_database_drop(struct sync_database *, struct state_key) __attribute__((nonnull));

/* In how many milliseconds sync_database_commit() is to be called, -1 for never. */
int sync_database_due_ms(const struct sync_database *) __attribute__((nonnull));
void sync_database_commit(struct sync_database *) __attribute__((nonnull));

/* Commits. Returns 0, or -1 with why something since the last flush is lost. */
int sync_database_flush(struct sync_database *, struct failure *) __attribute__((nonnull));

#endif
