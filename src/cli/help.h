/* --help on each level. */
#ifndef GHWARD_CLI_HELP_H
#define GHWARD_CLI_HELP_H

#include "cli/commands.h"

/* Everything there is. */
void help_all(void);
/* The commands of one noun. */
void help_noun(const char *noun) __attribute__((nonnull));
/* One command: what it takes, and examples. */
void help_command(const struct command *) __attribute__((nonnull));

#endif
