/* A sum of bytes, for telling texts apart that nobody made to deceive. */
#ifndef GHWARD_STORE_SUM_H
#define GHWARD_STORE_SUM_H

#include <stddef.h>
#include <stdint.h>

/* FNV-1a of 64 bits. */
static inline uint64_t sum_bytes(const void *bytes, size_t length)
{
	const unsigned char *at = bytes;
	uint64_t sum = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < length; i++)
		sum = (sum ^ at[i]) * UINT64_C(0x100000001b3);
	return sum;
}

#endif
