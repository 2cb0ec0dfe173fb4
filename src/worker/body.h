/* The body of an answer: out of the memfd, through gzip, under a cap. */
#ifndef GHWARD_WORKER_BODY_H
#define GHWARD_WORKER_BODY_H

#include "lib/failure/failure.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* After decompression. GitHub's own answers stay below 10 MiB. */
#define BODY_MAX ((size_t)32 << 20)

struct body {
	char *text; /* NUL-terminated for convenience; may contain others */
	size_t length;
};

/* Copies `size` bytes of fd and inflates them if `gzip`. Returns 0, or -1 with a failure and an
 * empty body. */
int body_read(int fd, uint64_t size, bool gzip, struct body *, struct failure *)
	__attribute__((warn_unused_result, nonnull));

/* The gzip step alone: exactly one member, nothing behind it. Returns as body_read(). */
int body_inflate(const unsigned char *data, size_t size, struct body *, struct failure *)
	__attribute__((warn_unused_result, nonnull));

void body_free(struct body *) __attribute__((nonnull));

#endif
