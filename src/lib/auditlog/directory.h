/* The files of an audit directory, which whoever can write it may have replaced by anything. */
#ifndef GHWARD_AUDITLOG_DIRECTORY_H
#define GHWARD_AUDITLOG_DIRECTORY_H

#include "lib/auditlog/auditlog.h"

/* Opens a regular file of the directory; a link, pipe or device is EINVAL or ELOOP, and never
 * waited for. A new one is private. Returns a close-on-exec descriptor, or -1 with errno. */
int auditlog_open(int directory, const char *name, int flags) __attribute__((nonnull));
int auditlog_open_segment(int directory, uint64_t first_seq, int flags);

/* The numbers of all segments in ascending order; *numbers is the caller's to free. Returns 0, or
 * -1 with errno. */
int auditlog_list(int directory, uint64_t **numbers, size_t *count)
	__attribute__((warn_unused_result, nonnull));

/* Reads so many slots from the beginning of a file. A file that is too short has empty ones.
 * Returns 0, or -1 with errno, EBADMSG for what is no slot. */
int auditlog_read_slots(int fd, struct auditlog_position *slots, unsigned count)
	__attribute__((warn_unused_result, nonnull));

#endif
