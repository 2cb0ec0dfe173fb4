/* Reads the lines of a file piece by piece, in constant memory. */
#ifndef GHWARD_VERIFY_READER_H
#define GHWARD_VERIFY_READER_H

#include "lib/auditlog/auditlog.h"

#include <stdint.h>

#define READER_SIZE ((size_t)256 * 1024)

struct reader {
	int fd;
	uint64_t offset;    /* where the next line begins */
	char *buffer;	    /* READER_SIZE + AUDITLOG_LINE_MAX, the caller's */
	size_t start, used; /* of what is in the buffer; the line at `offset` is at `start` */
};

/* Called with a line without its newline and where it begins in the file. Returns 0, or -1 to stop.
 */
typedef int reader_line_fn(void *context, const char *line, size_t length, uint64_t offset);

enum reader_end {
	READER_REACHED,	 /* all lines were read that begin before the place to read to */
	READER_AT_END,	 /* the file ends here */
	READER_TORN,	 /* it ends within a line, at whose beginning the reader stays */
	READER_TOO_LONG, /* a line is longer than any record */
	READER_STOPPED,
	READER_FAILED, /* errno */
};

/* Begins at a place where a line begins. */
void reader_seek(struct reader *, uint64_t offset) __attribute__((nonnull));

/* Begins with the first line that begins at this place or behind it. Returns 0, or -1 if there is
 * none within the length of a record. */
int reader_seek_line(struct reader *, uint64_t offset) __attribute__((warn_unused_result, nonnull));

/* Reads lines that begin before `until`. What is appended later can be read by another call. */
enum reader_end reader_lines(struct reader *, uint64_t until, reader_line_fn *, void *context)
	__attribute__((nonnull(1, 3)));

#endif
