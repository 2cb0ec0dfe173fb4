/* Names of the fields that --json of an alert may choose: GitHub's, and ours. */
#ifndef GHWARD_GITHUB_ALERT_FIELDS_H
#define GHWARD_GITHUB_ALERT_FIELDS_H

#include <stddef.h>

enum alert_field {
#define ALERT_FIELD(identifier, name) ALERT_FIELD_##identifier,
#include "lib/github/alert_fields.def"
#undef ALERT_FIELD
	ALERT_FIELDS
};

/* The number of a name, or -1. */
int alert_field_index(const char *name, size_t length) __attribute__((nonnull));

const char *alert_field_name(enum alert_field) __attribute__((returns_nonnull));

#endif
