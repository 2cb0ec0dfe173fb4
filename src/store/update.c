/* Bringing an index up to date. */
#include "store/index_parts.h"

#include "lib/base/memory.h"
#include "store/sum.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Less than this is read faster than it is indexed. */
#define WORTHWHILE ((uint64_t)256 * 1024)
/* With more than this to read, somebody may wonder what takes so long. */
#define TELLING ((uint64_t)512 << 20)
/* What one transaction holds, in blocks: 100,000 records. */
#define BATCH 25u

/* Offsets have 32 bits. */
#define SEGMENT_MAX ((int64_t)UINT32_MAX - AUDITLOG_LINE_MAX)

/* --- comparing --- */

static uint64_t sum_line(const char *text, size_t length)
{
	return sum_bytes(text, length) >> 1; /* SQLite's numbers have a sign */
}

enum growth { UNCHANGED, GROWN, OTHERWISE };

static enum growth compare_file(const struct index *index, const struct index_segment *known)
{
	int64_t size, changed;

	if (evidence_look(index->evidence, known->segment, &size, &changed) < 0 ||
	    (uint64_t)size < known->size)
		return OTHERWISE;
	if ((uint64_t)size > known->size)
		return GROWN;
	return (uint64_t)changed == known->changed ? UNCHANGED : OTHERWISE;
}

/* A segment that was followed by another one does not change any more. */
static bool is_unchanged(const struct index *index, const struct index_segment *known)
{
	return compare_file(index, known) == UNCHANGED;
}

/* The newest grows; the last record that was seen must still be there. */
static bool is_continued(const struct index *index, const struct index_segment *known)
{
	struct line line;

	if (compare_file(index, known) == OTHERWISE)
		return false;
	if (lines_open(index->lines, index->evidence, known->segment) < 0)
		return false;
	if (known->last == known->done)
		return true;
	return lines_at(index->lines, known->last, &line) == 1 && line.next == known->done &&
	       sum_line(line.text, line.length) == known->last_sum;
}

static void get_segment(struct index *index, struct index_segment *segment)
{
	uint64_t *fields[] = {&segment->segment, &segment->size, &segment->changed,
			      &segment->done,	 &segment->last, &segment->last_sum};

	for (int i = 0; i < 6; i++)
		*fields[i] = database_number(index->database, INDEX_LIST_SEGMENTS, i);
}

enum database_status index_check_segments(struct index *index)
{
	const struct evidence *evidence = index->evidence;
	struct index_segment row, *last = &index->last;
	enum database_status status;
	size_t known = 0;

	memset(last, 0, sizeof(*last));
	while ((status = database_step(index->database, INDEX_LIST_SEGMENTS)) == DATABASE_OK) {
		get_segment(index, &row);
		if (row.segment < evidence->segments[0])
			continue; /* retention has removed it */
		if (known == evidence->count || row.segment != evidence->segments[known++] ||
		    (last->segment && !is_unchanged(index, last)))
			break;
		*last = row;
	}
	database_reset(index->database, INDEX_LIST_SEGMENTS);
	if (status != DATABASE_END)
		return status == DATABASE_OK ? DATABASE_DAMAGED : status;
	if (!last->segment)
		return index->fresh ? DATABASE_OK : DATABASE_DAMAGED;
	return is_continued(index, last) ? DATABASE_OK : DATABASE_DAMAGED;
}

/* --- storing --- */

static enum database_status put_block(struct index *index)
{
	struct database *database = index->database;
	struct block *block = index->block;
	const uint64_t fields[] = {block->id,	   block->segment,     block->seq,
				   block->records, block->earliest_us, block->latest_us};

	if (!block->records)
		return DATABASE_OK;
	for (int i = 0; i < 6; i++)
		database_bind(database, INDEX_PUT_BLOCK, i + 1, fields[i]);
	enum database_status status = database_run(database, INDEX_PUT_BLOCK);
	for (unsigned i = 0; i < BLOCK_COLUMNS && status == DATABASE_OK; i++) {
		enum block_column column = (enum block_column)i;
		database_bind(database, INDEX_PUT_COLUMN, 1, block->id * BLOCK_ID_STEP + i);
		database_bind_bytes(database, INDEX_PUT_COLUMN, 2, block_column(block, column),
				    block_column_size(column, block->records));
		status = database_run(database, INDEX_PUT_COLUMN);
	}
	return status;
}

static enum database_status put_segment(struct index *index)
{
	const struct index_segment *last = &index->last;
	const uint64_t fields[] = {last->segment, last->size, last->changed,
				   last->done,	  last->last, last->last_sum};

	for (int i = 0; i < 6; i++)
		database_bind(index->database, INDEX_PUT_SEGMENT, i + 1, fields[i]);
	return database_run(index->database, INDEX_PUT_SEGMENT);
}

static enum database_status put_terms(struct index *index, enum term_kind kind)
{
	enum database_status status = DATABASE_OK;
	uint32_t *stored = &index->stored[kind];

	for (; *stored < index->terms[kind].count && status == DATABASE_OK; ++*stored) {
		struct auditlog_text text = terms_text(&index->terms[kind], *stored);
		database_bind(index->database, INDEX_PUT_TERM, 1, TERM_ID(kind, *stored));
		database_bind_bytes(index->database, INDEX_PUT_TERM, 2, text.text, text.length);
		status = database_run(index->database, INDEX_PUT_TERM);
	}
	return status;
}

static enum database_status commit(struct index *index)
{
	enum database_status status = put_block(index);

	if (status == DATABASE_OK)
		status = put_segment(index);
	for (unsigned kind = 0; kind < TERM_KINDS && status == DATABASE_OK; kind++)
		status = put_terms(index, (enum term_kind)kind);
	return status == DATABASE_OK ? database_commit(index->database) : status;
}

/* The block is full, or at its end for another reason: the next one begins. */
static enum database_status next_block(struct index *index)
{
	struct block *block = index->block;
	enum database_status status = put_block(index);

	if (status == DATABASE_OK && block->records && block->id % BATCH == BATCH - 1) {
		status = commit(index);
		if (status == DATABASE_OK)
			status = database_begin(index->database, DATABASE_WRITE);
	}
	if (block->id == BLOCK_ID_MAX)
		return DATABASE_DAMAGED;
	block_begin(block, block->id + (block->records ? 1 : 0), index->last.segment);
	return status;
}

/* --- reading --- */

static enum database_status add_record(struct index *index, const struct auditlog_record *record,
				       uint64_t offset)
{
	uint16_t terms[TERM_KINDS];

	for (unsigned kind = 0; kind < TERM_KINDS; kind++)
		terms[kind] =
			terms_number(&index->terms[kind], terms_of(record, (enum term_kind)kind));
	if (block_add(index->block, record, offset, terms))
		return DATABASE_OK;
	enum database_status status = next_block(index);
	/* An empty one takes whatever there is. */
	(void)block_add(index->block, record, offset, terms);
	return status;
}

/* Damage in the log is the verifier's business: what is no record is passed over. */
static enum database_status add_line(struct index *index, const struct line *line, bool continues)
{
	struct index_segment *last = &index->last;
	struct auditlog_record record;
	enum database_status status = DATABASE_OK;
	uint64_t offset = last->done;

	if (!line->continued && !continues &&
	    auditlog_parse(line->text, line->length, &record) == 0) {
		status = add_record(index, &record, offset);
		last->last = offset;
		last->last_sum = sum_line(line->text, line->length);
		last->done = line->next;
	} else {
		last->done = last->last = line->next;
	}
	return status;
}

static enum database_status failed(struct index *index, int error)
{
	database_set_error(index->database, error);
	return DATABASE_FAILED;
}

/* From last.done to the end of the segment. */
static enum database_status read_segment(struct index *index)
{
	struct index_segment *last = &index->last;
	enum database_status status = DATABASE_OK;
	bool continues = false;
	int64_t size, changed;
	struct line line;
	int got = 0;

	if (evidence_look(index->evidence, last->segment, &size, &changed) < 0 ||
	    lines_open(index->lines, index->evidence, last->segment) < 0)
		return failed(index, errno);
	if (size > SEGMENT_MAX)
		return failed(index, EFBIG);
	last->size = (uint64_t)size;
	last->changed = (uint64_t)changed;
	while (status == DATABASE_OK && last->done <= (uint64_t)SEGMENT_MAX &&
	       (got = lines_at(index->lines, last->done, &line)) == 1) {
		status = add_line(index, &line, continues);
		continues = line.continued;
	}
	if (got < 0)
		return failed(index, errno);
	return status == DATABASE_OK ? put_segment(index) : status;
}

/* Goes on filling the last block, when it is of the last segment. */
static enum database_status resume_block(struct index *index)
{
	struct block *block = index->block;
	enum database_status status = index_get_block(index, INDEX_LAST_BLOCK, block);

	database_reset(index->database, INDEX_LAST_BLOCK);
	if (status == DATABASE_END) {
		block_begin(block, 0, index->last.segment);
		return DATABASE_OK;
	}
	if (status != DATABASE_OK)
		return status;
	if (block->segment != index->last.segment) {
		block_begin(block, block->id + 1, index->last.segment);
		return DATABASE_OK;
	}
	for (unsigned i = 0; i < BLOCK_COLUMNS && status == DATABASE_OK; i++)
		status = index_column(index, block, (enum block_column)i);
	return status;
}

/* --- the whole --- */

/* What retention has removed. */
static enum database_status drop_removed(struct index *index)
{
	struct database *database = index->database;
	uint64_t first = index->evidence->segments[0];

	database_bind(database, INDEX_FIRST_BLOCK_FROM, 1, first);
	enum database_status status = database_step(database, INDEX_FIRST_BLOCK_FROM);
	uint64_t id =
		status == DATABASE_OK ? database_number(database, INDEX_FIRST_BLOCK_FROM, 0) : 0;
	database_reset(database, INDEX_FIRST_BLOCK_FROM);
	if (status != DATABASE_OK || id > BLOCK_ID_MAX)
		return status == DATABASE_END ? DATABASE_OK : status;
	database_bind(database, INDEX_DROP_SEGMENTS, 1, first);
	database_bind(database, INDEX_DROP_BLOCKS, 1, id);
	database_bind(database, INDEX_DROP_COLUMNS, 1, id * BLOCK_ID_STEP);
	status = database_run(database, INDEX_DROP_SEGMENTS);
	if (status == DATABASE_OK)
		status = database_run(database, INDEX_DROP_BLOCKS);
	return status == DATABASE_OK ? database_run(database, INDEX_DROP_COLUMNS) : status;
}

/* Bytes that it does not know. */
static uint64_t count_new(const struct index *index)
{
	const struct evidence *evidence = index->evidence;
	int64_t size, changed;
	uint64_t sum = 0;

	for (size_t i = evidence->count; i-- > 0 && evidence->segments[i] >= index->last.segment;) {
		if (evidence_look(evidence, evidence->segments[i], &size, &changed) == 0)
			sum += (uint64_t)size;
	}
	return sum > index->last.done ? sum - index->last.done : 0;
}

static enum database_status begin(struct index *index)
{
	struct database *database = index->database;
	enum database_status status = database_begin(database, DATABASE_WRITE);

	if (status == DATABASE_OK && index->fresh) {
		database_bind_bytes(database, INDEX_PUT_LOG, 1, index->log, AUDITLOG_ID_LENGTH);
		status = database_run(database, INDEX_PUT_LOG);
		index->last.segment = index->evidence->segments[0];
	}
	return status == DATABASE_OK ? drop_removed(index) : status;
}

static enum database_status read_all(struct index *index)
{
	const struct evidence *evidence = index->evidence;
	enum database_status status = resume_block(index);

	for (size_t i = 0; i < evidence->count && status == DATABASE_OK; i++) {
		if (evidence->segments[i] < index->last.segment)
			continue;
		if (evidence->segments[i] > index->last.segment) {
			index->last = (struct index_segment){.segment = evidence->segments[i]};
			status = next_block(index);
		}
		if (status == DATABASE_OK)
			status = read_segment(index);
	}
	return status;
}

enum database_status index_update(struct index *index)
{
	uint64_t new_bytes = count_new(index);
	char text[128];

	if (!index->fresh && new_bytes < WORTHWHILE)
		return DATABASE_OK;
	if (new_bytes >= TELLING) {
		snprintf(text, sizeof(text), "indexing %" PRIu64 " MiB of the audit log first",
			 new_bytes >> 20);
		index->note(index->context, text);
	}
	if (!index->block)
		index->block = memory_new(sizeof(*index->block));
	enum database_status status = begin(index);
	if (status == DATABASE_OK)
		status = read_all(index);
	return status == DATABASE_OK ? commit(index) : status;
}
