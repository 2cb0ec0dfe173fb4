/* Ids of columns are those of their block times 8, and its number; ids of terms are 65,536 times
 * their kind, and their number. */
#include "store/index_tables.h"

static const char *const tables[] = {
	"log(id TEXT)",
	"segments(id INTEGER PRIMARY KEY, size, changed, done, last, last_sum)",
	"blocks(id INTEGER PRIMARY KEY, segment, seq, records, earliest, latest)",
	"columns(id INTEGER PRIMARY KEY, bytes)",
	"terms(id INTEGER PRIMARY KEY, text)",
};

static const char *const statements[INDEX_STATEMENTS] = {
	[INDEX_GET_LOG] = "SELECT * FROM log",
	[INDEX_PUT_LOG] = "INSERT INTO log VALUES(?)",
	[INDEX_LIST_SEGMENTS] = "SELECT * FROM segments ORDER BY id",
	[INDEX_PUT_SEGMENT] = "INSERT OR REPLACE INTO segments VALUES(?, ?, ?, ?, ?, ?)",
	[INDEX_DROP_SEGMENTS] = "DELETE FROM segments WHERE id < ?",
	[INDEX_LIST_BLOCKS] = "SELECT * FROM blocks WHERE latest >= ? AND earliest < ? ORDER BY id",
	[INDEX_LIST_BLOCKS_DOWN] =
		"SELECT * FROM blocks WHERE latest >= ? AND earliest < ? ORDER BY id DESC",
	[INDEX_LAST_BLOCK] = "SELECT * FROM blocks ORDER BY id DESC LIMIT 1",
	[INDEX_PUT_BLOCK] = "INSERT OR REPLACE INTO blocks VALUES(?, ?, ?, ?, ?, ?)",
	[INDEX_FIRST_BLOCK_FROM] = "SELECT id FROM blocks WHERE segment >= ? ORDER BY id LIMIT 1",
	[INDEX_DROP_BLOCKS] = "DELETE FROM blocks WHERE id < ?",
	[INDEX_DROP_COLUMNS] = "DELETE FROM columns WHERE id < ?",
	[INDEX_GET_COLUMN] = "SELECT bytes FROM columns WHERE id = ?",
	[INDEX_PUT_COLUMN] = "INSERT OR REPLACE INTO columns VALUES(?, ?)",
	[INDEX_LIST_TERMS] = "SELECT * FROM terms WHERE id >= ? AND id < ? ORDER BY id",
	[INDEX_PUT_TERM] = "INSERT OR REPLACE INTO terms VALUES(?, ?)",
};

_Static_assert(INDEX_STATEMENTS <= DATABASE_STATEMENTS_MAX, "each is prepared");

const struct database_schema index_schema = {
	.tables = tables,
	.table_count = sizeof(tables) / sizeof(tables[0]),
	.statements = statements,
	.statement_count = INDEX_STATEMENTS,
	.page_size = 16384,
	.cache_kib = 32768,
	.sharing = DATABASE_ALONE,
};
