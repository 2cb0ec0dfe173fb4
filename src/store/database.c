/* SQLite for one file of tables. */
#include "store/database.h"

#include "lib/auditlog/directory.h"
#include "lib/base/clock.h"
#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "store/locks.h"
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

/* Memory of SQLite in all. */
#define HEAP_MAX ((sqlite3_int64)64 << 20)

struct database {
	struct pages pages;
	const struct database_schema *schema;
	sqlite3 *sqlite;
	sqlite3_stmt *statements[DATABASE_STATEMENTS_MAX];
};

/* --- the files and their lock --- */

/* Whoever holds a shared lock had the only one before, or came while somebody held such a one: so
 * nothing is half done in what is shared. */
static int take_lock(struct pages *pages)
{
	uint64_t deadline = clock_monotonic_ms() + LOCK_PATIENCE_MS;

	for (;;) {
		if (pages->writable && lock_set(pages->data, LOCK_WHOLE, F_WRLCK) == 0)
			return 0;
		if (errno != EAGAIN && errno != EACCES && pages->writable)
			return -1;
		if (lock_set(pages->data, LOCK_WHOLE, F_RDLCK) == 0) {
			pages->writable = false;
			return 0;
		}
		if (clock_monotonic_ms() >= deadline)
			return -1;
		poll(NULL, 0, LOCK_PAUSE_MS);
	}
}

/* Keeps out whoever shares it. SQLite must not have it open. */
static int take_content(struct pages *pages)
{
	uint64_t deadline = clock_monotonic_ms() + LOCK_PATIENCE_MS;

	while (lock_set(pages->data, LOCK_CONTENT, F_WRLCK) < 0) {
		if (clock_monotonic_ms() >= deadline)
			return -1;
		poll(NULL, 0, LOCK_PAUSE_MS);
	}
	return 0;
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

	for (unsigned i = 0; i < database->schema->statement_count && status == SQLITE_OK; i++)
		status = sqlite3_prepare_v3(database->sqlite, database->schema->statements[i], -1,
					    SQLITE_PREPARE_PERSISTENT, &database->statements[i],
					    NULL);
	return status;
}

static void close_sqlite(struct database *database)
{
	for (unsigned i = 0; i < database->schema->statement_count; i++) {
		sqlite3_finalize(database->statements[i]);
		database->statements[i] = NULL;
	}
	sqlite3_close(database->sqlite);
	database->sqlite = NULL;
}

static int open_sqlite(struct database *database)
{
	/* The first before anything is read: pages of other sizes are damage. */
	static const char settings[] = "PRAGMA page_size = %u;"
				       "PRAGMA journal_mode = PERSIST;"
				       "PRAGMA journal_size_limit = 1048576;"
				       "PRAGMA synchronous = NORMAL;"
				       "PRAGMA temp_store = MEMORY;"
				       "PRAGMA cell_size_check = ON;"
				       "PRAGMA cache_size = -%u";
	char text[sizeof(settings) + 16];
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
	if (status == SQLITE_OK && database->pages.shared)
		status = sqlite3_busy_timeout(database->sqlite, LOCK_PATIENCE_MS);
	if (status == SQLITE_OK)
		status = sqlite3_file_control(database->sqlite, "main", SQLITE_FCNTL_RESERVE_BYTES,
					      &reserved);
	snprintf(text, sizeof(text), settings, database->schema->page_size,
		 database->schema->cache_kib);
	if (status == SQLITE_OK)
		status = execute(database, text);
	return status;
}

/* --- the tables --- */

#define CREATE "CREATE TABLE "

static bool is_table(const char *text, const char *table)
{
	return text && strncmp(text, CREATE, strlen(CREATE)) == 0 &&
	       strcmp(text + strlen(CREATE), table) == 0;
}

/* Returns DATABASE_OK when there are exactly these tables, DATABASE_END when there is nothing. */
static enum database_status compare_tables(struct database *database)
{
	const struct database_schema *schema = database->schema;
	sqlite3_stmt *list;
	unsigned same = 0, all = 0;
	int status = sqlite3_prepare_v2(database->sqlite,
					"SELECT sql FROM sqlite_schema ORDER BY rootpage", -1,
					&list, NULL);

	while (status == SQLITE_OK && (status = sqlite3_step(list)) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(list, 0);
		same += all < schema->table_count && is_table(text, schema->tables[all]);
		all++;
		status = SQLITE_OK;
	}
	sqlite3_finalize(list);
	if (status != SQLITE_DONE)
		return judge(database, status);
	if (all == 0)
		return DATABASE_END;
	return all == schema->table_count && same == all ? DATABASE_OK : DATABASE_DAMAGED;
}

/* Unless somebody else has made them meanwhile. */
static int make_tables(struct database *database)
{
	int status = execute(database, "BEGIN IMMEDIATE");
	char text[256];

	for (unsigned i = 0; i < database->schema->table_count && status == SQLITE_OK; i++) {
		snprintf(text, sizeof(text), CREATE "IF NOT EXISTS %s",
			 database->schema->tables[i]);
		status = execute(database, text);
	}
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

static int empty_files(struct pages *pages)
{
	if (ftruncate(pages->journal, 0) == 0 && ftruncate(pages->data, 0) == 0)
		return 0;
	pages->error = errno;
	return -1;
}

enum database_status database_clear(struct database *database)
{
	struct pages *pages = &database->pages;

	close_sqlite(database);
	if (!pages->writable || take_content(pages) < 0) {
		pages->error = EBUSY;
		return DATABASE_FAILED;
	}
	int emptied = empty_files(pages);
	if (lock_set(pages->data, LOCK_CONTENT, F_UNLCK) < 0 || emptied < 0)
		return DATABASE_FAILED;
	return database_check(database);
}

void database_discard(struct database *database)
{
	close_sqlite(database);
	if (lock_set(database->pages.data, LOCK_WHOLE, F_WRLCK) == 0 &&
	    empty_files(&database->pages) < 0)
		log_write(LOG_LEVEL_WARNING, "cannot throw a damaged index away: %m");
}

/* --- the beginning and the end --- */

struct database *database_open(int directory, const char *name,
			       const struct database_schema *schema, int *error)
{
	struct database *database = memory_new(sizeof(*database));

	database->pages = (struct pages){.data = -1,
					 .journal = -1,
					 .page_size = (int)schema->page_size,
					 .shared = schema->sharing == DATABASE_SHARED};
	database->schema = schema;
	if (open_files(&database->pages, directory, name) == 0 &&
	    (database->pages.shared || take_lock(&database->pages) == 0))
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
	if (database->pages.writable && lock_set(database->pages.data, LOCK_WHOLE, F_RDLCK) < 0)
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

void database_bind(struct database *database, unsigned which, int place, uint64_t number)
{
	int64_t value = number > INT64_MAX ? INT64_MAX : (int64_t)number;

	/* It fails only for a place that there is not. */
	(void)sqlite3_bind_int64(database->statements[which], place, value);
}

void database_bind_bytes(struct database *database, unsigned which, int place, const void *bytes,
			 size_t length)
{
	(void)sqlite3_bind_blob64(database->statements[which], place, bytes, length, SQLITE_STATIC);
}

enum database_status database_step(struct database *database, unsigned which)
{
	return judge(database, sqlite3_step(database->statements[which]));
}

void database_reset(struct database *database, unsigned which)
{
	sqlite3_reset(database->statements[which]);
}

uint64_t database_number(struct database *database, unsigned which, int column)
{
	int64_t value = sqlite3_column_int64(database->statements[which], column);

	return value < 0 ? 0 : (uint64_t)value;
}

const void *database_bytes(struct database *database, unsigned which, int column, size_t *length)
{
	const void *bytes = sqlite3_column_blob(database->statements[which], column);

	*length = bytes ? (size_t)sqlite3_column_bytes(database->statements[which], column) : 0;
	return bytes;
}

enum database_status database_run(struct database *database, unsigned which)
{
	enum database_status status = database_step(database, which);

	database_reset(database, which);
	return status == DATABASE_END ? DATABASE_OK : status;
}

/* --- transactions --- */

enum database_status database_begin(struct database *database, enum database_purpose purpose)
{
	return judge(database,
		     execute(database, purpose == DATABASE_READ ? "BEGIN" : "BEGIN IMMEDIATE"));
}

enum database_status database_commit(struct database *database)
{
	return judge(database, execute(database, "COMMIT"));
}

void database_rollback(struct database *database)
{
	if (database->sqlite && !sqlite3_get_autocommit(database->sqlite))
		(void)execute(database, "ROLLBACK");
}
