/* The columns of the audit log's records. */
#include "worker/review_columns.h"

#include <stdio.h>
#include <string.h>

const char *review_column_name(enum review_column column)
{
	static const char *const names[COLUMNS] = {
		[COLUMN_SEQ] = "seq",
		[COLUMN_TIME] = "time",
		[COLUMN_MONO] = "mono",
		[COLUMN_SESSION] = "session",
		[COLUMN_ACTOR] = "actor",
		[COLUMN_JOB] = "job",
		[COLUMN_EVENT] = "event",
		[COLUMN_PHASE] = "phase",
		[COLUMN_TARGET] = "target",
		[COLUMN_DECISION] = "decision",
		[COLUMN_RULE] = "rule",
		[COLUMN_OUTCOME] = "outcome",
		[COLUMN_REQUEST_ID] = "request_id",
		[COLUMN_SEVERITY] = "severity",
		[COLUMN_DETAILS] = "details",
		[COLUMN_PREV] = "prev",
	};

	return names[column];
}

static const char *number_text(struct review_cells *cells, uint64_t number)
{
	snprintf(cells->number, sizeof(cells->number), "%llu", (unsigned long long)number);
	return cells->number;
}

static const char *cell_text(struct review_cells *cells, const struct record *record,
			     enum review_column column)
{
	switch (column) {
	case COLUMN_SEQ:
		return number_text(cells, record->seq);
	case COLUMN_TIME:
		return record->time;
	case COLUMN_MONO:
		return number_text(cells, record->mono_us);
	case COLUMN_SESSION:
		return record->session;
	case COLUMN_ACTOR:
		return record->actor;
	case COLUMN_JOB:
		return record->job;
	case COLUMN_EVENT:
		return record->event;
	case COLUMN_PHASE:
		return record_phase(record->phase);
	case COLUMN_TARGET:
		return record->target;
	case COLUMN_DECISION:
		return record->decision;
	case COLUMN_RULE:
		return record->rule;
	case COLUMN_OUTCOME:
		return record->outcome;
	case COLUMN_REQUEST_ID:
		return record->request_id;
	case COLUMN_SEVERITY:
		return record_severity(record->severity);
	default:
		return record->prev;
	}
}

struct auditlog_text review_cell(struct review_cells *cells, const struct record *record,
				 enum review_column column)
{
	if (column == COLUMN_DETAILS)
		return visible_json(
			(struct auditlog_text){record->details_text, record->details_length},
			cells->details);
	const char *text = cell_text(cells, record, column);
	return (struct auditlog_text){text, strlen(text)};
}
