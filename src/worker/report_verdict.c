/* The report's words about the verification. */
#include "worker/html.h"
#include "worker/report_parts.h"

static const char *text_of(const char *text)
{
	return text ? text : "";
}

static void put_whole(const struct verify_result *verified, struct output *output)
{
	html_raw(output, "<h2>The log is whole</h2>\n<p>All ");
	html_counted(output, verified->records, "record");
	html_raw(output, " in ");
	html_counted(output, verified->segments, "segment");
	html_raw(output,
		 " were read again for this report. None was changed, removed, inserted or moved: "
		 "each carries the hash of the one before, and signed checkpoints confirm "
		 "them.</p>\n");
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

static void put_advice(struct output *output)
{
	html_raw(
		output,
		"<p>Whoever can write to the log&#39;s directory could replace the whole of it by "
		"another one. Only a public key and checkpoints that are kept elsewhere show that; "
		"compare with them yourself:</p>\n<pre>ghward audit verify --from-key "
		"log.pub --checkpoint checkpoint.note</pre>\n");
}

void report_part_verification(const struct report *report, struct output *output)
{
	const struct verify_result *verified = &report->job->verified;

	html_raw(output, "<h2 id=\"verification\">Verification</h2>\n");
	if (report_verdict(report) == REPORT_NOT_CHECKED) {
		report_none(output, "The log was not checked for this report.");
	} else {
		html_raw(output, "<dl class=\"facts\">\n");
		put_count(output, "Records checked", verified->records);
		put_count(output, "Segments", verified->segments);
		put_fact(output, "First damage", verified->bad_kind);
		put_fact(output, "In segment", verified->bad_segment);
		if (verified->bad_seq)
			put_count(output, "At record", verified->bad_seq);
		put_fact(output, "Hash of the last record", verified->last_hash);
		html_raw(output, "</dl>\n");
	}
	put_advice(output);
}
