/* The report's sections of what happened, one row each. */
#include "worker/html.h"
#include "worker/report_parts.h"

#include <string.h>

/* Of what happens many times a day; JSON has more. */
#define ACCESS_SHOWN 100u

static void begin_cell(struct output *output, const char *class, const char *label)
{
	html_raw(output, "<td class=\"");
	html_raw(output, class);
	html_raw(output, "\" data-label=\"");
	html_raw(output, label);
	html_raw(output, "\">");
}

static void put_cell(struct output *output, const char *label, const char *text)
{
	begin_cell(output, *text ? "" : "empty", label);
	html_text(output, text);
	html_raw(output, "</td>");
}

static void put_seq(struct output *output, uint64_t seq)
{
	begin_cell(output, seq ? "seq" : "seq empty", "Record");
	if (seq)
		html_digits(output, seq);
	html_raw(output, "</td>");
}

static void put_when(struct output *output, const char *label, const char *time)
{
	begin_cell(output, *time ? "when" : "when empty", label);
	html_time(output, time);
	html_raw(output, "</td>");
}

static void put_tag(struct output *output, const char *class, const char *text)
{
	html_raw(output, "<span class=\"tag ");
	html_raw(output, class);
	html_raw(output, "\">");
	html_text(output, text);
	html_raw(output, "</span>");
}

static const char *severity_tag(enum audit_severity severity)
{
	return severity == AUDIT_INFO ? "" : record_severity(severity);
}

/* Of a list that was too long. */
static void put_kept(struct output *output, const struct report_ring *ring, unsigned shown)
{
	if (ring->total == shown)
		return;
	html_raw(output, "<p class=\"quiet\">Only the newest ");
	html_number(output, shown);
	html_raw(output, " of ");
	html_number(output, ring->total);
	html_raw(output, " are listed; <code>ghward audit search</code> shows all.</p>\n");
}

/* A second line of a row, over its whole width. */
static void put_body(struct output *output, unsigned columns, const char *text, const char *class)
{
	if (!*text)
		return;
	html_raw(output, "<tr class=\"body\"><td></td><td colspan=\"");
	html_digits(output, columns - 1);
	html_raw(output, "\"><span class=\"");
	html_raw(output, class);
	html_raw(output, "\">");
	html_text(output, text);
	html_raw(output, "</span></td></tr>\n");
}

static void begin_row(struct output *output, const char *body)
{
	html_raw(output, *body ? "<tr class=\"has-body\">" : "<tr>");
}

/* --- records --- */

static void put_row(struct output *output, const struct report_row *row)
{
	begin_row(output, row->note);
	put_seq(output, row->seq);
	put_when(output, "Time", row->time);
	put_cell(output, "Who", row->actor);
	begin_cell(output, "", "Event");
	html_text(output, row->event);
	if (row->phase == AUDIT_INTENT)
		html_raw(output, " <span class=\"quiet\">(intent)</span>");
	html_raw(output, "</td>");
	put_cell(output, "Target", row->target);
	begin_cell(output, "", "Outcome");
	put_tag(output, severity_tag(row->severity), *row->outcome ? row->outcome : "noted");
	html_raw(output, "</td></tr>\n");
	put_body(output, 6, row->note, "note");
}

static void put_rows(struct output *output, const struct report_rows *rows, unsigned most,
		     const char *caption)
{
	static const char *const heads[] = {"Record|w8", "Time (UTC)|w17", "Who|w14", "Event|w20",
					    "Target",	 "Outcome|w16",	   NULL};
	unsigned skipped = rows->ring.count > most ? rows->ring.count - most : 0;

	put_kept(output, &rows->ring, rows->ring.count - skipped);
	report_table_begin(output, "wide", caption, heads);
	for (unsigned i = skipped; i < rows->ring.count; i++)
		put_row(output, &rows->rows[(rows->ring.first + i) % REPORT_ROWS_MAX]);
	report_table_end(output);
}

void report_part_violations(const struct report *report, struct output *output)
{
	html_raw(output, "<h2 id=\"violations\">Violations and denials</h2>\n");
	if (report->violations.ring.total)
		put_rows(output, &report->violations, REPORT_ROWS_MAX,
			 "Processes that broke out of their part and were ended, and what policy "
			 "refused");
	else
		report_none(output,
			    "No process broke out of its part, and policy refused nothing.");
}

void report_part_paths(const struct report *report, struct output *output)
{
	html_raw(output, "<h2 id=\"paths\">Refused paths and values</h2>\n");
	if (report->paths.ring.total)
		put_rows(output, &report->paths, REPORT_ROWS_MAX,
			 "Values that were refused because they look like a way out of a directory "
			 "or like a command");
	else
		report_none(output, "No value was refused that looks like an attack.");
}

void report_part_access(const struct report *report, struct output *output)
{
	html_raw(output, "<h2 id=\"access\">Authentication</h2>\n");
	if (report->access.ring.total)
		put_rows(
			output, &report->access, ACCESS_SHOWN,
			"Logins, uses and changes of the vault, tokens that were made and revoked");
	else
		report_none(output, "Nobody logged in, and the vault was not used.");
}

/* --- changes at GitHub --- */

/* Who let it pass, in words; the rule's name where it has none. */
static const char *approval_text(const struct report_write *write)
{
	if (strcmp(write->approval, "write.confirmed") == 0)
		return "at a prompt that showed the request";
	if (strcmp(write->approval, "write.requested") == 0)
		return "in advance, with the command";
	return write->approval;
}

static void put_approval(struct output *output, const struct report_write *write)
{
	begin_cell(output, "", "Approved");
	html_text(output, write->row.actor);
	html_raw(output, "<span class=\"note\">");
	html_text(output, approval_text(write));
	html_raw(output, "</span></td>");
}

static void put_change(struct output *output, const struct report_write *write)
{
	begin_cell(output, "", "Change");
	html_text(output, write->row.event);
	html_raw(output, " <strong>");
	html_text(output, write->row.target);
	html_raw(output, "</strong>");
	if (*write->credential) {
		html_raw(output, "<span class=\"note\">with ");
		html_text(output, write->credential);
		html_raw(output, "</span>");
	}
	html_raw(output, "</td>");
}

static void put_result(struct output *output, const struct report_write *write)
{
	const char *outcome = write->row.outcome;
	bool answered = strcmp(outcome, "answered") == 0;

	begin_cell(output, "", "Result");
	put_tag(output, answered ? "good" : "warning", *outcome ? outcome : "no result on record");
	if (*write->status && strcmp(write->status, "0") != 0) {
		html_raw(output, " ");
		html_text(output, write->status);
	}
	if (*write->request_id) {
		html_raw(output, "<span class=\"note mono\">");
		html_text(output, write->request_id);
		html_raw(output, "</span>");
	}
	html_raw(output, "</td></tr>\n");
}

static void put_write(struct output *output, const struct report_write *write)
{
	begin_row(output, write->body);
	put_seq(output, write->row.seq);
	put_when(output, "Time", write->row.time);
	put_cell(output, "Asked by", write->row.actor);
	put_approval(output, write);
	put_change(output, write);
	put_result(output, write);
	put_body(output, 6, write->body, "note mono");
}

void report_part_writes(const struct report *report, struct output *output)
{
	static const char *const heads[] = {"Record|w8",
					    "Time (UTC)|w17",
					    "Asked by|w12",
					    "Approved|w20",
					    "Change",
					    "Result|w20",
					    NULL};
	const struct report_ring *ring = &report->write_ring;

	html_raw(output, "<h2 id=\"writes\">Changes at GitHub</h2>\n");
	if (!ring->total) {
		report_none(output, "Nothing was changed at GitHub.");
		return;
	}
	put_kept(output, ring, ring->count);
	report_table_begin(output, "wide",
			   "Each request that changes something, with its body. It was on record "
			   "before it was sent",
			   heads);
	for (unsigned i = 0; i < ring->count; i++)
		put_write(output, &report->writes[(ring->first + i) % REPORT_WRITES_MAX]);
	report_table_end(output);
}

/* --- incidents --- */

static void put_fact(struct output *output, const char *before, const char *text)
{
	if (!*text)
		return;
	html_raw(output, "<span class=\"note\">");
	html_raw(output, before);
	html_text(output, text);
	html_raw(output, "</span>");
}

static void put_state(struct output *output, const struct report_incident *incident)
{
	begin_cell(output, "", "State");
	put_tag(output, *incident->closed ? "good" : "warning",
		*incident->closed ? "closed" : "open");
	if (*incident->closed) {
		html_raw(output, "<span class=\"note\">");
		html_time(output, incident->closed);
		html_raw(output, " by ");
		html_text(output, incident->closed_by);
		html_raw(output, "</span>");
	}
	put_fact(output, "", incident->reason);
	html_raw(output, "</td></tr>\n");
}

/* "12 records within 600 s" */
static void put_count(struct output *output, const struct report_incident *incident)
{
	if (!*incident->count)
		return;
	html_raw(output, "<span class=\"note\">");
	html_text(output, incident->count);
	html_raw(output, " records within ");
	html_text(output, incident->window);
	html_raw(output, " s</span>");
}

/* Most rules are named for what they find. */
static void put_kind(struct output *output, const struct report_incident *incident)
{
	const char *type = *incident->type ? incident->type : incident->rule;

	begin_cell(output, "", "What");
	html_text(output, type);
	put_fact(output, "rule ", strcmp(type, incident->rule) == 0 ? "" : incident->rule);
	put_count(output, incident);
	html_raw(output, "</td>");
}

static void put_incident(struct output *output, const struct report_incident *incident)
{
	html_raw(output, "<tr><th scope=\"row\"><span>");
	html_text(output, incident->id);
	html_raw(output, "</span> ");
	put_tag(output, severity_tag(incident->severity), record_severity(incident->severity));
	html_raw(output, "</th>");
	put_when(output, "Opened", incident->opened);
	put_kind(output, incident);
	put_cell(output, "Subject", incident->subject);
	begin_cell(output, *incident->actions || *incident->responses ? "" : "empty", "Response");
	html_text(output, *incident->responses ? incident->responses : incident->actions);
	html_raw(output, "</td>");
	put_state(output, incident);
}

void report_part_incidents(const struct report *report, struct output *output)
{
	static const char *const heads[] = {"Incident|w20",
					    "Opened (UTC)|w17",
					    "What|w17",
					    "Subject|w12",
					    "Response|w14",
					    "State",
					    NULL};
	const struct report_ring *ring = &report->incident_ring;

	html_raw(output, "<h2 id=\"incidents\">Incidents</h2>\n");
	if (!ring->total) {
		report_none(output, "No incident was opened or closed.");
		return;
	}
	put_kept(output, ring, ring->count);
	report_table_begin(output, "wide",
			   "Incidents that were opened, answered or closed in this period", heads);
	for (unsigned i = 0; i < ring->count; i++)
		put_incident(output, &report->incidents[(ring->first + i) % REPORT_INCIDENTS_MAX]);
	report_table_end(output);
}
