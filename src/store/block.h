/* A few thousand records of one segment that follow each other, as columns of numbers. */
#ifndef GHWARD_STORE_BLOCK_H
#define GHWARD_STORE_BLOCK_H

#include "store/terms.h"

/* Two columns of 16-bit numbers fill a page of 16 KiB, one of 32-bit numbers another. */
#define BLOCK_RECORDS 4000u

enum block_column {
	BLOCK_OFFSETS,	  /* 32 bits: where the line begins in its segment */
	BLOCK_JOBS,	  /* 64 bits: see block_job() */
	BLOCK_SEVERITIES, /* 8 bits */
	BLOCK_TERMS,	  /* 16 bits: this and following, one for each enum term_kind */
	BLOCK_COLUMNS = BLOCK_TERMS + TERM_KINDS
};

struct block {
	uint64_t id; /* they are numbered in the order of the log */
	uint64_t segment;
	uint64_t seq; /* of the first record; the others follow without gap */
	uint64_t earliest_us, latest_us;
	uint32_t records;
	uint32_t offsets[BLOCK_RECORDS];
	uint64_t jobs[BLOCK_RECORDS];
	uint8_t severities[BLOCK_RECORDS];
	uint16_t terms[TERM_KINDS][BLOCK_RECORDS];
};

/* "j-0123456789abcdef" as the number that it is; 0 for none, anything for other texts. */
uint64_t block_job(struct auditlog_text);

/* A block without records. */
void block_begin(struct block *, uint64_t id, uint64_t segment) __attribute__((nonnull));

/* Returns false, and does nothing, when the record does not fit behind those that are there. */
bool block_add(struct block *, const struct auditlog_record *, uint64_t offset,
	       const uint16_t terms[TERM_KINDS]) __attribute__((nonnull));

/* The bytes of a column, of which a stored one has block_column_size(). */
void *block_column(struct block *, enum block_column) __attribute__((nonnull, returns_nonnull));
size_t block_column_size(enum block_column, uint32_t records);

#endif
