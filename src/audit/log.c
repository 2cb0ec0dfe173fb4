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

#define SPACE_HINT "check permissions and free space of the audit directory"

/* A torn line and the whole one before it; most are far shorter, so a small piece is read first. */
#define TAIL_SMALL ((size_t)4096)
#define TAIL_MAX ((size_t)AUDITLOG_LINE_MAX * 2)

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

/* To go on would bury the evidence. */
static int refuse(struct log *log, const char *name, const char *why)
{
	snprintf(log->error, sizeof(log->error),
		 "the audit log cannot be continued: %s %s; run ghward audit verify, and move the "
		 "directory away to begin a new log",
		 name, why);
	return -1;
}

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

/* --- the lock --- */

enum log_lock log_try_lock(struct log *log)
{
	/* Belongs to the open file, so that another thread or process of this user cannot drop it.
	 */
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct stat status;

	if (log->lock < 0)
		log->lock = open_below(log, AUDITLOG_LOCK_NAME, O_RDWR | O_CREAT);
	if (log->lock < 0) {
		fail(log, "cannot open", AUDITLOG_LOCK_NAME, SPACE_HINT);
		return LOG_LOCK_FAILED;
	}
	if (fcntl(log->lock, F_OFD_SETLK, &lock) < 0) {
		if (errno == EAGAIN || errno == EACCES)
			return LOG_BUSY;
		fail(log, "cannot lock", AUDITLOG_LOCK_NAME, SPACE_HINT);
		return LOG_LOCK_FAILED;
	}
	/* A lock on a file that somebody has deleted excludes nobody. */
	if (fstat(log->lock, &status) < 0 || status.st_nlink == 0) {
		io_close(&log->lock);
		return LOG_BUSY;
	}
	return LOG_LOCKED;
}

void log_unlock(struct log *log)
{
	struct flock lock = {.l_type = F_UNLCK, .l_whence = SEEK_SET};

	if (fcntl(log->lock, F_OFD_SETLK, &lock) < 0)
		io_close(&log->lock); /* closing drops it too */
}

/* --- the head --- */

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

	auditlog_format_head(text, position);
	return write_at(log->head, text, AUDITLOG_HEAD_SIZE, 0);
}

/* Durable before the first record, so that no crash can leave records without a head. */
static int create_head(struct log *log)
{
	const struct auditlog_position beginning = {0};

	io_close(&log->head);
	log->head = open_below(log, AUDITLOG_HEAD_NAME, O_RDWR | O_CREAT);
	if (log->head < 0 || write_head(log, &beginning) < 0 || fdatasync(log->head) < 0)
		return fail(log, "cannot create", AUDITLOG_HEAD_NAME, SPACE_HINT);
	return 0;
}

/* Records that the head knows of must be there: otherwise the next ones would take their numbers
 * and nothing would show. */
static int check_head(struct log *log)
{
	char text[AUDITLOG_HEAD_SIZE];
	struct auditlog_position head;

	io_close(&log->head);
	log->head = open_below(log, AUDITLOG_HEAD_NAME, O_RDWR);
	if (log->head < 0 && errno != ENOENT)
		return fail(log, "cannot open", AUDITLOG_HEAD_NAME, SPACE_HINT);
	if (log->head < 0)
		return log->position.seq == 0 ? create_head(log)
					      : refuse(log, AUDITLOG_HEAD_NAME, "is missing");
	ssize_t got = io_pread_full(log->head, text, sizeof(text), 0);
	if (got < 0)
		return fail(log, "cannot read", AUDITLOG_HEAD_NAME, SPACE_HINT);
	if (got == 0 && log->position.seq == 0)
		return create_head(log); /* ended by a crash while it was made */
	if (auditlog_parse_head(text, (size_t)got, &head) < 0)
		return refuse(log, AUDITLOG_HEAD_NAME, "is damaged");
	if (head.seq > log->position.seq)
		return refuse(log, "its end", "was cut off");
	if (head.seq == log->position.seq &&
	    memcmp(head.hash, log->position.hash, AUDITLOG_HASH_SIZE) != 0)
		return refuse(log, "its last record", "was changed");
	return 0;
}

/* --- finding the end --- */

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

/* Finds the last complete line in a buffer that ends where the file does. Returns false if it may
 * begin before the buffer. *torn is the number of bytes behind it. */
static bool find_last_line(const char *buffer, size_t size, const char **line, size_t *length,
			   uint64_t *torn)
{
	const char *end = memrchr(buffer, '\n', size);
	const char *before = end ? memrchr(buffer, '\n', (size_t)(end - buffer)) : NULL;

	*line = before ? before + 1 : buffer;
	*length = end ? (size_t)(end - *line) : 0;
	*torn = end ? (uint64_t)(buffer + size - end - 1) : size;
	return before != NULL;
}

/* Takes over position and state from the last record of an open segment. Returns 1, 0 if it has no
 * record, or -1. */
static int read_position(struct log *log, int fd, const char *name, uint64_t size, uint64_t *torn)
{
	static char buffer[TAIL_MAX];
	struct auditlog_frame frame;
	const char *line;
	size_t length, wanted = TAIL_SMALL;

	for (;; wanted = TAIL_MAX) {
		if (wanted > size)
			wanted = (size_t)size;
		if (io_pread_full(fd, buffer, wanted, size - wanted) != (ssize_t)wanted)
			return fail(log, "cannot read", name, SPACE_HINT);
		if (find_last_line(buffer, wanted, &line, &length, torn) || wanted == size ||
		    wanted == TAIL_MAX)
			break;
	}
	/* A line that was never ended is not longer than one that was. */
	if (*torn >= AUDITLOG_LINE_MAX)
		return refuse(log, name, "does not end with records");
	if (*torn == size)
		return 0;
	if (auditlog_parse(line, length, &frame) < 0)
		return refuse(log, name, "ends with a damaged record");
	log->position.seq = frame.seq;
	auditlog_leaf_hash(line, length, log->position.hash);
	log->closed = auditlog_is_event(&frame, AUDITLOG_ROTATE);
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

/* --- opening --- */

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

/* The last segment has no record: the log ends in the one before, which was closed, or ended by an
 * error. */
static int read_position_before(struct log *log, uint64_t last, uint64_t before)
{
	char name[AUDITLOG_NAME_SIZE];
	struct stat status;
	uint64_t torn;

	if (before != 0) {
		auditlog_segment_name(name, before);
		IO_AUTOCLOSE int fd = open_below(log, name, O_RDONLY);
		if (fd < 0 || fstat(fd, &status) < 0)
			return fail(log, "cannot read", name, SPACE_HINT);
		int found = read_position(log, fd, name, (uint64_t)status.st_size, &torn);
		if (found < 0)
			return -1;
		if (found == 0 || torn)
			return refuse(log, name, "does not end with records");
		log->interrupted = !log->closed;
		log->closed = false;
	}
	auditlog_segment_name(name, last);
	return log->position.seq + 1 == last ? 0 : refuse(log, name, "does not follow the others");
}

static int open_last_segment(struct log *log, uint64_t last, uint64_t before)
{
	char name[AUDITLOG_NAME_SIZE];
	struct stat status;
	uint64_t torn = 0;

	auditlog_segment_name(name, last);
	io_close(&log->segment);
	log->segment = open_below(log, name, O_RDWR);
	if (log->segment < 0 || fstat(log->segment, &status) < 0)
		return fail(log, "cannot open", name, SPACE_HINT);
	log->segment_first = last;
	log->segment_size = (uint64_t)status.st_size;
	int found = read_position(log, log->segment, name, log->segment_size, &torn);
	if (found < 0 || (found == 0 && read_position_before(log, last, before) < 0))
		return -1;
	/* The head decides first whether this is a torn end or a cut one. */
	return check_head(log) < 0 ? -1 : cut_torn(log, name, torn);
}

static int open_end(struct log *log)
{
	uint64_t last, before;

	if (find_segments(log, &last, &before) < 0)
		return fail(log, "cannot list", "the audit directory", SPACE_HINT);
	memset(&log->position, 0, sizeof(log->position));
	log->closed = log->interrupted = false;
	if (last == 0)
		return check_head(log) < 0 ? -1 : create_segment(log, 1);
	if (open_last_segment(log, last, before) < 0)
		return -1;
	return log->closed ? create_segment(log, log->position.seq + 1) : 0;
}

/* Has nobody else written since our last look? */
static bool is_current(const struct log *log)
{
	char next[AUDITLOG_NAME_SIZE];
	struct stat status;

	if (log->segment < 0 || log->closed || fstat(log->segment, &status) < 0 ||
	    status.st_nlink == 0 || (uint64_t)status.st_size != log->segment_size)
		return false;
	/* A writer that could not go on in this segment leaves it as it was and begins the next. */
	auditlog_segment_name(next, log->position.seq + 1);
	IO_AUTOCLOSE int fd = open_below(log, next, O_RDONLY);
	return fd < 0 && errno == ENOENT;
}

int log_refresh(struct log *log)
{
	if (is_current(log))
		return 0;
	if (open_end(log) == 0)
		return 0;
	io_close(&log->segment); /* what was refused is looked at anew */
	return -1;
}

/* --- appending --- */

/* What failed may be on disk in part. An error of the sync was reported once and would not be
 * again, so what it concerned is cut off, not synced once more. A full disk is as full for the next
 * file. */
static void end_segment(struct log *log, int error)
{
	if (ftruncate(log->segment, (off_t)log->segment_size) < 0 || fdatasync(log->segment) < 0 ||
	    error == ENOSPC || error == EDQUOT)
		io_close(&log->segment);
	io_close(&log->head);
}

int log_append(struct log *log, const char *lines, size_t length,
	       const struct auditlog_position *after, bool closes)
{
	char name[AUDITLOG_NAME_SIZE];

	auditlog_segment_name(name, log->segment_first);
	if (write_at(log->segment, lines, length, log->segment_size) < 0 ||
	    fdatasync(log->segment) < 0 || write_head(log, after) < 0) {
		int error = errno;
		fail(log, "cannot append to", name, SPACE_HINT);
		end_segment(log, error);
		return -1;
	}
	log->segment_size += length;
	log->position = *after;
	log->closed = closes;
	log->recovered = 0;
	log->interrupted = false;
	return 0;
}

int log_start_over(struct log *log)
{
	/* A segment that could not be cut back, or without a record: the next would have its name.
	 */
	if (log->segment < 0 || log->segment_first == log->position.seq + 1)
		return -1;
	if (create_segment(log, log->position.seq + 1) < 0)
		return -1;
	log->interrupted = true;
	return check_head(log);
}

void log_close(struct log *log)
{
	io_close(&log->segment);
	io_close(&log->head);
	io_close(&log->lock);
}
