/* The log on disk: lock, appending, space. log_end.c finds where it ends. */
#include "audit/log.h"

#include "lib/base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A segment is set aside in steps of this; when the disk has no more, this much is left at least:
 * room for the results of everything that has begun. */
#define SPACE_STEP (UINT64_C(1) << 20)
#define SPACE_RESERVE (UINT64_C(512) << 10)

void log_init(struct log *log, int directory, uint32_t writer, log_seen_fn *seen, void *context)
{
	*log = (struct log){.directory = directory,
			    .lock = -1,
			    .segment = -1,
			    .head = -1,
			    .writer = writer,
			    .seen = seen,
			    .context = context};
	slots_init(&log->seal);
	slots_init(&log->key);
}

int log_fail(struct log *log, const char *what, const char *name)
{
	snprintf(log->error, sizeof(log->error),
		 "the audit log cannot be written: %s %s: %s; check permissions and free space of "
		 "the audit directory",
		 what, name, strerror(errno));
	return -1;
}

int log_refuse(struct log *log, const char *name, const char *why)
{
	snprintf(log->error, sizeof(log->error),
		 "the audit log cannot be continued: %s %s; run ghward audit verify, and move the "
		 "directory away to begin a new log",
		 name, why);
	return -1;
}

/* --- the lock --- */

/* Belongs to the open file, so that another thread or process of this user cannot drop it. The
 * first byte is for appending, one of those behind it says that a writer lives. */
static struct flock lock_of(short type, off_t byte)
{
	return (struct flock){.l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
}

static enum log_lock set_lock(struct log *log, off_t byte)
{
	struct flock lock = lock_of(F_WRLCK, byte);

	if (fcntl(log->lock, F_OFD_SETLK, &lock) == 0)
		return LOG_LOCKED;
	if (errno == EAGAIN || errno == EACCES)
		return LOG_BUSY;
	log_fail(log, "cannot lock", AUDITLOG_LOCK_NAME);
	return LOG_LOCK_FAILED;
}

static enum log_lock open_lock(struct log *log)
{
	log->lock = auditlog_open(log->directory, AUDITLOG_LOCK_NAME, O_RDWR | O_CREAT);
	if (log->lock < 0) {
		log_fail(log, "cannot open", AUDITLOG_LOCK_NAME);
		return LOG_LOCK_FAILED;
	}
	enum log_lock life = set_lock(log, (off_t)log->writer + 1);
	if (life != LOG_LOCKED)
		io_close(&log->lock);
	return life;
}

enum log_lock log_try_lock(struct log *log)
{
	enum log_lock locked = log->lock < 0 ? open_lock(log) : LOG_LOCKED;
	struct stat status;

	if (locked == LOG_LOCKED)
		locked = set_lock(log, 0);
	/* A lock on a file that somebody has deleted excludes nobody. */
	if (locked == LOG_LOCKED && (fstat(log->lock, &status) < 0 || status.st_nlink == 0)) {
		io_close(&log->lock);
		return LOG_BUSY;
	}
	return locked;
}

void log_unlock(struct log *log)
{
	struct flock lock = lock_of(F_UNLCK, 0);

	if (fcntl(log->lock, F_OFD_SETLK, &lock) < 0)
		io_close(&log->lock); /* closing drops it too */
}

bool log_writer_lives(const struct log *log, uint32_t writer)
{
	struct flock life = lock_of(F_WRLCK, (off_t)writer + 1);

	/* When in doubt it does: its own result may still come. */
	return writer == log->writer || fcntl(log->lock, F_OFD_GETLK, &life) < 0 ||
	       life.l_type != F_UNLCK;
}

/* --- space --- */

/* Keeps the disk's promise ahead of the end. A file system that makes none has no reserve. */
static void set_space_aside(struct log *log, uint64_t end)
{
	log->full = false;
	if (log->allocated >= end + SPACE_RESERVE)
		return;
	if (fallocate(log->segment, FALLOC_FL_KEEP_SIZE, (off_t)log->segment_size,
		      (off_t)(end - log->segment_size + SPACE_STEP)) == 0)
		log->allocated = end + SPACE_STEP;
	else
		log->full = errno == ENOSPC || errno == EDQUOT;
}

void log_reserve(struct log *log)
{
	if (log->segment >= 0)
		set_space_aside(log, log->segment_size);
}

/* --- appending --- */

/* Not synced: after a power loss an older head is still true, it only proves less. */
static int write_head(struct log *log, const struct auditlog_position *position)
{
	char text[AUDITLOG_SLOT_SIZE + 1];

	auditlog_format_slot(text, position);
	return io_pwrite_full(log->head, text, AUDITLOG_SLOT_SIZE, 0);
}

/* What failed may be on disk in part. An error of the sync was reported once and would not be
 * again, so what it concerned is cut off, not synced once more. A full disk is as full for the next
 * file. */
static void end_segment(struct log *log, int error)
{
	snprintf(log->interruption, sizeof(log->interruption), "%s", log->error);
	if (ftruncate(log->segment, (off_t)log->segment_size) < 0 || fdatasync(log->segment) < 0 ||
	    error == ENOSPC || error == EDQUOT)
		io_close(&log->segment);
	io_close(&log->head);
}

/* Tells of the lines, and which checkpoint they have. */
static void tell(struct log *log, const char *lines, size_t length)
{
	struct auditlog_record record;

	while (length) {
		const char *end = memchr(lines, '\n', length);
		size_t size = (size_t)(end - lines);
		if (auditlog_parse(lines, size, &record) == 0)
			log->seen(log->context, &record);
		lines = end + 1;
		length -= size + 1;
	}
}

int log_append(struct log *log, const char *lines, size_t length, const struct log_end *after)
{
	char name[AUDITLOG_NAME_SIZE];
	bool began = log->end.epoch != after->epoch;
	bool sealed = log->end.checkpoint.size != after->checkpoint.size;

	set_space_aside(log, log->segment_size + length);
	if (io_pwrite_full(log->segment, lines, length, log->segment_size) < 0 ||
	    fdatasync(log->segment) < 0 || write_head(log, &after->position) < 0) {
		int error = errno;
		auditlog_segment_name(name, log->segment_first);
		log_fail(log, "cannot append to", name);
		end_segment(log, error);
		return -1;
	}
	if (began)
		slots_settle(&log->key);
	if (sealed)
		slots_settle(&log->seal);
	log->segment_size += length;
	log->end = *after;
	log->recovered = 0;
	log->after = AUDITLOG_AFTER_NOTHING;
	*log->interruption = 0;
	/* What was set aside behind the end of a closed segment is given back. */
	if (after->closed && ftruncate(log->segment, (off_t)log->segment_size) < 0)
		log->allocated = 0;
	tell(log, lines, length);
	return 0;
}

/* --- looking back --- */

/* The number of the segment that a record is in; 0 when it is not there any more. */
static uint64_t find_segment(const struct log *log, uint64_t seq)
{
	uint64_t *numbers, found = 0;
	size_t count;

	if (auditlog_list(log->directory, &numbers, &count) < 0)
		return 0;
	for (size_t i = 0; i < count && numbers[i] <= seq; i++)
		found = numbers[i];
	free(numbers);
	return found;
}

/* Finds line number `lines` from here among those that the text has whole. Moves *text behind what
 * it has passed over; returns the line's length, or 0 with *lines less those. */
static size_t skip_lines(const char **text, size_t size, uint64_t *lines)
{
	const char *at = *text, *end;

	while ((end = memchr(at, '\n', size - (size_t)(at - *text)))) {
		if ((*lines)-- == 0) {
			*text = at;
			return (size_t)(end - at);
		}
		at = end + 1;
	}
	*text = at;
	return 0;
}

size_t log_read_record(const struct log *log, uint64_t seq, char line[AUDITLOG_LINE_MAX])
{
	uint64_t at = 0, first = find_segment(log, seq), lines = seq - first;
	struct auditlog_record record;

	IO_AUTOCLOSE int fd = first ? auditlog_open_segment(log->directory, first, O_RDONLY) : -1;
	while (fd >= 0) {
		ssize_t got = io_pread_full(fd, line, AUDITLOG_LINE_MAX, at);
		const char *text = line;
		size_t length = got > 0 ? skip_lines(&text, (size_t)got, &lines) : 0;
		if (length) {
			memmove(line, text, length);
			return auditlog_parse(line, length, &record) == 0 && record.seq == seq
				       ? length
				       : 0;
		}
		if (text == line)
			break;
		at += (uint64_t)(text - line);
	}
	return 0;
}

void log_close(struct log *log)
{
	io_close(&log->segment);
	io_close(&log->head);
	io_close(&log->lock);
	slots_close(&log->seal);
	slots_close(&log->key);
}
