/* alerts instances: where an alert was found, as a list or put together by file or state. */
#include "lib/base/log.h"
#include "lib/github/fields.h"
#include "worker/alert_json.h"
#include "worker/pages.h"
#include "worker/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PER_PAGE 100u

/* Kept until all are there when they are to be grouped. More than this is no list to look at. */
#define GROUPED_MAX 100000u

struct found {
	struct cJSON *instance;
	const char *group; /* in the instance */
	size_t place;	   /* in GitHub's order */
};

struct listing {
	struct table *table;
	struct found *kept;
	size_t kept_count, kept_capacity;
};

static const struct table_column columns[] = {
	{"REF", 40, 10, 0},    {"STATE", 9, 9, 2},     {"LOCATION", 0, 16, 1},
	{"COMMIT", 12, 12, 3}, {"CATEGORY", 30, 8, 4},
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static void location_text(const struct cJSON *instance, char *text, size_t size)
{
	const struct cJSON *location = json_get_object(instance, "location");
	const char *path = json_get_text(location, "path");
	uint64_t line;

	if (*path && json_get_u64(location, "start_line", &line))
		snprintf(text, size, "%s:%llu", path, (unsigned long long)line);
	else
		snprintf(text, size, "%s", path);
}

static void write_row(struct job *job, struct table *table, const struct cJSON *instance)
{
	char location[600], commit[13];
	const char *state = json_get_text(instance, "state");
	const char *cells[COLUMNS] = {json_get_text(instance, "ref"), state, location, commit,
				      json_get_text(instance, "category")};
	enum table_colour colours[COLUMNS] = {TABLE_PLAIN, table_state_colour(state), TABLE_PLAIN,
					      TABLE_GREY, TABLE_GREY};

	location_text(instance, location, sizeof(location));
	snprintf(commit, sizeof(commit), "%.12s", json_get_text(instance, "commit_sha"));
	if (table) {
		table_row(table, cells, colours);
		return;
	}
	for (size_t i = 0; i < COLUMNS; i++) {
		output_text(&job->output, i ? "\t" : "");
		output_field(&job->output, cells[i]);
	}
	output_text(&job->output, "\n");
}

static void write_instance(struct job *job, struct table *table, const struct cJSON *instance,
			   bool first)
{
	if (job->request.format != OUTPUT_JSON) {
		write_row(job, table, instance);
		return;
	}
	output_text(&job->output, first ? "" : ",\n");
	json_fields_write(job, FIELD_SET_INSTANCE, instance);
}

static struct table *new_table(struct job *job)
{
	if (job->request.format != OUTPUT_TABLE)
		return NULL;
	return table_new(&job->output, columns, COLUMNS, job->request.width, job->request.colour);
}

/* --- groups --- */

static const char *group_of(const struct job *job, const struct cJSON *instance)
{
	if (job->request.grouping == GROUP_STATE)
		return json_get_text(instance, "state");
	return json_get_text(json_get_object(instance, "location"), "path");
}

static bool keep(struct job *job, struct listing *listing, const struct cJSON *instance)
{
	if (listing->kept_count == GROUPED_MAX) {
		failure_set(&job->failure, FAILURE_USAGE, "List them without --group-by.",
			    "more than %u instances cannot be grouped", GROUPED_MAX);
		return false;
	}
	if (listing->kept_count == listing->kept_capacity) {
		size_t capacity = listing->kept_capacity ? listing->kept_capacity * 2 : 256;
		struct found *kept = realloc(listing->kept, capacity * sizeof(*kept));
		if (!kept)
			fatal("out of memory");
		listing->kept = kept;
		listing->kept_capacity = capacity;
	}
	struct cJSON *copy = cJSON_Duplicate(instance, true);
	if (!copy)
		fatal("out of memory");
	listing->kept[listing->kept_count] =
		(struct found){copy, group_of(job, copy), listing->kept_count};
	listing->kept_count++;
	return true;
}

static int compare_found(const void *left, const void *right)
{
	const struct found *one = left, *other = right;
	int order = strcmp(one->group, other->group);

	return order ? order : (one->place > other->place) - (one->place < other->place);
}

static size_t group_length(const struct listing *listing, size_t start)
{
	size_t end = start;

	while (end < listing->kept_count &&
	       strcmp(listing->kept[end].group, listing->kept[start].group) == 0)
		end++;
	return end - start;
}

/* Terminal: "src/a.js (3)" over a table. Pipe: the group in front of each line. JSON: an object
 * with a list per group. */
static void begin_group(struct job *job, const char *group, size_t length, bool first)
{
	struct output *output = &job->output;
	char count[32];

	if (job->request.format == OUTPUT_JSON) {
		output_text(output, first ? "{" : ",\n");
		json_string_write(output, group);
		output_text(output, ":[");
		return;
	}
	snprintf(count, sizeof(count), " (%zu)\n", length);
	output_text(output, first ? "" : "\n");
	output_text(output, job->request.colour ? "\x1b[1m" : "");
	output_field(output, *group ? group : "unknown");
	output_text(output, job->request.colour ? "\x1b[0m" : "");
	output_text(output, count);
}

static void write_group(struct job *job, const struct found *members, size_t length, bool first)
{
	bool lines = job->request.format == OUTPUT_LINES;

	if (!lines)
		begin_group(job, members->group, length, first);
	struct table *table = new_table(job);
	for (size_t i = 0; i < length; i++) {
		if (lines) {
			output_field(&job->output, members[i].group);
			output_text(&job->output, "\t");
		}
		write_instance(job, table, members[i].instance, i == 0);
	}
	if (table)
		table_settle(table);
	table_free(table);
	if (job->request.format == OUTPUT_JSON)
		output_text(&job->output, "]");
}

static void write_groups(struct job *job, struct listing *listing)
{
	if (listing->kept_count)
		qsort(listing->kept, listing->kept_count, sizeof(*listing->kept), compare_found);
	for (size_t start = 0; start < listing->kept_count;) {
		size_t length = group_length(listing, start);
		write_group(job, listing->kept + start, length, start == 0);
		start += length;
	}
	if (job->request.format == OUTPUT_JSON)
		output_text(&job->output, listing->kept_count ? "}\n" : "{}\n");
}

/* --- the list --- */

static bool take_instance(struct job *job, const struct cJSON *instance, void *context)
{
	struct listing *listing = context;

	if (!cJSON_IsObject(instance)) {
		failure_set(&job->failure, FAILURE_MALFORMED,
			    "Is the API address right? Another service may answer.",
			    "the answer cannot be used: an instance is not an object");
		return false;
	}
	if (job->request.grouping != GROUP_NONE) {
		if (!keep(job, listing, instance))
			return false;
	} else {
		if (job->request.format == OUTPUT_JSON && job->items == 0)
			output_text(&job->output, "[");
		write_instance(job, listing->table, instance, job->items == 0);
	}
	job->items++;
	return !job->request.limit || job->items < job->request.limit;
}

static void end_page(struct job *job, void *context)
{
	struct listing *listing = context;

	if (listing->table && job->items)
		table_settle(listing->table);
	output_flush(&job->output);
	pages_progress(job);
}

static void finish(struct job *job, struct listing *listing)
{
	if (job->failure.kind != FAILURE_NONE)
		return;
	if (job->request.grouping != GROUP_NONE)
		write_groups(job, listing);
	else if (job->request.format == OUTPUT_JSON)
		output_text(&job->output, job->items ? "]\n" : "[]\n");
	else if (job->request.format == OUTPUT_TABLE && !job->items)
		output_text(&job->output, "No instances match.\n");
}

void instances_run(struct job *job)
{
	struct listing listing = {0};

	if (job->request.grouping == GROUP_NONE)
		listing.table = new_table(job);
	pages_read(job, OPERATION_ALERTS_INSTANCES, &job->request.arguments, PER_PAGE,
		   take_instance, end_page, &listing);
	finish(job, &listing);
	table_free(listing.table);
	for (size_t i = 0; i < listing.kept_count; i++)
		cJSON_Delete(listing.kept[i].instance);
	free(listing.kept);
}
