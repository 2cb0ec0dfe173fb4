/* Reading, writing and closing descriptors without forgetting EINTR, short counts or the close. */
#ifndef GHWARD_BASE_IO_H
#define GHWARD_BASE_IO_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Reads until `size` bytes or end of file. Returns the bytes read, or -1 with errno. */
ssize_t io_read_full(int fd, void *buffer, size_t size)
	__attribute__((warn_unused_result, nonnull));

/* Like io_read_full at an offset that does not move the descriptor. */
ssize_t io_pread_full(int fd, void *buffer, size_t size, uint64_t offset)
	__attribute__((warn_unused_result, nonnull));

/* Writes all of it to a blocking descriptor. Returns 0, or -1 with errno. */
int io_write_full(int fd, const void *buffer, size_t size)
	__attribute__((warn_unused_result, nonnull));

/* The same at an offset that does not move the descriptor. */
int io_pwrite_full(int fd, const void *buffer, size_t size, uint64_t offset)
	__attribute__((warn_unused_result, nonnull));

int io_set_nonblocking(int fd) __attribute__((warn_unused_result));

/* Closes *fd if it is open and sets it to -1; keeps errno. */
void io_close(int *fd) __attribute__((nonnull));

/* Closes every descriptor from this one on. Returns 0, or -1 with errno. */
int io_close_from(int first) __attribute__((warn_unused_result));

/* For descriptors that must not outlive a scope: `IO_AUTOCLOSE int fd = open(...)`. */
#define IO_AUTOCLOSE __attribute__((cleanup(io_close)))

#endif
