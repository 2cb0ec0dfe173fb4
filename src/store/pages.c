/* An SQLite VFS over two descriptors. https://sqlite.org/vfs.html says what each method must do. */
#include "store/pages.h"

#include "lib/base/clock.h"
#include "lib/base/io.h"
#include "store/locks.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* One of the two files, as SQLite holds it. */
struct file {
	sqlite3_file base;
	struct pages *pages;
	int fd;
	bool is_data;
};

static int failed(struct file *file, int status)
{
	file->pages->error = errno;
	return status;
}

static int damaged(struct file *file)
{
	file->pages->damaged = true;
	return SQLITE_IOERR_DATA;
}

/* --- check sums --- */

/* A hash in the manner of FNV over words: for accidents, not against whoever can write the file. */
static uint64_t sum_page(const uint8_t *page, size_t size, uint64_t number)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325) ^ number;

	for (size_t at = 0; at + sizeof(uint64_t) <= size - PAGES_RESERVED;
	     at += sizeof(uint64_t)) {
		uint64_t word;
		memcpy(&word, page + at, sizeof(word));
		sum = (sum ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		sum ^= sum >> 29;
	}
	return sum;
}

static bool is_whole(const uint8_t *page, size_t size, uint64_t number)
{
	uint64_t sum = sum_page(page, size, number);

	return memcmp(page + size - PAGES_RESERVED, &sum, sizeof(sum)) == 0;
}

/* --- files --- */

static int close_file(sqlite3_file *base)
{
	base->pMethods = NULL;
	return SQLITE_OK;
}

static int read_bytes(struct file *file, void *out, size_t size, uint64_t offset)
{
	ssize_t got = io_pread_full(file->fd, out, size, offset);

	if (got < 0)
		return failed(file, SQLITE_IOERR_READ);
	memset((char *)out + got, 0, size - (size_t)got);
	return (size_t)got == size ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

/* SQLite looks at the header of a database before it knows its pages, and later at the counter in
 * there; nothing else is read in pieces. */
static bool is_header(int size, sqlite3_int64 offset)
{
	return size <= 100 && offset + size <= 100;
}

static int read_file(sqlite3_file *base, void *out, int size, sqlite3_int64 offset)
{
	struct file *file = (struct file *)base;
	int status = read_bytes(file, out, (size_t)size, (uint64_t)offset);
	int page_size = file->pages->page_size;

	if (!file->is_data || status == SQLITE_IOERR_READ || is_header(size, offset))
		return status;
	if (size != page_size || offset % page_size != 0)
		return damaged(file);
	/* Only the first page of a new database is looked for and not there. */
	if (status == SQLITE_IOERR_SHORT_READ)
		return offset == 0 ? status : damaged(file);
	return is_whole(out, (size_t)size, (uint64_t)(offset / size)) ? SQLITE_OK : damaged(file);
}

static int write_bytes(struct file *file, const void *bytes, size_t size, off_t offset)
{
	const char *at = bytes;

	while (size > 0) {
		ssize_t done = pwrite(file->fd, at, size, offset);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return failed(file, errno == ENOSPC || errno == EDQUOT
						    ? SQLITE_FULL
						    : SQLITE_IOERR_WRITE);
		at += done;
		size -= (size_t)done;
		offset += done;
	}
	return SQLITE_OK;
}

static int write_file(sqlite3_file *base, const void *bytes, int size, sqlite3_int64 offset)
{
	struct file *file = (struct file *)base;
	uint8_t page[PAGES_SIZE_MAX];

	if (!file->is_data)
		return write_bytes(file, bytes, (size_t)size, offset);
	if (size != file->pages->page_size || size > PAGES_SIZE_MAX || offset % size != 0)
		return damaged(file);
	uint64_t sum = sum_page(bytes, (size_t)size, (uint64_t)(offset / size));
	memcpy(page, bytes, (size_t)size - PAGES_RESERVED);
	memcpy(page + size - PAGES_RESERVED, &sum, sizeof(sum));
	return write_bytes(file, page, (size_t)size, offset);
}

static int truncate_file(sqlite3_file *base, sqlite3_int64 size)
{
	struct file *file = (struct file *)base;

	return ftruncate(file->fd, size) == 0 ? SQLITE_OK : failed(file, SQLITE_IOERR_TRUNCATE);
}

static int sync_file(sqlite3_file *base, int flags)
{
	struct file *file = (struct file *)base;

	(void)flags;
	return fdatasync(file->fd) == 0 ? SQLITE_OK : failed(file, SQLITE_IOERR_FSYNC);
}

static int size_of(int fd, sqlite3_int64 *size)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return -1;
	*size = status.st_size;
	return 0;
}

static int size_file(sqlite3_file *base, sqlite3_int64 *size)
{
	struct file *file = (struct file *)base;

	return size_of(file->fd, size) == 0 ? SQLITE_OK : failed(file, SQLITE_IOERR_FSTAT);
}

static int lock_byte(struct file *file, enum lock_byte byte, short type)
{
	if (lock_set(file->fd, byte, type) == 0)
		return SQLITE_OK;
	return errno == EAGAIN || errno == EACCES ? SQLITE_BUSY : failed(file, SQLITE_IOERR_LOCK);
}

/* What is not shared is locked by database.c; who has only the right to read must not undo what
 * another one left half done either. */
static int lock_file(sqlite3_file *base, int level)
{
	struct file *file = (struct file *)base;

	if (level > SQLITE_LOCK_SHARED && !file->pages->writable)
		return SQLITE_BUSY;
	if (!file->pages->shared)
		return SQLITE_OK;
	if (level == SQLITE_LOCK_SHARED)
		return lock_byte(file, LOCK_CONTENT, F_RDLCK);
	if (level == SQLITE_LOCK_RESERVED)
		return lock_byte(file, LOCK_INTENT, F_WRLCK);
	return lock_byte(file, LOCK_CONTENT, F_WRLCK);
}

static int unlock_file(sqlite3_file *base, int level)
{
	struct file *file = (struct file *)base;

	if (!file->pages->shared)
		return SQLITE_OK;
	int status = lock_byte(file, LOCK_CONTENT, level == SQLITE_LOCK_NONE ? F_UNLCK : F_RDLCK);
	return status == SQLITE_OK ? lock_byte(file, LOCK_INTENT, F_UNLCK) : status;
}

/* Asked before what seems to be left half done is undone. */
static int check_reserved_lock(sqlite3_file *base, int *result)
{
	struct file *file = (struct file *)base;

	*result = file->pages->shared && lock_is_taken(file->fd, LOCK_INTENT);
	return SQLITE_OK;
}

static int control_file(sqlite3_file *base, int operation, void *argument)
{
	(void)base;
	(void)operation;
	(void)argument;
	return SQLITE_NOTFOUND;
}

static int sector_size(sqlite3_file *base)
{
	(void)base;
	return 4096;
}

static int characteristics(sqlite3_file *base)
{
	(void)base;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static const sqlite3_io_methods methods = {
	.iVersion = 1,
	.xClose = close_file,
	.xRead = read_file,
	.xWrite = write_file,
	.xTruncate = truncate_file,
	.xSync = sync_file,
	.xFileSize = size_file,
	.xLock = lock_file,
	.xUnlock = unlock_file,
	.xCheckReservedLock = check_reserved_lock,
	.xFileControl = control_file,
	.xSectorSize = sector_size,
	.xDeviceCharacteristics = characteristics,
};

/* --- the file system: the two files, and nothing else --- */

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags,
		     int *granted)
{
	struct pages *pages = vfs->pAppData;
	struct file *file = (struct file *)base;

	(void)name;
	memset(file, 0, sizeof(*file));
	file->pages = pages;
	file->is_data = flags & SQLITE_OPEN_MAIN_DB;
	file->fd = file->is_data		      ? pages->data
		   : flags & SQLITE_OPEN_MAIN_JOURNAL ? pages->journal
						      : -1;
	if (file->fd < 0)
		return SQLITE_CANTOPEN;
	file->base.pMethods = &methods;
	if (granted)
		*granted = pages->writable
				   ? flags
				   : (flags & ~SQLITE_OPEN_READWRITE) | SQLITE_OPEN_READONLY;
	return SQLITE_OK;
}

static bool is_journal(const char *name)
{
	return strcmp(name, PAGES_NAME "-journal") == 0;
}

/* The journal stays, empty. */
static int delete_file(sqlite3_vfs *vfs, const char *name, int sync)
{
	const struct pages *pages = vfs->pAppData;

	(void)sync;
	if (!is_journal(name) || !pages->writable)
		return SQLITE_IOERR_DELETE;
	return ftruncate(pages->journal, 0) == 0 ? SQLITE_OK : SQLITE_IOERR_DELETE;
}

static int access_file(sqlite3_vfs *vfs, const char *name, int flags, int *result)
{
	const struct pages *pages = vfs->pAppData;
	sqlite3_int64 size = 0;

	(void)flags;
	*result = is_journal(name) && pages->journal >= 0 && size_of(pages->journal, &size) == 0 &&
		  size > 0;
	return SQLITE_OK;
}

static int full_name(sqlite3_vfs *vfs, const char *name, int size, char *out)
{
	(void)vfs;
	snprintf(out, (size_t)size, "%s", name);
	return SQLITE_OK;
}

static int random_bytes(sqlite3_vfs *vfs, int size, char *out)
{
	(void)vfs;
	ssize_t got = getrandom(out, (size_t)size, 0);
	return got > 0 ? (int)got : 0;
}

static int wait_a_while(sqlite3_vfs *vfs, int microseconds)
{
	(void)vfs;
	poll(NULL, 0, microseconds / 1000 + 1);
	return microseconds;
}

/* Days since noon of 24 November 4714 BC. */
static int current_time(sqlite3_vfs *vfs, double *days)
{
	(void)vfs;
	*days = 2440587.5 + (double)clock_wall_s() / 86400.0;
	return SQLITE_OK;
}

static int last_error(sqlite3_vfs *vfs, int size, char *out)
{
	const struct pages *pages = vfs->pAppData;

	(void)size;
	(void)out;
	return pages->error;
}

int pages_use(struct pages *pages)
{
	static sqlite3_vfs vfs = {
		.iVersion = 1,
		.szOsFile = sizeof(struct file),
		.mxPathname = 64,
		.zName = PAGES_VFS_NAME,
		.xOpen = open_file,
		.xDelete = delete_file,
		.xAccess = access_file,
		.xFullPathname = full_name,
		.xRandomness = random_bytes,
		.xSleep = wait_a_while,
		.xCurrentTime = current_time,
		.xGetLastError = last_error,
	};

	vfs.pAppData = pages;
	/* The default one is asked for randomness, and would look for files. */
	return sqlite3_vfs_register(&vfs, 1);
}
