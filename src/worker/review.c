/* Jobs about the audit log: records in, one of the formats out, as they come. */
#include "worker/review.h"

static const struct review_format_ways *choose(const struct job_request *request)
{
	static const struct review_format_ways *const formats[REVIEW_FORMATS] = {
		[REVIEW_TABLE] = &review_table, [REVIEW_LINES] = &review_lines,
		[REVIEW_JSON] = &review_json,	[REVIEW_JSONL] = &review_jsonl,
		[REVIEW_CSV] = &review_csv,	[REVIEW_OCSF] = &review_ocsf,
		[REVIEW_ECS] = &review_ecs,	[REVIEW_CEF] = &review_cef,
	};

	if (request->kind == JOB_AUDIT_STATS)
		return &review_stats;
	if (request->kind == JOB_AUDIT_REPORT)
		return &review_report;
	if (request->kind == JOB_AUDIT_INCIDENTS_LIST || request->kind == JOB_AUDIT_INCIDENTS_SHOW)
		return &review_incidents;
	return formats[request->review.format];
}

/* Whoever follows sees what there is before we wait for more. */
static void pause_output(struct review *review, const struct review_format_ways *ways)
{
	if (!review->job->request.review.follow)
		return;
	if (ways->pause)
		ways->pause(review);
	output_flush(&review->job->output);
}

static void read_all(struct review *review, const struct review_format_ways *ways)
{
	struct job *job = review->job;
	struct records *records = records_new(job->records);
	struct record record;

	while (!job->output.closed) {
		if (!records_ready(records))
			pause_output(review, ways);
		if (records_next(records, &record, &job->failure) <= 0)
			break;
		ways->record(review, &record);
		job->items += job->items < UINT32_MAX ? 1 : 0;
	}
	records_free(records);
}

void review_run(struct job *job)
{
	struct review review = {.job = job};
	const struct review_format_ways *ways = choose(&job->request);

	if (!ways) {
		failure_set(&job->failure, FAILURE_USAGE, "", "only a report can be HTML");
		return;
	}
	job->output.coloured = job->request.review.format == REVIEW_JSON && job->request.colour;
	if (ways->begin)
		ways->begin(&review);
	read_all(&review, ways);
	if (job->failure.kind == FAILURE_NONE && ways->end)
		ways->end(&review);
	if (ways->clean)
		ways->clean(&review);
}
