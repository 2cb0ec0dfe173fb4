/* What kind of object a received descriptor is. */
#include "lib/ipc/fd_kind.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

static bool has_mode(int fd, mode_t type, int access)
{
	struct stat status;
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && (flags & (O_ACCMODE | O_PATH)) == access && fstat(fd, &status) == 0 &&
	       (status.st_mode & S_IFMT) == type;
}

static bool is_socket(int fd, int wanted_type, bool wanted_unix)
{
	int type = 0, domain = 0;
	socklen_t size = sizeof(type);

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0 || type != wanted_type)
		return false;
	size = sizeof(domain);
	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) < 0)
		return false;
	return wanted_unix ? domain == AF_UNIX : (domain == AF_INET || domain == AF_INET6);
}

static bool is_sealed_memfd(int fd)
{
	const int needed = F_SEAL_SHRINK | F_SEAL_GROW;
	int seals = fcntl(fd, F_GET_SEALS);

	return seals >= 0 && (seals & needed) == needed;
}

bool ipc_fd_is(int fd, enum ipc_fd_kind kind)
{
	switch (kind) {
	case IPC_FD_PIPE_READ:
		return has_mode(fd, S_IFIFO, O_RDONLY);
	case IPC_FD_PIPE_WRITE:
		return has_mode(fd, S_IFIFO, O_WRONLY);
	case IPC_FD_SEQPACKET:
		return is_socket(fd, SOCK_SEQPACKET, true);
	case IPC_FD_TCP:
		return is_socket(fd, SOCK_STREAM, false);
	case IPC_FD_MEMFD:
		return is_sealed_memfd(fd);
	case IPC_FD_FILE:
		return has_mode(fd, S_IFREG, O_RDONLY);
	case IPC_FD_DIRECTORY:
		return has_mode(fd, S_IFDIR, O_PATH);
	case IPC_FD_NONE:
		break;
	}
	return false;
}
