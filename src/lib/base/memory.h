/* Memory for processes that could neither work nor report without it. */
#ifndef GHWARD_BASE_MEMORY_H
#define GHWARD_BASE_MEMORY_H

#include <stddef.h>

/* Zeroed memory of `size` bytes, for free(). Ends the process when there is none: every caller
 * holds small objects whose number is bounded, so this is a broken machine and not a hostile peer.
 */
void *memory_new(size_t size) __attribute__((returns_nonnull, warn_unused_result));

/* free(3) that overwrites the whole block first, for libraries that copy secrets around. */
void memory_wipe_free(void *memory);

#endif
