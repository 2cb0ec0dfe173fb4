/* Files that hold a key. */
#include "cli/key_file.h"

#include "lib/base/base64.h"
#include "lib/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_SIZE 32u

_Static_assert(BASE64_LENGTH(KEY_SIZE) + 1 <= KEY_MATERIAL_MAX, "a new key is a key");

/* --- reading --- */

static int check(int fd, const char *path, enum key_file_owner owner, struct failure *failure)
{
	static const char hint[] = "A key file belongs to its user or to root and has mode 0400. "
				   "What others may have read is no key: rekey the vault.";
	mode_t refused = S_IRWXO | S_IWGRP | (owner == KEY_FILE_OWN ? S_IRGRP | S_IXGRP : 0);
	struct stat status;

	if (fstat(fd, &status) < 0) {
		failure_set(failure, FAILURE_INTERNAL, "", "cannot look at the key file %s: %m",
			    path);
		return -1;
	}
	if (!S_ISREG(status.st_mode)) {
		failure_set(failure, FAILURE_USAGE, hint, "the key file %s is not a regular file",
			    path);
		return -1;
	}
	if (status.st_uid != geteuid() && status.st_uid != 0) {
		failure_set(failure, FAILURE_INTEGRITY, hint,
			    "the key file %s belongs to user id %u", path, (unsigned)status.st_uid);
		return -1;
	}
	if (status.st_mode & refused) {
		failure_set(failure, FAILURE_INTEGRITY, hint,
			    "the key file %s is open to others (mode %04o)", path,
			    (unsigned)(status.st_mode & 07777));
		return -1;
	}
	return 0;
}

int key_file_read(const char *path, enum key_file_owner owner, struct key_text *key,
		  struct failure *failure)
{
	IO_AUTOCLOSE int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char more;

	if (fd < 0 && errno == ELOOP) {
		failure_set(failure, FAILURE_INTEGRITY, "Name the file itself.",
			    "the key file %s is a symbolic link", path);
		return -1;
	}
	if (fd < 0) {
		failure_set(failure, FAILURE_USAGE,
			    "Correct its name; a new vault's is made by \"ghward vault init "
			    "--key-file FILE\".",
			    "cannot open the key file %s: %m", path);
		return -1;
	}
	if (check(fd, path, owner, failure) < 0)
		return -1;
	ssize_t got = io_read_full(fd, key->bytes, sizeof(key->bytes));
	bool whole = got >= 0 && read(fd, &more, 1) == 0;
	key->length = got < 0 ? 0 : (size_t)got;
	if (whole)
		return 0;
	if (got < 0)
		failure_set(failure, FAILURE_USAGE, "", "cannot read the key file %s: %m", path);
	else
		failure_set(failure, FAILURE_USAGE, "A key is one line of 44 characters.",
			    "the key file %s is longer than %u bytes", path, KEY_MATERIAL_MAX);
	explicit_bzero(key, sizeof(*key));
	return -1;
}

/* --- making --- */

int key_text_make(struct key_text *key, struct failure *failure)
{
	uint8_t bytes[KEY_SIZE];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes)) {
		failure_set(failure, FAILURE_INTERNAL, "", "cannot get random bytes: %m");
		return -1;
	}
	base64_encode(bytes, sizeof(bytes), key->bytes);
	explicit_bzero(bytes, sizeof(bytes));
	key->bytes[BASE64_LENGTH(KEY_SIZE)] = '\n';
	key->length = BASE64_LENGTH(KEY_SIZE) + 1;
	return 0;
}

/* A key that a power loss takes away would take the vault with it. */
static int sync_directory(const char *path)
{
	char directory[4096];
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) : 0;

	if (length >= sizeof(directory)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(directory, path, length);
	directory[length] = 0;
	IO_AUTOCLOSE int fd = open(length > 0 ? directory
				   : slash    ? "/"
					      : ".",
				   O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -1 : fsync(fd);
}

static int write_key(int fd, const char *path, const struct key_text *key)
{
	if (fchmod(fd, 0400) < 0 || io_write_full(fd, key->bytes, key->length) < 0 || fsync(fd) < 0)
		return -1;
	return sync_directory(path);
}

int key_file_make(const char *path, struct failure *failure)
{
	static const char hint[] = "Its directory must be there, and yours to write to.";
	struct key_text key;
	struct stat status;

	if (lstat(path, &status) == 0)
		return 0;
	if (key_text_make(&key, failure) < 0)
		return -1;
	IO_AUTOCLOSE int fd =
		open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0400);
	int result = fd < 0 ? -1 : write_key(fd, path, &key);
	explicit_bzero(&key, sizeof(key));
	if (result == 0)
		return 0;
	failure_set(failure, FAILURE_USAGE, hint, "cannot make the key file %s: %m", path);
	if (fd >= 0)
		unlink(path);
	return -1;
}
