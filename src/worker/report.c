/* A compliance report: putting together. */
#include "worker/report.h"

#include "lib/base/clock.h"
#include "lib/base/memory.h"
#include "lib/sanitize/sanitize.h"
#include "worker/meaning.h"
#include "worker/review.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How far back the other record of one denial is looked for. */
#define DENIAL_LOOKBACK 16u

#define copy(to, from) sanitize_field(to, sizeof(to), from, strlen(from))

static void time_text(char text[REPORT_TIME_SIZE], uint64_t us)
{
	char whole[CLOCK_RFC3339_SIZE];

	text[0] = 0;
	if (us && us / 1000000 <= CLOCK_RFC3339_MAX_S) {
		clock_rfc3339(whole, us);
		snprintf(text, REPORT_TIME_SIZE, "%.19sZ", whole);
	}
}

struct report *report_new(const struct job *job, uint64_t now_us)
{
	struct report *report = memory_new(sizeof(*report));
	const struct review_filter *filter = &job->request.review.filter;

	report->job = job;
	report->summary = summary_new();
	time_text(report->generated, now_us);
	time_text(report->since, filter->since_us);
	time_text(report->until, filter->until_us);
	return report;
}

void report_free(struct report *report)
{
	if (!report)
		return;
	summary_free(report->summary);
	tally_clean(&report->failures);
	tally_clean(&report->limited);
	free(report);
}

/* --- lists --- */

/* The place of a new entry, which may be the oldest one's. */
static unsigned ring_add(struct report_ring *ring, unsigned max)
{
	unsigned at = (ring->first + ring->count) % max;

	ring->total++;
	if (ring->count < max)
		ring->count++;
	else
		ring->first = (ring->first + 1) % max;
	return at;
}

/* Adds a text, of which at most `most` bytes count. Whole characters only. */
static void append(char text[REPORT_TEXT_SIZE], const char *more, size_t most)
{
	char piece[REPORT_TEXT_SIZE];
	size_t used = strlen(text), length = sanitize_field(piece, most, more, strlen(more));

	sanitize_field(text + used, REPORT_TEXT_SIZE - used, piece, length);
}

static void details_text(char note[REPORT_TEXT_SIZE], const struct record *record)
{
	note[0] = 0;
	for (unsigned i = 0; i < record->detail_count; i++) {
		append(note, i ? ", " : "", 4);
		append(note, record->details[i].key, 60);
		append(note, ": ", 4);
		append(note, record->details[i].value, 240);
	}
}

static void fill_row(struct report_row *row, const struct record *record)
{
	*row = (struct report_row){
		.seq = record->seq, .severity = record->severity, .phase = record->phase};
	time_text(row->time, record->time_us);
	copy(row->actor, record->actor);
	copy(row->event, record->event);
	copy(row->target, record->target);
	copy(row->job, record->job);
	copy(row->outcome, *record->outcome ? record->outcome : record->decision);
	details_text(row->note, record);
}

static void add_row(struct report_rows *rows, const struct record *record)
{
	fill_row(&rows->rows[ring_add(&rows->ring, REPORT_ROWS_MAX)], record);
}

/* --- violations --- */

/* A denied intent has a result that says the same once more. */
static bool is_told_already(const struct report_rows *rows, const struct record *record)
{
	const struct report_ring *ring = &rows->ring;

	for (unsigned i = 0; *record->job && i < ring->count && i < DENIAL_LOOKBACK; i++) {
		unsigned at = (ring->first + ring->count - 1 - i) % REPORT_ROWS_MAX;
		if (strcmp(rows->rows[at].job, record->job) == 0)
			return true;
	}
	return false;
}

static void add_denial(struct report *report, const struct record *record)
{
	if (record->phase == AUDIT_RESULT && is_told_already(&report->violations, record))
		return;
	report->totals.denials++;
	add_row(&report->violations, record);
}

/* --- changes at GitHub --- */

static void remember_job(struct report *report, const struct record *record)
{
	const char *consent = record_detail(record, "consent");

	if (record->phase != AUDIT_INTENT || !*consent)
		return;
	struct report_job *job = &report->jobs[ring_add(&report->job_ring, REPORT_JOBS_MAX)];
	copy(job->job, record->job);
	copy(job->consent, consent);
	copy(job->credential, record_detail(record, "credential"));
}

static const struct report_job *find_job(const struct report *report, const char *job)
{
	for (unsigned i = 0; i < report->job_ring.count; i++) {
		if (strcmp(report->jobs[i].job, job) == 0)
			return &report->jobs[i];
	}
	return NULL;
}

static void begin_write(struct report *report, const struct record *record)
{
	struct report_write *write =
		&report->writes[ring_add(&report->write_ring, REPORT_WRITES_MAX)];
	const struct report_job *job = find_job(report, record->job);

	*write = (struct report_write){0};
	report->totals.writes++;
	fill_row(&write->row, record);
	write->row.outcome[0] = 0;
	copy(write->approval, record->rule);
	copy(write->body, record_detail(record, "body"));
	if (job) {
		copy(write->consent, job->consent);
		copy(write->credential, job->credential);
	}
}

static bool belongs(const struct report_write *write, const struct record *record)
{
	return !*write->row.outcome && strcmp(write->row.job, record->job) == 0 &&
	       strcmp(write->row.event, record->event) == 0 &&
	       strcmp(write->row.target, record->target) == 0;
}

static void end_write(struct report *report, const struct record *record)
{
	const struct report_ring *ring = &report->write_ring;

	for (unsigned i = 0; i < ring->count; i++) {
		unsigned at = (ring->first + ring->count - 1 - i) % REPORT_WRITES_MAX;
		struct report_write *write = &report->writes[at];
		if (!belongs(write, record))
			continue;
		copy(write->row.outcome, record->outcome);
		copy(write->request_id, record->request_id);
		copy(write->status, record_detail(record, "status"));
		return;
	}
}

static void add_write(struct report *report, const struct record *record)
{
	if (record->phase == AUDIT_INTENT && strcmp(record->decision, "allow") == 0)
		begin_write(report, record);
	else if (record->phase == AUDIT_RESULT)
		end_write(report, record);
}

/* --- incidents --- */

static struct report_incident *find_incident(struct report *report, const char *id)
{
	for (unsigned i = 0; i < report->incident_ring.count; i++) {
		if (strcmp(report->incidents[i].id, id) == 0)
			return &report->incidents[i];
	}
	return NULL;
}

/* The incident of this record, a new one if it is not known. */
static struct report_incident *take_incident(struct report *report, const struct record *record)
{
	char id[REPORT_NAME_SIZE];

	copy(id, record_detail(record, "id"));
	struct report_incident *incident = find_incident(report, id);
	if (!incident) {
		incident =
			&report->incidents[ring_add(&report->incident_ring, REPORT_INCIDENTS_MAX)];
		*incident = (struct report_incident){.severity = record->severity};
		copy(incident->id, id);
	}
	/* Where it was opened, a detail; later, the record's own. */
	if (!*incident->rule)
		copy(incident->rule, *record->rule ? record->rule : record_detail(record, "rule"));
	if (!*incident->type)
		copy(incident->type, record_detail(record, "type"));
	if (!*incident->subject)
		copy(incident->subject, record_detail(record, "subject"));
	return incident;
}

static void add_response(struct report_incident *incident, const struct record *record)
{
	append(incident->responses, *incident->responses ? "; " : "", 4);
	append(incident->responses, record_detail(record, "action"), 80);
	append(incident->responses, ": ", 4);
	append(incident->responses, record->outcome, 80);
}

static void add_incident(struct report *report, const struct record *record)
{
	struct report_incident *incident = take_incident(report, record);

	if (strcmp(record->event, "incident.open") == 0) {
		report->totals.incidents_opened++;
		incident->severity = record->severity;
		incident->opened_seq = record->seq;
		time_text(incident->opened, record->time_us);
		copy(incident->count, record_detail(record, "count"));
		copy(incident->window, record_detail(record, "window"));
		copy(incident->actions, record_detail(record, "actions"));
	} else if (strcmp(record->event, "incident.close") == 0) {
		report->totals.incidents_closed++;
		time_text(incident->closed, record->time_us);
		copy(incident->closed_by, record->actor);
		copy(incident->reason, record_detail(record, "reason"));
	} else if (record->phase == AUDIT_RESULT) {
		add_response(incident, record);
	}
}

unsigned report_open_incidents(const struct report *report)
{
	unsigned open = 0;

	for (unsigned i = 0; i < report->incident_ring.count; i++)
		open += *report->incidents[i].closed ? 0 : 1;
	return open;
}

/* --- checkpoints --- */

/* The note as docs/audit-format.md has it, out of what the record says. Its lines are ours,
 * whatever the details are. */
static void add_checkpoint(struct report *report, const struct record *record)
{
	struct report_checkpoint *checkpoint = &report->checkpoint;
	char origin[RECORD_ORIGIN_SIZE];

	record_origin(record, origin);
	if (strcmp(record->event, "audit.checkpoint") != 0 || !*origin)
		return;
	checkpoint->seq = record->seq;
	time_text(checkpoint->time, record->time_us);
	snprintf(checkpoint->note, sizeof(checkpoint->note),
		 "%s\n%.20s\n%.64s\nseal %.64s\n\n\xe2\x80\x94 %s %.128s\n", origin,
		 record_detail(record, "size"), record_detail(record, "root"),
		 record_detail(record, "seal"), origin, record_detail(record, "signature"));
}

/* --- all of it --- */

static bool is_incident(const struct record *record)
{
	return strcmp(record->event, "incident.open") == 0 ||
	       strcmp(record->event, "incident.respond") == 0 ||
	       strcmp(record->event, "incident.close") == 0;
}

static void add_area(struct report *report, const struct record *record)
{
	switch (meaning_area(record)) {
	case AREA_ACCESS:
		report->totals.access++;
		add_row(&report->access, record);
		break;
	case AREA_VIOLATION:
		report->totals.violations++;
		add_row(&report->violations, record);
		break;
	case AREA_PATH:
		report->totals.paths++;
		add_row(&report->paths, record);
		break;
	case AREA_INCIDENT:
		if (is_incident(record) && *record_detail(record, "id"))
			add_incident(report, record);
		break;
	default:
		break;
	}
}

static void add_end(struct report *report, const struct record *record)
{
	enum meaning_end end = meaning_end(record);

	if (record->phase != AUDIT_RESULT)
		return;
	if (meaning_operation(record) && end == END_SUCCESS)
		report->totals.answers++;
	if (end != END_FAILURE && end != END_UNKNOWN)
		return;
	report->totals.failures++;
	tally_add(&report->failures, record->outcome);
	if (strcmp(record->outcome, "rate_limited") == 0 ||
	    strcmp(record_detail(record, "status"), "429") == 0) {
		report->totals.limited++;
		tally_add(&report->limited, record->actor);
	}
}

void report_add(struct report *report, const struct record *record)
{
	if (!*report->origin)
		record_origin(record, report->origin);
	summary_add(report->summary, record);
	remember_job(report, record);
	if (meaning_is_denial(record))
		add_denial(report, record);
	if (meaning_is_write(record))
		add_write(report, record);
	add_area(report, record);
	add_checkpoint(report, record);
	add_end(report, record);
}

void report_finish(struct report *report)
{
	const char *checked = report->job->verified.origin;

	/* The verifier has seen all of the log, the report only some records. */
	if (checked && *checked)
		copy(report->origin, checked);
	summary_finish(report->summary);
	tally_sort(&report->failures);
	tally_sort(&report->limited);
}

enum report_verdict report_verdict(const struct report *report)
{
	const struct verify_result *verified = &report->job->verified;

	if (verified->ok)
		return REPORT_WHOLE;
	return verified->bad_kind && *verified->bad_kind ? REPORT_DAMAGED : REPORT_NOT_CHECKED;
}

/* --- the job --- */

static void begin(struct review *review)
{
	review->state = report_new(review->job, clock_wall_us());
}

static void add(struct review *review, const struct record *record)
{
	report_add(review->state, record);
}

/* The report is whole, but who asked for it by a program has to hear of it, too. */
static void tell_damage(struct job *job)
{
	const struct verify_result *verified = &job->verified;

	failure_set(&job->failure, FAILURE_INTEGRITY,
		    "The report was written. Keep a copy of the log as it is, and find out more: "
		    "ghward audit verify",
		    "the audit log is damaged: %s at record %llu, in %s", verified->bad_kind,
		    (unsigned long long)verified->bad_seq,
		    verified->bad_segment ? verified->bad_segment : "");
}

static void end(struct review *review)
{
	struct job *job = review->job;

	report_finish(review->state);
	if (job->request.review.format == REVIEW_HTML)
		report_html(review->state, &job->output);
	else
		report_json(review->state, &job->output);
	if (report_verdict(review->state) == REPORT_DAMAGED)
		tell_damage(job);
}

static void clean(struct review *review)
{
	report_free(review->state);
}

const struct review_format_ways review_report = {
	.begin = begin, .record = add, .end = end, .clean = clean};
