/* Removing old segments. */
#include "audit/retention.h"

#include "lib/base/io.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The first line of a segment, newline included. Returns its length, or 0 when it is no
 * audit.segment. */
static size_t first_line(const struct log *log, uint64_t number, char line[AUDITLOG_LINE_MAX],
			 struct auditlog_record *record)
{
	IO_AUTOCLOSE int fd = auditlog_open_segment(log->directory, number, O_RDONLY);
	ssize_t got = fd < 0 ? -1 : io_pread_full(fd, line, AUDITLOG_LINE_MAX, 0);
	const char *end = got > 0 ? memchr(line, '\n', (size_t)got) : NULL;

	if (!end || auditlog_parse(line, (size_t)(end - line), record) < 0 ||
	    record->seq != number || !auditlog_text_is(record->event, AUDITLOG_SEGMENT))
		return 0;
	return (size_t)(end - line) + 1;
}

uint64_t retention_first(const struct log *log, uint64_t cutoff_us, uint64_t needed)
{
	char *line = malloc(AUDITLOG_LINE_MAX);
	struct auditlog_record record;
	uint64_t *numbers, first = 0;
	size_t count = 0;

	if (!line || auditlog_list(log->directory, &numbers, &count) < 0) {
		free(line);
		return 0;
	}
	/* A segment is as old as the beginning of the next one; the newest always stays. */
	for (size_t i = 1; i < count && numbers[i] <= needed; i++) {
		if (!first_line(log, numbers[i], line, &record) || record.time_us >= cutoff_us)
			break;
		first = numbers[i];
	}
	free(numbers);
	free(line);
	return first;
}

/* Where the file of first lines ends, and the number of the last; a line that a crash tore is cut
 * off. */
static int find_retired_end(int fd, char *buffer, uint64_t *end, uint64_t *last)
{
	struct auditlog_record record;
	struct stat status;

	*end = *last = 0;
	if (fstat(fd, &status) < 0)
		return -1;
	for (;;) {
		ssize_t got = io_pread_full(fd, buffer, AUDITLOG_LINE_MAX, *end);
		const char *newline = got > 0 ? memchr(buffer, '\n', (size_t)got) : NULL;
		if (got < 0)
			return -1;
		if (!newline)
			break;
		if (auditlog_parse(buffer, (size_t)(newline - buffer), &record) == 0)
			*last = record.seq;
		*end += (uint64_t)(newline - buffer) + 1;
	}
	return *end == (uint64_t)status.st_size ? 0 : ftruncate(fd, (off_t)*end);
}

static int keep_first_lines(const struct log *log, const uint64_t *numbers, size_t count)
{
	IO_AUTOCLOSE int fd =
		auditlog_open(log->directory, AUDITLOG_RETIRED_NAME, O_RDWR | O_CREAT);
	char *line = malloc(AUDITLOG_LINE_MAX);
	struct auditlog_record record;
	uint64_t end, last;
	int status = fd < 0 || !line ? -1 : find_retired_end(fd, line, &end, &last);

	for (size_t i = 0; i < count && status == 0; i++) {
		size_t length = numbers[i] > last ? first_line(log, numbers[i], line, &record) : 0;
		if (length)
			status = io_pwrite_full(fd, line, length, end);
		end += length;
	}
	free(line);
	return status < 0 || fsync(fd) < 0 || fsync(log->directory) < 0 ? -1 : 0;
}

int retention_remove(struct log *log, uint64_t first)
{
	char name[AUDITLOG_NAME_SIZE];
	uint64_t *numbers;
	size_t count, gone = 0;
	int status = 0;

	if (auditlog_list(log->directory, &numbers, &count) < 0)
		return log_fail(log, "cannot list", "the audit directory");
	while (gone < count && numbers[gone] < first)
		gone++;
	if (gone && keep_first_lines(log, numbers, gone) < 0)
		status = log_fail(log, "cannot write", AUDITLOG_RETIRED_NAME);
	for (size_t i = 0; i < gone && status == 0; i++) {
		auditlog_segment_name(name, numbers[i]);
		if (unlinkat(log->directory, name, 0) < 0)
			status = log_fail(log, "cannot remove", name);
	}
	free(numbers);
	return status;
}
