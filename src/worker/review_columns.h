/* The columns of the audit log's records, for formats that are tables for programs. Their names and
 * order are an interface. */
#ifndef GHWARD_WORKER_REVIEW_COLUMNS_H
#define GHWARD_WORKER_REVIEW_COLUMNS_H

#include "worker/visible.h"
#include "worker/records.h"

enum review_column {
	COLUMN_SEQ,
	COLUMN_TIME,
	COLUMN_MONO,
	COLUMN_SESSION,
	COLUMN_ACTOR,
	COLUMN_JOB,
	COLUMN_EVENT,
	COLUMN_PHASE,
	COLUMN_TARGET,
	COLUMN_DECISION,
	COLUMN_RULE,
	COLUMN_OUTCOME,
	COLUMN_REQUEST_ID,
	COLUMN_SEVERITY,
	COLUMN_DETAILS,
	COLUMN_PREV,
	COLUMNS
};

/* Room for what is no part of the record itself. */
struct review_cells {
	char number[24];
	char details[VISIBLE_SIZE];
};

/* The text of a column, valid until the next call; details are JSON. */
struct auditlog_text review_cell(struct review_cells *, const struct record *, enum review_column)
	__attribute__((nonnull));

const char *review_column_name(enum review_column) __attribute__((returns_nonnull));

#endif
