/* The vault's files. */
#include "lib/vault/store.h"

#include "lib/base/io.h"
#include "lib/vault/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_SIZE (STORE_NAME_MAX + 16)

struct names {
	char seal[NAME_SIZE], previous[NAME_SIZE], lock[NAME_SIZE];
};

static bool is_taken(const char *name)
{
	static const char *const ends[] = {".prev", ".seal"};
	size_t length = strlen(name);

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t end = strlen(ends[i]);
		if (length >= end && strcmp(name + length - end, ends[i]) == 0)
			return true;
	}
	return false;
}

static int make_names(const char *name, struct names *names)
{
	if (!*name || strlen(name) > STORE_NAME_MAX || strchr(name, '/') || *name == '.' ||
	    is_taken(name)) {
		errno = EINVAL;
		return -1;
	}
	snprintf(names->seal, sizeof(names->seal), "%s.seal", name);
	snprintf(names->previous, sizeof(names->previous), "%s.prev", name);
	snprintf(names->lock, sizeof(names->lock), ".%s.lock", name);
	return 0;
}

/* What a file is called until it is whole. */
static void new_name(const char *name, char made[NAME_SIZE])
{
	snprintf(made, NAME_SIZE, ".%s.new", name);
}

const char *store_fault_text(enum store_fault fault)
{
	static const char *const texts[STORE_FAULTS] = {
		[STORE_FINE] = "it is fine",
		[STORE_ABSENT] = "it does not exist",
		[STORE_NOT_A_FILE] = "it is not a regular file",
		[STORE_OWNER] = "it belongs to another user",
		[STORE_MODE] = "others have access to it",
		[STORE_SIZE] = "it is larger than it can be",
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

/* --- reading --- */

/* What may not be opened may be somebody else's. */
static enum store_fault judge_unopened(int directory, const char *name)
{
	struct stat status;

	if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return STORE_IO;
	enum store_fault fault = judge(&status);
	errno = EACCES;
	return fault == STORE_FINE ? STORE_IO : fault;
}

static enum store_fault read_file(int directory, const char *name, struct store_bytes *found)
{
	struct stat status;

	*found = (struct store_bytes){0};
	/* Without waiting for the other end, should it be a pipe. */
	IO_AUTOCLOSE int fd =
		openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 && errno == EACCES)
		return judge_unopened(directory, name);
	if (fd < 0)
		return errno == ENOENT	? STORE_ABSENT
		       : errno == ELOOP ? STORE_NOT_A_FILE
					: STORE_IO;
	if (fstat(fd, &status) < 0)
		return STORE_IO;
	enum store_fault fault = judge(&status);
	if (fault != STORE_FINE)
		return fault;
	size_t size = (size_t)status.st_size;
	uint8_t *bytes = malloc(size + 1);
	if (!bytes)
		return STORE_IO;
	if (io_pread_full(fd, bytes, size, 0) != (ssize_t)size) {
		free(bytes);
		return STORE_IO;
	}
	*found = (struct store_bytes){bytes, size};
	return STORE_FINE;
}

static void drop(struct store_bytes *file)
{
	free(file->bytes);
	*file = (struct store_bytes){0};
}

static bool is_same(const struct store_bytes *file, struct crypto_bytes other)
{
	return file->size == other.length &&
	       (file->size == 0 || memcmp(file->bytes, other.bytes, file->size) == 0);
}

/* A writer that keeps changing the seal under a reader would have to be faster than the disk. */
#define READ_ATTEMPTS 16u

enum store_fault store_read(int directory, const char *name, struct store_bytes *vault,
			    struct store_bytes *seal, enum store_fault *seal_fault)
{
	struct names names;
	struct store_bytes again;

	*vault = *seal = (struct store_bytes){0};
	*seal_fault = STORE_FINE;
	if (make_names(name, &names) < 0)
		return STORE_IO;
	/* The vault was read between two looks at the same seal: no writer came between. */
	for (unsigned i = 0; i < READ_ATTEMPTS; i++) {
		*seal_fault = read_file(directory, names.seal, seal);
		enum store_fault fault = read_file(directory, name, vault);
		enum store_fault again_fault = read_file(directory, names.seal, &again);
		bool same = again_fault == *seal_fault &&
			    is_same(seal, (struct crypto_bytes){again.bytes, again.size});
		drop(&again);
		if (*seal_fault == STORE_ABSENT)
			*seal_fault = STORE_FINE;
		if (fault == STORE_FINE && same)
			return STORE_FINE;
		drop(vault);
		drop(seal);
		if (fault != STORE_FINE)
			return fault;
	}
	return STORE_BUSY;
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
	*lock = fd;
	return STORE_FINE;
}

/* --- writing --- */

static int remove_if_there(int directory, const char *name)
{
	return unlinkat(directory, name, 0) == 0 || errno == ENOENT ? 0 : -1;
}

static int write_new(int directory, const char *made, struct crypto_bytes bytes)
{
	/* What a writer left that was ended. */
	if (remove_if_there(directory, made) < 0)
		return -1;
	IO_AUTOCLOSE int fd =
		openat(directory, made, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || io_write_full(fd, bytes.bytes, bytes.length) < 0)
		return -1;
	return fsync(fd);
}

/* Puts bytes in a file's place; the file that is there keeps its second name `previous`, if that is
 * given. */
static int replace(int directory, const char *name, const char *previous, struct crypto_bytes bytes)
{
	char made[NAME_SIZE];

	new_name(name, made);
	if (write_new(directory, made, bytes) < 0)
		return -1;
	if (previous && (remove_if_there(directory, previous) < 0 ||
			 linkat(directory, name, directory, previous, 0) < 0))
		return -1;
	if (renameat(directory, made, directory, name) < 0)
		return -1;
	return fsync(directory);
}

static bool holds(int directory, const char *name, struct crypto_bytes bytes)
{
	struct store_bytes found;
	bool same = read_file(directory, name, &found) == STORE_FINE && is_same(&found, bytes);

	drop(&found);
	return same;
}

static enum store_fault save_vault(int directory, const char *name, enum store_mode mode,
				   const struct names *names, struct crypto_bytes bytes)
{
	const char *previous = mode == STORE_REPLACE ? names->previous : NULL;

	if (replace(directory, name, previous, bytes) < 0)
		return STORE_IO;
	if (!holds(directory, name, bytes)) {
		if (previous &&
		    (renameat(directory, previous, directory, name) < 0 || fsync(directory) < 0))
			return STORE_IO;
		return STORE_READ_BACK;
	}
	/* It still holds what was removed from the new one. */
	if (remove_if_there(directory, names->previous) < 0 || fsync(directory) < 0)
		return STORE_IO;
	return STORE_FINE;
}

enum store_fault store_save_seal(int directory, const char *name, struct crypto_bytes seal)
{
	struct names names;

	if (make_names(name, &names) < 0)
		return STORE_IO;
	if (replace(directory, names.seal, NULL, seal) < 0)
		return STORE_IO;
	return holds(directory, names.seal, seal) ? STORE_FINE : STORE_READ_BACK;
}

static bool is_there(int directory, const char *name)
{
	IO_AUTOCLOSE int fd = openat(directory, name, O_PATH | O_CLOEXEC | O_NOFOLLOW);

	return fd >= 0 || errno != ENOENT;
}

enum store_fault store_save(int directory, const char *name, enum store_mode mode,
			    const struct store_files *files)
{
	enum store_fault fault = STORE_FINE;
	struct names names;

	if (make_names(name, &names) < 0)
		return STORE_IO;
	if (mode == STORE_CREATE && is_there(directory, name))
		return STORE_EXISTS;
	/* A new vault is never without its seal, so that a missing one is always a finding. */
	if (mode == STORE_CREATE)
		fault = store_save_seal(directory, name, files->seal);
	else if (files->between.length)
		fault = store_save_seal(directory, name, files->between);
	if (fault == STORE_FINE)
		fault = save_vault(directory, name, mode, &names, files->vault);
	if (fault == STORE_FINE && mode == STORE_REPLACE)
		fault = store_save_seal(directory, name, files->seal);
	return fault;
}
