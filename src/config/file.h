/* What the files about config.json share. */
#ifndef GHWARD_CONFIG_FILE_H
#define GHWARD_CONFIG_FILE_H

#include "config/config.h"
#include "lib/json/parse.h"

struct config_file {
	const char *name, *text; /* without comments */
	size_t length;
	struct settings *settings;
	struct audit_rules *rules;
	struct failure *failure;
};

/* Where a value stands: which member or element, from the outermost container inwards. */
#define CONFIG_DEPTH 4u
struct config_place {
	unsigned path[CONFIG_DEPTH], depth;
};

/* Number `index` of the container at this place. */
struct config_place config_inside(struct config_place, unsigned index);

/* A failure that names file, line and key; without `expected` it is a key that is not known.
 * Returns -1. */
int config_refuse(const struct config_file *, struct config_place, const char *key,
		  const char *expected) __attribute__((nonnull(1, 3)));

/* Applies audit.rules. Returns 0, or -1 with a failure. */
int config_apply_rules(const struct config_file *, struct config_place, const struct cJSON *value)
	__attribute__((warn_unused_result, nonnull));

#endif
