/* The audit directory: its segments and their lines. */
#include "store/evidence.h"

#include "lib/base/io.h"
#include "lib/base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define AHEAD_MIN ((size_t)4096)
#define AHEAD_MAX ((size_t)1 << 20)
#define BUFFER_SIZE (AHEAD_MAX + AUDITLOG_LINE_MAX)

/* --- segments --- */

static int add_segment(struct evidence *evidence, uint64_t number)
{
	if (evidence->count == evidence->capacity) {
		size_t capacity = evidence->capacity ? evidence->capacity * 2 : 64;
		uint64_t *segments = reallocarray(evidence->segments, capacity, sizeof(*segments));
		if (!segments)
			return -1;
		evidence->segments = segments;
		evidence->capacity = capacity;
	}
	evidence->segments[evidence->count++] = number;
	return 0;
}

static int compare_numbers(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

int evidence_list(struct evidence *evidence)
{
	char buffer[4096] __attribute__((aligned(8)));
	IO_AUTOCLOSE int fd = openat(evidence->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long got;

	if (fd < 0)
		return -1;
	evidence->count = 0;
	while ((got = syscall(SYS_getdents64, fd, buffer, sizeof(buffer))) > 0) {
		for (long at = 0; at < got;) {
			const struct dirent64 *entry = (const void *)(buffer + at);
			uint64_t number;
			at += entry->d_reclen;
			if (auditlog_segment_number(entry->d_name, &number) == 0 &&
			    add_segment(evidence, number) < 0)
				return -1;
		}
	}
	if (evidence->count)
		qsort(evidence->segments, evidence->count, sizeof(uint64_t), compare_numbers);
	return got < 0 ? -1 : 0;
}

void evidence_free(struct evidence *evidence)
{
	free(evidence->segments);
	evidence->segments = NULL;
	evidence->count = evidence->capacity = 0;
}

/* A pipe would be waited for without O_NONBLOCK. */
static int open_segment(const struct evidence *evidence, uint64_t segment, struct stat *status)
{
	char name[AUDITLOG_NAME_SIZE];

	auditlog_segment_name(name, segment);
	int fd = openat(evidence->directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return -1;
	int looked = fstat(fd, status);
	if (looked == 0 && S_ISREG(status->st_mode))
		return fd;
	io_close(&fd);
	if (looked == 0)
		errno = EINVAL;
	return -1;
}

int evidence_look(const struct evidence *evidence, uint64_t segment, int64_t *size,
		  int64_t *changed)
{
	struct stat status;
	IO_AUTOCLOSE int fd = open_segment(evidence, segment, &status);

	if (fd < 0)
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
	struct stat status;

	if (lines->fd >= 0 && lines->segment == segment)
		return 0;
	io_close(&lines->fd);
	lines_forget(lines);
	lines->fd = open_segment(evidence, segment, &status);
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
