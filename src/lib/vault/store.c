/* The vault's file. */
#include "lib/vault/store.h"

#include "lib/base/io.h"
#include "lib/vault/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct names {
	char made[STORE_NAME_MAX + 8], previous[STORE_NAME_MAX + 8], lock[STORE_NAME_MAX + 8];
};

static int make_names(const char *name, struct names *names)
{
	if (!*name || strlen(name) > STORE_NAME_MAX || strchr(name, '/') || *name == '.') {
		errno = EINVAL;
		return -1;
	}
	snprintf(names->made, sizeof(names->made), ".%s.new", name);
	snprintf(names->previous, sizeof(names->previous), "%s.prev", name);
	snprintf(names->lock, sizeof(names->lock), ".%s.lock", name);
	return 0;
}

const char *store_fault_text(enum store_fault fault)
{
	static const char *const texts[STORE_FAULTS] = {
		[STORE_FINE] = "it is fine",
		[STORE_ABSENT] = "it does not exist",
		[STORE_NOT_A_FILE] = "it is not a regular file",
		[STORE_OWNER] = "it belongs to another user",
		[STORE_MODE] = "others have access to it",
		[STORE_SIZE] = "it is larger than a vault can be",
		[STORE_BUSY] = "another process is writing it",
		[STORE_EXISTS] = "it exists already",
		[STORE_READ_BACK] =
			"the disk did not keep what was written; the old one is in place",
		[STORE_IO] = "it cannot be read or written",
	};

	return fault < STORE_FAULTS ? texts[fault] : "unknown";
}

static enum store_fault judge(const struct stat *status)
{
	if (!S_ISREG(status->st_mode))
		return STORE_NOT_A_FILE;
	if (status->st_uid != geteuid())
		return STORE_OWNER;
	if (status->st_mode & (S_IRWXG | S_IRWXO))
		return STORE_MODE;
	if (status->st_size < 0 || (size_t)status->st_size > VAULT_FILE_MAX)
		return STORE_SIZE;
	return STORE_FINE;
}

enum store_fault store_read(int directory, const char *name, uint8_t **bytes, size_t *size)
{
	struct names names;
	struct stat status;

	*bytes = NULL;
	*size = 0;
	if (make_names(name, &names) < 0)
		return STORE_IO;
	/* Without waiting for the other end, should it be a pipe. */
	IO_AUTOCLOSE int fd =
		openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT	? STORE_ABSENT
		       : errno == ELOOP ? STORE_NOT_A_FILE
					: STORE_IO;
	if (fstat(fd, &status) < 0)
		return STORE_IO;
	enum store_fault fault = judge(&status);
	if (fault != STORE_FINE)
		return fault;
	*size = (size_t)status.st_size;
	*bytes = malloc(*size + 1);
	if (!*bytes)
		return STORE_IO;
	if (io_pread_full(fd, *bytes, *size, 0) == (ssize_t)*size)
		return STORE_FINE;
	free(*bytes);
	*bytes = NULL;
	return STORE_IO;
}

static int remove_if_there(int directory, const char *name)
{
	return unlinkat(directory, name, 0) == 0 || errno == ENOENT ? 0 : -1;
}

enum store_fault store_lock(int directory, const char *name, int *lock)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct names names;

	*lock = -1;
	if (make_names(name, &names) < 0)
		return STORE_IO;
	int fd = openat(directory, names.lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return STORE_IO;
	if (fcntl(fd, F_OFD_SETLK, &whole) < 0) {
		enum store_fault fault = errno == EAGAIN || errno == EACCES ? STORE_BUSY : STORE_IO;
		io_close(&fd);
		return fault;
	}
	/* What a writer left that was ended: it can still hold what was removed. */
	if (remove_if_there(directory, names.made) < 0 ||
	    remove_if_there(directory, names.previous) < 0) {
		io_close(&fd);
		return STORE_IO;
	}
	*lock = fd;
	return STORE_FINE;
}

static int write_new(int directory, const char *name, const uint8_t *bytes, size_t size)
{
	IO_AUTOCLOSE int fd =
		openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || io_write_full(fd, bytes, size) < 0)
		return -1;
	return fsync(fd);
}

/* The old file keeps a second name until the new one has proved itself. */
static int swap(int directory, const char *name, const struct names *names, enum store_mode mode)
{
	if (mode == STORE_REPLACE && linkat(directory, name, directory, names->previous, 0) < 0)
		return -1;
	if (renameat(directory, names->made, directory, name) < 0)
		return -1;
	return fsync(directory);
}

static enum store_fault read_back(int directory, const char *name, const uint8_t *bytes,
				  size_t size)
{
	uint8_t *found;
	size_t found_size;
	enum store_fault fault = store_read(directory, name, &found, &found_size);

	if (fault == STORE_FINE && (found_size != size || memcmp(found, bytes, size) != 0))
		fault = STORE_READ_BACK;
	free(found);
	return fault;
}

enum store_fault store_write(int directory, const char *name, enum store_mode mode,
			     const uint8_t *bytes, size_t size)
{
	struct names names;
	struct stat status;

	if (make_names(name, &names) < 0)
		return STORE_IO;
	if (mode == STORE_CREATE && fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0)
		return STORE_EXISTS;
	if (write_new(directory, names.made, bytes, size) < 0 ||
	    swap(directory, name, &names, mode) < 0)
		return STORE_IO;
	if (read_back(directory, name, bytes, size) != STORE_FINE) {
		if (mode == STORE_REPLACE &&
		    renameat(directory, names.previous, directory, name) < 0)
			return STORE_IO;
		return STORE_READ_BACK;
	}
	/* It still holds what was removed from the new one. */
	if (remove_if_there(directory, names.previous) < 0 || fsync(directory) < 0)
		return STORE_IO;
	return STORE_FINE;
}
