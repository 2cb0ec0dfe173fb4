/* What the worker says to the broker about repositories; protocol.h has the messages. */
#ifndef GHWARD_WORKER_REPOS_SAY_H
#define GHWARD_WORKER_REPOS_SAY_H

#include "worker/calls.h"
#include "worker/states.h"

/* Most repositories in one message. */
#define REPOS_SAY_MAX 100u

struct repos_place {
	const char *owner, *name;
};

void repos_say_sync(struct calls *, uint32_t id, const struct sync_order *)
	__attribute__((nonnull));
void repos_say_look(struct calls *, enum repos_mode, const struct repos_place *, size_t count)
	__attribute__((nonnull));

/* What there was nothing to do about, gathered until there is a message's worth. All zero at its
 * beginning. */
struct repos_unchanged {
	unsigned count;
	struct {
		char owner[VALIDATE_OWNER_MAX + 1], name[VALIDATE_REPO_MAX + 1];
		enum unchanged_by by;
	} list[REPOS_SAY_MAX];
};

void repos_say_unchanged(struct calls *, struct repos_unchanged *, const char *owner,
			 const char *name, enum unchanged_by) __attribute__((nonnull));
/* Sends what is gathered. */
void repos_say_flush(struct calls *, struct repos_unchanged *) __attribute__((nonnull));

/* Asks the user whether so many may be removed, of which `names` are the first, one per line, and
 * waits for the answer. No question may be open. */
bool repos_say_prune(struct calls *, uint32_t count, const char *names) __attribute__((nonnull));

/* Waits until the store has everything on disk; what is lost the next run finds out anew, and the
 * user hears of it. */
void repos_say_remembered(struct calls *, struct states *) __attribute__((nonnull));

#endif
