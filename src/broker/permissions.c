/* Lists of GitHub's permissions. */
#include "broker/permissions.h"

#include <stdio.h>
#include <string.h>

static unsigned level_of(const char *text, size_t length)
{
	static const char *const levels[] = {"read", "write", "admin"};

	for (unsigned i = 0; i < 3; i++) {
		if (strlen(levels[i]) == length && memcmp(levels[i], text, length) == 0)
			return i + 1;
	}
	return 0;
}

/* The level at which a list grants what the item "name:level" names; 0 for not at all. */
static unsigned level_in(const char *list, const char *item, size_t name)
{
	while (*list) {
		size_t length = strcspn(list, ",");
		if (length > name && memcmp(list, item, name + 1) == 0)
			return level_of(list + name + 1, length - name - 1);
		list += length;
		list += *list == ',';
	}
	return 0;
}

void permissions_intersect(const char *wanted, const char *granted, char have[PERMISSIONS_SIZE],
			   char missing[PERMISSION_SIZE])
{
	const char *at = wanted;
	size_t used = 0;

	have[0] = missing[0] = 0;
	while (*at) {
		size_t length = strcspn(at, ","), name = strcspn(at, ":");
		if (level_in(granted, at, name) >= level_of(at + name + 1, length - name - 1))
			used += (size_t)snprintf(have + used, PERMISSIONS_SIZE - used, "%s%.*s",
						 used ? "," : "", (int)length, at);
		else if (!*missing)
			snprintf(missing, PERMISSION_SIZE, "%.*s", (int)length, at);
		at += length;
		at += *at == ',';
	}
}
