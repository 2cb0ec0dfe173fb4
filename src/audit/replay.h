/* Reading records that are in the log already. */
#ifndef GHWARD_AUDIT_REPLAY_H
#define GHWARD_AUDIT_REPLAY_H

#include "lib/auditlog/record.h"

typedef void replay_fn(void *context, const struct auditlog_record *);

/* Calls back for each record behind number `after` and up to number `until`, in order. `hash` is
 * the leaf hash of record `after`, NULL where it is not known. When `after` is 0, it begins with
 * the first record that is there. Returns 0, or -1 with errno: EBADMSG when that is not one whole
 * row of records, or does not follow that hash; ENOENT when records right behind it are there no
 * more. */
int replay(int directory, uint64_t after, const uint8_t *hash, uint64_t until, replay_fn *,
	   void *context) __attribute__((warn_unused_result, nonnull(5)));

#endif
