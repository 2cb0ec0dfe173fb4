/* The SQLite database of one index, confined to what an index needs.
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

/* Prepared once, run often; see database.c. */
enum database_statement {
	DATABASE_BEGIN,
	DATABASE_COMMIT,
	DATABASE_GET_LOG,
	DATABASE_PUT_LOG,
	DATABASE_LIST_SEGMENTS,
	DATABASE_PUT_SEGMENT,
	DATABASE_DROP_SEGMENTS,	   /* below an id */
	DATABASE_LIST_BLOCKS,	   /* ascending */
	DATABASE_LIST_BLOCKS_DOWN, /* descending */
	DATABASE_LAST_BLOCK,
	DATABASE_PUT_BLOCK,
	DATABASE_FIRST_BLOCK_FROM, /* the first block of this segment or a later one */
	DATABASE_DROP_BLOCKS,	   /* below an id */
	DATABASE_DROP_COLUMNS,	   /* below an id */
	DATABASE_GET_COLUMN,
	DATABASE_PUT_COLUMN,
	DATABASE_LIST_TERMS, /* ids from, and below */
	DATABASE_PUT_TERM,
	DATABASE_STATEMENTS
};

struct database;

/* Opens or makes the database of this name in the directory. With the only lock it may be written;
 * when somebody else reads, it can be read; when somebody else writes, this waits for a moment.
 * Returns NULL with a reason (errno) in *error. */
struct database *database_open(int directory, const char *name, int *error)
	__attribute__((nonnull(2, 3)));
void database_close(struct database *);

/* Whether it may be written. */
bool database_is_writable(const struct database *) __attribute__((nonnull));

/* Lets others read, and writes no more itself. */
void database_share(struct database *) __attribute__((nonnull));

/* Looks into it: makes the tables in one that is empty and may be written. */
enum database_status database_check(struct database *) __attribute__((warn_unused_result, nonnull));

/* Throws the content of one that may be written away, and makes the tables anew. */
enum database_status database_clear(struct database *) __attribute__((warn_unused_result, nonnull));

/* Throws the content away for good, unless somebody else reads it. Only closing follows. */
void database_discard(struct database *) __attribute__((nonnull));

/* Why the last call failed: an errno. */
int database_error(const struct database *) __attribute__((nonnull));
void database_set_error(struct database *, int error) __attribute__((nonnull));

/* --- statements: bind, step until DATABASE_END, reset --- */

void database_bind(struct database *, enum database_statement, int place, uint64_t number)
	__attribute__((nonnull));
/* The bytes must stay until the statement is reset. */
void database_bind_bytes(struct database *, enum database_statement, int place, const void *bytes,
			 size_t length) __attribute__((nonnull(1)));

/* DATABASE_OK for a row. */
enum database_status database_step(struct database *, enum database_statement)
	__attribute__((warn_unused_result, nonnull));
void database_reset(struct database *, enum database_statement) __attribute__((nonnull));

/* Of the row. A number is 0 where there is another thing, or a negative one. */
uint64_t database_number(struct database *, enum database_statement, int column)
	__attribute__((nonnull));
const void *database_bytes(struct database *, enum database_statement, int column, size_t *length)
	__attribute__((nonnull));

/* A statement that answers with no row: steps once and resets. */
enum database_status database_run(struct database *, enum database_statement)
	__attribute__((warn_unused_result, nonnull));

/* Undoes what was not committed. */
void database_rollback(struct database *) __attribute__((nonnull));

#endif
