/* The files of an audit directory. */
#include "lib/auditlog/directory.h"

#include "lib/base/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int auditlog_open(int directory, const char *name, int flags)
{
	int fd = openat(directory, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	struct stat status;

	if (fd >= 0 && fstat(fd, &status) == 0 && !S_ISREG(status.st_mode)) {
		io_close(&fd);
		errno = EINVAL;
	}
	return fd;
}

int auditlog_open_segment(int directory, uint64_t first_seq, int flags)
{
	char name[AUDITLOG_NAME_SIZE];

	auditlog_segment_name(name, first_seq);
	return auditlog_open(directory, name, flags);
}

struct numbers {
	uint64_t *list;
	size_t count, capacity;
};

static int add_number(struct numbers *numbers, uint64_t number)
{
	if (numbers->count == numbers->capacity) {
		size_t capacity = numbers->capacity ? numbers->capacity * 2 : 64;
		uint64_t *list = reallocarray(numbers->list, capacity, sizeof(*list));
		if (!list)
			return -1;
		numbers->list = list;
		numbers->capacity = capacity;
	}
	numbers->list[numbers->count++] = number;
	return 0;
}

static int compare_numbers(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return (a > b) - (a < b);
}

/* getdents64 directly, as opendir() would need more system calls for no gain. */
static int read_numbers(int fd, struct numbers *numbers)
{
	char buffer[4096] __attribute__((aligned(8)));
	long got;

	while ((got = syscall(SYS_getdents64, fd, buffer, sizeof(buffer))) > 0) {
		for (long at = 0; at < got;) {
			const struct dirent64 *entry = (const void *)(buffer + at);
			uint64_t number;
			at += entry->d_reclen;
			if (auditlog_segment_number(entry->d_name, &number) == 0 &&
			    add_number(numbers, number) < 0)
				return -1;
		}
	}
	return got < 0 ? -1 : 0;
}

int auditlog_list(int directory, uint64_t **list, size_t *count)
{
	IO_AUTOCLOSE int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct numbers numbers = {0};

	*list = NULL;
	*count = 0;
	if (fd < 0 || read_numbers(fd, &numbers) < 0) {
		free(numbers.list);
		return -1;
	}
	if (numbers.count)
		qsort(numbers.list, numbers.count, sizeof(*numbers.list), compare_numbers);
	*list = numbers.list;
	*count = numbers.count;
	return 0;
}

int auditlog_read_slots(int fd, struct auditlog_position *slots, unsigned count)
{
	char text[AUDITLOG_SLOT_SIZE];

	for (unsigned i = 0; i < count; i++) {
		ssize_t got =
			io_pread_full(fd, text, sizeof(text), (uint64_t)i * AUDITLOG_SLOT_SIZE);
		if (got < 0)
			return -1;
		memset(&slots[i], 0, sizeof(slots[i]));
		if (got == 0)
			continue;
		if (auditlog_parse_slot(text, (size_t)got, &slots[i]) < 0) {
			errno = EBADMSG;
			return -1;
		}
	}
	return 0;
}
