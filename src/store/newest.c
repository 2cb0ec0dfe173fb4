/* The newest so many places. */
#include "store/newest.h"

#include "lib/base/memory.h"

#include <stdlib.h>

struct newest {
	struct evidence_place *settled; /* the last `limit - free` of them, in order */
	struct evidence_place *ring;	/* of the stretch: the last `free` */
	size_t limit, free, added;
};

struct newest *newest_new(uint32_t limit)
{
	struct newest *newest = memory_new(sizeof(*newest));

	newest->limit = newest->free = limit;
	newest->settled = memory_new(limit * sizeof(struct evidence_place));
	newest->ring = memory_new(limit * sizeof(struct evidence_place));
	return newest;
}

void newest_free(struct newest *newest)
{
	if (!newest)
		return;
	free(newest->settled);
	free(newest->ring);
	free(newest);
}

void newest_add(struct newest *newest, struct evidence_place place)
{
	if (newest->free)
		newest->ring[newest->added++ % newest->free] = place;
}

void newest_settle(struct newest *newest)
{
	size_t kept = newest->added < newest->free ? newest->added : newest->free;
	size_t first = newest->added - kept, room = newest->free;

	for (size_t i = 0; i < kept; i++)
		newest->settled[room - kept + i] = newest->ring[(first + i) % room];
	newest->free -= kept;
	newest->added = 0;
}

bool newest_is_full(const struct newest *newest)
{
	return newest->free == 0;
}

bool newest_get(const struct newest *newest, size_t i, struct evidence_place *place)
{
	if (i >= newest->limit - newest->free)
		return false;
	*place = newest->settled[newest->free + i];
	return true;
}
