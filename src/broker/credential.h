/* The token of the one credential, in protected memory and bound to its origin. */
#ifndef GHWARD_BROKER_CREDENTIAL_H
#define GHWARD_BROKER_CREDENTIAL_H

#include "lib/ipc/loop.h"
#include "lib/ipc/message.h"
#include "lib/secret/secret.h"

#include <stdbool.h>

/* GitHub's stateless installation tokens are about 520 characters; 8 KiB leaves room. */
#define CREDENTIAL_TOKEN_MAX 8192u

enum credential_state {
	CREDENTIAL_READING, /* the pipe is still open */
	CREDENTIAL_ABSENT,
	CREDENTIAL_MALFORMED,
	CREDENTIAL_UNUSABLE, /* a refresh token: well-formed, but not for the API */
	CREDENTIAL_USABLE,
};

struct credential {
	struct secret_arena arena;
	size_t length;
	enum credential_state state;
	int pipe;
	struct loop_watch *watch;
	void (*known)(void *);
	void *context;
	char source[64]; /* "GH_TOKEN", "gh auth token" */
};

/* Opens the arena; before the sandbox. Ends the process on failure: no protected memory, no token.
 */
void credential_open(struct credential *, int pipe) __attribute__((nonnull));

/* Reads the token as it comes; `known` is called once, when the state is final. */
void credential_read(struct credential *, struct loop *, void (*known)(void *), void *context)
	__attribute__((nonnull(1, 2, 3)));

/* Puts the token into a message for ghward-net. */
void credential_put(const struct credential *, struct ipc_message *) __attribute__((nonnull));

/* "classic", "fine-grained", ... for the audit log. */
const char *credential_kind(const struct credential *) __attribute__((nonnull, returns_nonnull));

void credential_wipe(struct credential *) __attribute__((nonnull));

#endif
