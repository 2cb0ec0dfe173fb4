/* The kernel's keyring (keyrings(7)): keys that a reboot forgets. */
#ifndef GHWARD_CLI_KEYRING_H
#define GHWARD_CLI_KEYRING_H

#include <stddef.h>
#include <sys/types.h>

/* The key that opens the vault, and one that is about to: while a vault is rekeyed nobody can tell
 * which of the two it is, so both are kept and both are tried. */
#define KEYRING_CURRENT "ghward:vault"
#define KEYRING_NEXT "ghward:vault-next"

/* Looks in the session's keyring and in the user's. Returns the length, 0 when there is no such key
 * or no keyring, or -1 with errno when it cannot be read or is larger than `size`. */
ssize_t keyring_read(const char *description, char *payload, size_t size)
	__attribute__((warn_unused_result, nonnull));

/* Puts a key into the user's keyring, in place of one of that name. Returns 0, or -1 with errno. */
int keyring_store(const char *description, const char *payload, size_t length)
	__attribute__((warn_unused_result, nonnull));

/* Makes the next key the current one. Returns 0, or -1 with errno. */
int keyring_promote(void) __attribute__((warn_unused_result));

/* A child that waits for the word to do so, which the confined command cannot do itself. It reads
 * descriptor `order` and keeps no other of this process. Returns its id, or -1 with errno. */
pid_t keyring_promoter_start(int *order) __attribute__((warn_unused_result, nonnull));

/* Gives the word, once the vault has its new key, and waits. Returns 0, or -1 when the next key is
 * still only that. Without the word the child ends and leaves both keys. */
int keyring_promoter_finish(pid_t, int *order) __attribute__((warn_unused_result, nonnull));

#endif
