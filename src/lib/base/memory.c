/* Memory. */
#include "lib/base/memory.h"

#include "lib/base/log.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void *memory_new(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory)
		fatal("out of memory");
	return memory;
}

void memory_wipe_free(void *memory)
{
	if (!memory)
		return;
	explicit_bzero(memory, malloc_usable_size(memory));
	free(memory);
}
