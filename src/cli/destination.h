/* The directory that repositories are kept in. */
#ifndef GHWARD_CLI_DESTINATION_H
#define GHWARD_CLI_DESTINATION_H

#include "lib/failure/failure.h"
#include "lib/ipc/repositories.h"

enum destination_use {
	DESTINATION_LOOK,
	/* It is made if it is not there: with mode 0755 but for the umask, as git makes its own. */
	DESTINATION_MAKE,
};

struct destination {
	const char *named; /* by the user */
	enum destination_use use;
	char path[REPOS_DESTINATION_MAX + 1]; /* canonical; filled in by destination_open() */
};

/* Returns a close-on-exec descriptor of the directory, or -1 with a failure. A place of the system
 * (path_is_system()) is neither opened nor made: the descriptor is one of /dev/null, and the path
 * is for the broker, which refuses it on record. */
int destination_open(struct destination *, struct failure *)
	__attribute__((warn_unused_result, nonnull));

#endif
