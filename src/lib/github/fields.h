/* Names of the fields that --json may choose, per kind of object: GitHub's, and ours. */
#ifndef GHWARD_GITHUB_FIELDS_H
#define GHWARD_GITHUB_FIELDS_H

#include <stddef.h>

enum field_set {
	FIELD_SET_ALERT,
	FIELD_SET_INSTANCE,
	FIELD_SET_RATE_LIMIT,
	FIELD_SET_AUTH_STATUS,
	FIELD_SET_AUTH_CHECK,
	FIELD_SET_ENTRY,
	FIELD_SET_REPOSITORY,
	FIELD_SET_SYNC_STATE
};

enum alert_field {
#define ALERT_FIELD(identifier, name) ALERT_FIELD_##identifier,
#include "lib/github/fields.def"
	ALERT_FIELDS
};

enum instance_field {
#define INSTANCE_FIELD(identifier, name) INSTANCE_FIELD_##identifier,
#include "lib/github/fields.def"
	INSTANCE_FIELDS
};

enum rate_limit_field {
#define RATE_LIMIT_FIELD(identifier, name) RATE_LIMIT_FIELD_##identifier,
#include "lib/github/fields.def"
	RATE_LIMIT_FIELDS
};

enum entry_field {
#define ENTRY_FIELD(identifier, name) ENTRY_FIELD_##identifier,
#include "lib/github/fields.def"
	ENTRY_FIELDS
};

enum auth_status_field {
#define AUTH_STATUS_FIELD(identifier, name) AUTH_STATUS_FIELD_##identifier,
#include "lib/github/fields.def"
	AUTH_STATUS_FIELDS
};

enum auth_check_field {
#define AUTH_CHECK_FIELD(identifier, name) AUTH_CHECK_FIELD_##identifier,
#include "lib/github/fields.def"
	AUTH_CHECK_FIELDS
};

enum repository_field {
#define REPOSITORY_FIELD(identifier, name) REPOSITORY_FIELD_##identifier,
#include "lib/github/fields.def"
	REPOSITORY_FIELDS
};

enum sync_state_field {
#define SYNC_STATE_FIELD(identifier, name) SYNC_STATE_FIELD_##identifier,
#include "lib/github/fields.def"
	SYNC_STATE_FIELDS
};

/* How many fields the objects of a set have; their numbers are below that. */
unsigned field_count(enum field_set);

/* "unknown" for a number that is none. */
const char *field_name(enum field_set, unsigned number) __attribute__((returns_nonnull));

/* The number of a name, or -1. */
int field_index(enum field_set, const char *name, size_t length) __attribute__((nonnull));

#endif
