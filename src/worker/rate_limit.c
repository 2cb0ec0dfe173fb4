/* rate-limit: GitHub's buckets. */
#include "lib/github/fields.h"
#include "lib/json/parse.h"
#include "worker/alert_json.h"
#include "worker/ask.h"
#include "worker/classify.h"
#include "worker/job.h"
#include "worker/table.h"
#include "worker/when.h"

#include <stdio.h>
#include <string.h>

static void number_text(const struct cJSON *bucket, const char *key, char text[24])
{
	uint64_t value;

	text[0] = 0;
	if (json_get_u64(bucket, key, &value))
		snprintf(text, 24, "%llu", (unsigned long long)value);
}

static void reset_text(const struct cJSON *bucket, char text[WHEN_SIZE])
{
	uint64_t seconds;

	text[0] = 0;
	if (json_get_u64(bucket, "reset", &seconds))
		when_write(text, seconds);
}

static void write_bucket(struct job *job, struct table *table, const struct cJSON *bucket)
{
	static const enum table_colour plain[5] = {TABLE_BOLD};
	char limit[24], used[24], remaining[24], reset[WHEN_SIZE];
	const char *cells[] = {bucket->string, limit, used, remaining, reset};

	number_text(bucket, "limit", limit);
	number_text(bucket, "used", used);
	number_text(bucket, "remaining", remaining);
	reset_text(bucket, reset);
	if (table) {
		table_row(table, cells, plain);
		return;
	}
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		output_text(&job->output, i ? "\t" : "");
		output_field(&job->output, cells[i]);
	}
	output_text(&job->output, "\n");
}

/* GitHub's object as it came, or the chosen members of it. */
static void write_json(struct job *job, const struct cJSON *root)
{
	struct output *output = &job->output;

	if (!job->request.field_count)
		json_value_write(output, root);
	for (unsigned i = 0; i < job->request.field_count; i++) {
		const char *name = field_name(FIELD_SET_RATE_LIMIT, job->request.fields[i]);
		const struct cJSON *value = json_member(root, name);
		output_text(output, i ? ",\"" : "{\"");
		output_text(output, name);
		output_text(output, "\":");
		if (value)
			json_value_write(output, value);
		else
			output_text(output, "null");
	}
	output_text(output, job->request.field_count ? "}\n" : "\n");
}

static void render(struct job *job, const struct cJSON *root)
{
	static const struct table_column columns[] = {
		{"RESOURCE", 0, 0, 0},	 {"LIMIT", 12, 0, 2},	{"USED", 12, 0, 3},
		{"REMAINING", 12, 0, 1}, {"RESETS", 20, 20, 4},
	};
	const struct cJSON *resources = json_get_object(root, "resources");
	const struct cJSON *bucket;

	if (!resources) {
		failure_set(&job->failure, FAILURE_MALFORMED, CLASSIFY_HINT,
			    "the answer cannot be used: it has no resources");
		return;
	}
	if (job->request.format == OUTPUT_JSON) {
		write_json(job, root);
		return;
	}
	struct table *table = job->request.format == OUTPUT_TABLE
				      ? table_new(&job->output, columns, 5, job->request.width,
						  job->request.colour)
				      : NULL;
	cJSON_ArrayForEach(bucket, resources)
	{
		write_bucket(job, table, bucket);
		job->items++;
	}
	if (table)
		table_settle(table);
	table_free(table);
}

void rate_limit_run(struct job *job)
{
	struct cJSON *root = ask_json(job, OPERATION_RATE_LIMIT, &job->request.arguments);

	if (root) {
		render(job, root);
	} else if (classify_is_unlimited(&job->failure)) {
		memset(&job->failure, 0, sizeof(job->failure));
		output_text(&job->output,
			    job->request.format == OUTPUT_JSON
				    ? "{\"resources\":{}}\n"
				    : "Rate limiting is not enabled on this server.\n");
	}
	cJSON_Delete(root);
}
