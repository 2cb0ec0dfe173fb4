/* Memory. */
#include "lib/base/memory.h"

#include "lib/base/log.h"

#include <stdlib.h>

void *memory_new(size_t size)
{
	void *memory = calloc(1, size);

	if (!memory)
		fatal("out of memory");
	return memory;
}
