/* audit stats: how much of what is in the log. */
#include "lib/json/write.h"
#include "worker/review.h"
#include "worker/summary.h"
#include "worker/summary_json.h"

#include <stdio.h>
#include <string.h>

#define TARGETS_SHOWN 10u
#define ROWS_SHOWN 20u
#define BAR_WIDTH 24u

static void begin(struct review *review)
{
	review->state = summary_new();
}

static void add(struct review *review, const struct record *record)
{
	summary_add(review->state, record);
}

/* --- for a terminal, and as lines --- */

/* What is written goes through here, in one of two forms: "group<TAB>name<TAB>count", or a heading
 * and aligned rows with a bar. */
struct listing {
	struct job *job;
	const char *group;
	uint64_t most; /* of the group */
};

static bool is_for_people(const struct job *job)
{
	return job->request.review.format == REVIEW_TABLE;
}

static void colour(const struct job *job, struct output *output, const char *sequence)
{
	output_text(output, job->request.colour ? sequence : "");
}

static void begin_group(struct listing *listing, const char *title, const char *group,
			uint64_t most)
{
	struct output *output = &listing->job->output;

	listing->group = group;
	listing->most = most;
	if (!is_for_people(listing->job))
		return;
	output_text(output, "\n");
	colour(listing->job, output, "\x1b[1m");
	output_text(output, title);
	colour(listing->job, output, "\x1b[0m");
	output_text(output, "\n");
}

/* As wide for every row, so that names line up behind it. */
static void write_bar(struct listing *listing, uint64_t count)
{
	struct output *output = &listing->job->output;
	uint64_t width = listing->most ? count * BAR_WIDTH / listing->most : 0;

	width = width > BAR_WIDTH ? BAR_WIDTH : width;
	colour(listing->job, output, "\x1b[90m");
	for (uint64_t i = 0; i < BAR_WIDTH; i++)
		output_text(output, i < width ? "\xe2\x96\xaa" : " ");
	colour(listing->job, output, "\x1b[0m");
}

static void write_row(struct listing *listing, const char *name, uint64_t count)
{
	struct output *output = &listing->job->output;
	char number[32];

	if (!is_for_people(listing->job)) {
		output_text(output, listing->group);
		output_text(output, "\t");
		output_field(output, name);
		snprintf(number, sizeof(number), "\t%llu\n", (unsigned long long)count);
		output_text(output, number);
		return;
	}
	snprintf(number, sizeof(number), "%12llu  ", (unsigned long long)count);
	output_text(output, number);
	write_bar(listing, count);
	output_text(output, "  ");
	output_field(output, *name ? name : "(none)");
	output_text(output, "\n");
}

static void write_tally(struct listing *listing, const char *title, const char *group,
			const struct tally *tally, unsigned shown)
{
	uint64_t rest = tally_rest(tally, shown);

	begin_group(listing, title, group, tally->count ? tally->entries[0].count : 0);
	for (unsigned i = 0; i < tally->count && i < shown; i++)
		write_row(listing, tally->entries[i].text, tally->entries[i].count);
	listing->most = 0;
	if (rest)
		write_row(listing, "(others)", rest);
}

static void write_severities(struct listing *listing, const struct summary *summary)
{
	begin_group(listing, "By severity", "severity", summary->records);
	for (unsigned i = AUDIT_SEVERITIES; i-- > 0;)
		write_row(listing, record_severity((enum audit_severity)i), summary->severities[i]);
}

static void write_days(struct listing *listing, const struct summary *summary)
{
	char day[SUMMARY_DAY_SIZE];
	uint64_t most = 0;

	for (unsigned i = 0; i < summary->day_count; i++) {
		uint64_t total = summary_day_total(&summary->days[i]);
		most = total > most ? total : most;
	}
	begin_group(listing, "By day (UTC)", "day", most);
	for (unsigned i = 0; i < summary->day_count; i++) {
		summary_day_text(summary->days[i].day, day);
		write_row(listing, day, summary_day_total(&summary->days[i]));
	}
	if (summary->other_days)
		write_row(listing, "(other days)", summary->other_days);
}

static void write_hours(struct listing *listing, const struct summary *summary)
{
	uint64_t most = 0;
	char hour[8];

	for (unsigned i = 0; i < 24; i++)
		most = summary->hours[i] > most ? summary->hours[i] : most;
	begin_group(listing, "By hour of the day (UTC)", "hour", most);
	for (unsigned i = 0; i < 24; i++) {
		snprintf(hour, sizeof(hour), "%02u", i);
		write_row(listing, hour, summary->hours[i]);
	}
}

static void write_headline(struct job *job, const struct summary *summary)
{
	char text[160];

	if (is_for_people(job))
		snprintf(text, sizeof(text), "%llu records, from %.19sZ to %.19sZ\n",
			 (unsigned long long)summary->records, summary->first.time,
			 summary->last.time);
	else
		snprintf(text, sizeof(text), "records\t\t%llu\nfirst\t%s\t%llu\nlast\t%s\t%llu\n",
			 (unsigned long long)summary->records, summary->first.time,
			 (unsigned long long)summary->first.seq, summary->last.time,
			 (unsigned long long)summary->last.seq);
	output_text(&job->output, text);
}

static void write_listing(struct job *job, const struct summary *summary)
{
	struct listing listing = {.job = job};
	unsigned shown = is_for_people(job) ? ROWS_SHOWN : TALLY_MAX;

	if (!summary->records && is_for_people(job)) {
		output_text(&job->output, "No record matches.\n");
		return;
	}
	write_headline(job, summary);
	write_tally(&listing, "By event", "event", &summary->events, shown);
	write_tally(&listing, "By actor", "actor", &summary->actors, shown);
	write_severities(&listing, summary);
	write_tally(&listing, "By outcome", "outcome", &summary->outcomes, shown);
	write_tally(&listing, "By target (the most frequent 10)", "target", &summary->targets,
		    TARGETS_SHOWN);
	write_days(&listing, summary);
	write_hours(&listing, summary);
}

/* --- JSON --- */

static void write_json(struct job *job, const struct summary *summary)
{
	struct json_stream stream;

	json_stream_begin(&stream, &job->output);
	json_object_begin(&stream.writer);
	summary_json(&stream, summary, TARGETS_SHOWN);
	json_object_end(&stream.writer);
	json_stream_end(&stream);
}

static void end(struct review *review)
{
	summary_finish(review->state);
	if (review->job->request.review.format == REVIEW_JSON ||
	    review->job->request.review.format == REVIEW_JSONL)
		write_json(review->job, review->state);
	else
		write_listing(review->job, review->state);
}

static void clean(struct review *review)
{
	summary_free(review->state);
}

const struct review_format_ways review_stats = {
	.begin = begin, .record = add, .end = end, .clean = clean};
