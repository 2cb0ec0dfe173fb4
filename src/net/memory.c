/* Wiping allocators under libcurl, nghttp2 (which takes libcurl's) and mbedTLS. */
#include "net/memory.h"

#include "lib/base/log.h"
#include "lib/base/memory.h"

#include <curl/curl.h>
#include <malloc.h>
#include <mbedtls/platform.h>
#include <psa/crypto.h>
#include <stdlib.h>
#include <string.h>

/* Not realloc(3): that may move a block and leave its old bytes behind. */
static void *wipe_realloc(void *memory, size_t size)
{
	void *moved = malloc(size);

	if (!memory || !moved)
		return moved;
	size_t had = malloc_usable_size(memory);
	memcpy(moved, memory, had < size ? had : size);
	memory_wipe_free(memory);
	return moved;
}

void memory_start_libraries(void)
{
	if (mbedtls_platform_set_calloc_free(calloc, memory_wipe_free) != 0 ||
	    psa_crypto_init() != PSA_SUCCESS ||
	    curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, memory_wipe_free, wipe_realloc,
				 strdup, calloc) != CURLE_OK)
		fatal("cannot start the TLS and HTTP libraries");
}

void memory_stop_libraries(void)
{
	curl_global_cleanup();
	mbedtls_psa_crypto_free();
}
