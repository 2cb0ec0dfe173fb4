/* The log on disk. */
#include "audit/log.h"

#include "lib/base/io.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CHECK_HINT "run ghward audit verify"
#define SPACE_HINT "check permissions and free space of the audit directory"

void log_init(struct log *log, int directory)
{
	*log = (struct log){.directory = directory, .lock = -1, .segment = -1, .head = -1};
}

static int fail(struct log *log, const char *what, const char *name, const char *hint)
{
	snprintf(log->error, sizeof(log->error), "the audit log cannot be written: %s %s: %s; %s",
		 what, name, strerror(errno), hint);
	return -1;
}

static int fail_damaged(struct log *log, const char *name)
{
	snprintf(log->error, sizeof(log->error),
		 "the audit log cannot be continued: the last record of %s is damaged; " CHECK_HINT,
		 name);
	return -1;
}

/* --- the lock --- */

static int open_below(const struct log *log, const char *name, int flags)
{
	/* O_NONBLOCK: should somebody have put a pipe there, it is refused instead of waited for.
	 */
	int fd = openat(log->directory, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	struct stat status;

	if (fd >= 0 && fstat(fd, &status) == 0 && !S_ISREG(status.st_mode)) {
		io_close(&fd);
		errno = EINVAL;
	}
	return fd;
}

enum log_lock log_try_lock(struct log *log)
{
	/* Belongs to the open file, so that another thread or process of this user cannot drop it.
	 */
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	if (log->lock < 0)
		log->lock = open_below(log, AUDITLOG_LOCK_NAME, O_RDWR | O_CREAT);
	if (log->lock < 0) {
		fail(log, "cannot open", AUDITLOG_LOCK_NAME, SPACE_HINT);
		return LOG_LOCK_FAILED;
	}
	if (fcntl(log->lock, F_OFD_SETLK, &lock) == 0)
		return LOG_LOCKED;
	if (errno == EAGAIN || errno == EACCES)
		return LOG_BUSY;
	fail(log, "cannot lock", AUDITLOG_LOCK_NAME, SPACE_HINT);
	return LOG_LOCK_FAILED;
}

void log_unlock(struct log *log)
{
	struct flock lock = {.l_type = F_UNLCK, .l_whence = SEEK_SET};

	if (fcntl(log->lock, F_OFD_SETLK, &lock) < 0)
		io_close(&log->lock); /* closing drops it too */
}

/* --- finding the end --- */

/* A torn line and the whole one before it. */
#define TAIL_SIZE ((size_t)AUDITLOG_LINE_MAX * 2)

/* The two segments with the highest numbers; 0 where there is none. getdents64 directly, as
 * opendir() would need fstat and allocations for no gain. */
static int find_segments(const struct log *log, uint64_t *last, uint64_t *before)
{
	char buffer[4096] __attribute__((aligned(8)));
	IO_AUTOCLOSE int fd = openat(log->directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	long got;

	*last = *before = 0;
	if (fd < 0)
		return -1;
	while ((got = syscall(SYS_getdents64, fd, buffer, sizeof(buffer))) > 0) {
		for (long at = 0; at < got;) {
			const struct dirent64 *entry = (const void *)(buffer + at);
			uint64_t number;
			at += entry->d_reclen;
			if (auditlog_segment_number(entry->d_name, &number) < 0)
				continue;
			if (number > *last) {
				*before = *last;
				*last = number;
			} else if (number > *before) {
				*before = number;
			}
		}
	}
	return got < 0 ? -1 : 0;
}

/* Reads the end of a segment into buffer (TAIL_SIZE) and finds its last complete line.
 * *torn is the number of bytes behind it. Returns the line's length without newline, 0 if there is
 * no complete line, -1. */
static ssize_t read_last_line(int fd, uint64_t size, char *buffer, const char **line,
			      uint64_t *torn)
{
	size_t wanted = size < TAIL_SIZE ? (size_t)size : TAIL_SIZE;

	*torn = size;
	if (io_pread_full(fd, buffer, wanted, size - wanted) != (ssize_t)wanted)
		return -1;
	const char *end = memrchr(buffer, '\n', wanted);
	if (!end)
		return 0;
	*torn = (uint64_t)(buffer + wanted - end - 1);
	const char *start = memrchr(buffer, '\n', (size_t)(end - buffer));
	*line = start ? start + 1 : buffer;
	return end - *line;
}

/* Takes over position and state from the last record of an open segment. Returns 1, 0 if it has no
 * record, or -1. */
static int read_position(struct log *log, int fd, const char *name, uint64_t size, uint64_t *torn)
{
	static char buffer[TAIL_SIZE];
	struct auditlog_frame frame;
	const char *line = "";
	ssize_t length = read_last_line(fd, size, buffer, &line, torn);

	if (length < 0)
		return fail(log, "cannot read", name, CHECK_HINT);
	if (length == 0)
		return 0;
	if (auditlog_parse(line, (size_t)length, &frame) < 0)
		return fail_damaged(log, name);
	log->position.seq = frame.seq;
	auditlog_leaf_hash(line, (size_t)length, log->position.hash);
	log->closed = frame.event_length == strlen(AUDITLOG_ROTATE) &&
		      memcmp(frame.event, AUDITLOG_ROTATE, frame.event_length) == 0;
	return 1;
}

static int cut_torn(struct log *log, const char *name, uint64_t torn)
{
	if (torn == 0)
		return 0;
	if (ftruncate(log->segment, (off_t)(log->segment_size - torn)) < 0 ||
	    fdatasync(log->segment) < 0)
		return fail(log, "cannot recover", name, SPACE_HINT);
	log->segment_size -= torn;
	log->recovered += torn;
	return 0;
}

static int create_segment(struct log *log, uint64_t first)
{
	char name[AUDITLOG_NAME_SIZE];

	auditlog_segment_name(name, first);
	io_close(&log->segment);
	log->segment = open_below(log, name, O_RDWR | O_CREAT | O_EXCL);
	if (log->segment < 0 || fsync(log->directory) < 0)
		return fail(log, "cannot create", name, SPACE_HINT);
	log->segment_first = first;
	log->segment_size = 0;
	log->closed = false;
	return 0;
}

/* A segment that was created but got no record: the log ends in the one before. */
static int read_position_before(struct log *log, uint64_t before)
{
	char name[AUDITLOG_NAME_SIZE];
	struct stat status;
	uint64_t torn;

	if (before == 0)
		return 0;
	auditlog_segment_name(name, before);
	IO_AUTOCLOSE int fd = open_below(log, name, O_RDONLY);
	if (fd < 0 || fstat(fd, &status) < 0)
		return fail(log, "cannot read", name, CHECK_HINT);
	if (read_position(log, fd, name, (uint64_t)status.st_size, &torn) != 1 || torn)
		return fail_damaged(log, name);
	return 0;
}

static int open_last(struct log *log)
{
	char name[AUDITLOG_NAME_SIZE];
	struct stat status;
	uint64_t last, before, torn = 0;

	if (find_segments(log, &last, &before) < 0)
		return fail(log, "cannot list", "the audit directory", SPACE_HINT);
	memset(&log->position, 0, sizeof(log->position));
	if (last == 0)
		return create_segment(log, 1);
	auditlog_segment_name(name, last);
	io_close(&log->segment);
	log->segment = open_below(log, name, O_RDWR);
	if (log->segment < 0 || fstat(log->segment, &status) < 0)
		return fail(log, "cannot open", name, SPACE_HINT);
	log->segment_first = last;
	log->segment_size = (uint64_t)status.st_size;
	log->closed = false;
	int found = read_position(log, log->segment, name, log->segment_size, &torn);
	if (found < 0 || cut_torn(log, name, torn) < 0)
		return -1;
	if (found == 0) {
		if (read_position_before(log, before) < 0)
			return -1;
		log->closed = false;
		return log->position.seq + 1 == last ? 0 : fail_damaged(log, name);
	}
	return log->closed ? create_segment(log, log->position.seq + 1) : 0;
}

int log_refresh(struct log *log)
{
	struct stat status;

	log->recovered = 0;
	if (log->segment < 0 || fstat(log->segment, &status) < 0 ||
	    (uint64_t)status.st_size != log->segment_size || log->closed)
		return open_last(log);
	return 0;
}

/* --- appending --- */

static int write_at(int fd, const char *text, size_t length, uint64_t offset)
{
	for (size_t done = 0; done < length;) {
		ssize_t put = pwrite(fd, text + done, length - done, (off_t)(offset + done));
		if (put > 0)
			done += (size_t)put;
		else if (put < 0 && errno != EINTR)
			return -1;
	}
	return 0;
}

/* Not synced: after a power loss an older head is still true, it only proves less. */
static int write_head(struct log *log, const struct auditlog_position *position)
{
	char text[AUDITLOG_HEAD_SIZE + 1];

	if (log->head < 0)
		log->head = open_below(log, AUDITLOG_HEAD_NAME, O_RDWR | O_CREAT);
	if (log->head < 0)
		return -1;
	auditlog_format_head(text, position);
	return write_at(log->head, text, AUDITLOG_HEAD_SIZE, 0);
}

int log_append(struct log *log, const char *lines, size_t length,
	       const struct auditlog_position *after, bool closes)
{
	char name[AUDITLOG_NAME_SIZE];

	auditlog_segment_name(name, log->segment_first);
	if (write_at(log->segment, lines, length, log->segment_size) < 0 ||
	    fdatasync(log->segment) < 0 || write_head(log, after) < 0) {
		fail(log, "cannot append to", name, SPACE_HINT);
		/* Best effort: a rest that stays is recovered, and recorded, at the next start. */
		if (ftruncate(log->segment, (off_t)log->segment_size) < 0)
			io_close(&log->segment);
		return -1;
	}
	log->segment_size += length;
	log->position = *after;
	log->closed = closes;
	return 0;
}

void log_close(struct log *log)
{
	io_close(&log->segment);
	io_close(&log->head);
	io_close(&log->lock);
}
