/* The user's pager between standard output and the terminal. */
#ifndef GHWARD_CLI_PAGER_H
#define GHWARD_CLI_PAGER_H

#include "cli/environment.h"
#include "cli/errors.h"

#include <sys/types.h>

/* More words than that are left to the shell. */
#define PAGER_WORDS_MAX 16u

/* What is executed: a program found in $PATH, or the shell where the command needs one. */
struct pager {
	char path[ENVIRONMENT_PATH_MAX];
	char text[ENVIRONMENT_PATH_MAX]; /* the command, cut into words */
	char *words[PAGER_WORDS_MAX + 1];
};

/* The command line of $GHWARD_PAGER, $GH_PAGER or $PAGER, the first that is set; NULL where that is
 * empty or "cat", or none is set. */
const char *pager_command(const struct environment *) __attribute__((nonnull));

/* Finds what a command stands for. Returns 0, or -1 with errno when there is no such program. */
int pager_find(struct pager *, const struct environment *, const char *command)
	__attribute__((warn_unused_result, nonnull));

/* Lets standard output lead to the pager. It is started with the first byte that is written, so
 * that a job without output never clears the screen; should that fail, what comes is copied to the
 * terminal. Call after the secrets have been taken out of the environment, which it inherits, and
 * before the sandbox. Returns its process id, or 0 after a warning. */
pid_t pager_start(const struct environment *, const char *command, enum errors_form)
	__attribute__((nonnull));

/* Ends standard output and waits until the user has seen enough. */
void pager_wait(pid_t);

#endif
