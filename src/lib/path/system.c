/* Which places are the system's. */
#include "lib/path/system.h"

#include <stddef.h>
#include <string.h>

enum reach {
	REACH_WITH_ALL_BELOW,
	REACH_ALONE, /* what is below is somebody's */
};

/* The longest one that a path begins with counts. */
static const struct {
	const char *path;
	enum reach reach;
} places[] = {
	{"/bin", REACH_WITH_ALL_BELOW},
	{"/boot", REACH_WITH_ALL_BELOW},
	{"/dev", REACH_WITH_ALL_BELOW},
	{"/dev/shm", REACH_ALONE},
	{"/efi", REACH_WITH_ALL_BELOW},
	{"/etc", REACH_WITH_ALL_BELOW},
	{"/home", REACH_ALONE},
	{"/lib", REACH_WITH_ALL_BELOW},
	{"/lib32", REACH_WITH_ALL_BELOW},
	{"/lib64", REACH_WITH_ALL_BELOW},
	{"/libx32", REACH_WITH_ALL_BELOW},
	{"/proc", REACH_WITH_ALL_BELOW},
	{"/run", REACH_WITH_ALL_BELOW},
	{"/run/user", REACH_ALONE},
	{"/sbin", REACH_WITH_ALL_BELOW},
	{"/sys", REACH_WITH_ALL_BELOW},
	{"/tmp", REACH_ALONE},
	{"/usr", REACH_WITH_ALL_BELOW},
	{"/var", REACH_WITH_ALL_BELOW},
	{"/var/backups", REACH_ALONE},
	{"/var/lib/ghward", REACH_ALONE},
	{"/var/local", REACH_ALONE},
	{"/var/tmp", REACH_ALONE},
};

/* It starts at the root, and no component is empty, "." or "..". */
static bool is_canonical(const char *path)
{
	while (*path == '/') {
		size_t length = strcspn(++path, "/");
		bool dots = length <= 2 && strspn(path, ".") >= length;
		if (length == 0 || dots)
			return false;
		path += length;
	}
	return *path == 0;
}

/* Returns the length of the place that the path is or is below, else 0. */
static size_t match(const char *place, const char *path)
{
	size_t length = strlen(place);

	return strncmp(place, path, length) == 0 && (path[length] == '/' || path[length] == 0)
		       ? length
		       : 0;
}

bool path_is_system(const char *path)
{
	size_t longest = 0;
	bool is_system = false;

	if (!*path || !is_canonical(path))
		return true;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		size_t length = match(places[i].path, path);
		if (length <= longest)
			continue;
		longest = length;
		is_system = places[i].reach == REACH_WITH_ALL_BELOW || path[length] == 0;
	}
	return is_system;
}
