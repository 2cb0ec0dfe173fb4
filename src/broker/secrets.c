/* The broker's arena. */
#include "broker/secrets.h"

#include "lib/base/log.h"
#include "lib/secret/heap.h"

static struct secret_arena arena;

struct secrets *secrets_open(void)
{
	if (secret_arena_open(&arena, SECRETS_ARENA_SIZE) < 0)
		fatal("no protected memory for secrets: %m; raise the limit of locked memory "
		      "(ulimit -l) to 64 KiB at least");
	struct secrets *secrets = (struct secrets *)(void *)arena.base;
	secret_heap_init(&arena, sizeof(*secrets));
	if (crypto_start(secret_heap_calloc, secret_heap_free) < 0 ||
	    sealed_key_new(secrets->sealing_key) < 0)
		fatal("cannot start the cryptographic library");
	return secrets;
}

const char *secrets_backend(void)
{
	return secret_backend_name(arena.backend);
}

void secrets_close(void)
{
	secret_arena_close(&arena);
}
