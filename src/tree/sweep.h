/* Removes what lies in one directory, whatever its size and depth, a little at a time. */
#ifndef GHWARD_TREE_SWEEP_H
#define GHWARD_TREE_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether an entry of that name is still in use. */
typedef bool sweep_spare_fn(void *context, const char *name);

struct sweep {
	int root;	       /* of the path below */
	const char *directory; /* as in place.h */
	sweep_spare_fn *spare;
	void *context;
	uint32_t next; /* number to name a new entry by */
};

/* Removes for so many milliseconds. A directory below another is first moved up beside it, so that
 * neither depth costs descriptors or stack, nor anything has to be remembered between two calls.
 * Returns true when there is more to do; what cannot be removed is not. */
bool sweep_some(struct sweep *, uint64_t milliseconds) __attribute__((nonnull));

/* Moves what is at the path into the directory, under a number. Returns 0, or -1 with errno. */
int sweep_take(struct sweep *, const char *path) __attribute__((warn_unused_result, nonnull));

/* Makes a new directory in it, and puts its path into `path`. Returns 0, or -1 with errno. */
int sweep_make(struct sweep *, char *path, size_t size)
	__attribute__((warn_unused_result, nonnull));

#endif
