/* The environment variables that the command reads, for help and manual. */
#ifndef GHWARD_CLI_VARIABLES_H
#define GHWARD_CLI_VARIABLES_H

#include <stddef.h>

struct variable {
	const char *names; /* one, or several with ", " between them, the strongest first */
	const char *summary;
};

/* One after the other, NULL at the end: our own, then those of settings, which say their default
 * and limits. The result lives until the next call. */
const struct variable *variables_at(size_t index);

#endif
