/* The report's sections of numbers. */
#include "worker/html.h"
#include "worker/report_parts.h"
#include "worker/report_svg.h"

#include <string.h>

#define ROWS_SHOWN 12u
#define TARGETS_SHOWN 10u

void report_none(struct output *output, const char *sentence)
{
	html_raw(output, "<p class=\"none\">");
	html_raw(output, sentence);
	html_raw(output, "</p>\n");
}

/* "Title", "Title|class", or "" above a column of bars. */
static void put_head(struct output *output, const char *head)
{
	const char *bar = strchr(head, '|');

	if (!*head) {
		html_raw(output, "<td></td>");
		return;
	}
	html_raw(output, "<th scope=\"col\"");
	if (bar) {
		html_raw(output, " class=\"");
		html_raw(output, bar + 1);
		html_raw(output, "\"");
	}
	html_raw(output, ">");
	output_bytes(output, head, bar ? (size_t)(bar - head) : strlen(head));
	html_raw(output, "</th>");
}

void report_table_begin(struct output *output, const char *class, const char *caption,
			const char *const *heads)
{
	html_raw(output, "<table class=\"");
	html_raw(output, class);
	html_raw(output, "\">\n<caption>");
	html_raw(output, caption);
	html_raw(output, "</caption>\n<thead><tr>");
	for (; *heads; heads++)
		put_head(output, *heads);
	html_raw(output, "</tr></thead>\n<tbody>\n");
}

void report_table_end(struct output *output)
{
	html_raw(output, "</tbody>\n</table>\n");
}

/* --- counted texts --- */

static void put_counted(struct output *output, const struct tally_entry *entry, uint64_t most)
{
	html_raw(output, "<tr><th scope=\"row\">");
	html_text(output, *entry->text ? entry->text : "(none)");
	html_raw(output, "</th><td class=\"count\">");
	html_number(output, entry->count);
	html_raw(output, "</td><td class=\"bar\">");
	report_svg_bar(output, entry->count, most);
	html_raw(output, "</td></tr>\n");
}

static void put_rest(struct output *output, const struct tally *tally, unsigned shown)
{
	uint64_t rest = tally_rest(tally, shown);

	if (!rest)
		return;
	html_raw(output, "<tr class=\"more\"><th scope=\"row\">");
	if (tally->others)
		html_raw(output, "all others");
	else
		html_counted(output, tally->count - shown, "other");
	html_raw(output, "</th><td class=\"count\">");
	html_number(output, rest);
	html_raw(output, "</td><td></td></tr>\n");
}

static void put_tally(struct output *output, const char *caption, const char *what,
		      const struct tally *tally, unsigned shown)
{
	const char *const heads[] = {what, "Records|count", "", NULL};

	report_table_begin(output, "counted", caption, heads);
	for (unsigned i = 0; i < tally->count && i < shown; i++)
		put_counted(output, &tally->entries[i], tally->entries[0].count);
	put_rest(output, tally, shown);
	report_table_end(output);
}

/* --- activity --- */

static void put_day_row(struct output *output, const struct summary_day *day)
{
	char text[SUMMARY_DAY_SIZE];

	summary_day_text(day->day, text);
	html_raw(output, "<tr><th scope=\"row\">");
	html_text(output, text);
	html_raw(output, "</th>");
	for (unsigned level = 0; level < AUDIT_SEVERITIES; level++) {
		html_raw(output, "<td class=\"count\">");
		html_number(output, day->counts[level]);
		html_raw(output, "</td>");
	}
	html_raw(output, "<td class=\"count\">");
	html_number(output, summary_day_total(day));
	html_raw(output, "</td></tr>\n");
}

static void put_days(const struct summary *summary, struct output *output)
{
	static const char *const heads[] = {"Day (UTC)",      "info|count",    "warning|count",
					    "critical|count", "Records|count", NULL};

	html_raw(output, "<details><summary>The numbers behind the chart</summary>\n");
	report_table_begin(output, "counted",
			   "Records per day and severity; days without records are left out",
			   heads);
	for (unsigned i = 0; i < summary->day_count; i++)
		put_day_row(output, &summary->days[i]);
	report_table_end(output);
	if (summary->other_days) {
		html_raw(output, "<p>");
		html_counted(output, summary->other_days, "record");
		html_raw(output, " of further days did not fit this table.</p>\n");
	}
	html_raw(output, "</details>\n");
}

static void put_severity(struct output *output, enum audit_severity level, uint64_t count)
{
	html_raw(output, "<tr><th scope=\"row\"><span class=\"tag ");
	html_raw(output, record_severity(level));
	html_raw(output, "\">");
	html_raw(output, record_severity(level));
	html_raw(output, "</span></th><td class=\"count\">");
	html_number(output, count);
	html_raw(output, "</td></tr>\n");
}

static void put_severities(const struct report *report, struct output *output)
{
	static const char *const heads[] = {"Severity", "Records|count", NULL};

	report_svg_severities(report, output);
	report_table_begin(output, "counted", "Records by severity", heads);
	for (unsigned level = AUDIT_SEVERITIES; level-- > 0;)
		put_severity(output, (enum audit_severity)level,
			     report->summary->severities[level]);
	report_table_end(output);
}

void report_part_activity(const struct report *report, struct output *output)
{
	html_raw(output, "<h2 id=\"activity\">Activity</h2>\n");
	if (!report->summary->records) {
		report_none(output, "The log has no record of this period.");
		return;
	}
	report_svg_days(report, output);
	put_days(report->summary, output);
	html_raw(output, "<div class=\"pair\">\n<div>\n<h3>Severity</h3>\n");
	put_severities(report, output);
	html_raw(output, "</div>\n<div>\n<h3>Time of day</h3>\n");
	report_svg_hours(report, output);
	html_raw(output, "</div>\n</div>\n");
}

void report_part_counts(const struct report *report, struct output *output)
{
	const struct summary *summary = report->summary;

	html_raw(output, "<h2 id=\"counts\">Who did what</h2>\n");
	if (!summary->records) {
		report_none(output, "The log has no record of this period.");
		return;
	}
	html_raw(output, "<div class=\"pair\">\n<div>\n<h3>Events</h3>\n");
	put_tally(output, "Records by event, the most frequent first", "Event", &summary->events,
		  ROWS_SHOWN);
	html_raw(output, "</div>\n<div>\n<h3>Actors</h3>\n");
	put_tally(output,
		  "Records by actor. <code>uid:</code> is a user of the machine; others are "
		  "processes of ghward",
		  "Actor", &summary->actors, ROWS_SHOWN);
	html_raw(output, "</div>\n<div>\n<h3>Targets</h3>\n");
	put_tally(output, "Records that name a target, the most frequent first", "Target",
		  &summary->targets, TARGETS_SHOWN);
	html_raw(output, "</div>\n<div>\n<h3>Outcomes</h3>\n");
	put_tally(output, "Records with an outcome: answers of GitHub, and ends of jobs", "Outcome",
		  &summary->outcomes, ROWS_SHOWN);
	html_raw(output, "</div>\n</div>\n");
}

void report_part_failures(const struct report *report, struct output *output)
{
	html_raw(output, "<h2 id=\"failures\">Failures and rate limits</h2>\n");
	if (!report->totals.failures) {
		report_none(output, "Nothing failed in this period.");
		return;
	}
	html_raw(output, "<div class=\"pair\">\n<div>\n<h3>Failures by kind</h3>\n");
	put_tally(output, "An answer of GitHub and the job that it ended count each on their own",
		  "Kind", &report->failures, ROWS_SHOWN);
	html_raw(output, "</div>\n<div>\n<h3>Rate limits</h3>\n");
	if (report->totals.limited)
		put_tally(output, "Jobs and requests that met GitHub&#39;s rate limit, by actor",
			  "Actor", &report->limited, ROWS_SHOWN);
	else
		report_none(output, "Nobody met GitHub&#39;s rate limit.");
	html_raw(output, "</div>\n</div>\n");
}
