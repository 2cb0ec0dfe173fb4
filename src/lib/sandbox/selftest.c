/* What every process's C library does sooner or later, done at once: for the first time before the
 * sandbox, and again inside. */
#include "lib/sandbox/steps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Below and above the sizes from which the allocator takes memory by mmap(2): 128 KiB and, later,
 * 32 MiB. */
#define HEAP_CHUNK (100u * 1024)
#define HEAP_CHUNKS 4u
#define MAPPED_CHUNK (512u * 1024)
#define SORTED 512u

/* Volatile, or the optimiser would drop memory that is only freed again. */

static int use_heap(void)
{
	void *volatile chunks[HEAP_CHUNKS];
	int status = 0;

	for (size_t i = 0; i < HEAP_CHUNKS; i++) {
		chunks[i] = malloc(HEAP_CHUNK);
		if (!chunks[i])
			status = -1;
	}
	/* The last one first, so that the heap shrinks again. */
	for (size_t i = HEAP_CHUNKS; i-- > 0;)
		free(chunks[i]);
	return status;
}

static int use_mappings(void)
{
	void *volatile memory = malloc(MAPPED_CHUNK);

	if (!memory)
		return -1;
	void *volatile moved = realloc(memory, 4 * (size_t)MAPPED_CHUNK);
	if (!moved) {
		free(memory);
		return -1;
	}
	free(moved);
	return 0;
}

static int use_clocks(void)
{
	static const clockid_t clocks[] = {CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME};
	struct timespec now = {0};
	struct tm parts;
	char text[64];

	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		if (clock_gettime(clocks[i], &now) < 0)
			return -1;
	}
	if (!gmtime_r(&now.tv_sec, &parts) || strftime(text, sizeof(text), "%FT%TZ", &parts) == 0)
		return -1;
	return snprintf(text, sizeof(text), "%s %.3f", strerror(EACCES), 0.5) > 0 ? 0 : -1;
}

static int compare(const void *one, const void *other)
{
	const unsigned *left = one, *right = other;

	return *left < *right ? -1 : *left > *right;
}

/* The array is large enough for the way of sorting that takes memory for it. */
static int use_sorting(void)
{
	unsigned numbers[SORTED];

	for (unsigned i = 0; i < SORTED; i++)
		numbers[i] = SORTED - i;
	qsort(numbers, SORTED, sizeof(numbers[0]), compare);
	return numbers[0] == 1 ? 0 : -1;
}

void sandbox_prime_libc(void)
{
	tzset();
	if (use_sorting() < 0)
		abort();
}

int sandbox_test_libc(void)
{
	if (use_heap() < 0 || use_mappings() < 0 || use_sorting() < 0)
		return -1;
	return use_clocks();
}
