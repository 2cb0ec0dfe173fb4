/* The socket of `ghward serve`. */
#include "cli/daemon.h"

#include "cli/places.h"
#include "lib/base/io.h"
#include "lib/ipc/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCKET_NAME "agent.sock"

/* Clients that may wait to be accepted. */
#define BACKLOG 64

/* Through the directory's descriptor: it cannot be exchanged in between, and its name may be longer
 * than the 108 bytes of an address. */
static struct sockaddr_un address_in(int directory)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/" SOCKET_NAME,
		 directory);
	return address;
}

/* Returns a connected socket, or -1 with errno. */
static int connect_in(int directory)
{
	struct sockaddr_un address = address_in(directory);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		io_close(&fd);
	return fd;
}

/* Whether whoever could make this directory has decided that its owner's agent serves others: root
 * made /run, and a directory that is named on purpose is trusted like any other setting. */
static bool is_shared_by(uid_t uid, int directory, const char *path,
			 const struct environment *environment)
{
	struct stat status;

	return (environment_get(environment, "GHWARD_SOCKET_DIRECTORY") ||
		strcmp(path, ENVIRONMENT_SHARED_SOCKET) == 0) &&
	       fstat(directory, &status) == 0 && status.st_uid == uid &&
	       !(status.st_mode & (S_IWGRP | S_IWOTH));
}

static int check_peer(int fd, int directory, const char *path,
		      const struct environment *environment, struct failure *failure)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) {
		failure_set(failure, FAILURE_INTERNAL, "", "cannot identify the agent in %s: %m",
			    path);
		return -1;
	}
	if (peer.uid != geteuid() && peer.uid != 0 &&
	    !is_shared_by(peer.uid, directory, path, environment)) {
		failure_set(failure, FAILURE_DENIED, "Add --private to use an agent of your own.",
			    "the agent in %s belongs to user id %u", path, (unsigned)peer.uid);
		return -1;
	}
	return 0;
}

int daemon_connect(const struct environment *environment, int *channel, struct failure *failure)
{
	char path[ENVIRONMENT_PATH_MAX];

	for (unsigned i = 0; environment_socket_directory(environment, i, path) > 0; i++) {
		IO_AUTOCLOSE int directory =
			open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		int fd = directory < 0 ? -1 : connect_in(directory);
		if (fd < 0)
			continue;
		if (check_peer(fd, directory, path, environment, failure) < 0) {
			io_close(&fd);
			return -1;
		}
		*channel = fd;
		return 1;
	}
	return 0;
}

static int already_running(const char *path, struct failure *failure)
{
	failure_set(failure, FAILURE_INTERNAL,
		    "Stop it first, or set XDG_RUNTIME_DIR to another "
		    "directory.",
		    "an agent is already running in %s", path);
	return -1;
}

/* Removes a socket that nobody listens on any more. */
static int clear_stale(int directory, const char *path, struct failure *failure)
{
	IO_AUTOCLOSE int live = connect_in(directory);

	if (live >= 0)
		return already_running(path, failure);
	if (unlinkat(directory, SOCKET_NAME, 0) < 0 && errno != ENOENT) {
		failure_set(failure, FAILURE_INTERNAL, "Remove it by hand.",
			    "cannot remove the stale socket in %s: %m", path);
		return -1;
	}
	return 0;
}

static int bind_in(int directory, const char *path, struct failure *failure)
{
	struct sockaddr_un address = address_in(directory);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	mode_t before = umask(077);
	int status = fd < 0 ? -1 : bind(fd, (struct sockaddr *)&address, sizeof(address));

	umask(before);
	/* Clients have none to pass. */
	ipc_refuse_descriptors(fd);
	if (status < 0 || listen(fd, BACKLOG) < 0) {
		failure_set(failure, FAILURE_INTERNAL, "", "cannot listen in %s: %m", path);
		io_close(&fd);
	}
	return fd;
}

/* Reading the directory stays its owner's. */
static int open_to_others(int directory, const char *path, struct failure *failure)
{
	if (fchmod(directory, 0711) == 0 && fchmodat(directory, SOCKET_NAME, 0666, 0) == 0)
		return 0;
	failure_set(failure, FAILURE_INTERNAL, "", "cannot share the socket in %s: %m", path);
	return -1;
}

int daemon_listen(const struct environment *environment, enum daemon_clients clients, int *listener,
		  int *directory, struct failure *failure)
{
	char path[ENVIRONMENT_PATH_MAX];
	int status;

	*listener = -1;
	*directory = -1;
	if ((clients == DAEMON_FOR_ALL ? environment_shared_socket_directory(environment, path)
				       : environment_socket_directory(environment, 0, path)) <= 0) {
		failure_set(failure, FAILURE_USAGE, "Use a shorter one.",
			    "the path of the socket's directory is too long");
		return -1;
	}
	*directory = places_open_runtime(path, failure);
	if (*directory < 0)
		return -1;
	/* Two agents starting at once must not both find the same stale socket. */
	status = flock(*directory, LOCK_EX | LOCK_NB) < 0 ? already_running(path, failure)
							  : clear_stale(*directory, path, failure);
	if (status == 0) {
		*listener = bind_in(*directory, path, failure);
		status = *listener < 0 ? -1 : 0;
	}
	if (status == 0 && clients == DAEMON_FOR_ALL &&
	    open_to_others(*directory, path, failure) < 0) {
		io_close(listener);
		unlinkat(*directory, SOCKET_NAME, 0);
		status = -1;
	}
	if (status < 0)
		io_close(directory);
	return status;
}

void daemon_abandon(int directory)
{
	unlinkat(directory, SOCKET_NAME, 0);
	io_close(&directory);
}
