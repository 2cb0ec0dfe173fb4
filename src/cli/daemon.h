/* The socket of `ghward serve`, from both sides. */
#ifndef GHWARD_CLI_DAEMON_H
#define GHWARD_CLI_DAEMON_H

#include "cli/environment.h"

/* Connects to a running agent of this user or of root; in /run/ghward and $GHWARD_SOCKET_DIRECTORY
 * also to that of the directory's owner. Returns 1 with the descriptor in *channel, 0
 * when none runs, or -1 with a failure when what listens there is not to be trusted. */
int daemon_connect(const struct environment *, int *channel, struct failure *)
	__attribute__((warn_unused_result, nonnull));

enum daemon_clients {
	DAEMON_FOR_USER, /* of the user who runs it */
	DAEMON_FOR_ALL,	 /* whom the broker tells apart by their user ids */
};

/* Makes the socket. Returns 0 with the listening socket and its directory, which stays locked as
 * long as it is open, or -1 with a failure, for example when an agent is running already. */
int daemon_listen(const struct environment *, enum daemon_clients, int *listener, int *directory,
		  struct failure *) __attribute__((warn_unused_result, nonnull));

/* Removes the socket after all and closes the directory. */
void daemon_abandon(int directory);

#endif
