/* Columns. */
#include "store/block.h"

#include <string.h>

static int digit_of(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

uint64_t block_job(struct auditlog_text job)
{
	uint64_t number = 0;

	for (size_t i = job.length > 2 ? 2 : 0; i < job.length; i++) {
		int digit = digit_of(job.text[i]);
		number = number << 4 | (uint64_t)(digit < 0 ? 0 : digit);
	}
	return number;
}

void block_begin(struct block *block, uint64_t id, uint64_t segment)
{
	block->id = id;
	block->segment = segment;
	block->records = 0;
}

static void widen(struct block *block, uint64_t time_us)
{
	if (time_us < block->earliest_us)
		block->earliest_us = time_us;
	if (time_us > block->latest_us)
		block->latest_us = time_us;
}

bool block_add(struct block *block, const struct auditlog_record *record, uint64_t offset,
	       const uint16_t terms[TERM_KINDS])
{
	uint32_t at = block->records;

	if (at == BLOCK_RECORDS || (at && record->seq != block->seq + at))
		return false;
	if (at == 0) {
		block->seq = record->seq;
		block->earliest_us = block->latest_us = record->time_us;
	}
	widen(block, record->time_us);
	block->offsets[at] = (uint32_t)offset;
	block->jobs[at] = block_job(record->job);
	block->severities[at] = (uint8_t)record->severity;
	for (unsigned kind = 0; kind < TERM_KINDS; kind++)
		block->terms[kind][at] = terms[kind];
	block->records++;
	return true;
}

void *block_column(struct block *block, enum block_column column)
{
	switch (column) {
	case BLOCK_OFFSETS:
		return block->offsets;
	case BLOCK_JOBS:
		return block->jobs;
	case BLOCK_SEVERITIES:
		return block->severities;
	default:
		return block->terms[column - BLOCK_TERMS];
	}
}

size_t block_column_size(enum block_column column, uint32_t records)
{
	switch (column) {
	case BLOCK_OFFSETS:
		return records * sizeof(uint32_t);
	case BLOCK_JOBS:
		return records * sizeof(uint64_t);
	case BLOCK_SEVERITIES:
		return records * sizeof(uint8_t);
	default:
		return records * sizeof(uint16_t);
	}
}
