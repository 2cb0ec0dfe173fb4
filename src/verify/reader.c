/* Reads the lines of a file piece by piece. */
#include "verify/reader.h"

#include "lib/base/io.h"

#include <string.h>

void reader_seek(struct reader *reader, uint64_t offset)
{
	reader->offset = offset;
	reader->start = reader->used = 0;
}

int reader_seek_line(struct reader *reader, uint64_t offset)
{
	if (offset == 0) {
		reader_seek(reader, 0);
		return 0;
	}
	ssize_t got = io_pread_full(reader->fd, reader->buffer, AUDITLOG_LINE_MAX, offset - 1);
	const char *end = got > 0 ? memchr(reader->buffer, '\n', (size_t)got) : NULL;
	if (!end)
		return -1;
	reader_seek(reader, offset + (uint64_t)(end - reader->buffer));
	return 0;
}

/* Returns what pread(2) does, behind what is left in the buffer. */
static ssize_t fill(struct reader *reader)
{
	memmove(reader->buffer, reader->buffer + reader->start, reader->used);
	reader->start = 0;
	ssize_t got = io_pread_full(reader->fd, reader->buffer + reader->used, READER_SIZE,
				    reader->offset + reader->used);
	if (got > 0)
		reader->used += (size_t)got;
	return got;
}

/* Passes on the complete lines of the buffer. Returns 1 when there are no more, 0 at `until`, or
 * -1 to stop. */
static int pass_on(struct reader *reader, uint64_t until, reader_line_fn *take, void *context)
{
	while (reader->offset < until) {
		const char *line = reader->buffer + reader->start;
		const char *end = reader->used ? memchr(line, '\n', reader->used) : NULL;
		if (!end)
			return 1;
		size_t length = (size_t)(end - line);
		if (take(context, line, length, reader->offset) < 0)
			return -1;
		reader->start += length + 1;
		reader->used -= length + 1;
		reader->offset += length + 1;
	}
	return 0;
}

enum reader_end reader_lines(struct reader *reader, uint64_t until, reader_line_fn *take,
			     void *context)
{
	for (;;) {
		int more = pass_on(reader, until, take, context);
		if (more <= 0)
			return more < 0 ? READER_STOPPED : READER_REACHED;
		if (reader->used >= AUDITLOG_LINE_MAX)
			return READER_TOO_LONG;
		ssize_t got = fill(reader);
		if (got > 0)
			continue;
		bool torn = reader->used > 0;
		/* Read anew next time: a writer may cut off what another one left. */
		reader_seek(reader, reader->offset);
		return got < 0 ? READER_FAILED : torn ? READER_TORN : READER_AT_END;
	}
}
