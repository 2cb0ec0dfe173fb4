/* Every command line of git that there is. Values are typed: none of them can become an option. */
#ifndef GHWARD_GIT_COMMANDS_H
#define GHWARD_GIT_COMMANDS_H

#include "lib/ipc/protocol.h"

#include <stdbool.h>

enum command_kind {
	COMMAND_FETCH,	     /* speaks with the server by descriptor 3 */
	COMMAND_LIST_REFS,   /* "OID REF" lines of one space of names */
	COMMAND_PACK_REFS,   /* one file for all refs */
	COMMAND_FSCK,	     /* of every object */
	COMMAND_READ_HEAD,   /* "refs/heads/X"; fails when it is detached */
	COMMAND_SET_HEAD,    /* to the branch */
	COMMAND_HAS_COMMIT,  /* whether HEAD is one; fails when unborn */
	COMMAND_HAS_BRANCH,  /* whether the server has the branch */
	COMMAND_IS_BEHIND,   /* whether HEAD is an ancestor of the server's branch */
	COMMAND_IS_AHEAD,    /* the other way round */
	COMMAND_FAST_FORWARD /* HEAD and working tree to the server's branch */
};

/* Which names a COMMAND_LIST_REFS lists. */
enum command_refs { REFS_OF_MIRROR, REFS_HEADS, REFS_NOTES, REFS_TAGS };

struct command_values {
	enum repos_mode mode;
	enum repos_partial partial;
	uint32_t depth;	    /* 0: all */
	bool first;	    /* there is nothing yet */
	bool deepen;	    /* what is shallow becomes whole */
	const char *branch; /* valid, without refs/heads/ */
	enum command_refs refs;
};

#define COMMAND_WORDS_MAX 160u

struct command {
	enum command_kind kind;
	const char *words[COMMAND_WORDS_MAX + 1]; /* NULL last */
	size_t count;
	/* private: */
	char depth[24];
	char local_branch[SYNC_BRANCH_MAX + 32], server_branch[SYNC_BRANCH_MAX + 32];
};

/* The words point into the command and into constants: it must not be moved. */
void command_make(struct command *, enum command_kind, const struct command_values *)
	__attribute__((nonnull));

/* git's environment, which ends with NULL; nothing else is in it. `directory` is where git keeps
 * its own, and git is started in the working tree if there is one; `room` is for its value. */
#define COMMAND_ENVIRONMENT_MAX 40u
#define COMMAND_PATH_MAX 4096u
void command_environment(const char *environment[COMMAND_ENVIRONMENT_MAX], enum repos_mode,
			 const char *directory, char room[COMMAND_PATH_MAX + 16])
	__attribute__((nonnull));

#endif
