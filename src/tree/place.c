/* Paths beneath one directory. */
#include "tree/place.h"

#include "lib/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux/openat2.h, which headers of older systems lack. */
#define RESOLVE_NO_XDEV 0x01u
#define RESOLVE_NO_MAGICLINKS 0x02u
#define RESOLVE_NO_SYMLINKS 0x04u
#define RESOLVE_BENEATH 0x08u
#define RENAME_WITHOUT_REPLACING 1u

struct open_how {
	uint64_t flags, mode, resolve;
};

#define NEW_FILE_MODE 0666u
#define NEW_DIRECTORY_MODE 0777u
/* Where a file is written before it has its name. */
#define UNNAMED "ghward.tmp"

static int open_beneath(int root, const char *path, int flags, mode_t mode)
{
	const struct open_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
		.mode = mode,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
			   RESOLVE_NO_XDEV,
	};
	long fd;

	/* EAGAIN: a rename somewhere in the system raced with the walk, which says nothing. */
	do {
		fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
	} while (fd < 0 && (errno == EINTR || errno == EAGAIN));
	return (int)fd;
}

int place_open(int root, const char *path, int flags)
{
	return open_beneath(root, path, flags, flags & O_CREAT ? NEW_FILE_MODE : 0);
}

int place_directory(int root, const char *path)
{
	return open_beneath(root, path, O_PATH | O_DIRECTORY, 0);
}

/* Opens the directory that a path's last name is in. */
static int open_parent(int root, const char *path, const char **name)
{
	char parent[PLACE_PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) : 0;

	*name = slash ? slash + 1 : path;
	if (!slash)
		return place_directory(root, ".");
	if (length >= sizeof(parent)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(parent, path, length);
	parent[length] = 0;
	return place_directory(root, parent);
}

static int make_one(int parent, const char *name)
{
	if (mkdirat(parent, name, NEW_DIRECTORY_MODE) < 0 && errno != EEXIST)
		return -1;
	return place_directory(parent, name);
}

int place_make(int root, const char *path)
{
	char names[PLACE_PATH_MAX], *rest = NULL;
	int at = place_directory(root, ".");

	if (strlen(path) >= sizeof(names)) {
		errno = ENAMETOOLONG;
		io_close(&at);
		return -1;
	}
	memcpy(names, path, strlen(path) + 1);
	for (char *name = strtok_r(names, "/", &rest); name && at >= 0;
	     name = strtok_r(NULL, "/", &rest)) {
		int next = make_one(at, name);
		io_close(&at);
		at = next;
	}
	return at;
}

int place_make_new(int root, const char *path, mode_t mode)
{
	const char *name;
	IO_AUTOCLOSE int parent = open_parent(root, path, &name);

	return parent < 0 ? -1 : mkdirat(parent, name, mode);
}

DIR *place_list(int root, const char *path)
{
	int fd = open_beneath(root, path, O_RDONLY | O_DIRECTORY, 0);
	DIR *listing = fd < 0 ? NULL : fdopendir(fd);

	if (!listing)
		io_close(&fd);
	return listing;
}

static enum place_kind kind_of_mode(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return PLACE_DIRECTORY;
	case S_IFREG:
		return PLACE_FILE;
	case S_IFLNK:
		return PLACE_LINK;
	default:
		return PLACE_OTHER;
	}
}

enum place_kind place_kind(int root, const char *path)
{
	struct stat status;
	/* With these two a link at the end is opened itself. */
	IO_AUTOCLOSE int fd = open_beneath(root, path, O_PATH | O_NOFOLLOW, 0);

	if (fd < 0)
		return errno == ENOENT ? PLACE_ABSENT : PLACE_UNREACHABLE;
	return fstat(fd, &status) < 0 ? PLACE_UNREACHABLE : kind_of_mode(status.st_mode);
}

enum place_kind place_entry_kind(DIR *listing, const struct dirent *entry)
{
	if (entry->d_type == DT_UNKNOWN)
		return place_kind(dirfd(listing), entry->d_name);
	return kind_of_mode((mode_t)DTTOIF(entry->d_type));
}

static int write_unnamed(int directory, const char *text)
{
	/* One that a crash left; a link here is removed, not followed. */
	if (unlinkat(directory, UNNAMED, 0) < 0 && errno != ENOENT)
		return -1;
	IO_AUTOCLOSE int fd = place_open(directory, UNNAMED, O_WRONLY | O_CREAT | O_EXCL);
	return fd < 0 ? -1 : io_write_full(fd, text, strlen(text));
}

static int rename_in(int from, const char *old, int to, const char *new, unsigned flags)
{
	return (int)syscall(SYS_renameat2, from, old, to, new, flags);
}

int place_write(int root, const char *path, const char *text)
{
	const char *name;
	IO_AUTOCLOSE int parent = open_parent(root, path, &name);

	if (parent < 0 || write_unnamed(parent, text) < 0)
		return -1;
	return rename_in(parent, UNNAMED, parent, name, 0);
}

int place_read(int root, const char *path, char *text, size_t size)
{
	struct stat status;
	/* A pipe in the file's place must not hold anybody up. */
	IO_AUTOCLOSE int fd = open_beneath(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);

	*text = 0;
	if (fd < 0 || fstat(fd, &status) < 0)
		return -1;
	if (!S_ISREG(status.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	ssize_t got = io_pread_full(fd, text, size, 0);
	if (got < 0)
		return -1;
	text[(size_t)got < size ? (size_t)got : size - 1] = 0;
	if ((size_t)got < size)
		return 0;
	errno = EFBIG;
	return -1;
}

int place_rename(int root, const char *from, const char *to, enum place_existing existing)
{
	const char *old, *new;
	IO_AUTOCLOSE int source = open_parent(root, from, &old);
	IO_AUTOCLOSE int target = source < 0 ? -1 : open_parent(root, to, &new);

	if (target < 0)
		return -1;
	return rename_in(source, old, target, new,
			 existing == PLACE_KEEP ? RENAME_WITHOUT_REPLACING : 0);
}

int place_unlink(int root, const char *path)
{
	const char *name;
	IO_AUTOCLOSE int parent = open_parent(root, path, &name);

	if (parent >= 0 && unlinkat(parent, name, 0) == 0)
		return 0;
	return errno == ENOENT ? 0 : -1;
}

void place_tidy(int root, const char *path)
{
	const char *name;
	IO_AUTOCLOSE int parent = open_parent(root, path, &name);

	if (parent >= 0)
		(void)unlinkat(parent, name, AT_REMOVEDIR);
}

int place_sync(int root, const char *path)
{
	IO_AUTOCLOSE int fd = open_beneath(root, path, O_RDONLY | O_DIRECTORY, 0);

	return fd < 0 ? -1 : fsync(fd);
}

int place_other_spelling(int root, const char *directory, const char *name,
			 char found[NAME_MAX + 1])
{
	DIR *listing = place_list(root, directory);
	const struct dirent *entry;
	int other = 0;

	if (!listing)
		return errno == ENOENT ? 0 : -1;
	errno = 0;
	while (!other && (entry = readdir(listing))) {
		if (strcasecmp(entry->d_name, name) != 0 || strcmp(entry->d_name, name) == 0)
			continue;
		memcpy(found, entry->d_name, strlen(entry->d_name) + 1);
		other = 1;
	}
	if (!other && errno)
		other = -1;
	closedir(listing);
	return other;
}

bool place_is(int root, const char *path, int opened)
{
	struct stat there, here;
	IO_AUTOCLOSE int fd = open_beneath(root, path, O_PATH | O_NOFOLLOW, 0);

	return fd >= 0 && fstat(fd, &there) == 0 && fstat(opened, &here) == 0 &&
	       there.st_dev == here.st_dev && there.st_ino == here.st_ino;
}
