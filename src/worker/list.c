/* alerts list: all pages, each alert once, rendered as they come. */
#include "lib/base/clock.h"
#include "lib/github/alert.h"
#include "worker/age.h"
#include "worker/alert_json.h"
#include "worker/classify.h"
#include "worker/heading.h"
#include "worker/job.h"
#include "worker/pages.h"
#include "worker/seen.h"
#include "worker/table.h"

#include <stdio.h>
#include <string.h>

#define PER_PAGE 100u

struct list {
	struct seen seen; /* a list can shift while it is read and show an alert again */
	struct table *table;
	bool wide;   /* organisation or enterprise: rows name their repository */
	bool headed; /* the line above the table was written */
	uint32_t per_page;
	uint64_t now_s; /* one moment for all rows */
};

static uint64_t hash_alert(const struct alert_view *alert)
{
	return seen_number(seen_name(alert->repository) ^ alert->number);
}

static void location_text(const struct alert_view *alert, char *text, size_t size)
{
	if (alert->start_line && *alert->path)
		snprintf(text, size, "%s:%llu", alert->path, (unsigned long long)alert->start_line);
	else
		snprintf(text, size, "%s", alert->path);
}

static void write_table_row(struct list *list, const struct alert_view *alert)
{
	char number[24], location[600], created[40];
	const char *cells[TABLE_COLUMNS_MAX];
	enum table_colour colours[TABLE_COLUMNS_MAX] = {TABLE_PLAIN};
	unsigned count = 0;

	snprintf(number, sizeof(number), "%llu", (unsigned long long)alert->number);
	age_text(created, sizeof(created), alert->created_at, list->now_s);
	location_text(alert, location, sizeof(location));
	if (list->wide)
		cells[count++] = alert->repository;
	colours[count] = TABLE_BOLD;
	cells[count++] = number;
	colours[count] = table_state_colour(alert->state);
	cells[count++] = alert->state;
	colours[count] = table_severity_colour(alert->severity);
	cells[count++] = alert->severity;
	cells[count++] = alert->rule_id;
	cells[count++] = alert->tool;
	cells[count++] = location;
	colours[count] = TABLE_GREY;
	cells[count++] = created;
	table_row(list->table, cells, colours);
}

static void write_line(struct job *job, const struct list *list, const struct alert_view *alert)
{
	char number[24], location[600];
	const char *cells[] = {list->wide ? alert->repository : NULL,
			       number,
			       alert->state,
			       alert->severity,
			       alert->rule_id,
			       alert->tool,
			       location,
			       alert->created_at};
	const char *separator = "";

	snprintf(number, sizeof(number), "%llu", (unsigned long long)alert->number);
	location_text(alert, location, sizeof(location));
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		if (!cells[i])
			continue;
		output_text(&job->output, separator);
		output_field(&job->output, cells[i]);
		separator = "\t";
	}
	output_text(&job->output, "\n");
}

static bool take_alert(struct job *job, const struct cJSON *element, void *context)
{
	struct list *list = context;
	struct alert_view alert;

	if (!alert_read(element, &alert)) {
		failure_set(&job->failure, FAILURE_MALFORMED, CLASSIFY_HINT,
			    "the answer cannot be used: an alert has no number");
		return false;
	}
	if (!seen_add(&list->seen, hash_alert(&alert)))
		return true;
	switch (job->request.format) {
	case OUTPUT_JSON:
		output_text(&job->output, job->items ? ",\n" : "[");
		alert_json_write(job, element);
		break;
	case OUTPUT_TABLE:
		write_table_row(list, &alert);
		break;
	default:
		write_line(job, list, &alert);
		break;
	}
	job->items++;
	return !job->request.limit || job->items < job->request.limit;
}

/* Before the first row, when the first page has said how many there are. */
static void write_heading(struct job *job, struct list *list)
{
	if (!list->headed && job->items <= list->per_page)
		heading_write(job, &(struct heading){.shown = job->items,
						     .more = job->listed.more,
						     .last = job->listed.last,
						     .per_page = list->per_page});
	list->headed = true;
}

static void end_page(struct job *job, void *context)
{
	struct list *list = context;

	if (list->table && job->items) {
		write_heading(job, list);
		table_settle(list->table);
	}
	output_flush(&job->output);
	pages_progress(job);
}

static enum operation_id choose_operation(const struct job *job)
{
	const char *const *values = job->request.arguments.values;

	if (values[PARAMETER_ORG])
		return OPERATION_ALERTS_LIST_ORG;
	return values[PARAMETER_ENTERPRISE] ? OPERATION_ALERTS_LIST_ENTERPRISE
					    : OPERATION_ALERTS_LIST;
}

/* What makes an output whole is only written when it is. */
static void finish(struct job *job, const struct list *list)
{
	if (job->failure.kind != FAILURE_NONE)
		return;
	if (job->request.format == OUTPUT_JSON)
		output_text(&job->output, job->items ? "]\n" : "[]\n");
	else if (list->table && !job->items)
		heading_write_empty(job);
}

void list_run(struct job *job)
{
	static const struct table_column columns[] = {
		{"REPOSITORY", 40, 12, 0}, {"NUMBER", 10, 0, 0},   {"STATE", 9, 9, 2},
		{"SEVERITY", 8, 0, 1},	   {"RULE", 40, 10, 3},	   {"TOOL", 20, 6, 5},
		{"LOCATION", 0, 14, 4},	   {"CREATED", 24, 24, 6},
	};
	const unsigned count = sizeof(columns) / sizeof(columns[0]);
	uint32_t limit = job->request.limit;
	struct list list = {
		.wide = choose_operation(job) != OPERATION_ALERTS_LIST,
		.per_page = limit && limit < PER_PAGE ? limit : PER_PAGE,
		.now_s = clock_wall_s(),
	};
	unsigned skipped = list.wide ? 0 : 1;

	if (job->request.format == OUTPUT_TABLE)
		list.table = table_new(&job->output, columns + skipped, count - skipped,
				       job->request.width, job->request.colour);
	pages_read(job, choose_operation(job), &job->request.arguments, list.per_page, take_alert,
		   end_page, &list);
	finish(job, &list);
	table_free(list.table);
	seen_free(&list.seen);
}
