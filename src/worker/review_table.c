/* The audit log for a terminal: one row per record. */
#include "worker/review.h"
#include "worker/table.h"

#include <stdio.h>
#include <string.h>

/* More than a cell can have on a terminal. */
#define DETAILS_SIZE 512u

/* On 80 columns all but phase, number, details and job have room. */
static const struct table_column columns[] = {
	{"SEQ", 14, 0, 5},     {"TIME (UTC)", 19, 19, 0}, {"LEVEL", 8, 8, 1},
	{"ACTOR", 24, 8, 3},   {"EVENT", 28, 18, 0},	  {"PHASE", 6, 6, 4},
	{"TARGET", 40, 12, 2}, {"OUTCOME", 14, 8, 1},	  {"JOB", 18, 18, 7},
	{"DETAILS", 0, 12, 6},
};

/* What a record usually needs, for those who follow and cannot wait for many. */
static const char *const usual[] = {
	"1234567", "2026-01-02 03:04:05", "warning",  "uid:1000", "alerts.list.org",
	"intent",  "acme/storefront#42",  "answered", "",	  "",
};

/* "2026-01-02 03:04:05" */
static void short_time(char text[24], const char *time)
{
	snprintf(text, 24, "%.10s %.8s", time, time + 11);
}

static void details_text(char text[DETAILS_SIZE], const struct record *record)
{
	size_t used = 0;

	text[0] = 0;
	for (unsigned i = 0; i < record->detail_count && used < DETAILS_SIZE; i++)
		used += (size_t)snprintf(text + used, DETAILS_SIZE - used, "%s%s=%.400s",
					 i ? " " : "", record->details[i].key,
					 record->details[i].value);
}

static enum table_colour severity_colour(enum audit_severity severity)
{
	if (severity == AUDIT_CRITICAL)
		return TABLE_RED;
	return severity == AUDIT_WARNING ? TABLE_YELLOW : TABLE_GREY;
}

/* Of an intent, what was decided. */
static const char *outcome_text(const struct record *record)
{
	return *record->outcome ? record->outcome : record->decision;
}

static void begin(struct review *review)
{
	const struct job_request *request = &review->job->request;
	struct table *table =
		table_new(&review->job->output, columns, sizeof(columns) / sizeof(columns[0]),
			  request->width, request->colour);

	if (request->review.follow)
		table_measure(table, usual);
	review->state = table;
}

static void write_row(struct review *review, const struct record *record)
{
	char seq[24], time[24], details[DETAILS_SIZE];
	const char *cells[] = {seq,
			       time,
			       record_severity(record->severity),
			       record->actor,
			       record->event,
			       record_phase(record->phase),
			       record->target,
			       outcome_text(record),
			       record->job,
			       details};
	const enum table_colour colours[TABLE_COLUMNS_MAX] = {
		TABLE_GREY,	 TABLE_PLAIN, severity_colour(record->severity),
		TABLE_PLAIN,	 TABLE_BOLD,  TABLE_GREY,
		[8] = TABLE_GREY};

	snprintf(seq, sizeof(seq), "%llu", (unsigned long long)record->seq);
	short_time(time, record->time);
	details_text(details, record);
	table_row(review->state, cells, colours);
}

static void settle(struct review *review)
{
	if (review->job->items)
		table_settle(review->state);
}

static void end(struct review *review)
{
	if (review->job->items)
		table_settle(review->state);
	else
		output_text(&review->job->output, "No record matches.\n");
}

static void clean(struct review *review)
{
	table_free(review->state);
}

const struct review_format_ways review_table = {
	.begin = begin, .record = write_row, .pause = settle, .end = end, .clean = clean};
