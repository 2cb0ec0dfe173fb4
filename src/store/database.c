/* SQLite for one index. */
#include "store/database.h"

#include "lib/auditlog/directory.h"
#include "lib/base/clock.h"
#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "store/pages.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* How long another store may write, and how often to ask. */
#define LOCK_PATIENCE_MS 2000u
#define LOCK_PAUSE_MS 20

/* Memory of SQLite in all; of this the cache of pages. */
#define HEAP_MAX ((sqlite3_int64)64 << 20)

struct database {
	struct pages pages;
	sqlite3 *sqlite;
	sqlite3_stmt *statements[DATABASE_STATEMENTS];
};

/* One database has exactly these tables. Ids of columns are those of their block times 8, and its
 * number; ids of terms are 65,536 times their kind, and their number. */
static const char *const tables[] = {
	"CREATE TABLE log(id TEXT)",
	"CREATE TABLE segments(id INTEGER PRIMARY KEY, size, changed, done, last, last_sum)",
	"CREATE TABLE blocks(id INTEGER PRIMARY KEY, segment, seq, records, earliest, latest)",
	"CREATE TABLE columns(id INTEGER PRIMARY KEY, bytes)",
	"CREATE TABLE terms(id INTEGER PRIMARY KEY, text)",
};
#define TABLES (sizeof(tables) / sizeof(tables[0]))

static const char *const texts[DATABASE_STATEMENTS] = {
	[DATABASE_BEGIN] = "BEGIN IMMEDIATE",
	[DATABASE_COMMIT] = "COMMIT",
	[DATABASE_GET_LOG] = "SELECT * FROM log",
	[DATABASE_PUT_LOG] = "INSERT INTO log VALUES(?)",
	[DATABASE_LIST_SEGMENTS] = "SELECT * FROM segments ORDER BY id",
	[DATABASE_PUT_SEGMENT] = "INSERT OR REPLACE INTO segments VALUES(?, ?, ?, ?, ?, ?)",
	[DATABASE_DROP_SEGMENTS] = "DELETE FROM segments WHERE id < ?",
	[DATABASE_LIST_BLOCKS] =
		"SELECT * FROM blocks WHERE latest >= ? AND earliest < ? ORDER BY id",
	[DATABASE_LIST_BLOCKS_DOWN] =
		"SELECT * FROM blocks WHERE latest >= ? AND earliest < ? ORDER BY id DESC",
	[DATABASE_LAST_BLOCK] = "SELECT * FROM blocks ORDER BY id DESC LIMIT 1",
	[DATABASE_PUT_BLOCK] = "INSERT OR REPLACE INTO blocks VALUES(?, ?, ?, ?, ?, ?)",
	[DATABASE_FIRST_BLOCK_FROM] =
		"SELECT id FROM blocks WHERE segment >= ? ORDER BY id LIMIT 1",
	[DATABASE_DROP_BLOCKS] = "DELETE FROM blocks WHERE id < ?",
	[DATABASE_DROP_COLUMNS] = "DELETE FROM columns WHERE id < ?",
	[DATABASE_GET_COLUMN] = "SELECT bytes FROM columns WHERE id = ?",
	[DATABASE_PUT_COLUMN] = "INSERT OR REPLACE INTO columns VALUES(?, ?)",
	[DATABASE_LIST_TERMS] = "SELECT * FROM terms WHERE id >= ? AND id < ? ORDER BY id",
	[DATABASE_PUT_TERM] = "INSERT OR REPLACE INTO terms VALUES(?, ?)",
};

/* --- the files and their lock --- */

static int set_lock(int fd, short type)
{
	struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_len = 1};

	return fcntl(fd, F_OFD_SETLK, &lock);
}

/* Whoever holds a shared lock had the only one before, or came while somebody held such a one: so
 * nothing is half done in what is shared. */
static int take_lock(struct pages *pages)
{
	uint64_t deadline = clock_monotonic_ms() + LOCK_PATIENCE_MS;

	for (;;) {
		if (pages->writable && set_lock(pages->data, F_WRLCK) == 0)
			return 0;
		if (errno != EAGAIN && errno != EACCES && pages->writable)
			return -1;
		if (set_lock(pages->data, F_RDLCK) == 0) {
			pages->writable = false;
			return 0;
		}
		if (clock_monotonic_ms() >= deadline)
			return -1;
		poll(NULL, 0, LOCK_PAUSE_MS);
	}
}

static int open_files(struct pages *pages, int directory, const char *name)
{
	char journal[64];

	snprintf(journal, sizeof(journal), "%s-journal", name);
	pages->data = auditlog_open(directory, name, O_RDWR | O_CREAT);
	if (pages->data >= 0) {
		pages->journal = auditlog_open(directory, journal, O_RDWR | O_CREAT);
		pages->writable = true;
		return pages->journal < 0 ? -1 : 0;
	}
	if (errno != EROFS && errno != EACCES && errno != EPERM)
		return -1;
	int error = errno;
	pages->data = auditlog_open(directory, name, O_RDONLY);
	if (pages->data < 0) {
		errno = error;
		return -1;
	}
	pages->journal = auditlog_open(directory, journal, O_RDONLY);
	return 0;
}

/* --- SQLite --- */

static enum database_status judge(struct database *database, int status)
{
	switch (status & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
		return DATABASE_OK;
	case SQLITE_DONE:
		return DATABASE_END;
	case SQLITE_IOERR:
		return database->pages.damaged ? DATABASE_DAMAGED : DATABASE_FAILED;
	case SQLITE_FULL:
		database->pages.error = database->pages.error ? database->pages.error : ENOSPC;
		return DATABASE_FAILED;
	case SQLITE_NOMEM:
		database->pages.error = ENOMEM;
		return DATABASE_FAILED;
	case SQLITE_BUSY:
		database->pages.error = EBUSY;
		return DATABASE_FAILED;
	default:
		return DATABASE_DAMAGED;
	}
}

static int execute(struct database *database, const char *sql)
{
	return sqlite3_exec(database->sqlite, sql, NULL, NULL, NULL);
}

/* What SQLite can do beyond tables of numbers and bytes is turned off, as the file may come from
 * anywhere. */
static int harden(sqlite3 *sqlite)
{
	static const struct {
		int option, value;
	} switches[] = {
		{SQLITE_DBCONFIG_DEFENSIVE, 1},
		{SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
		{SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
		{SQLITE_DBCONFIG_ENABLE_VIEW, 0},
		{SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
	};

	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		if (sqlite3_db_config(sqlite, switches[i].option, switches[i].value, NULL) !=
		    SQLITE_OK)
			return SQLITE_ERROR;
	}
	sqlite3_limit(sqlite, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_limit(sqlite, SQLITE_LIMIT_LENGTH, 1 << 20);
	sqlite3_limit(sqlite, SQLITE_LIMIT_SQL_LENGTH, 4096);
	return SQLITE_OK;
}

static int prepare(struct database *database)
{
	int status = SQLITE_OK;

	for (unsigned i = 0; i < DATABASE_STATEMENTS && status == SQLITE_OK; i++)
		status = sqlite3_prepare_v3(database->sqlite, texts[i], -1,
					    SQLITE_PREPARE_PERSISTENT, &database->statements[i],
					    NULL);
	return status;
}

static void close_sqlite(struct database *database)
{
	for (unsigned i = 0; i < DATABASE_STATEMENTS; i++) {
		sqlite3_finalize(database->statements[i]);
		database->statements[i] = NULL;
	}
	sqlite3_close(database->sqlite);
	database->sqlite = NULL;
}

static int open_sqlite(struct database *database)
{
	static const char settings[] = "PRAGMA page_size = 16384;"
				       "PRAGMA journal_mode = PERSIST;"
				       "PRAGMA journal_size_limit = 1048576;"
				       "PRAGMA synchronous = NORMAL;"
				       "PRAGMA temp_store = MEMORY;"
				       "PRAGMA cell_size_check = ON;"
				       "PRAGMA cache_size = -32768";
	int reserved = PAGES_RESERVED;
	int status = pages_use(&database->pages);

	database->pages.error = 0;
	database->pages.damaged = false;
	sqlite3_hard_heap_limit64(HEAP_MAX);
	if (status == SQLITE_OK)
		status = sqlite3_open_v2(PAGES_NAME, &database->sqlite,
					 database->pages.writable ? SQLITE_OPEN_READWRITE
								  : SQLITE_OPEN_READONLY,
					 PAGES_VFS_NAME);
	if (status == SQLITE_OK)
		status = harden(database->sqlite);
	if (status == SQLITE_OK)
		status = sqlite3_file_control(database->sqlite, "main", SQLITE_FCNTL_RESERVE_BYTES,
					      &reserved);
	if (status == SQLITE_OK)
		status = execute(database, settings);
	return status;
}

/* --- the tables --- */

/* Returns DATABASE_OK when there are exactly these tables, DATABASE_END when there is nothing. */
static enum database_status compare_tables(struct database *database)
{
	sqlite3_stmt *list;
	unsigned same = 0, all = 0;
	int status = sqlite3_prepare_v2(database->sqlite,
					"SELECT sql FROM sqlite_schema ORDER BY rootpage", -1,
					&list, NULL);

	while (status == SQLITE_OK && (status = sqlite3_step(list)) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(list, 0);
		same += all < TABLES && text && strcmp(text, tables[all]) == 0;
		all++;
		status = SQLITE_OK;
	}
	sqlite3_finalize(list);
	if (status != SQLITE_DONE)
		return judge(database, status);
	if (all == 0)
		return DATABASE_END;
	return all == TABLES && same == TABLES ? DATABASE_OK : DATABASE_DAMAGED;
}

static int make_tables(struct database *database)
{
	int status = execute(database, "BEGIN IMMEDIATE");

	for (size_t i = 0; i < TABLES && status == SQLITE_OK; i++)
		status = execute(database, tables[i]);
	return status == SQLITE_OK ? execute(database, "COMMIT") : status;
}

enum database_status database_check(struct database *database)
{
	int status = database->sqlite ? SQLITE_OK : open_sqlite(database);
	enum database_status found =
		status == SQLITE_OK ? compare_tables(database) : judge(database, status);

	if (found == DATABASE_END && database->pages.writable)
		found = judge(database, make_tables(database));
	if (found == DATABASE_END) {
		database->pages.error = ENOENT;
		found = DATABASE_FAILED;
	}
	return found == DATABASE_OK ? judge(database, prepare(database)) : found;
}

enum database_status database_clear(struct database *database)
{
	close_sqlite(database);
	if (!database->pages.writable) {
		database->pages.error = EBUSY;
		return DATABASE_FAILED;
	}
	if (ftruncate(database->pages.journal, 0) < 0 || ftruncate(database->pages.data, 0) < 0) {
		database->pages.error = errno;
		return DATABASE_FAILED;
	}
	return database_check(database);
}

void database_discard(struct database *database)
{
	close_sqlite(database);
	if (set_lock(database->pages.data, F_WRLCK) == 0 &&
	    (ftruncate(database->pages.journal, 0) < 0 || ftruncate(database->pages.data, 0) < 0))
		log_write(LOG_LEVEL_WARNING, "cannot throw a damaged index away: %m");
}

/* --- the beginning and the end --- */

struct database *database_open(int directory, const char *name, int *error)
{
	struct database *database = memory_new(sizeof(*database));

	database->pages = (struct pages){.data = -1, .journal = -1};
	if (open_files(&database->pages, directory, name) == 0 && take_lock(&database->pages) == 0)
		return database;
	*error = errno;
	database_close(database);
	return NULL;
}

void database_close(struct database *database)
{
	if (!database)
		return;
	close_sqlite(database);
	io_close(&database->pages.data);
	io_close(&database->pages.journal);
	free(database);
}

bool database_is_writable(const struct database *database)
{
	return database->pages.writable;
}

void database_share(struct database *database)
{
	if (database->pages.writable && set_lock(database->pages.data, F_RDLCK) < 0)
		log_write(LOG_LEVEL_DEBUG, "cannot share the index: %m");
	database->pages.writable = false;
}

int database_error(const struct database *database)
{
	return database->pages.error;
}

void database_set_error(struct database *database, int error)
{
	database->pages.error = error;
}

/* --- statements --- */

void database_bind(struct database *database, enum database_statement which, int place,
		   uint64_t number)
{
	int64_t value = number > INT64_MAX ? INT64_MAX : (int64_t)number;

	/* It fails only for a place that there is not. */
	(void)sqlite3_bind_int64(database->statements[which], place, value);
}

void database_bind_bytes(struct database *database, enum database_statement which, int place,
			 const void *bytes, size_t length)
{
	(void)sqlite3_bind_blob64(database->statements[which], place, bytes, length, SQLITE_STATIC);
}

enum database_status database_step(struct database *database, enum database_statement which)
{
	return judge(database, sqlite3_step(database->statements[which]));
}

void database_reset(struct database *database, enum database_statement which)
{
	sqlite3_reset(database->statements[which]);
}

uint64_t database_number(struct database *database, enum database_statement which, int column)
{
	int64_t value = sqlite3_column_int64(database->statements[which], column);

	return value < 0 ? 0 : (uint64_t)value;
}

const void *database_bytes(struct database *database, enum database_statement which, int column,
			   size_t *length)
{
	const void *bytes = sqlite3_column_blob(database->statements[which], column);

	*length = bytes ? (size_t)sqlite3_column_bytes(database->statements[which], column) : 0;
	return bytes;
}

enum database_status database_run(struct database *database, enum database_statement which)
{
	enum database_status status = database_step(database, which);

	database_reset(database, which);
	return status == DATABASE_END ? DATABASE_OK : status;
}

void database_rollback(struct database *database)
{
	if (database->sqlite && !sqlite3_get_autocommit(database->sqlite))
		(void)execute(database, "ROLLBACK");
}
