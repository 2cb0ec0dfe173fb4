/* Where repositories are in a destination:
 *
 *   OWNER/NAME.git             a mirror
 *   OWNER/NAME                 a working tree, its .git a file that leads to
 *   .ghward/git/OWNER/NAME.git where git keeps its own for it
 *   .ghward/lock               held while a ghward works here
 *   .ghward/tmp/               what is under way, and what is to be removed
 *   .ghward/aside/             what of a user's must not act while ghward's git runs */
#ifndef GHWARD_TREE_LAYOUT_H
#define GHWARD_TREE_LAYOUT_H

#include "lib/ipc/repositories.h"
#include "lib/validate/validate.h"

#include <stdbool.h>

#define LAYOUT_HIDDEN ".ghward"
#define LAYOUT_LOCK ".ghward/lock"
#define LAYOUT_TEMPORARY ".ghward/tmp"
#define LAYOUT_ASIDE ".ghward/aside"

#define LAYOUT_OWNER_SIZE (VALIDATE_OWNER_MAX + 1)
#define LAYOUT_NAME_SIZE (VALIDATE_REPO_MAX + sizeof(".wiki"))
#define LAYOUT_PATH_SIZE (sizeof(".ghward/git/") + LAYOUT_OWNER_SIZE + LAYOUT_NAME_SIZE + 8)

struct layout {
	char git[LAYOUT_PATH_SIZE];
	char tree[LAYOUT_PATH_SIZE];	  /* "" for a mirror */
	char shown[LAYOUT_PATH_SIZE];	  /* which of these a user knows */
	char link[LAYOUT_PATH_SIZE + 24]; /* content of a working tree's .git */
};

/* True for names that GitHub may have, and that are harmless on any file system. */
bool layout_is_name(const char *owner, const char *name) __attribute__((nonnull));

/* For names that were found to be some. */
void layout_of(enum repos_mode, const char *owner, const char *name, struct layout *)
	__attribute__((nonnull));

#endif
