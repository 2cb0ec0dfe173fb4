/* Checks the segments of an audit directory. */
#include "verify/verify.h"

#include "lib/base/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Whoever can write the directory can put anything there; a pipe would be waited for without
 * O_NONBLOCK. */
static int open_file(int directory, const char *name)
{
	struct stat status;
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd >= 0 && fstat(fd, &status) == 0 && !S_ISREG(status.st_mode)) {
		io_close(&fd);
		errno = EINVAL;
	}
	return fd;
}

struct segments {
	uint64_t *numbers;
	size_t count, capacity;
};

static int add_segment(struct segments *segments, uint64_t number)
{
	if (segments->count == segments->capacity) {
		size_t capacity = segments->capacity ? segments->capacity * 2 : 64;
		uint64_t *numbers = realloc(segments->numbers, capacity * sizeof(*numbers));
		if (!numbers)
			return -1;
		segments->numbers = numbers;
		segments->capacity = capacity;
	}
	segments->numbers[segments->count++] = number;
	return 0;
}

static int compare_numbers(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

static int list_segments(int directory, struct segments *segments)
{
	char buffer[4096] __attribute__((aligned(8)));
	IO_AUTOCLOSE int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long got;

	if (fd < 0)
		return -1;
	while ((got = syscall(SYS_getdents64, fd, buffer, sizeof(buffer))) > 0) {
		for (long at = 0; at < got;) {
			const struct dirent64 *entry = (const void *)(buffer + at);
			uint64_t number;
			at += entry->d_reclen;
			if (auditlog_segment_number(entry->d_name, &number) == 0 &&
			    add_segment(segments, number) < 0)
				return -1;
		}
	}
	if (segments->count)
		qsort(segments->numbers, segments->count, sizeof(uint64_t), compare_numbers);
	return got < 0 ? -1 : 0;
}

/* A writer may be in the middle of replacing the head: two looks that agree are the truth. */
#define HEAD_LOOKS 100

/* Returns whether there is a head. One that cannot be read is as good as none, which is a finding
 * of its own. */
static bool read_head(int directory, struct auditlog_position *head)
{
	char text[2][AUDITLOG_HEAD_SIZE] = {"", ""};
	IO_AUTOCLOSE int fd = open_file(directory, AUDITLOG_HEAD_NAME);

	if (fd < 0)
		return false;
	for (unsigned look = 0; look < HEAD_LOOKS; look++) {
		if (io_pread_full(fd, text[look % 2], AUDITLOG_HEAD_SIZE, 0) !=
		    (ssize_t)AUDITLOG_HEAD_SIZE)
			return false;
		if (memcmp(text[0], text[1], AUDITLOG_HEAD_SIZE) == 0)
			break;
	}
	return auditlog_parse_head(text[0], AUDITLOG_HEAD_SIZE, head) == 0;
}

struct reader {
	int fd;
	uint64_t offset; /* of the next read */
	char *buffer;	 /* READ_SIZE + AUDITLOG_LINE_MAX */
	size_t used;
};

#define READ_SIZE ((size_t)256 * 1024)

/* Feeds all complete lines in the buffer; keeps the rest. Returns -1 at damage. */
static int check_lines(struct reader *reader, struct auditlog_checker *checker)
{
	char *line = reader->buffer;
	size_t left = reader->used;
	int status = 0;

	while (status == 0 && left) {
		char *end = memchr(line, '\n', left);
		if (!end)
			break;
		size_t length = (size_t)(end - line);
		status = auditlog_checker_line(checker, line, length);
		line += length + 1;
		left -= length + 1;
	}
	if (status == 0 && left >= AUDITLOG_LINE_MAX)
		status = auditlog_checker_torn(checker); /* longer than any record */
	memmove(reader->buffer, line, left);
	reader->used = left;
	return status;
}

/* A writer may be in the middle of a record, or of cutting off what another left: it deserves a
 * moment. */
#define TORN_PATIENCE 10
#define TORN_PAUSE_MS 20

/* Returns 0 at the end or at damage, -1 with errno. */
static int check_segment(struct reader *reader, struct auditlog_checker *checker)
{
	int patience = TORN_PATIENCE;

	for (;;) {
		ssize_t got = io_pread_full(reader->fd, reader->buffer + reader->used, READ_SIZE,
					    reader->offset);
		if (got < 0)
			return -1;
		if (got == 0 && reader->used == 0)
			return 0;
		if (got == 0) {
			if (patience-- == 0) {
				(void)!auditlog_checker_torn(checker);
				return 0;
			}
			poll(NULL, 0, TORN_PAUSE_MS);
			reader->offset -= reader->used;
			reader->used = 0;
			continue;
		}
		reader->offset += (uint64_t)got;
		reader->used += (size_t)got;
		if (check_lines(reader, checker) < 0)
			return 0;
	}
}

/* Which file to look into. A link that does not fit tells of the record before, and an end that is
 * missing is noticed where the next segment begins. */
static void name_damage(struct verification *verification, uint64_t number, uint64_t before)
{
	const struct auditlog_checker *checker = &verification->checker;
	uint64_t named = number;

	if (strcmp(checker->damage, "missing segment") == 0)
		named = checker->damaged_seq;
	else if (before && checker->damaged_seq < number &&
		 (strcmp(checker->damage, "changed") == 0 ||
		  strcmp(checker->damage, "cut tail") == 0))
		named = before;
	auditlog_segment_name(verification->bad_segment, named);
}

static int check_segments(int directory, const struct segments *segments, char *buffer,
			  struct verification *verification)
{
	struct auditlog_checker *checker = &verification->checker;
	uint64_t before = 0;

	for (size_t i = 0; i < segments->count && !checker->damage; i++) {
		uint64_t number = segments->numbers[i];
		auditlog_segment_name(verification->bad_segment, number);
		if (auditlog_checker_segment(checker, number) == 0) {
			IO_AUTOCLOSE int fd = open_file(directory, verification->bad_segment);
			struct reader reader = {.fd = fd, .buffer = buffer};
			if (fd < 0 || check_segment(&reader, checker) < 0)
				return -1;
			verification->segments++;
		}
		if (checker->damage)
			name_damage(verification, number, before);
		before = number;
	}
	return 0;
}

int verify_directory(int directory, struct verification *verification)
{
	struct segments segments = {0};
	struct auditlog_position head;
	char *buffer = malloc(READ_SIZE + AUDITLOG_LINE_MAX);
	int status = -1;

	memset(verification, 0, sizeof(*verification));
	/* The head first: what is appended afterwards can only be more. */
	bool has_head = read_head(directory, &head);
	auditlog_checker_init(&verification->checker, has_head ? &head : NULL);
	if (buffer && list_segments(directory, &segments) == 0)
		status = check_segments(directory, &segments, buffer, verification);
	if (status == 0 && !verification->checker.damage &&
	    auditlog_checker_finish(&verification->checker) == 0)
		verification->bad_segment[0] = 0;
	free(segments.numbers);
	free(buffer);
	return status;
}
