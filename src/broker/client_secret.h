/* The client secret of an App, without which GitHub neither exchanges a code of the web flow nor
 * renews what came of one. */
#ifndef GHWARD_BROKER_CLIENT_SECRET_H
#define GHWARD_BROKER_CLIENT_SECRET_H

#include "broker/keeper.h"

enum client_secret_found { CLIENT_SECRET_NONE, CLIENT_SECRET_THERE, CLIENT_SECRET_FAILED };

/* Finds the name of the user's newest entry that has it, for keeper_reveal(). CLIENT_SECRET_FAILED
 * with a failure when the vault cannot be read. */
enum client_secret_found client_secret_find(struct keeper *, uint32_t uid, const char *origin,
					    const char *client_id, char name[VAULT_NAME_MAX + 1],
					    struct failure *)
	__attribute__((nonnull, warn_unused_result));

#endif
