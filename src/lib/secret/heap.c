/* A first-fit heap. Few blocks live at a time, so lists are short. */
#include "lib/secret/heap.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Blocks lie one behind the other and cover the whole heap. */
struct block {
	size_t size; /* of the memory behind this header */
	bool taken;
};

#define ALIGNMENT ((size_t)16)
#define HEADER ((sizeof(struct block) + ALIGNMENT - 1) & ~(ALIGNMENT - 1))

static struct {
	unsigned char *base, *end;
	size_t used, peak;
} heap;

static struct block *next_of(struct block *block)
{
	return (struct block *)(void *)((unsigned char *)block + HEADER + block->size);
}

static bool is_inside(const struct block *block)
{
	return (const unsigned char *)block < heap.end;
}

void secret_heap_init(const struct secret_arena *arena, size_t offset)
{
	size_t start = (offset + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
	size_t size = (arena->size - start) & ~(ALIGNMENT - 1);

	heap.base = arena->base + start;
	heap.end = heap.base + size;
	heap.used = heap.peak = 0;
	*(struct block *)(void *)heap.base = (struct block){.size = size - HEADER};
}

/* Cuts a free block so that the rest can be used. */
static void split(struct block *block, size_t size)
{
	size_t rest = block->size - size;

	if (rest < HEADER + ALIGNMENT)
		return;
	block->size = size;
	*next_of(block) = (struct block){.size = rest - HEADER};
}

void *secret_heap_calloc(size_t count, size_t size)
{
	size_t wanted;

	if (__builtin_mul_overflow(count, size, &wanted) || wanted > SIZE_MAX / 2)
		return NULL;
	wanted = (wanted + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
	for (struct block *at = (struct block *)(void *)heap.base; is_inside(at);
	     at = next_of(at)) {
		if (at->taken || at->size < wanted)
			continue;
		split(at, wanted);
		at->taken = true;
		heap.used += at->size;
		if (heap.used > heap.peak)
			heap.peak = heap.used;
		return memset((unsigned char *)at + HEADER, 0, at->size);
	}
	return NULL;
}

static void merge_free_blocks(void)
{
	for (struct block *at = (struct block *)(void *)heap.base; is_inside(at);) {
		struct block *next = next_of(at);
		if (!at->taken && is_inside(next) && !next->taken)
			at->size += HEADER + next->size;
		else
			at = next;
	}
}

void secret_heap_free(void *memory)
{
	if (!memory)
		return;
	struct block *block = (struct block *)(void *)((unsigned char *)memory - HEADER);
	explicit_bzero(memory, block->size);
	block->taken = false;
	heap.used -= block->size;
	merge_free_blocks();
}

size_t secret_heap_used(void)
{
	return heap.used;
}

size_t secret_heap_peak(void)
{
	return heap.peak;
}
