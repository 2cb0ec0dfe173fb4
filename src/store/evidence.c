/* The audit directory: its segments and their lines. */
#include "store/evidence.h"

#include "lib/auditlog/directory.h"
#include "lib/base/io.h"
#include "lib/base/memory.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define AHEAD_MIN ((size_t)4096)
#define AHEAD_MAX ((size_t)1 << 20)
#define BUFFER_SIZE (AHEAD_MAX + AUDITLOG_LINE_MAX)

/* --- segments --- */

int evidence_list(struct evidence *evidence)
{
	free(evidence->segments);
	evidence->segments = NULL;
	evidence->count = 0;
	return auditlog_list(evidence->directory, &evidence->segments, &evidence->count);
}

void evidence_free(struct evidence *evidence)
{
	free(evidence->segments);
	evidence->segments = NULL;
	evidence->count = 0;
}

static int open_segment(const struct evidence *evidence, uint64_t segment)
{
	return auditlog_open_segment(evidence->directory, segment, O_RDONLY);
}

int evidence_look(const struct evidence *evidence, uint64_t segment, int64_t *size,
		  int64_t *changed)
{
	struct stat status;
	IO_AUTOCLOSE int fd = open_segment(evidence, segment);

	if (fd < 0 || fstat(fd, &status) < 0)
		return -1;
	*size = status.st_size;
	*changed = (int64_t)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec;
	return 0;
}

/* --- lines --- */

void lines_init(struct lines *lines)
{
	*lines = (struct lines){.fd = -1, .buffer = memory_new(BUFFER_SIZE)};
}

void lines_free(struct lines *lines)
{
	io_close(&lines->fd);
	free(lines->buffer);
	lines->buffer = NULL;
}

void lines_forget(struct lines *lines)
{
	lines->start = lines->used = 0;
	lines->ahead = AHEAD_MIN;
}

int lines_open(struct lines *lines, const struct evidence *evidence, uint64_t segment)
{
	if (lines->fd >= 0 && lines->segment == segment)
		return 0;
	io_close(&lines->fd);
	lines_forget(lines);
	lines->fd = open_segment(evidence, segment);
	lines->segment = segment;
	return lines->fd < 0 ? -1 : 0;
}

/* Makes the buffer begin at this offset, with what it has of that already. */
static void move_to(struct lines *lines, uint64_t offset)
{
	uint64_t end = lines->start + lines->used;

	if (offset >= lines->start && offset < end) {
		size_t keep = (size_t)(end - offset);
		memmove(lines->buffer, lines->buffer + lines->used - keep, keep);
		lines->used = keep;
	} else {
		lines->used = 0;
	}
	/* Whoever jumps will jump again. */
	lines->ahead = offset >= lines->start && offset <= end ? lines->ahead * 2 : AHEAD_MIN;
	if (lines->ahead > AHEAD_MAX)
		lines->ahead = AHEAD_MAX;
	lines->start = offset;
}

/* Returns 1 when there is more in the buffer, 0 at the end, -1 with errno. */
static int read_more(struct lines *lines)
{
	ssize_t got = io_pread_full(lines->fd, lines->buffer + lines->used, lines->ahead,
				    lines->start + lines->used);

	if (got <= 0)
		return (int)got;
	lines->used += (size_t)got;
	return 1;
}

static bool find_line(const struct lines *lines, uint64_t offset, struct line *line)
{
	if (offset < lines->start || offset >= lines->start + lines->used)
		return false;
	const char *text = lines->buffer + (offset - lines->start);
	size_t left = lines->used - (size_t)(offset - lines->start);
	const char *end = memchr(text, '\n', left < AUDITLOG_LINE_MAX ? left : AUDITLOG_LINE_MAX);
	if (!end && left < AUDITLOG_LINE_MAX)
		return false;
	line->text = text;
	line->length = end ? (size_t)(end - text) : AUDITLOG_LINE_MAX;
	line->next = offset + line->length + (end ? 1 : 0);
	line->continued = !end;
	return true;
}

int lines_at(struct lines *lines, uint64_t offset, struct line *line)
{
	if (find_line(lines, offset, line))
		return 1;
	move_to(lines, offset);
	for (;;) {
		int got = read_more(lines);
		if (got <= 0)
			return got;
		if (find_line(lines, offset, line))
			return 1;
	}
}
