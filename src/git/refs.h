/* The digest of a repository's refs: what SYNC_DIGEST_SIZE in repositories.h says. */
#ifndef GHWARD_GIT_REFS_H
#define GHWARD_GIT_REFS_H

#include "lib/ipc/repositories.h"

#include <mbedtls/sha256.h>
#include <stddef.h>

/* What a ref's name may have, with its object's: far beyond any file system's names. */
#define REFS_LINE_MAX 8192u

struct refs {
	uint32_t count;
	/* private: */
	mbedtls_sha256_context hash;
	const char *local, *server;
	size_t held;
	int failed; /* a line that is none */
	char line[REFS_LINE_MAX];
};

void refs_begin(struct refs *) __attribute__((nonnull));

/* From now on names that begin with `local` count as if they began with `server`. */
void refs_rename(struct refs *, const char *local, const char *server) __attribute__((nonnull));

/* Takes lines "OID REF\n", in any pieces, in the order that the digest has. */
void refs_feed(struct refs *, const char *bytes, size_t length) __attribute__((nonnull));

/* Returns 0, or -1 when what it was fed were not whole lines of refs. */
int refs_end(struct refs *, uint8_t digest[SYNC_DIGEST_SIZE])
	__attribute__((nonnull, warn_unused_result));

#endif
