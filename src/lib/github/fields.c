/* Names of the fields that --json may choose. */
#include "lib/github/fields.h"

#include <string.h>

static const char *const alert_names[ALERT_FIELDS] = {
#define ALERT_FIELD(identifier, name) [ALERT_FIELD_##identifier] = (name),
#include "lib/github/fields.def"
};

static const char *const instance_names[INSTANCE_FIELDS] = {
#define INSTANCE_FIELD(identifier, name) [INSTANCE_FIELD_##identifier] = (name),
#include "lib/github/fields.def"
};

static const char *const rate_limit_names[RATE_LIMIT_FIELDS] = {
#define RATE_LIMIT_FIELD(identifier, name) [RATE_LIMIT_FIELD_##identifier] = (name),
#include "lib/github/fields.def"
};

static const char *const entry_names[ENTRY_FIELDS] = {
#define ENTRY_FIELD(identifier, name) [ENTRY_FIELD_##identifier] = (name),
#include "lib/github/fields.def"
};

static const char *const auth_status_names[AUTH_STATUS_FIELDS] = {
#define AUTH_STATUS_FIELD(identifier, name) [AUTH_STATUS_FIELD_##identifier] = (name),
#include "lib/github/fields.def"
};

static const char *const auth_check_names[AUTH_CHECK_FIELDS] = {
#define AUTH_CHECK_FIELD(identifier, name) [AUTH_CHECK_FIELD_##identifier] = (name),
#include "lib/github/fields.def"
};

static const char *const repository_names[REPOSITORY_FIELDS] = {
#define REPOSITORY_FIELD(identifier, name) [REPOSITORY_FIELD_##identifier] = (name),
#include "lib/github/fields.def"
};

static const char *const sync_state_names[SYNC_STATE_FIELDS] = {
#define SYNC_STATE_FIELD(identifier, name) [SYNC_STATE_FIELD_##identifier] = (name),
#include "lib/github/fields.def"
};

static const struct {
	const char *const *names;
	unsigned count;
} sets[] = {
	[FIELD_SET_ALERT] = {alert_names, ALERT_FIELDS},
	[FIELD_SET_INSTANCE] = {instance_names, INSTANCE_FIELDS},
	[FIELD_SET_RATE_LIMIT] = {rate_limit_names, RATE_LIMIT_FIELDS},
	[FIELD_SET_ENTRY] = {entry_names, ENTRY_FIELDS},
	[FIELD_SET_AUTH_STATUS] = {auth_status_names, AUTH_STATUS_FIELDS},
	[FIELD_SET_AUTH_CHECK] = {auth_check_names, AUTH_CHECK_FIELDS},
	[FIELD_SET_REPOSITORY] = {repository_names, REPOSITORY_FIELDS},
	[FIELD_SET_SYNC_STATE] = {sync_state_names, SYNC_STATE_FIELDS},
};

unsigned field_count(enum field_set set)
{
	return sets[set].count;
}

const char *field_name(enum field_set set, unsigned number)
{
	return number < sets[set].count ? sets[set].names[number] : "unknown";
}

int field_index(enum field_set set, const char *name, size_t length)
{
	for (unsigned i = 0; i < sets[set].count; i++) {
		if (strlen(sets[set].names[i]) == length &&
		    memcmp(sets[set].names[i], name, length) == 0)
			return (int)i;
	}
	return -1;
}
