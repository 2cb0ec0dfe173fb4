/* A compliance report as one HTML file: no script, nothing from elsewhere. Its policy allows
 * nothing but its own style, by hash. */
#include "lib/base/base64.h"
#include "worker/html.h"
#include "worker/report_parts.h"

#include <mbedtls/sha256.h>

#include <stdlib.h>
#include <string.h>

/* report.css, made by the build. */
extern const char report_style[];

#define HASH_SIZE 32u

static void put_style_hash(struct output *output)
{
	uint8_t hash[HASH_SIZE];
	char text[BASE64_LENGTH(HASH_SIZE) + 1];

	if (mbedtls_sha256((const unsigned char *)report_style, strlen(report_style), hash, 0) != 0)
		abort();
	base64_encode(hash, sizeof(hash), text);
	html_raw(output, text);
}

static void put_head(const struct report *report, struct output *output)
{
	html_raw(output,
		 "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		 "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		 "style-src 'sha256-");
	put_style_hash(output);
	html_raw(output,
		 "'; base-uri 'none'; form-action 'none'\">\n<meta name=\"referrer\" "
		 "content=\"no-referrer\">\n<meta name=\"viewport\" "
		 "content=\"width=device-width, initial-scale=1\">\n<meta name=\"generator\" "
		 "content=\"ghward " GHWARD_VERSION "\">\n<title>Compliance report");
	if (*report->origin) {
		html_raw(output, " of ");
		html_text(output, report->origin);
	}
	html_raw(output, "</title>\n<style>");
	html_raw(output, report_style);
	html_raw(output, "</style>\n</head>\n<body>\n<div class=\"page\">\n");
}

/* "since 2 June" and "until ...", where the period has such ends. */
static void put_period(const struct report *report, struct output *output)
{
	const struct summary *summary = report->summary;

	html_raw(output, "<p class=\"period\">");
	if (*report->since || summary->records) {
		html_raw(output, "<strong>");
		html_time(output, *report->since ? report->since : summary->first.time);
		html_raw(output, "</strong> to <strong>");
		html_time(output, *report->until ? report->until : report->generated);
		html_raw(output, "</strong> (UTC)");
	} else {
		html_raw(output, "The whole log");
	}
	if (*report->origin) {
		html_raw(output, " &middot; log <span class=\"mono\">");
		html_text(output, report->origin);
		html_raw(output, "</span>");
	}
	html_raw(output, "</p>\n");
}

static void put_mast(const struct report *report, struct output *output)
{
	html_raw(output, "<header>\n<div class=\"mast\"><span class=\"name\">ghward audit</span>"
			 "<span class=\"quiet\">made ");
	html_time(output, report->generated);
	html_raw(output, " UTC by ghward " GHWARD_VERSION "</span></div>\n"
			 "<h1>Compliance report</h1>\n");
	put_period(report, output);
	html_raw(output, "</header>\n<main>\n");
}

/* --- key numbers --- */

static void begin_number(struct output *output, const char *name, const char *class)
{
	html_raw(output, "<div class=\"");
	html_raw(output, class);
	html_raw(output, "\"><dt>");
	html_raw(output, name);
	html_raw(output, "</dt><dd class=\"value\">");
}

static void end_number(struct output *output)
{
	html_raw(output, "</dd></div>\n");
}

static void put_number(struct output *output, const char *name, uint64_t number, const char *class,
		       const char *hint)
{
	begin_number(output, name, number ? class : "");
	html_number(output, number);
	html_raw(output, "</dd><dd class=\"hint\">");
	html_raw(output, hint);
	end_number(output);
}

static void put_actors(const struct report *report, struct output *output)
{
	const struct tally *actors = &report->summary->actors;

	begin_number(output, "Actors", "");
	html_raw(output, actors->others ? "over " : "");
	html_number(output, actors->count);
	html_raw(output, "</dd><dd class=\"hint\">users, and processes of ghward");
	end_number(output);
}

static void put_incidents(const struct report *report, struct output *output)
{
	unsigned open = report_open_incidents(report);

	begin_number(output, "Incidents", open ? "watch" : "");
	html_number(output, report->incident_ring.total);
	html_raw(output, "</dd><dd class=\"hint\">");
	html_number(output, open);
	html_raw(output, " still open");
	end_number(output);
}

static void put_numbers(const struct report *report, struct output *output)
{
	const struct report_totals *totals = &report->totals;

	html_raw(output, "<dl class=\"numbers\">\n");
	put_number(output, "Records", report->summary->records, "", "in this period");
	put_actors(report, output);
	put_number(output, "Changes at GitHub", totals->writes, "",
		   "each approved, and listed below");
	put_number(output, "Authentication events", totals->access, "", "logins, vault, tokens");
	put_number(output, "Violations", totals->violations, "bad", "processes out of their part");
	put_number(output, "Denials", totals->denials, "watch", "refused by policy");
	put_incidents(report, output);
	put_number(output, "Failures", totals->failures, "", "jobs and answers of GitHub");
	html_raw(output, "</dl>\n");
}

static void put_contents(struct output *output)
{
	html_raw(output, "<nav aria-label=\"Contents\"><ol>"
			 "<li><a href=\"#activity\">Activity</a></li>"
			 "<li><a href=\"#counts\">Who did what</a></li>"
			 "<li><a href=\"#incidents\">Incidents</a></li>"
			 "<li><a href=\"#violations\">Violations and denials</a></li>"
			 "<li><a href=\"#paths\">Refused paths and values</a></li>"
			 "<li><a href=\"#writes\">Changes at GitHub</a></li>"
			 "<li><a href=\"#access\">Authentication</a></li>"
			 "<li><a href=\"#failures\">Failures and rate limits</a></li>"
			 "<li><a href=\"#verification\">Verification</a></li>"
			 "</ol></nav>\n");
}

static void put_footer(struct output *output)
{
	html_raw(output,
		 "</main>\n<footer>\n<p>Made from the audit log by ghward " GHWARD_VERSION
		 ". All times are UTC. Numbers of records are those of the log; "
		 "<code>ghward audit search</code> shows each in full. Long texts end with an "
		 "ellipsis here, never in the log.</p>\n</footer>\n</div>\n</body>\n</html>\n");
}

void report_html(const struct report *report, struct output *output)
{
	put_head(report, output);
	put_mast(report, output);
	report_part_verdict(report, output);
	put_numbers(report, output);
	put_contents(output);
	report_part_activity(report, output);
	report_part_counts(report, output);
	report_part_incidents(report, output);
	report_part_violations(report, output);
	report_part_paths(report, output);
	report_part_writes(report, output);
	report_part_access(report, output);
	report_part_failures(report, output);
	report_part_verification(report, output);
	put_footer(output);
}
