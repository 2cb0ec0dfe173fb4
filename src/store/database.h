/* One SQLite database, confined to tables of numbers and bytes.
 *
 * Its content is as trustworthy as anything from a directory. Statuses tell two kinds of trouble
 * apart: DATABASE_DAMAGED is a database to throw away, DATABASE_FAILED a disk, a directory or
 * another process that is in the way. */
#ifndef GHWARD_STORE_DATABASE_H
#define GHWARD_STORE_DATABASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum database_status { DATABASE_OK, DATABASE_END, DATABASE_DAMAGED, DATABASE_FAILED };

enum database_sharing {
	DATABASE_ALONE,	 /* locked from opening on, see database_share() */
	DATABASE_SHARED, /* locked while a transaction lasts, and for others to read until then */
};

#define DATABASE_STATEMENTS_MAX 16u

/* What one kind of database has. A statement is called by its number. */
struct database_schema {
	const char *const *tables;     /* exactly these: "NAME(COLUMN, ...)" */
	const char *const *statements; /* prepared once, run often */
	unsigned table_count, statement_count;
	unsigned page_size; /* bytes, a power of two up to PAGES_SIZE_MAX */
	unsigned cache_kib; /* memory for pages */
	enum database_sharing sharing;
};

struct database;

/* Opens or makes the database of this name in the directory. With the only lock one that is not
 * shared may be written; when somebody else reads, it can be read; when somebody else writes, this
 * waits for a moment. Returns NULL with a reason (errno) in *error. */
struct database *database_open(int directory, const char *name, const struct database_schema *,
			       int *error) __attribute__((nonnull));
void database_close(struct database *);

/* Whether it may be written. */
bool database_is_writable(const struct database *) __attribute__((nonnull));

/* Of DATABASE_ALONE: lets others read, and writes no more itself. */
void database_share(struct database *) __attribute__((nonnull));

/* Looks into it: makes the tables in one that is empty and may be written. */
enum database_status database_check(struct database *) __attribute__((warn_unused_result, nonnull));

/* Throws the content of one that may be written away, and makes the tables anew. */
enum database_status database_clear(struct database *) __attribute__((warn_unused_result, nonnull));

/* Of DATABASE_ALONE: throws the content away for good, unless somebody else reads it. Only closing
 * follows. */
void database_discard(struct database *) __attribute__((nonnull));

/* Why the last call failed: an errno. */
int database_error(const struct database *) __attribute__((nonnull));
void database_set_error(struct database *, int error) __attribute__((nonnull));

/* --- statements: bind, step until DATABASE_END, reset --- */

void database_bind(struct database *, unsigned statement, int place, uint64_t number)
	__attribute__((nonnull));
/* The bytes must stay until the statement is reset. */
void database_bind_bytes(struct database *, unsigned statement, int place, const void *bytes,
			 size_t length) __attribute__((nonnull(1)));

/* DATABASE_OK for a row. */
enum database_status database_step(struct database *, unsigned statement)
	__attribute__((warn_unused_result, nonnull));
void database_reset(struct database *, unsigned statement) __attribute__((nonnull));

/* Of the row. A number is 0 where there is another thing, or a negative one. */
uint64_t database_number(struct database *, unsigned statement, int column)
	__attribute__((nonnull));
const void *database_bytes(struct database *, unsigned statement, int column, size_t *length)
	__attribute__((nonnull));

/* A statement that answers with no row: steps once and resets. */
enum database_status database_run(struct database *, unsigned statement)
	__attribute__((warn_unused_result, nonnull));

/* --- transactions --- */

/* The first is for reading only. */
enum database_purpose { DATABASE_READ, DATABASE_WRITE };
enum database_status database_begin(struct database *, enum database_purpose)
	__attribute__((warn_unused_result, nonnull));
enum database_status database_commit(struct database *)
	__attribute__((warn_unused_result, nonnull));
/* Undoes what was not committed, if there is anything. */
void database_rollback(struct database *) __attribute__((nonnull));

#endif
