/* Reading, writing and closing descriptors. */
#include "lib/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

ssize_t io_read_full(int fd, void *buffer, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t got = read(fd, (char *)buffer + done, size - done);
		if (got == 0)
			break;
		if (got > 0)
			done += (size_t)got;
		else if (errno != EINTR)
			return -1;
	}
	return (ssize_t)done;
}

ssize_t io_pread_full(int fd, void *buffer, size_t size, uint64_t offset)
{
	size_t done = 0;

	while (done < size) {
		ssize_t got = pread(fd, (char *)buffer + done, size - done, (off_t)(offset + done));
		if (got == 0)
			break;
		if (got > 0)
			done += (size_t)got;
		else if (errno != EINTR)
			return -1;
	}
	return (ssize_t)done;
}

int io_write_full(int fd, const void *buffer, size_t size)
{
	size_t done = 0;

	while (done < size) {
		ssize_t put = write(fd, (const char *)buffer + done, size - done);
		if (put > 0)
			done += (size_t)put;
		else if (put < 0 && errno != EINTR)
			return -1;
	}
	return 0;
}

int io_pwrite_full(int fd, const void *buffer, size_t size, uint64_t offset)
{
	size_t done = 0;

	while (done < size) {
		ssize_t put = pwrite(fd, (const char *)buffer + done, size - done,
				     (off_t)(offset + done));
		if (put > 0)
			done += (size_t)put;
		else if (put < 0 && errno != EINTR)
			return -1;
	}
	return 0;
}

int io_set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0)
		return -1;
	if (flags & O_NONBLOCK)
		return 0;
	return fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

void io_close(int *fd)
{
	if (*fd < 0)
		return;
	int saved = errno;
	close(*fd);
	errno = saved;
	*fd = -1;
}

/* For container runtimes whose filter does not know close_range(2). */
static int close_one_by_one(int first)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -1;
	int end = limit.rlim_max < INT_MAX ? (int)limit.rlim_max : INT_MAX;
	for (int fd = first; fd < end; fd++)
		close(fd);
	return 0;
}

int io_close_from(int first)
{
	if (syscall(SYS_close_range, (unsigned)first, UINT_MAX, 0) == 0)
		return 0;
	return close_one_by_one(first);
}
