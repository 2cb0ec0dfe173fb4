/* The directory that repositories are kept in. */
#include "cli/destination.h"

#include "lib/base/io.h"
#include "lib/path/system.h"
#include "lib/validate/validate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What to do about a directory that cannot be opened, or made. */
static const char *hint_of(int error, bool may_make)
{
	if (error == EACCES || error == EPERM)
		return "Check the permissions of its path, or choose another --dest.";
	if (error == ENOENT && !may_make)
		return "Check its name; ghward repos sync makes it.";
	return "--dest names a directory; of its path all but the last part must be there.";
}

/* Where a descriptor leads to. Returns 0, or -1 with errno. */
static int find_path(int fd, char path[REPOS_DESTINATION_MAX + 1])
{
	char link[32];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t length = readlink(link, path, REPOS_DESTINATION_MAX + 1);
	if (length < 0)
		return -1;
	if (length > (ssize_t)REPOS_DESTINATION_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	path[length] = 0;
	return 0;
}

static int open_nothing(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static int open_directory(int at, const char *path, int flags)
{
	return openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
}

/* Where the last part of a path begins; slashes at its end do not count. */
static size_t split(const char *path, size_t *length)
{
	size_t end = strlen(path);

	while (end > 1 && path[end - 1] == '/')
		end--;
	size_t start = end;
	while (start > 0 && path[start - 1] != '/')
		start--;
	*length = end - start;
	return start;
}

/* Makes `name` in the parent, whose path it is put behind. Returns its descriptor, or -1 with
 * errno.
 */
static int make_below(int parent, const char *name, char path[REPOS_DESTINATION_MAX + 1])
{
	if (find_path(parent, path) < 0)
		return -1;
	size_t used = strcmp(path, "/") == 0 ? 0 : strlen(path);
	if (used + 1 + strlen(name) > REPOS_DESTINATION_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	snprintf(path + used, REPOS_DESTINATION_MAX + 1 - used, "/%s", name);
	if (path_is_system(path))
		return open_nothing();
	/* Another command may just have made it. */
	if (mkdirat(parent, name, 0755) < 0 && errno != EEXIST)
		return -1;
	return open_directory(parent, name, O_NOFOLLOW);
}

/* Returns the descriptor of the new directory, or -1 with errno. */
static int make(const char *path, char canonical[REPOS_DESTINATION_MAX + 1])
{
	char whole[REPOS_DESTINATION_MAX + 1];
	size_t length, start = split(path, &length);

	if (start + length > REPOS_DESTINATION_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(whole, path, start);
	whole[start] = 0;
	IO_AUTOCLOSE int parent = open_directory(AT_FDCWD, start ? whole : ".", 0);
	if (parent < 0)
		return -1;
	memcpy(whole, path + start, length);
	whole[length] = 0;
	return make_below(parent, whole, canonical);
}

static int open_existing(const char *path, char canonical[REPOS_DESTINATION_MAX + 1])
{
	int fd = open_directory(AT_FDCWD, path, 0);

	if (fd >= 0 && find_path(fd, canonical) < 0) {
		io_close(&fd);
	} else if (fd >= 0 && path_is_system(canonical)) {
		io_close(&fd);
		fd = open_nothing();
	}
	return fd;
}

int destination_open(struct destination *destination, struct failure *failure)
{
	bool may_make = destination->use == DESTINATION_MAKE;
	size_t characters;
	int fd = open_existing(destination->named, destination->path);

	if (fd < 0 && errno == ENOENT && may_make)
		fd = make(destination->named, destination->path);
	if (fd < 0) {
		int error = errno;
		failure_set(failure,
			    error == ENOENT && !may_make ? FAILURE_NOT_FOUND : FAILURE_USAGE,
			    hint_of(error, may_make), "cannot use the directory %.300s: %s",
			    destination->named, strerror(error));
	} else if (!validate_utf8(destination->path, strlen(destination->path), &characters)) {
		/* Records have it, and people read those. */
		failure_set(failure, FAILURE_USAGE, "", "the path %.300s is not UTF-8",
			    destination->path);
		io_close(&fd);
	}
	return fd;
}
