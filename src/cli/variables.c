/* The environment variables. */
#include "cli/variables.h"

#include "lib/settings/settings.h"

#include <stdio.h>

static const struct variable own[] = {
#define VARIABLE(names_, summary_) {.names = (names_), .summary = (summary_)},
#include "cli/variables.def"
#undef VARIABLE
};

#define OWN (sizeof(own) / sizeof(own[0]))

static const struct variable *describe(const struct settings_spec *spec)
{
	static char summary[512];
	static struct variable variable = {.summary = summary};
	char range[64] = "";

	if (spec->max > 0)
		snprintf(range, sizeof(range), ", %u to %u", spec->min, spec->max);
	variable.names = spec->variable;
	snprintf(summary, sizeof(summary), "%s (default: %s%s)", spec->summary,
		 *spec->fallback ? spec->fallback : "none", range);
	return &variable;
}

const struct variable *variables_at(size_t index)
{
	if (index < OWN)
		return &own[index];
	index -= OWN;
	for (unsigned i = 0; i < SETTINGS_KEYS; i++) {
		const struct settings_spec *spec = settings_spec((enum settings_key)i);
		if (spec->variable && index-- == 0)
			return describe(spec);
	}
	return NULL;
}
