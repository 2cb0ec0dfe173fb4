/* The audit log as CSV (RFC 4180), for spreadsheets that take a cell for a formula where they can.
 */
#include "lib/base/memory.h"
#include "worker/review.h"
#include "worker/review_columns.h"

#include <stdlib.h>
#include <string.h>

static bool begins(const char *text, const char *word)
{
	return strncmp(text, word, strlen(word)) == 0;
}

/* Blanks that a spreadsheet skips. Others, tabs and line ends among them, are in no record. */
static const char *skip_blanks(const char *text)
{
	static const char no_break[] = "\xc2\xa0", ideographic[] = "\xe3\x80\x80";

	for (;;) {
		if (*text == ' ')
			text++;
		else if (begins(text, no_break))
			text += sizeof(no_break) - 1;
		else if (begins(text, ideographic))
			text += sizeof(ideographic) - 1;
		else
			return text;
	}
}

/* What begins a formula somewhere, in its East Asian full width too. An apostrophe is among them,
 * so that one can be taken away again from each cell that begins with it. */
static bool is_formula(const char *text)
{
	static const char *const signs[] = {
		"=",	       "+", "-", "@", "'", "\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
		"\xef\xbc\xa0"};

	text = skip_blanks(text);
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (begins(text, signs[i]))
			return true;
	}
	return false;
}

/* Letters, digits and a few signs that separate nothing anywhere. */
static bool is_plain(struct auditlog_text cell)
{
	for (size_t i = 0; i < cell.length; i++) {
		char c = cell.text[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!letter && !(c >= '0' && c <= '9') && !strchr("-_.:/#*", c))
			return false;
	}
	return true;
}

/* With each quote twice. */
static void write_doubled(struct output *output, struct auditlog_text cell)
{
	const char *at = cell.text, *end = cell.text + cell.length, *quote;

	while ((quote = memchr(at, '"', (size_t)(end - at)))) {
		output_field_n(output, at, (size_t)(quote - at));
		output_text(output, "\"\"");
		at = quote + 1;
	}
	output_field_n(output, at, (size_t)(end - at));
}

static void write_cell(struct output *output, struct auditlog_text cell, enum review_column column)
{
	/* Details begin with a brace. */
	bool formula = column != COLUMN_DETAILS && is_formula(cell.text);

	if (is_plain(cell) && !formula) {
		output_bytes(output, cell.text, cell.length);
		return;
	}
	output_text(output, formula ? "\"'" : "\"");
	write_doubled(output, cell);
	output_text(output, "\"");
}

static void begin(struct review *review)
{
	struct output *output = &review->job->output;

	review->state = memory_new(sizeof(struct review_cells));
	for (unsigned column = 0; column < COLUMNS; column++) {
		output_text(output, column ? "," : "");
		output_text(output, review_column_name((enum review_column)column));
	}
	output_text(output, "\r\n");
}

static void write_row(struct review *review, const struct record *record)
{
	struct output *output = &review->job->output;

	for (unsigned column = 0; column < COLUMNS; column++) {
		struct auditlog_text cell =
			review_cell(review->state, record, (enum review_column)column);
		output_text(output, column ? "," : "");
		write_cell(output, cell, (enum review_column)column);
	}
	output_text(output, "\r\n");
}

static void clean(struct review *review)
{
	free(review->state);
}

const struct review_format_ways review_csv = {.begin = begin, .record = write_row, .clean = clean};
