/* --help on each level, and topics. Lines have at most 80 columns. */
#ifndef GHWARD_CLI_HELP_H
#define GHWARD_CLI_HELP_H

#include "cli/commands.h"

/* Printing to stdout. */
void help_all(void);
void help_noun(const char *noun) __attribute__((nonnull));
void help_command(const struct command *) __attribute__((nonnull));

/* What `ghward help NAME` explains beside the commands. */
struct help_topic {
	const char *name, *summary;
	void (*print)(void);
};

/* One after the other, NULL at the end. */
const struct help_topic *help_topic_at(size_t index);

#endif
