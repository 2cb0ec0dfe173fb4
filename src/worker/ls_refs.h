/* What a server answers to git's ls-refs (gitprotocol-v2), as one digest. */
#ifndef GHWARD_WORKER_LS_REFS_H
#define GHWARD_WORKER_LS_REFS_H

#include "lib/failure/failure.h"
#include "lib/ipc/repositories.h"

#include <stddef.h>

/* Longest name of a ref. */
#define LS_REFS_NAME_MAX 1024u

/* Digest as in repositories.h of a whole answer: pkt-lines up to a flush, nothing behind it. No
 * refs at all are fine. HEAD is left out; any other name below none of the three prefixes, a name
 * twice, or with characters that no ref has, is a fault. Returns 0, or -1 with a failure. */
int ls_refs_digest(const uint8_t *answer, size_t length, uint8_t digest[SYNC_DIGEST_SIZE],
		   struct failure *) __attribute__((warn_unused_result, nonnull));

#endif
