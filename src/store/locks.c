/* Locks of one byte. */
#include "store/locks.h"

#include <fcntl.h>
#include <unistd.h>

int lock_set(int fd, enum lock_byte byte, short type)
{
	struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};

	return fcntl(fd, F_OFD_SETLK, &lock);
}

bool lock_is_taken(int fd, enum lock_byte byte)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};

	return fcntl(fd, F_OFD_GETLK, &lock) < 0 || lock.l_type != F_UNLCK;
}
