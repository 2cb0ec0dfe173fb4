/* The keys of the vault on their way to the broker: every source that there is, as raw text. What
 * they are worth is the broker's to judge. */
#ifndef GHWARD_CLI_KEYS_H
#define GHWARD_CLI_KEYS_H

#include "cli/environment.h"
#include "lib/ipc/message.h"

#include <stdbool.h>

enum keys_purpose {
	KEYS_NONE,  /* no vault is used */
	KEYS_QUIET, /* what opens the vault of what can be used, and nobody is asked */
	KEYS_OPEN,  /* what opens the vault, if there is one */
	KEYS_SERVE, /* the same, whether there is one yet or not */
	KEYS_INIT,  /* what shall open a new vault */
	KEYS_REKEY, /* what opens the vault, and what shall from now on */
};

/* What shall open it: for KEYS_INIT and KEYS_REKEY. */
struct keys_order {
	enum keys_purpose purpose;
	const char *file; /* NULL for none */
	bool keyring, passphrase;
};

/* What the environment does not say. */
struct keys_scene {
	const char *vault; /* its path, for messages */
	bool vault_exists;
	const char *configured; /* the key file of config.json, "" for none */
};

/* True when the environment names a source, so that the configuration's does not count. */
bool keys_in_environment(const struct environment *) __attribute__((nonnull));

/* Gathers a MESSAGE_KEYS; no key stays in this process. In this order: $GHWARD_KEY_FILE,
 * $TOKEN_ENCRYPTION_KEY, a credential from systemd, the configured key file, the kernel's keyring,
 * the passphrase from $GHWARD_PASSPHRASE_FD; where there is none of these, and somebody at a
 * terminal, that person is asked. Returns NULL with a failure when a source is there and cannot be
 * used. */
struct ipc_message *keys_gather(const struct environment *, const struct keys_order *,
				const struct keys_scene *, struct failure *)
	__attribute__((warn_unused_result, nonnull));

#endif
