/* What git and the server say to each other: git's requests go to the broker one by one, the
 * answers into git's socket without being looked at. */
#ifndef GHWARD_GIT_CONVERSATION_H
#define GHWARD_GIT_CONVERSATION_H

#include "lib/failure/failure.h"
#include "lib/ipc/channel.h"

struct conversation;

/* Begins as a server does. git's end, which the caller closes once git has it, goes to *peer.
 * `received` counts the bytes of all answers. Ends the process when there are no descriptors. */
struct conversation *conversation_new(struct loop *, struct ipc_channel *broker, uint64_t *received,
				      int *peer) __attribute__((nonnull, returns_nonnull));
void conversation_free(struct conversation *);

/* Messages of the broker. Return 0, or -1 for what nobody asked for. With NULL they come too late,
 * since git has ended meanwhile, and are dropped. */
int conversation_answer(struct conversation *, struct ipc_incoming *)
	__attribute__((nonnull(2), warn_unused_result));
int conversation_answered(struct conversation *, struct ipc_incoming *)
	__attribute__((nonnull(2), warn_unused_result));

/* Why it was cut; FAILURE_NONE as long as it was not. */
const struct failure *conversation_failure(const struct conversation *)
	__attribute__((nonnull, returns_nonnull));

#endif
