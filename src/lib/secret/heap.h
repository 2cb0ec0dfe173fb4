/* A heap inside an arena, for libraries that allocate what must stay secret: mbedTLS keeps its key
 * slots and the temporaries of its computations here. One per process. */
#ifndef GHWARD_SECRET_HEAP_H
#define GHWARD_SECRET_HEAP_H

#include "lib/secret/secret.h"

/* Takes over the arena's memory from `offset` on. */
void secret_heap_init(const struct secret_arena *, size_t offset) __attribute__((nonnull));

/* As calloc(3) and free(3); memory is wiped when it is given back. NULL when there is no room:
 * there is no fallback to ordinary memory. */
void *secret_heap_calloc(size_t count, size_t size);
void secret_heap_free(void *);

/* Bytes in use now, and at most so far. */
size_t secret_heap_used(void);
size_t secret_heap_peak(void);

#endif
