/* Everything secret that the broker holds for longer than a moment, in one small arena. */
#ifndef GHWARD_BROKER_SECRETS_H
#define GHWARD_BROKER_SECRETS_H

#include "lib/oauth/oauth.h"
#include "lib/secret/sealed.h"
#include "lib/vault/vault.h"

/* Containers may allow no more than 64 KiB of locked memory. */
#define SECRETS_ARENA_SIZE ((size_t)60 * 1024)

struct secrets {
	struct vault_keys vault;
	/* Of what is kept in ordinary memory until it is needed. */
	uint8_t sealing_key[CRYPTO_KEY_SIZE];
	/* Logins by web flow that wait for somebody; their verifiers are secret until then. */
	struct oauth_logins logins;
	/* One secret while it is used; one byte more, to notice a longer one. */
	uint8_t buffer[VAULT_SECRET_MAX + 1];
};

/* Opens the arena and starts cryptography, whose keys live there too; before the sandbox. Ends the
 * process on failure: no protected memory, no token. */
struct secrets *secrets_open(void) __attribute__((returns_nonnull));

/* "memfd_secret" or "locked". */
const char *secrets_backend(void) __attribute__((returns_nonnull));

/* Wipes all of it. */
void secrets_close(void);

#endif
