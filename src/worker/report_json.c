/* A compliance report as JSON. Its keys are an interface: docs/audit-guide.md lists them. */
#include "lib/json/write.h"
#include "worker/report.h"
#include "worker/summary_json.h"

/* Grows when a key goes away or changes its meaning; new keys may come at any time. */
#define REPORT_VERSION 1u

#define TARGETS_SHOWN 10u

static void put_text(struct json_stream *stream, const char *key, const char *text)
{
	json_key(&stream->writer, key);
	json_string(&stream->writer, text ? text : "");
}

static void put_optional(struct json_stream *stream, const char *key, const char *text)
{
	json_key(&stream->writer, key);
	if (text && *text)
		json_string(&stream->writer, text);
	else
		json_null(&stream->writer);
}

static void put_number(struct json_stream *stream, const char *key, uint64_t number)
{
	json_key(&stream->writer, key);
	json_u64(&stream->writer, number);
}

static void begin_object(struct json_stream *stream, const char *key)
{
	json_key(&stream->writer, key);
	json_object_begin(&stream->writer);
}

static void end_object(struct json_stream *stream)
{
	json_object_end(&stream->writer);
	json_stream_drain(stream);
}

/* {"total":...,"listed":[ */
static void begin_list(struct json_stream *stream, const char *key, const struct report_ring *ring)
{
	begin_object(stream, key);
	put_number(stream, "total", ring->total);
	json_key(&stream->writer, "listed");
	json_array_begin(&stream->writer);
}

static void end_list(struct json_stream *stream)
{
	json_array_end(&stream->writer);
	end_object(stream);
}

static void put_head(struct json_stream *stream, const struct report *report)
{
	put_text(stream, "report", "ghward compliance report");
	put_number(stream, "version", REPORT_VERSION);
	put_text(stream, "generator", "ghward " GHWARD_VERSION);
	put_text(stream, "generated_at", report->generated);
	begin_object(stream, "period");
	put_optional(stream, "since", report->since);
	put_optional(stream, "until", report->until);
	end_object(stream);
	begin_object(stream, "log");
	put_optional(stream, "origin", report->origin);
	end_object(stream);
}

static void put_first_bad(struct json_stream *stream, const struct report *report)
{
	const struct verify_result *verified = &report->job->verified;

	json_key(&stream->writer, "first_bad");
	if (report_verdict(report) != REPORT_DAMAGED) {
		json_null(&stream->writer);
		return;
	}
	json_object_begin(&stream->writer);
	put_optional(stream, "segment", verified->bad_segment);
	put_number(stream, "seq", verified->bad_seq);
	put_text(stream, "kind", verified->bad_kind);
	put_optional(stream, "meaning", verified->bad_meaning);
	json_object_end(&stream->writer);
}

static void put_findings(struct json_stream *stream, const struct verify_result *verified)
{
	json_key(&stream->writer, "findings");
	json_array_begin(&stream->writer);
	for (unsigned i = 0; i < verified->finding_count && i < VERIFY_FINDINGS_MAX; i++) {
		unsigned kind = verified->findings[i].kind;
		json_object_begin(&stream->writer);
		put_number(stream, "seq", verified->findings[i].seq);
		put_text(stream, "kind", kind < VERIFY_KINDS_MAX ? verified->kinds[kind].name : "");
		put_text(stream, "detail", verified->findings[i].detail);
		end_object(stream);
	}
	json_array_end(&stream->writer);
}

static void put_verification(struct json_stream *stream, const struct report *report)
{
	static const char *const names[] = {[REPORT_NOT_CHECKED] = "not checked",
					    [REPORT_WHOLE] = "whole",
					    [REPORT_DAMAGED] = "damaged"};
	const struct verify_result *verified = &report->job->verified;

	begin_object(stream, "verification");
	put_text(stream, "verdict", names[report_verdict(report)]);
	put_number(stream, "records", verified->records);
	put_number(stream, "segments", verified->segments);
	put_number(stream, "signed_records", verified->signed_records);
	put_optional(stream, "last_hash", verified->last_hash);
	put_optional(stream, "root", verified->root);
	put_optional(stream, "first_key", verified->first_key);
	put_optional(stream, "note", verified->note);
	put_first_bad(stream, report);
	put_findings(stream, verified);
	end_object(stream);
}

static void put_checkpoint(struct json_stream *stream, const struct report *report)
{
	const struct report_checkpoint *checkpoint = &report->checkpoint;

	json_key(&stream->writer, "checkpoint");
	if (!checkpoint->seq) {
		json_null(&stream->writer);
		return;
	}
	json_object_begin(&stream->writer);
	put_number(stream, "seq", checkpoint->seq);
	put_text(stream, "time", checkpoint->time);
	put_text(stream, "note", checkpoint->note);
	end_object(stream);
}

static void put_totals(struct json_stream *stream, const struct report *report)
{
	const struct report_totals *totals = &report->totals;

	begin_object(stream, "totals");
	put_number(stream, "records", report->summary->records);
	put_number(stream, "actors", report->summary->actors.count);
	put_number(stream, "answers", totals->answers);
	put_number(stream, "writes", totals->writes);
	put_number(stream, "authentications", totals->access);
	put_number(stream, "violations", totals->violations);
	put_number(stream, "denials", totals->denials);
	put_number(stream, "path_events", totals->paths);
	put_number(stream, "incidents_opened", totals->incidents_opened);
	put_number(stream, "incidents_closed", totals->incidents_closed);
	put_number(stream, "failures", totals->failures);
	put_number(stream, "rate_limited", totals->limited);
	end_object(stream);
}

static void put_row(struct json_stream *stream, const struct report_row *row)
{
	put_number(stream, "seq", row->seq);
	put_text(stream, "time", row->time);
	put_text(stream, "severity", record_severity(row->severity));
	put_text(stream, "actor", row->actor);
	put_text(stream, "job", row->job);
	put_text(stream, "event", row->event);
	put_text(stream, "phase", record_phase(row->phase));
	put_text(stream, "target", row->target);
	put_optional(stream, "outcome", row->outcome);
}

static void put_rows(struct json_stream *stream, const char *key, const struct report_rows *rows)
{
	begin_list(stream, key, &rows->ring);
	for (unsigned i = 0; i < rows->ring.count; i++) {
		const struct report_row *row =
			&rows->rows[(rows->ring.first + i) % REPORT_ROWS_MAX];
		json_object_begin(&stream->writer);
		put_row(stream, row);
		put_text(stream, "details", row->note);
		end_object(stream);
	}
	end_list(stream);
}

static void put_writes(struct json_stream *stream, const struct report *report)
{
	begin_list(stream, "writes", &report->write_ring);
	for (unsigned i = 0; i < report->write_ring.count; i++) {
		const struct report_write *write =
			&report->writes[(report->write_ring.first + i) % REPORT_WRITES_MAX];
		json_object_begin(&stream->writer);
		put_row(stream, &write->row);
		put_optional(stream, "approved_by_rule", write->approval);
		put_optional(stream, "consent", write->consent);
		put_optional(stream, "credential", write->credential);
		put_optional(stream, "status", write->status);
		put_optional(stream, "request_id", write->request_id);
		put_optional(stream, "body", write->body);
		end_object(stream);
	}
	end_list(stream);
}

static void put_incidents(struct json_stream *stream, const struct report *report)
{
	begin_list(stream, "incidents", &report->incident_ring);
	for (unsigned i = 0; i < report->incident_ring.count; i++) {
		const struct report_incident *incident =
			&report->incidents[(report->incident_ring.first + i) %
					   REPORT_INCIDENTS_MAX];
		json_object_begin(&stream->writer);
		put_text(stream, "id", incident->id);
		put_text(stream, "state", *incident->closed ? "closed" : "open");
		put_optional(stream, "type", incident->type);
		put_optional(stream, "rule", incident->rule);
		put_text(stream, "severity", record_severity(incident->severity));
		put_optional(stream, "subject", incident->subject);
		put_optional(stream, "opened_at", incident->opened);
		put_optional(stream, "count", incident->count);
		put_optional(stream, "window", incident->window);
		put_optional(stream, "actions", incident->actions);
		put_optional(stream, "responses", incident->responses);
		put_optional(stream, "closed_at", incident->closed);
		put_optional(stream, "closed_by", incident->closed_by);
		put_optional(stream, "reason", incident->reason);
		end_object(stream);
	}
	end_list(stream);
}

void report_json(const struct report *report, struct output *output)
{
	struct json_stream stream;

	json_stream_begin(&stream, output);
	json_object_begin(&stream.writer);
	put_head(&stream, report);
	put_verification(&stream, report);
	put_checkpoint(&stream, report);
	put_totals(&stream, report);
	begin_object(&stream, "summary");
	summary_json(&stream, report->summary, TARGETS_SHOWN);
	end_object(&stream);
	put_rows(&stream, "authentications", &report->access);
	put_rows(&stream, "violations", &report->violations);
	put_rows(&stream, "path_events", &report->paths);
	put_incidents(&stream, report);
	put_writes(&stream, report);
	summary_json_tally(&stream, "failures", &report->failures, TALLY_MAX);
	summary_json_tally(&stream, "rate_limited_actors", &report->limited, TALLY_MAX);
	json_object_end(&stream.writer);
	json_stream_end(&stream);
}
