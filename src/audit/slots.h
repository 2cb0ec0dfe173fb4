/* Two slots in a small file, of which one counts: the other is written before what makes it count,
 * and the first overwritten afterwards. */
#ifndef GHWARD_AUDIT_SLOTS_H
#define GHWARD_AUDIT_SLOTS_H

#include "lib/auditlog/directory.h"

#include <stdbool.h>

struct slots {
	int fd;
	struct auditlog_position slot[2];
	unsigned current;
};

void slots_init(struct slots *) __attribute__((nonnull));

/* Opens, or makes, the file, and reads it. Returns 0, or -1 with errno. */
int slots_open(struct slots *, int directory, const char *name)
	__attribute__((warn_unused_result, nonnull));

/* Writes the one that does not count, and syncs. Returns 0, or -1 with errno. */
int slots_prepare(struct slots *, const struct auditlog_position *)
	__attribute__((warn_unused_result, nonnull));

/* It counts from now on; the other is overwritten. */
void slots_settle(struct slots *) __attribute__((nonnull));

/* Of two slots as they were read: this one counts, and the other is overwritten if a crash has left
 * something there. */
void slots_choose(struct slots *, unsigned which) __attribute__((nonnull));

/* Wipes what is in memory. */
void slots_close(struct slots *) __attribute__((nonnull));

#endif
