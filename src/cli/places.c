/* The files and directories that an agent is given. */
#include "cli/places.h"

#include "lib/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WRITABLE_BY_OTHERS (S_IWGRP | S_IWOTH)

#define DEFAULT_VAULT "vault"

/* Debian, Fedora, Alpine and the BSDs' habit, SUSE. */
static const char *const bundles[] = {
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/cert.pem",
	"/etc/ssl/ca-bundle.pem",
};

static int too_long(struct failure *failure, const char *what)
{
	failure_set(failure, FAILURE_USAGE, "Use a shorter one.", "the path of %s is too long",
		    what);
	return -1;
}

static int check_config(int fd, const char *name, struct failure *failure)
{
	struct stat status;

	if (fstat(fd, &status) < 0) {
		failure_set(failure, FAILURE_USAGE, "", "cannot look at %s: %m", name);
		return -1;
	}
	/* A pipe or /dev/null was named on purpose and has no permissions worth looking at. */
	if (!S_ISREG(status.st_mode))
		return 0;
	if ((status.st_uid != geteuid() && status.st_uid != 0) ||
	    (status.st_mode & WRITABLE_BY_OTHERS)) {
		failure_set(
			failure, FAILURE_USAGE,
			"It says where tokens are sent: make it yours or root's, with mode 0600 or "
			"0644.",
			"the configuration %s can be changed by others", name);
		return -1;
	}
	return 0;
}

int places_open_config(const struct environment *environment, char name[ENVIRONMENT_PATH_MAX],
		       struct failure *failure)
{
	bool named = environment_get(environment, "GHWARD_CONFIG") != NULL;
	int found;

	for (unsigned i = 0; (found = environment_config_file(environment, i, name)) > 0; i++) {
		int fd = open(name, O_RDONLY | O_CLOEXEC);
		if (fd >= 0) {
			if (check_config(fd, name, failure) < 0)
				io_close(&fd);
			return fd;
		}
		if (named || (errno != ENOENT && errno != ENOTDIR)) {
			failure_set(failure, FAILURE_USAGE,
				    "Make it readable, or point GHWARD_CONFIG "
				    "to another file.",
				    "cannot read the configuration %s: %m", name);
			return -1;
		}
	}
	if (found < 0)
		return too_long(failure, "the configuration");
	*name = 0;
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		failure_set(failure, FAILURE_INTERNAL, "", "cannot open /dev/null: %m");
	return fd;
}

/* Returns the descriptor of a regular file, or -1 with errno. */
static int open_regular(const char *path)
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -1;
	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode)) {
		io_close(&fd);
		errno = EINVAL;
	}
	return fd;
}

int places_open_roots(const struct environment *environment, struct failure *failure)
{
	const char *named = environment_get(environment, "GHWARD_CA_FILE");

	if (named) {
		int fd = open_regular(named);
		if (fd < 0)
			failure_set(
				failure, FAILURE_TLS,
				"GHWARD_CA_FILE must name a readable file of certificates in PEM "
				"form.",
				"cannot use the certificate authorities in %s: %m", named);
		return fd;
	}
	for (size_t i = 0; i < sizeof(bundles) / sizeof(bundles[0]); i++) {
		int fd = open_regular(bundles[i]);
		if (fd >= 0)
			return fd;
	}
	failure_set(failure, FAILURE_TLS,
		    "Install your distribution's ca-certificates, or set GHWARD_CA_FILE.",
		    "no certificate authorities found, for example in %s", bundles[0]);
	return -1;
}

/* Like mkdir -p with mode 0700; the last component may exist already. */
static int make_directories(const char *path)
{
	char part[ENVIRONMENT_PATH_MAX];
	size_t length = strlen(path);

	if (length >= sizeof(part)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(part, path, length + 1);
	for (size_t i = 1; i <= length; i++) {
		if (part[i] != '/' && part[i] != 0)
			continue;
		part[i] = 0;
		if (mkdir(part, 0700) < 0 && errno != EEXIST)
			return -1;
		part[i] = path[i];
	}
	return 0;
}

/* Makes and opens a directory that only this user may write to. */
static int open_own(const char *path, const char *what, enum failure_kind kind,
		    struct failure *failure)
{
	static const char hint[] =
		"It must be a directory of this user that nobody else can write to (mode 0700).";
	struct stat status;

	if (make_directories(path) < 0) {
		failure_set(failure, kind, hint, "cannot make %s %s: %m", what, path);
		return -1;
	}
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status) < 0) {
		failure_set(failure, kind, hint, "cannot open %s %s: %m", what, path);
		io_close(&fd);
		return -1;
	}
	if (status.st_uid != geteuid()) {
		failure_set(failure, kind, hint, "%s %s belongs to user id %u", what, path,
			    (unsigned)status.st_uid);
		io_close(&fd);
	} else if (status.st_mode & WRITABLE_BY_OTHERS) {
		failure_set(failure, kind, hint, "%s %s can be written to by others (mode %04o)",
			    what, path, (unsigned)(status.st_mode & 07777));
		io_close(&fd);
	}
	return fd;
}

static int state_path(const struct environment *environment, const char *name,
		      char path[ENVIRONMENT_PATH_MAX])
{
	if (environment_state_directory(environment, path) < 0)
		return -1;
	size_t length = strlen(path);
	if (length + 1 + strlen(name) >= ENVIRONMENT_PATH_MAX)
		return -1;
	snprintf(path + length, ENVIRONMENT_PATH_MAX - length, "/%s", name);
	return 0;
}

int places_audit_path(const struct environment *environment, char path[ENVIRONMENT_PATH_MAX])
{
	return state_path(environment, "audit", path);
}

int places_open_audit(const struct environment *environment, const char *named,
		      struct failure *failure)
{
	char path[ENVIRONMENT_PATH_MAX];

	if (!named && places_audit_path(environment, path) < 0)
		return too_long(failure, "the audit directory");
	return open_own(named ? named : path, "the audit directory", FAILURE_AUDIT, failure);
}

/* "." and "/" are no names of files; what is too long for a file system is its to say. */
static int split_path(const char *path, char directory[ENVIRONMENT_PATH_MAX],
		      char name[ENVIRONMENT_PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) : 0;

	snprintf(name, ENVIRONMENT_PATH_MAX, "%s", slash ? slash + 1 : path);
	if (!slash)
		snprintf(directory, ENVIRONMENT_PATH_MAX, ".");
	else
		snprintf(directory, ENVIRONMENT_PATH_MAX, "%.*s", length ? (int)length : 1, path);
	return *name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 ? 0 : -1;
}

/* Who can put another file into the vault's place can take its tokens away, if not read them. A
 * sticky bit keeps others from that. */
static int check_vault_directory(int fd, const char *path, struct failure *failure)
{
	static const char hint[] =
		"The vault's directory must be yours or root's, and nobody else's to write to.";
	struct stat status;

	if (fstat(fd, &status) < 0) {
		failure_set(failure, FAILURE_INTEGRITY, hint, "cannot look at %s: %m", path);
		return -1;
	}
	if (status.st_uid != geteuid() && status.st_uid != 0) {
		failure_set(failure, FAILURE_INTEGRITY, hint,
			    "the vault's directory %s belongs to user id %u", path,
			    (unsigned)status.st_uid);
		return -1;
	}
	if ((status.st_mode & WRITABLE_BY_OTHERS) && !(status.st_mode & S_ISVTX)) {
		failure_set(failure, FAILURE_INTEGRITY, hint,
			    "the vault's directory %s can be written to by others (mode %04o)",
			    path, (unsigned)(status.st_mode & 07777));
		return -1;
	}
	return 0;
}

static int open_named_vault(struct places_vault *vault, struct failure *failure)
{
	char directory[ENVIRONMENT_PATH_MAX];

	if (split_path(vault->path, directory, vault->name) < 0) {
		failure_set(failure, FAILURE_USAGE, "--vault and GHWARD_VAULT name a file.",
			    "\"%s\" is no name of a vault", vault->path);
		return -1;
	}
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		failure_set(failure, FAILURE_USAGE,
			    "--vault and GHWARD_VAULT name a file in a directory of yours.",
			    "cannot open the vault's directory %s: %m", directory);
	else if (check_vault_directory(fd, directory, failure) < 0)
		io_close(&fd);
	return fd;
}

int places_vault_path(const struct environment *environment, const char *file,
		      char path[ENVIRONMENT_PATH_MAX])
{
	if (!file)
		return state_path(environment, DEFAULT_VAULT, path);
	if (strlen(file) >= ENVIRONMENT_PATH_MAX)
		return -1;
	snprintf(path, ENVIRONMENT_PATH_MAX, "%s", file);
	return 0;
}

int places_open_vault(const struct environment *environment, const char *file,
		      struct places_vault *vault, struct failure *failure)
{
	char directory[ENVIRONMENT_PATH_MAX];
	struct stat status;
	int fd;

	if (places_vault_path(environment, file, vault->path) < 0)
		return too_long(failure, "the vault");
	if (file) {
		fd = open_named_vault(vault, failure);
	} else {
		snprintf(vault->name, sizeof(vault->name), DEFAULT_VAULT);
		if (environment_state_directory(environment, directory) < 0)
			return too_long(failure, "the vault's directory");
		fd = open_own(directory, "the vault's directory", FAILURE_INTEGRITY, failure);
	}
	/* A link that leads nowhere is something, too: the broker will not follow it. */
	vault->exists = fd >= 0 && fstatat(fd, vault->name, &status, AT_SYMLINK_NOFOLLOW) == 0;
	return fd;
}

int places_open_evidence(const struct environment *environment, const char *directory,
			 struct failure *failure)
{
	char path[ENVIRONMENT_PATH_MAX];

	if (!directory) {
		if (places_audit_path(environment, path) < 0)
			return too_long(failure, "the audit directory");
		directory = path;
	}
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		failure_set(failure, errno == ENOENT ? FAILURE_NOT_FOUND : FAILURE_AUDIT,
			    "--dir names the directory to check.",
			    "cannot read the audit directory %s: %m", directory);
	return fd;
}

int places_store_path(const struct environment *environment, char path[ENVIRONMENT_PATH_MAX])
{
	return state_path(environment, "store", path);
}

int places_open_store(const struct environment *environment, struct failure *failure)
{
	char path[ENVIRONMENT_PATH_MAX];

	if (places_store_path(environment, path) < 0)
		return too_long(failure, "the directory of search indexes");
	return open_own(path, "the directory of search indexes", FAILURE_AUDIT, failure);
}

int places_open_runtime(const char *path, struct failure *failure)
{
	return open_own(path, "the socket's directory", FAILURE_INTERNAL, failure);
}

int places_find_program(const struct environment *environment, const char *name,
			char path[ENVIRONMENT_PATH_MAX])
{
	const char *entry = environment_get(environment, "PATH");

	while (entry && *entry) {
		size_t length = strcspn(entry, ":");
		int used =
			snprintf(path, ENVIRONMENT_PATH_MAX, "%.*s/%s", (int)length, entry, name);
		if (*entry == '/' && used > 0 && (size_t)used < ENVIRONMENT_PATH_MAX &&
		    access(path, X_OK) == 0)
			return 0;
		entry += length;
		entry += *entry == ':';
	}
	errno = ENOENT;
	return -1;
}
