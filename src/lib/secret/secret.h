/* A small arena for secrets: memory that neither a core dump, swap, a fork nor (where the kernel
 * has memfd_secret) even the kernel's own direct map can show. */
#ifndef GHWARD_SECRET_SECRET_H
#define GHWARD_SECRET_SECRET_H

#include <stddef.h>

enum secret_backend {
	SECRET_MEMFD,  /* memfd_secret(2): unmapped from everything but this process */
	SECRET_LOCKED, /* mlock(2), excluded from dumps, wiped in a fork */
};

struct secret_arena {
	unsigned char *base;
	size_t size;
	enum secret_backend backend;
};

/* Opens an arena of at least `size` bytes, rounded up to pages. Must run before the sandbox.
 * Returns 0, or -1 with errno: there is no fallback to ordinary memory. */
int secret_arena_open(struct secret_arena *, size_t size)
	__attribute__((warn_unused_result, nonnull));

/* Wipes and unmaps. */
void secret_arena_close(struct secret_arena *) __attribute__((nonnull));

const char *secret_backend_name(enum secret_backend) __attribute__((returns_nonnull));

#endif
