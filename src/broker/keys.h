/* What opens the vault, as the command has gathered it: kept sealed. */
#ifndef GHWARD_BROKER_KEYS_H
#define GHWARD_BROKER_KEYS_H

#include "broker/secrets.h"
#include "lib/ipc/loop.h"
#include "lib/ipc/protocol.h"

struct keys;

/* Reads a MESSAGE_KEYS from a pipe as it comes; `known` is called once, when that has ended. */
struct keys *keys_new(struct loop *, struct secrets *, int pipe, void (*known)(void *),
		      void *context) __attribute__((nonnull(1, 2, 4), returns_nonnull));

bool keys_are_known(const struct keys *) __attribute__((nonnull));

/* How many there are for this use. */
size_t keys_count(const struct keys *, enum key_use) __attribute__((nonnull));

/* Number `index` of them, in protected memory until keys_drop(). Returns 0, or -1 with a
 * FAILURE_USAGE that says how it is malformed. */
int keys_take(struct keys *, enum key_use, size_t index, struct vault_source *, struct failure *)
	__attribute__((nonnull, warn_unused_result));
void keys_drop(struct vault_source *) __attribute__((nonnull));

#endif
