/* The tables of an index, and what is asked of them. */
#ifndef GHWARD_STORE_INDEX_TABLES_H
#define GHWARD_STORE_INDEX_TABLES_H

#include "store/database.h"

enum index_statement {
	INDEX_GET_LOG,
	INDEX_PUT_LOG,
	INDEX_LIST_SEGMENTS,
	INDEX_PUT_SEGMENT,
	INDEX_DROP_SEGMENTS,	/* below an id */
	INDEX_LIST_BLOCKS,	/* ascending */
	INDEX_LIST_BLOCKS_DOWN, /* descending */
	INDEX_LAST_BLOCK,
	INDEX_PUT_BLOCK,
	INDEX_FIRST_BLOCK_FROM, /* the first block of this segment or a later one */
	INDEX_DROP_BLOCKS,	/* below an id */
	INDEX_DROP_COLUMNS,	/* below an id */
	INDEX_GET_COLUMN,
	INDEX_PUT_COLUMN,
	INDEX_LIST_TERMS, /* ids from, and below */
	INDEX_PUT_TERM,
	INDEX_STATEMENTS
};

extern const struct database_schema index_schema;

#endif
