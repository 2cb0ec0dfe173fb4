/* The files head and seal, which a writer may be in the middle of replacing. */
#ifndef GHWARD_VERIFY_EDGES_H
#define GHWARD_VERIFY_EDGES_H

#include "lib/auditlog/auditlog.h"

/* Returns whether there is a head. One that cannot be read is as good as none. */
bool edges_read_head(int directory, struct auditlog_position *)
	__attribute__((warn_unused_result, nonnull));

/* Returns the length of the text, 0 when there is none. */
#define EDGES_SEAL_SIZE ((size_t)2 * AUDITLOG_SLOT_SIZE)
size_t edges_read_seal(int directory, char text[EDGES_SEAL_SIZE]) __attribute__((nonnull));

#endif
