/* Reading records that are in the log already. */
#include "audit/replay.h"

#include "lib/auditlog/directory.h"
#include "lib/base/io.h"
#include "lib/base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Holds a line, and some more at a time. */
#define BUFFER_SIZE (4 * (size_t)AUDITLOG_LINE_MAX)

/* What a record takes up, about: a guess for how far back to begin. */
#define RECORD_GUESS 1024u

struct replay {
	int directory;
	uint64_t after;
	const uint8_t *hash;
	uint64_t next, until;
	replay_fn *call;
	void *context;
	char *buffer;
};

static int broken(void)
{
	errno = EBADMSG;
	return -1;
}

static int take_line(struct replay *replay, const char *line, size_t length)
{
	struct auditlog_record record;

	if (auditlog_parse(line, length, &record) < 0)
		return broken();
	if (record.seq < replay->next || record.seq > replay->until)
		return 0;
	if (record.seq != replay->next ||
	    (replay->hash && record.seq == replay->after + 1 &&
	     memcmp(record.prev, replay->hash, AUDITLOG_HASH_SIZE) != 0))
		return broken();
	replay->next++;
	replay->call(replay->context, &record);
	return 0;
}

/* All whole lines of a buffer. Returns the bytes that they take, or -1. */
static ssize_t take_lines(struct replay *replay, size_t filled)
{
	size_t at = 0;

	while (at < filled && replay->next <= replay->until) {
		const char *line = replay->buffer + at;
		const char *end = memchr(line, '\n', filled - at);
		if (!end)
			break;
		if (take_line(replay, line, (size_t)(end - line)) < 0)
			return -1;
		at += (size_t)(end - line) + 1;
	}
	return (ssize_t)at;
}

/* What stands behind the last whole line is read again with what follows. */
static int read_lines(struct replay *replay, int fd, uint64_t offset)
{
	while (replay->next <= replay->until) {
		ssize_t got = io_pread_full(fd, replay->buffer, BUFFER_SIZE, offset);
		ssize_t used = got < 0 ? -1 : take_lines(replay, (size_t)got);
		if (used < 0)
			return -1;
		if (used == 0)
			return got == (ssize_t)BUFFER_SIZE ? broken() : 0;
		offset += (uint64_t)used;
	}
	return 0;
}

/* Does a line that begins in the buffer have a number up to that of the next one wanted? Then
 * *skipped is where it begins. */
static bool begins_early(const struct replay *replay, size_t filled, size_t *skipped)
{
	const char *line = memchr(replay->buffer, '\n', filled);
	const char *end =
		line ? memchr(line + 1, '\n', filled - (size_t)(line + 1 - replay->buffer)) : NULL;
	struct auditlog_record record;

	if (!end || auditlog_parse(line + 1, (size_t)(end - line - 1), &record) < 0)
		return false;
	*skipped = (size_t)(line + 1 - replay->buffer);
	return record.seq <= replay->next;
}

/* An offset of a line at or before the first one wanted, near the end of a long segment. */
static uint64_t find_start(const struct replay *replay, int fd, uint64_t size)
{
	uint64_t wanted = replay->until - replay->next + 1;
	uint64_t back = wanted < size / RECORD_GUESS ? wanted * RECORD_GUESS : size;
	size_t skipped;

	for (; back < size; back *= 2) {
		ssize_t got = io_pread_full(fd, replay->buffer, BUFFER_SIZE, size - back);
		if (got > 0 && begins_early(replay, (size_t)got, &skipped))
			return size - back + skipped;
	}
	return 0;
}

static int read_segment(struct replay *replay, uint64_t first)
{
	IO_AUTOCLOSE int fd = auditlog_open_segment(replay->directory, first, O_RDONLY);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return -1;
	return read_lines(replay, fd,
			  first < replay->next ? find_start(replay, fd, (uint64_t)status.st_size)
					       : 0);
}

static int read_segments(struct replay *replay, const uint64_t *firsts, size_t count)
{
	size_t at = 0;

	if (!replay->after && count)
		replay->next = firsts[0];
	if (!count || firsts[0] > replay->next) {
		errno = ENOENT;
		return -1;
	}
	while (at + 1 < count && firsts[at + 1] <= replay->next)
		at++;
	for (; at < count && replay->next <= replay->until; at++) {
		if (read_segment(replay, firsts[at]) < 0)
			return -1;
	}
	return replay->next > replay->until ? 0 : broken();
}

int replay(int directory, uint64_t after, const uint8_t *hash, uint64_t until, replay_fn *call,
	   void *context)
{
	struct replay replay = {.directory = directory,
				.after = after,
				.hash = hash,
				.next = after + 1,
				.until = until,
				.call = call,
				.context = context};
	uint64_t *firsts;
	size_t count;

	if (until <= after)
		return 0;
	if (auditlog_list(directory, &firsts, &count) < 0)
		return -1;
	replay.buffer = memory_new(BUFFER_SIZE);
	int status = read_segments(&replay, firsts, count);
	int saved = errno;
	free(replay.buffer);
	free(firsts);
	errno = saved;
	return status;
}
