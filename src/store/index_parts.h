/* What index.c and update.c share. */
#ifndef GHWARD_STORE_INDEX_PARTS_H
#define GHWARD_STORE_INDEX_PARTS_H

#include "store/index.h"

/* Ids of columns, see index_tables.c. */
#define BLOCK_ID_STEP 8u
#define BLOCK_ID_MAX ((uint64_t)INT64_MAX / BLOCK_ID_STEP - 1)
#define TERM_ID(kind, number) ((uint64_t)(kind) << 16 | (number))

_Static_assert(BLOCK_COLUMNS <= BLOCK_ID_STEP, "columns have ids of their own");

/* How far a segment is indexed. */
struct index_segment {
	uint64_t segment;
	uint64_t size, changed; /* of the file when it was read */
	uint64_t done;		/* offset behind the last line that was looked at */
	uint64_t last;		/* offset of the last record, `done` when there is none */
	uint64_t last_sum;	/* of its line */
};

struct index {
	const struct evidence *evidence;
	struct lines *lines;
	struct database *database;
	index_note_fn *note;
	void *context;
	char log[AUDITLOG_ID_LENGTH + 1];
	bool fresh; /* there is nothing in it yet */
	struct terms terms[TERM_KINDS];
	uint32_t stored[TERM_KINDS]; /* of the terms */
	struct index_segment last;   /* the newest; all zero when there is none */
	enum index_statement asked;
	struct block *block; /* that is being filled */
};

/* Compares what it knows of the segments with them, and finds the last one. */
enum database_status index_check_segments(struct index *)
	__attribute__((warn_unused_result, nonnull));

/* Reads what is new. */
enum database_status index_update(struct index *) __attribute__((warn_unused_result, nonnull));

/* A row of one of the statements about blocks. */
enum database_status index_get_block(struct index *, enum index_statement, struct block *)
	__attribute__((warn_unused_result, nonnull));

#endif
