/* Names of the fields that --json of an alert may choose. */
#include "lib/github/alert_fields.h"

#include <string.h>

static const char *const names[ALERT_FIELDS] = {
#define ALERT_FIELD(identifier, name) [ALERT_FIELD_##identifier] = (name),
#include "lib/github/alert_fields.def"
#undef ALERT_FIELD
};

int alert_field_index(const char *name, size_t length)
{
	for (int i = 0; i < (int)ALERT_FIELDS; i++) {
		if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0)
			return i;
	}
	return -1;
}

const char *alert_field_name(enum alert_field field)
{
	return field < ALERT_FIELDS ? names[field] : "unknown";
}
