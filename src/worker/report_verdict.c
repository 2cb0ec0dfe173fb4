/* The report's words about the verification. */
#include "worker/html.h"
#include "worker/report_parts.h"

#include <stdio.h>
#include <string.h>

static const char *text_of(const char *text)
{
	return text ? text : "";
}

/* What came after the last checkpoint is chained, and not signed yet. */
static void put_signed(const struct verify_result *verified, struct output *output)
{
	if (!verified->signed_records || verified->signed_records > verified->records)
		return;
	html_raw(output, "<p>A signed checkpoint covers the first ");
	html_number(output, verified->signed_records);
	html_raw(output, " of them");
	if (verified->epochs > 1) {
		html_raw(output, ", by the last of ");
		html_number(output, verified->epochs);
		html_raw(output, " keys that vouch for each other in turn");
	}
	html_raw(output, ".</p>\n");
}

static void put_whole(const struct verify_result *verified, struct output *output)
{
	html_raw(output, "<h2>The log is whole</h2>\n<p>All ");
	html_counted(output, verified->records, "record");
	html_raw(output, " in ");
	html_counted(output, verified->segments, "segment");
	html_raw(output, " were read again for this report. None was changed, removed, inserted or "
			 "moved.</p>\n");
	put_signed(verified, output);
}

static void put_damaged(const struct verify_result *verified, struct output *output)
{
	html_raw(output, "<h2>The log is damaged</h2>\n<p>The first damage is <strong>");
	html_text(output, text_of(verified->bad_kind));
	html_raw(output, "</strong>");
	if (verified->bad_seq) {
		html_raw(output, " at record <strong>");
		html_digits(output, verified->bad_seq);
		html_raw(output, "</strong>");
	}
	if (*text_of(verified->bad_segment)) {
		html_raw(output, " in <code>");
		html_text(output, verified->bad_segment);
		html_raw(output, "</code>");
	}
	html_raw(output,
		 ". What this report says of that place and of what follows is not proven. "
		 "Keep a copy of the log&#39;s directory as it is now, and find out who could "
		 "write to it.</p>\n");
}

static void put_unchecked(struct output *output)
{
	html_raw(output,
		 "<h2>The log was not checked</h2>\n<p>This report says what the log says, not "
		 "whether the log is as it was written. <code>ghward audit verify</code> "
		 "does.</p>\n");
}

/* A disc with a tick, a cross or a bar; the heading beside it says the same. */
static void put_mark(enum report_verdict verdict, struct output *output)
{
	static const char *const marks[] = {
		[REPORT_NOT_CHECKED] = "M32 17v19M32 46v1",
		[REPORT_WHOLE] = "M18 33l10 10 19-21",
		[REPORT_DAMAGED] = "M21 21l22 22M43 21L21 43",
	};

	html_raw(output, "<svg viewBox=\"0 0 64 64\" aria-hidden=\"true\"><circle class=\"disc\" "
			 "cx=\"32\" cy=\"32\" r=\"30\"/><path class=\"mark\" d=\"");
	html_raw(output, marks[verdict]);
	html_raw(output, "\"/></svg>\n");
}

void report_part_verdict(const struct report *report, struct output *output)
{
	static const char *const classes[] = {[REPORT_NOT_CHECKED] = "unchecked",
					      [REPORT_WHOLE] = "whole",
					      [REPORT_DAMAGED] = "damaged"};
	enum report_verdict verdict = report_verdict(report);

	html_raw(output, "<section class=\"verdict ");
	html_raw(output, classes[verdict]);
	html_raw(output, "\">\n");
	put_mark(verdict, output);
	html_raw(output, "<div>\n");
	if (verdict == REPORT_WHOLE)
		put_whole(&report->job->verified, output);
	else if (verdict == REPORT_DAMAGED)
		put_damaged(&report->job->verified, output);
	else
		put_unchecked(output);
	html_raw(output, "</div>\n</section>\n");
}

/* --- in full --- */

static void put_fact(struct output *output, const char *name, const char *text)
{
	if (!*text_of(text))
		return;
	html_raw(output, "<dt>");
	html_raw(output, name);
	html_raw(output, "</dt><dd class=\"mono\">");
	html_text(output, text);
	html_raw(output, "</dd>\n");
}

static void put_count(struct output *output, const char *name, uint64_t count)
{
	html_raw(output, "<dt>");
	html_raw(output, name);
	html_raw(output, "</dt><dd>");
	html_number(output, count);
	html_raw(output, "</dd>\n");
}

/* A note has lines, which are ours; what stands in them is outside text. */
static void put_note(struct output *output, const char *note)
{
	char line[REPORT_NOTE_SIZE];

	html_raw(output, "<pre>");
	while (*note) {
		size_t length = strcspn(note, "\n");
		snprintf(line, sizeof(line), "%.*s", (int)length, note);
		html_text(output, line);
		html_raw(output, "\n");
		note += length + (note[length] ? 1 : 0);
	}
	html_raw(output, "</pre>\n");
}

/* The verifier's, which it has checked; else the newest of the period. */
static void put_checkpoint(const struct report *report, struct output *output)
{
	const struct report_checkpoint *checkpoint = &report->checkpoint;
	const char *checked = text_of(report->job->verified.note);

	if (!*checked && !checkpoint->seq)
		return;
	html_raw(output, "<h3>Checkpoint</h3>\n<p>");
	if (*checked) {
		html_raw(output, "The newest of the log");
	} else {
		html_raw(output, "The newest of this period, record ");
		html_digits(output, checkpoint->seq);
		html_raw(output, " of ");
		html_time(output, checkpoint->time);
	}
	html_raw(output,
		 ". It is signed and covers every record before it. Whoever keeps these lines, on "
		 "paper or in a file, can show later whether the log was replaced.</p>\n");
	put_note(output, *checked ? checked : checkpoint->note);
}

static void put_advice(struct output *output)
{
	html_raw(output,
		 "<h3>How to check it yourself</h3>\n<p>Whoever can write to the log&#39;s "
		 "directory could replace the whole of it by another one. Only a public key and "
		 "checkpoints that are kept elsewhere show that:</p>\n<pre>ghward audit verify "
		 "--from-key log.pub --checkpoint checkpoint.note</pre>\n");
}

static void put_finding_kinds(const struct verify_result *verified, struct output *output)
{
	html_raw(output, "<h3>Findings</h3>\n<p>No damage, but worth knowing: ");
	for (unsigned i = 0, told = 0; i < verified->kind_count && i < VERIFY_KINDS_MAX; i++) {
		if (!verified->kinds[i].count)
			continue;
		html_raw(output, told++ ? ", " : "");
		html_text(output, text_of(verified->kinds[i].name));
		html_raw(output, " (");
		html_number(output, verified->kinds[i].count);
		html_raw(output, ")");
	}
	html_raw(output, ".</p>\n");
}

static const char *kind_name(const struct verify_result *verified, unsigned kind)
{
	return kind < verified->kind_count && kind < VERIFY_KINDS_MAX
		       ? text_of(verified->kinds[kind].name)
		       : "";
}

/* A clock that was set, a crash that was recovered from, segments that retention removed. */
static void put_findings(const struct verify_result *verified, struct output *output)
{
	static const char *const heads[] = {"Record|w8", "Finding|w20", "What was found", NULL};

	if (!verified->finding_count)
		return;
	put_finding_kinds(verified, output);
	report_table_begin(output, "wide", "The first findings, in the order of the log", heads);
	for (unsigned i = 0; i < verified->finding_count && i < VERIFY_FINDINGS_MAX; i++) {
		html_raw(output, "<tr><td class=\"seq\" data-label=\"Record\">");
		html_digits(output, verified->findings[i].seq);
		html_raw(output, "</td><td data-label=\"Finding\">");
		html_text(output, kind_name(verified, verified->findings[i].kind));
		html_raw(output, "</td><td data-label=\"What\">");
		html_text(output, text_of(verified->findings[i].detail));
		html_raw(output, "</td></tr>\n");
	}
	report_table_end(output);
}

static void put_facts(const struct verify_result *verified, struct output *output)
{
	html_raw(output, "<dl class=\"facts\">\n");
	put_fact(output, "Log", verified->origin);
	put_count(output, "Records checked", verified->records);
	put_count(output, "Segments", verified->segments);
	if (verified->signed_records)
		put_count(output, "Of them signed", verified->signed_records);
	put_fact(output, "First damage", verified->bad_kind);
	put_fact(output, "In segment", verified->bad_segment);
	if (verified->bad_seq)
		put_count(output, "At record", verified->bad_seq);
	put_fact(output, "Hash of the last record", verified->last_hash);
	put_fact(output, "Root of the tree", verified->root);
	put_fact(output, "First public key", verified->first_key);
	html_raw(output, "</dl>\n");
}

void report_part_verification(const struct report *report, struct output *output)
{
	html_raw(output, "<h2 id=\"verification\">Verification</h2>\n");
	if (report_verdict(report) == REPORT_NOT_CHECKED) {
		report_none(output, "The log was not checked for this report.");
	} else {
		put_facts(&report->job->verified, output);
		put_findings(&report->job->verified, output);
	}
	put_checkpoint(report, output);
	put_advice(output);
}
