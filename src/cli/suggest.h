/* "Did you mean": the nearest of several names. */
#ifndef GHWARD_CLI_SUGGEST_H
#define GHWARD_CLI_SUGGEST_H

#include <stddef.h>

struct suggestion {
	const char *word;    /* what was typed */
	const char *nearest; /* NULL when nothing is near */
	size_t distance;
};

void suggest_start(struct suggestion *, const char *word) __attribute__((nonnull));

/* Considers one name. */
void suggest_name(struct suggestion *, const char *name) __attribute__((nonnull));

#endif
