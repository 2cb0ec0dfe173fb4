/* A filter over columns. */
#include "store/candidates.h"

#include "lib/auditlog/match.h"
#include "lib/base/memory.h"

#include <stdlib.h>
#include <string.h>

struct candidates {
	const struct review_filter *filter;
	uint64_t job;
	/* For each number of a term whether it is meant; NULL where the filter says nothing. */
	bool *meant[TERM_KINDS];
	bool possible[BLOCK_RECORDS], certain[BLOCK_RECORDS];
	uint32_t next;
};

static const char *pattern_of(const struct review_filter *filter, enum term_kind kind)
{
	switch (kind) {
	case TERM_ACTOR:
		return filter->actor;
	case TERM_EVENT:
		return filter->event;
	case TERM_OUTCOME:
		return filter->outcome;
	default:
		return filter->repository;
	}
}

bool candidates_are_fewer(const struct review_filter *filter)
{
	bool patterns = false;

	for (unsigned kind = 0; kind < TERM_KINDS; kind++)
		patterns |= *pattern_of(filter, (enum term_kind)kind) != 0;
	return patterns || filter->since_us || filter->until_us || filter->severities ||
	       *filter->job;
}

static bool *judge_terms(const struct terms *terms, const char *pattern)
{
	bool *meant = memory_new(TERM_OTHER + 1);

	for (uint32_t i = 0; i < terms->count; i++)
		meant[i] = auditlog_glob(pattern, terms_text(terms, i));
	meant[TERM_OTHER] = true;
	return meant;
}

struct candidates *candidates_new(const struct review_filter *filter, const struct index *index)
{
	struct candidates *candidates = memory_new(sizeof(*candidates));

	candidates->filter = filter;
	candidates->job = block_job((struct auditlog_text){filter->job, strlen(filter->job)});
	for (unsigned i = 0; i < TERM_KINDS; i++) {
		enum term_kind kind = (enum term_kind)i;
		if (*pattern_of(filter, kind))
			candidates->meant[i] =
				judge_terms(index_terms(index, kind), pattern_of(filter, kind));
	}
	return candidates;
}

void candidates_free(struct candidates *candidates)
{
	if (!candidates)
		return;
	for (unsigned kind = 0; kind < TERM_KINDS; kind++)
		free(candidates->meant[kind]);
	free(candidates);
}

/* A number that no term has is not the index's own, and is looked at like one of no number. */
static void narrow_by_term(struct candidates *candidates, const struct block *block, unsigned kind)
{
	const bool *meant = candidates->meant[kind];

	for (uint32_t i = 0; i < block->records; i++) {
		uint16_t term = block->terms[kind][i];
		candidates->possible[i] &= meant[term];
		candidates->certain[i] &= term != TERM_OTHER;
	}
}

static void narrow_by_job(struct candidates *candidates, const struct block *block)
{
	for (uint32_t i = 0; i < block->records; i++)
		candidates->possible[i] &= block->jobs[i] == candidates->job;
}

static void narrow_by_severity(struct candidates *candidates, const struct block *block)
{
	unsigned wanted = candidates->filter->severities;

	for (uint32_t i = 0; i < block->records; i++)
		candidates->possible[i] &=
			block->severities[i] < 8 && (wanted >> block->severities[i] & 1);
}

static bool is_empty(const struct candidates *candidates, const struct block *block)
{
	return memchr(candidates->possible, 1, block->records) == NULL;
}

/* The narrowest first, so that most blocks need no other column. */
static enum database_status narrow(struct candidates *candidates, struct index *index,
				   struct block *block)
{
	enum database_status status = DATABASE_OK;

	if (*candidates->filter->job) {
		status = index_column(index, block, BLOCK_JOBS);
		narrow_by_job(candidates, block);
	}
	for (unsigned i = TERM_KINDS; i-- > 0 && status == DATABASE_OK;) {
		if (!candidates->meant[i] || is_empty(candidates, block))
			continue;
		status = index_column(index, block, (enum block_column)(BLOCK_TERMS + i));
		narrow_by_term(candidates, block, i);
	}
	if (status == DATABASE_OK && candidates->filter->severities) {
		status = index_column(index, block, BLOCK_SEVERITIES);
		narrow_by_severity(candidates, block);
	}
	return status;
}

enum database_status candidates_find(struct candidates *candidates, struct index *index,
				     struct block *block)
{
	memset(candidates->possible, true, block->records);
	/* Two jobs may have the same number only where one is no job's id. */
	memset(candidates->certain, !*candidates->filter->job, block->records);
	candidates->next = 0;
	enum database_status status = narrow(candidates, index, block);
	if (status != DATABASE_OK)
		return status;
	if (is_empty(candidates, block))
		return DATABASE_END;
	return index_column(index, block, BLOCK_OFFSETS);
}

bool candidates_next(struct candidates *candidates, const struct block *block,
		     struct candidate *candidate)
{
	const bool *found = memchr(candidates->possible + candidates->next, 1,
				   block->records - candidates->next);

	if (!found)
		return false;
	uint32_t at = (uint32_t)(found - candidates->possible);
	candidates->next = at + 1;
	*candidate = (struct candidate){
		.seq = block->seq + at,
		.offset = block->offsets[at],
		.certain = candidates->certain[at],
	};
	return true;
}
