/* Asking an index, and opening it. */
#include "store/index.h"

#include "lib/base/memory.h"
#include "store/index_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- asking --- */

struct evidence_place index_end(const struct index *index)
{
	return (struct evidence_place){index->last.segment, index->last.done};
}

const struct terms *index_terms(const struct index *index, enum term_kind kind)
{
	return &index->terms[kind];
}

void index_ask(struct index *index, uint64_t since_us, uint64_t until_us, enum index_order order)
{
	index->asked = order == INDEX_OLDEST_FIRST ? INDEX_LIST_BLOCKS : INDEX_LIST_BLOCKS_DOWN;
	database_reset(index->database, index->asked);
	database_bind(index->database, index->asked, 1, since_us);
	database_bind(index->database, index->asked, 2, until_us ? until_us : UINT64_MAX);
}

enum database_status index_get_block(struct index *index, enum index_statement statement,
				     struct block *block)
{
	struct database *database = index->database;
	enum database_status status = database_step(database, statement);

	if (status != DATABASE_OK)
		return status;
	uint64_t records = database_number(database, statement, 3);
	block->id = database_number(database, statement, 0);
	block->segment = database_number(database, statement, 1);
	block->seq = database_number(database, statement, 2);
	block->records = (uint32_t)records;
	block->earliest_us = database_number(database, statement, 4);
	block->latest_us = database_number(database, statement, 5);
	return records > 0 && records <= BLOCK_RECORDS && block->seq > 0 &&
			       block->id <= BLOCK_ID_MAX
		       ? DATABASE_OK
		       : DATABASE_DAMAGED;
}

enum database_status index_next(struct index *index, struct block *block)
{
	enum database_status status;

	/* Those of segments that retention has removed since. */
	do {
		status = index_get_block(index, index->asked, block);
	} while (status == DATABASE_OK && block->segment < index->evidence->segments[0]);
	return status;
}

enum database_status index_column(struct index *index, struct block *block,
				  enum block_column column)
{
	size_t length, size = block_column_size(column, block->records);

	database_bind(index->database, INDEX_GET_COLUMN, 1, block->id * BLOCK_ID_STEP + column);
	enum database_status status = database_step(index->database, INDEX_GET_COLUMN);
	if (status == DATABASE_OK) {
		const void *bytes = database_bytes(index->database, INDEX_GET_COLUMN, 0, &length);
		status = length == size ? DATABASE_OK : DATABASE_DAMAGED;
		if (status == DATABASE_OK)
			memcpy(block_column(block, column), bytes, size);
	} else if (status == DATABASE_END) {
		status = DATABASE_DAMAGED;
	}
	database_reset(index->database, INDEX_GET_COLUMN);
	return status;
}

/* --- opening --- */

/* The log's id, from the first record that can be read. */
static int find_log(struct index *index)
{
	struct auditlog_record record;
	struct line line;

	for (size_t i = 0; i < index->evidence->count; i++) {
		if (lines_open(index->lines, index->evidence, index->evidence->segments[i]) < 0 ||
		    lines_at(index->lines, 0, &line) != 1 || line.continued ||
		    auditlog_parse(line.text, line.length, &record) < 0 ||
		    record.session.length < AUDITLOG_ID_LENGTH)
			continue;
		snprintf(index->log, sizeof(index->log), "%.*s", (int)AUDITLOG_ID_LENGTH,
			 record.session.text);
		return strspn(index->log, "0123456789abcdef") == AUDITLOG_ID_LENGTH ? 0 : -1;
	}
	return -1;
}

static enum database_status load_terms(struct index *index, enum term_kind kind)
{
	struct database *database = index->database;
	struct terms *terms = &index->terms[kind];
	enum database_status status;

	terms_free(terms);
	terms_init(terms);
	database_bind(database, INDEX_LIST_TERMS, 1, TERM_ID(kind, 0));
	database_bind(database, INDEX_LIST_TERMS, 2, TERM_ID(kind + 1, 0));
	while ((status = database_step(database, INDEX_LIST_TERMS)) == DATABASE_OK) {
		struct auditlog_text text;
		uint64_t id = database_number(database, INDEX_LIST_TERMS, 0);
		text.text = database_bytes(database, INDEX_LIST_TERMS, 1, &text.length);
		uint32_t expected = terms->count;
		if (id != TERM_ID(kind, expected) || terms_number(terms, text) != expected)
			break;
	}
	database_reset(database, INDEX_LIST_TERMS);
	index->stored[kind] = terms->count;
	return status == DATABASE_OK ? DATABASE_DAMAGED : status;
}

static enum database_status check_log(struct index *index)
{
	struct database *database = index->database;
	enum database_status status = database_step(database, INDEX_GET_LOG);
	size_t length;

	if (status == DATABASE_OK) {
		const void *id = database_bytes(database, INDEX_GET_LOG, 0, &length);
		if (length != AUDITLOG_ID_LENGTH || memcmp(id, index->log, length) != 0)
			status = DATABASE_DAMAGED;
	}
	database_reset(database, INDEX_GET_LOG);
	index->fresh = status == DATABASE_END;
	return status == DATABASE_END ? DATABASE_OK : status;
}

/* What was committed. */
static enum database_status load(struct index *index)
{
	enum database_status status = check_log(index);

	for (unsigned kind = 0;
	     kind < TERM_KINDS && status != DATABASE_DAMAGED && status != DATABASE_FAILED; kind++)
		status = load_terms(index, (enum term_kind)kind);
	return status == DATABASE_OK || status == DATABASE_END ? index_check_segments(index)
							       : status;
}

static void note_failure(struct index *index, const char *what)
{
	char text[128];

	snprintf(text, sizeof(text), "%s: %s", what, strerror(database_error(index->database)));
	index->note(index->context, text);
}

/* What could not be brought up to date is still good for what it knows. */
static enum database_status refresh(struct index *index)
{
	enum database_status status = load(index);

	if (status != DATABASE_OK || !database_is_writable(index->database))
		return status;
	status = index_update(index);
	if (status != DATABASE_FAILED)
		return status;
	note_failure(index, "the search index cannot be brought up to date");
	database_rollback(index->database);
	return load(index);
}

static enum database_status prepare(struct index *index)
{
	enum database_status status = database_check(index->database);

	if (status == DATABASE_OK)
		status = refresh(index);
	if (status != DATABASE_DAMAGED)
		return status;
	status = database_clear(index->database);
	return status == DATABASE_OK ? refresh(index) : status;
}

struct index *index_open(int store, const struct evidence *evidence, struct lines *lines,
			 index_note_fn *note, void *context)
{
	struct index *index = memory_new(sizeof(*index));
	char name[32], text[128];
	int error = 0;

	*index = (struct index){
		.evidence = evidence, .lines = lines, .note = note, .context = context};
	if (find_log(index) < 0) {
		index_close(index);
		return NULL;
	}
	snprintf(name, sizeof(name), "%s.index", index->log);
	index->database = database_open(store, name, &index_schema, &error);
	if (!index->database) {
		snprintf(text, sizeof(text), "searching without an index: %s",
			 error == EAGAIN    ? "another search is making it"
			 : error == ENOTDIR ? "there is no directory for it"
					    : strerror(error));
		note(context, text);
		index_close(index);
		return NULL;
	}
	if (prepare(index) != DATABASE_OK) {
		note_failure(index, "searching without an index");
		index_close(index);
		return NULL;
	}
	database_share(index->database);
	return index;
}

void index_close(struct index *index)
{
	if (!index)
		return;
	database_close(index->database);
	for (unsigned kind = 0; kind < TERM_KINDS; kind++)
		terms_free(&index->terms[kind]);
	free(index->block);
	free(index);
}

void index_discard(struct index *index)
{
	database_discard(index->database);
}
