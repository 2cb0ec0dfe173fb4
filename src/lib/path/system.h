/* Places in the file system that nothing may be put into on a user's behalf. */
#ifndef GHWARD_PATH_SYSTEM_H
#define GHWARD_PATH_SYSTEM_H

#include <stdbool.h>

/* True of the root, of the directories that an operating system keeps itself in (hier(7)), of /home
 * and of the directories that all users share, and of what is below them; but not of what is below
 * shared ones, below /run/user/UID and below /var/lib/ghward. The path is absolute and canonical,
 * as realpath(3) gives it: of any other the answer is true. It need not exist. */
bool path_is_system(const char *path) __attribute__((nonnull));

#endif
