/* Which intents still await their result, of this writer and of others. */
#ifndef GHWARD_AUDIT_INTENTS_H
#define GHWARD_AUDIT_INTENTS_H

#include "lib/auditlog/markers.h"

/* Far more than clients and calls of one agent; who has more open loses sight of the newest. */
#define INTENTS_MAX 4096u

struct intent {
	uint64_t seq;
	uint32_t writer;
};

struct intents {
	struct intent *list; /* in ascending order of seq; INTENTS_MAX of them, made when needed */
	size_t count;
};

/* Takes note of a record that is in the log. */
void intents_see(struct intents *, const struct auditlog_record *) __attribute__((nonnull));

/* Takes over what a checkpoint lists. Returns 0, or -1 if it is malformed. */
int intents_restore(struct intents *, struct auditlog_text open)
	__attribute__((warn_unused_result, nonnull));

/* For a checkpoint's "open": the oldest that there is room for, more than one agent has. */
#define INTENTS_TEXT_SIZE 8192u
void intents_format(const struct intents *, char text[INTENTS_TEXT_SIZE]) __attribute__((nonnull));

void intents_drop(struct intents *, uint64_t seq) __attribute__((nonnull));
void intents_free(struct intents *) __attribute__((nonnull));

#endif
