/* Comma-separated lists of logins. */
#include "worker/logins.h"

#include "lib/json/parse.h"

#include <string.h>
#include <strings.h>

static bool has(const char *list, const char *login, size_t length)
{
	while (*list) {
		size_t part = strcspn(list, ",");
		if (part == length && strncasecmp(list, login, length) == 0)
			return true;
		list += part;
		list += *list == ',';
	}
	return false;
}

static bool append(char *list, size_t size, const char *login, size_t length)
{
	size_t used = strlen(list), comma = used ? 1 : 0;

	if (used + comma + length >= size)
		return false;
	if (comma)
		list[used] = ',';
	memcpy(list + used + comma, login, length);
	list[used + comma + length] = 0;
	return true;
}

bool logins_of(const struct cJSON *alert, char *list, size_t size)
{
	const struct cJSON *assignee;

	list[0] = 0;
	cJSON_ArrayForEach(assignee, json_get_array(alert, "assignees"))
	{
		const char *login = json_get_string(assignee, "login");
		if (login && !append(list, size, login, strlen(login)))
			return false;
	}
	return true;
}

bool logins_contain(const char *list, const char *some)
{
	while (*some) {
		size_t part = strcspn(some, ",");
		if (!has(list, some, part))
			return false;
		some += part;
		some += *some == ',';
	}
	return true;
}

void logins_without(const char *list, const char *others, char *rest, size_t size)
{
	rest[0] = 0;
	while (*list) {
		size_t part = strcspn(list, ",");
		if (!has(others, list, part) && !append(rest, size, list, part))
			return;
		list += part;
		list += *list == ',';
	}
}
