/* Searching: by the index as far as it goes, then line by line. */
#include "store/search.h"

#include "lib/base/memory.h"
#include "store/candidates.h"
#include "store/newest.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define FOLLOW_MS 200

struct search {
	const struct search_question *question;
	struct sink *sink;
	struct evidence evidence;
	struct lines lines;
	struct index *index; /* NULL for none */
	struct candidates *candidates;
	struct newest *newest;	     /* NULL when lines are written as they are found */
	struct evidence_place after; /* lines before this were written */
};

/* --- one line --- */

static void take(struct search *search, struct evidence_place place, const struct line *line)
{
	if (search->newest) {
		newest_add(search->newest, place);
		return;
	}
	sink_line(search->sink, line->text, line->length);
	search->after = (struct evidence_place){place.segment, line->next};
}

static bool is_over(const struct search *search)
{
	const struct search_question *question = search->question;

	if (search->newest)
		return newest_is_full(search->newest);
	return search->sink->closed ||
	       (question->limit && !question->newest && search->sink->lines >= question->limit);
}

/* Of a stretch whose last records are wanted, all are looked at. */
static bool is_enough(const struct search *search)
{
	return !search->newest && is_over(search);
}

/* Looking for a text is much faster than reading a record. */
static void try_line(struct search *search, uint64_t offset, const struct line *line)
{
	const struct review_filter *filter = search->question->filter;
	struct auditlog_record record;

	if (*filter->text && !memmem(line->text, line->length, filter->text, strlen(filter->text)))
		return;
	if (auditlog_parse(line->text, line->length, &record) == 0 &&
	    auditlog_match(filter, &record, line->text, line->length))
		take(search, (struct evidence_place){search->lines.segment, offset}, line);
}

/* --- line by line --- */

/* From an offset to the end of a segment. Moves the offset on. Returns 0, or -1 with errno. */
static int scan_segment(struct search *search, struct evidence_place *place)
{
	bool continues = false;
	struct line line;
	int got = 0;

	/* Retention may be faster. */
	if (lines_open(&search->lines, &search->evidence, place->segment) < 0)
		return errno == ENOENT ? 0 : -1;
	while (!is_enough(search) && (got = lines_at(&search->lines, place->offset, &line)) == 1) {
		if (!continues && !line.continued)
			try_line(search, place->offset, &line);
		continues = line.continued;
		place->offset = line.next;
	}
	return got < 0 ? -1 : 0;
}

/* Where the scan of segment number i begins, when all of it is to begin there. */
static uint64_t offset_in(const struct search *search, size_t i, struct evidence_place from)
{
	return search->evidence.segments[i] == from.segment ? from.offset : 0;
}

static int scan_up(struct search *search, struct evidence_place *from)
{
	for (size_t i = 0; i < search->evidence.count && !is_over(search); i++) {
		uint64_t segment = search->evidence.segments[i];
		if (segment < from->segment)
			continue;
		*from = (struct evidence_place){segment, offset_in(search, i, *from)};
		if (scan_segment(search, from) < 0)
			return -1;
	}
	return 0;
}

/* Segment by segment from the end, until there are enough. Leaves the end of the log in *from. */
static int scan_down(struct search *search, struct evidence_place *from)
{
	struct evidence_place begin = *from;

	for (size_t i = search->evidence.count; i-- > 0 && !is_over(search);) {
		struct evidence_place place = {search->evidence.segments[i], 0};
		if (place.segment < begin.segment)
			break;
		place.offset = offset_in(search, i, begin);
		if (scan_segment(search, &place) < 0)
			return -1;
		newest_settle(search->newest);
		if (i + 1 == search->evidence.count)
			*from = place;
	}
	return 0;
}

/* --- by the index --- */

static bool is_before(struct evidence_place a, struct evidence_place b)
{
	return a.segment < b.segment || (a.segment == b.segment && a.offset < b.offset);
}

/* What the index promises is held against the record. Only a term that has no number of its own,
 * the time and the text may still speak against one. */
static enum database_status try_candidate(struct search *search, const struct block *block,
					  const struct candidate *candidate)
{
	const struct review_filter *filter = search->question->filter;
	struct review_filter indexed = *filter;
	struct auditlog_record record;
	struct line line;

	if (lines_at(&search->lines, candidate->offset, &line) != 1 || line.continued ||
	    auditlog_parse(line.text, line.length, &record) < 0 || record.seq != candidate->seq)
		return DATABASE_DAMAGED;
	if (auditlog_match(filter, &record, line.text, line.length)) {
		take(search, (struct evidence_place){block->segment, candidate->offset}, &line);
		return DATABASE_OK;
	}
	indexed.since_us = indexed.until_us = 0;
	indexed.text = "";
	return candidate->certain && !auditlog_match(&indexed, &record, line.text, line.length)
		       ? DATABASE_DAMAGED
		       : DATABASE_OK;
}

static enum database_status search_block(struct search *search, struct block *block)
{
	struct candidate candidate;
	enum database_status status = candidates_find(search->candidates, search->index, block);

	if (status != DATABASE_OK)
		return status == DATABASE_END ? DATABASE_OK : status;
	if (lines_open(&search->lines, &search->evidence, block->segment) < 0)
		return errno == ENOENT ? DATABASE_OK : DATABASE_DAMAGED;
	while (status == DATABASE_OK && !is_enough(search) &&
	       candidates_next(search->candidates, block, &candidate)) {
		struct evidence_place place = {block->segment, candidate.offset};
		if (!is_before(place, search->after))
			status = try_candidate(search, block, &candidate);
	}
	return status;
}

static enum database_status search_index(struct search *search)
{
	const struct review_filter *filter = search->question->filter;
	struct block *block = memory_new(sizeof(*block));
	enum database_status status = DATABASE_OK;

	index_ask(search->index, filter->since_us, filter->until_us,
		  search->newest ? INDEX_NEWEST_FIRST : INDEX_OLDEST_FIRST);
	while (status == DATABASE_OK && !is_over(search)) {
		status = index_next(search->index, block);
		if (status == DATABASE_OK)
			status = search_block(search, block);
		if (search->newest)
			newest_settle(search->newest);
	}
	free(block);
	return status == DATABASE_END ? DATABASE_OK : status;
}

/* --- both --- */

static void write_newest(struct search *search)
{
	struct evidence_place place;
	struct line line;

	for (size_t i = 0; newest_get(search->newest, i, &place); i++) {
		if (lines_open(&search->lines, &search->evidence, place.segment) == 0 &&
		    lines_at(&search->lines, place.offset, &line) == 1)
			sink_line(search->sink, line.text, line.length);
	}
	newest_free(search->newest);
	search->newest = NULL;
}

/* Leaves the place where following begins in *end. */
static enum database_status find_newest(struct search *search, struct evidence_place *end)
{
	search->newest = newest_new(search->question->limit);
	if (search->index)
		*end = index_end(search->index);
	if (scan_down(search, end) < 0)
		return DATABASE_FAILED;
	return search->index && !is_over(search) ? search_index(search) : DATABASE_OK;
}

static enum database_status find_all(struct search *search, struct evidence_place *end)
{
	enum database_status status = search->index ? search_index(search) : DATABASE_OK;

	if (status != DATABASE_OK)
		return status;
	*end = search->index ? index_end(search->index) : (struct evidence_place){0};
	/* What was written before the index was found wrong. */
	if (is_before(*end, search->after))
		*end = search->after;
	return scan_up(search, end) < 0 ? DATABASE_FAILED : DATABASE_OK;
}

static enum database_status find(struct search *search, struct evidence_place *end)
{
	return search->question->newest && search->question->limit ? find_newest(search, end)
								   : find_all(search, end);
}

static void drop_index(struct search *search)
{
	index_close(search->index);
	search->index = NULL;
	candidates_free(search->candidates);
	search->candidates = NULL;
}

static void open_index(struct search *search)
{
	const struct search_question *question = search->question;

	if (!candidates_are_fewer(question->filter))
		return;
	search->index = index_open(question->store, &search->evidence, &search->lines,
				   question->note, question->context);
	if (search->index)
		search->candidates = candidates_new(question->filter, search->index);
}

/* An index that turns out to be wrong is made anew, once; then there is none. */
static int find_with_index(struct search *search, struct evidence_place *end)
{
	enum database_status status = DATABASE_DAMAGED;

	for (int turn = 0; turn < 2 && status == DATABASE_DAMAGED; turn++) {
		open_index(search);
		status = find(search, end);
		if (status != DATABASE_OK && search->index) {
			index_discard(search->index);
			status = DATABASE_DAMAGED;
		}
		drop_index(search);
		if (status == DATABASE_DAMAGED && search->newest) {
			newest_free(search->newest);
			search->newest = NULL;
		}
	}
	if (status == DATABASE_DAMAGED)
		status = find(search, end);
	if (status == DATABASE_OK && search->newest)
		write_newest(search);
	return status == DATABASE_OK ? 0 : -1;
}

/* --- following --- */

/* Whether anybody is still interested, asked after a while. */
static bool wait_for_more(const struct search *search)
{
	struct pollfd watched[] = {{.fd = search->sink->fd}, {.fd = search->question->life}};

	return poll(watched, 2, FOLLOW_MS) == 0 && !is_over(search);
}

static bool has_next(const struct search *search, uint64_t segment)
{
	const struct evidence *evidence = &search->evidence;

	return evidence->count && evidence->segments[evidence->count - 1] > segment;
}

/* A writer that was interrupted cut its segment back: what comes next stands in another one, or at
 * the new end of this one. */
static void step_back(struct search *search, struct evidence_place *place)
{
	int64_t size, changed;

	lines_forget(&search->lines);
	if (evidence_look(&search->evidence, place->segment, &size, &changed) == 0 &&
	    (uint64_t)size < place->offset)
		place->offset = (uint64_t)size;
}

static int follow(struct search *search, struct evidence_place *place)
{
	do {
		sink_flush(search->sink);
		step_back(search, place);
		if (scan_segment(search, place) < 0 || evidence_list(&search->evidence) < 0)
			return -1;
		/* Only once there is another one, this one has reached its end. */
		if (has_next(search, place->segment)) {
			lines_forget(&search->lines);
			if (scan_up(search, place) < 0)
				return -1;
		}
		sink_flush(search->sink);
	} while (wait_for_more(search));
	return 0;
}

/* --- the whole --- */

int search_run(const struct search_question *question, struct sink *sink)
{
	struct search search = {
		.question = question, .sink = sink, .evidence.directory = question->evidence};
	struct evidence_place end = {0};
	int status;

	lines_init(&search.lines);
	status = evidence_list(&search.evidence);
	if (status == 0)
		status = find_with_index(&search, &end);
	if (status == 0 && question->follow)
		status = follow(&search, &end);
	int error = errno;
	sink_flush(sink);
	newest_free(search.newest);
	lines_free(&search.lines);
	evidence_free(&search.evidence);
	errno = error;
	return status;
}
