/* Tables for a terminal. */
#include "worker/table.h"

#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/sanitize/sanitize.h"
#include "lib/width/width.h"

#include <stdlib.h>
#include <string.h>

/* Rows that decide about widths. A page has fewer, so that its end comes first. */
#define WAITING_MAX 101u
#define CELL_MAX 400u
#define GAP 2u

struct row {
	char *cells[TABLE_COLUMNS_MAX];
	enum table_colour colours[TABLE_COLUMNS_MAX];
};

struct table {
	struct output *output;
	const struct table_column *columns;
	unsigned column_count, terminal;
	unsigned widths[TABLE_COLUMNS_MAX];
	bool shown[TABLE_COLUMNS_MAX];
	unsigned last; /* of the shown ones */
	bool colour, settled;
	struct row waiting[WAITING_MAX];
	unsigned waiting_count;
};

static unsigned text_width(const char *text)
{
	return width_of_text(text, strlen(text));
}

struct table *table_new(struct output *output, const struct table_column *columns, unsigned count,
			unsigned terminal, bool colour)
{
	struct table *table = memory_new(sizeof(*table));

	table->output = output;
	table->columns = columns;
	table->column_count = count;
	table->terminal = terminal;
	table->colour = colour;
	for (unsigned i = 0; i < count; i++)
		table->widths[i] = text_width(columns[i].title);
	return table;
}

const char *table_colour_begin(enum table_colour colour)
{
	static const char *const sequences[] = {
		[TABLE_PLAIN] = "",	    [TABLE_BOLD] = "\x1b[1m",
		[TABLE_RED] = "\x1b[31m",   [TABLE_YELLOW] = "\x1b[33m",
		[TABLE_GREEN] = "\x1b[32m", [TABLE_MAGENTA] = "\x1b[35m",
		[TABLE_GREY] = "\x1b[90m",  [TABLE_TITLE] = "\x1b[1;4m",
	};

	return sequences[colour];
}

const char *table_colour_end(enum table_colour colour)
{
	return colour == TABLE_PLAIN ? "" : "\x1b[0m";
}

static void begin_colour(struct table *table, enum table_colour colour)
{
	output_text(table->output, table->colour ? table_colour_begin(colour) : "");
}

static void end_colour(struct table *table, enum table_colour colour)
{
	output_text(table->output, table->colour ? table_colour_end(colour) : "");
}

static void write_blanks(struct table *table, unsigned count)
{
	static const char blanks[] =
		"                                                                ";

	while (count) {
		unsigned part = count < sizeof(blanks) - 1 ? count : (unsigned)sizeof(blanks) - 1;
		output_bytes(table->output, blanks, part);
		count -= part;
	}
}

/* Writes what fits, and returns the columns it takes. */
static unsigned write_cut(struct table *table, const char *text, unsigned width)
{
	unsigned wanted = text_width(text);

	if (wanted <= width) {
		output_text(table->output, text);
		return wanted;
	}
	if (width == 0)
		return 0;
	size_t bytes = width_fit(text, strlen(text), width - 1);
	output_bytes(table->output, text, bytes);
	output_text(table->output, "\xe2\x80\xa6");
	return width_of_text(text, bytes) + 1;
}

static void write_cell(struct table *table, unsigned column, const char *text,
		       enum table_colour colour)
{
	unsigned width = table->widths[column];
	bool last = column == table->last;

	begin_colour(table, colour);
	unsigned rest = width - write_cut(table, text, width);
	/* A title's line is as long as its column is wide. */
	if (table->colour && colour == TABLE_TITLE) {
		write_blanks(table, rest);
		rest = 0;
	}
	end_colour(table, colour);
	if (!last)
		write_blanks(table, rest + GAP);
}

static void write_row(struct table *table, char *const *cells, const enum table_colour *colours)
{
	for (unsigned i = 0; i < table->column_count; i++) {
		if (table->shown[i])
			write_cell(table, i, cells[i], colours[i]);
	}
	output_text(table->output, "\n");
}

static void write_titles(struct table *table)
{
	for (unsigned i = 0; i < table->column_count; i++) {
		if (table->shown[i])
			write_cell(table, i, table->columns[i].title, TABLE_TITLE);
	}
	output_text(table->output, "\n");
}

/* --- widths --- */

static unsigned least_width(const struct table *table, unsigned column)
{
	unsigned least = table->columns[column].min_width;

	if (least == 0)
		least = text_width(table->columns[column].title);
	return least < table->widths[column] ? least : table->widths[column];
}

static void cap_widths(struct table *table)
{
	for (unsigned i = 0; i < table->column_count; i++) {
		unsigned max = table->columns[i].max_width;
		if (max && table->widths[i] > max)
			table->widths[i] = max;
	}
}

/* Shows the columns of one rank as far as they have room beside those that are shown already.
 * Returns the columns of the terminal that are taken then. */
static unsigned show_rank(struct table *table, unsigned rank, unsigned taken)
{
	for (unsigned i = 0; i < table->column_count; i++) {
		unsigned more = least_width(table, i) + (taken ? GAP : 0);
		if (table->columns[i].rank != rank)
			continue;
		if (rank != 0 && table->terminal && taken + more > table->terminal)
			continue;
		table->shown[i] = true;
		taken += more;
	}
	return taken;
}

static void choose_columns(struct table *table)
{
	unsigned taken = 0;

	for (unsigned rank = 0; rank <= TABLE_RANK_MAX; rank++)
		taken = show_rank(table, rank, taken);
	for (unsigned i = 0; i < table->column_count; i++) {
		if (table->shown[i])
			table->last = i;
	}
}

static unsigned total_width(const struct table *table)
{
	unsigned total = 0;

	for (unsigned i = 0; i < table->column_count; i++) {
		if (table->shown[i])
			total += table->widths[i] + (i == table->last ? 0 : GAP);
	}
	return total;
}

/* The widest of the shown columns that may still lose one. */
static bool find_widest(const struct table *table, unsigned *widest)
{
	bool found = false;

	for (unsigned i = 0; i < table->column_count; i++) {
		if (!table->shown[i] || table->widths[i] <= least_width(table, i))
			continue;
		if (!found || table->widths[i] > table->widths[*widest])
			*widest = i;
		found = true;
	}
	return found;
}

/* Long columns give way, column by column of the terminal, until all have room. */
static void fix_widths(struct table *table)
{
	unsigned widest = 0;

	cap_widths(table);
	choose_columns(table);
	if (!table->terminal)
		return;
	for (unsigned total = total_width(table);
	     total > table->terminal && find_widest(table, &widest); total--)
		table->widths[widest]--;
}

void table_settle(struct table *table)
{
	if (table->settled)
		return;
	table->settled = true;
	fix_widths(table);
	write_titles(table);
	for (unsigned i = 0; i < table->waiting_count; i++) {
		struct row *row = &table->waiting[i];
		write_row(table, row->cells, row->colours);
		for (unsigned column = 0; column < table->column_count; column++)
			free(row->cells[column]);
	}
	table->waiting_count = 0;
}

void table_measure(struct table *table, const char *const *cells)
{
	for (unsigned i = 0; i < table->column_count; i++) {
		unsigned width = text_width(cells[i]);
		if (width > table->widths[i])
			table->widths[i] = width;
	}
}

static void wait_row(struct table *table, char *const *cells, const enum table_colour *colours)
{
	struct row *row = &table->waiting[table->waiting_count++];

	table_measure(table, (const char *const *)cells);
	for (unsigned i = 0; i < table->column_count; i++) {
		row->cells[i] = strdup(cells[i]);
		if (!row->cells[i])
			fatal("out of memory");
		row->colours[i] = colours[i];
	}
	if (table->waiting_count == WAITING_MAX)
		table_settle(table);
}

void table_row(struct table *table, const char *const *cells, const enum table_colour *colours)
{
	char clean[TABLE_COLUMNS_MAX][CELL_MAX];
	char *cleaned[TABLE_COLUMNS_MAX];

	for (unsigned i = 0; i < TABLE_COLUMNS_MAX; i++) {
		clean[i][0] = 0;
		cleaned[i] = clean[i];
	}
	for (unsigned i = 0; i < table->column_count; i++)
		sanitize_field(clean[i], CELL_MAX, cells[i], strlen(cells[i]));
	if (table->settled)
		write_row(table, cleaned, colours);
	else
		wait_row(table, cleaned, colours);
}

void table_free(struct table *table)
{
	if (!table)
		return;
	for (unsigned i = 0; i < table->waiting_count; i++) {
		for (unsigned column = 0; column < table->column_count; column++)
			free(table->waiting[i].cells[column]);
	}
	free(table);
}

enum table_colour table_severity_colour(const char *severity)
{
	if (strcmp(severity, "critical") == 0)
		return TABLE_MAGENTA;
	if (strcmp(severity, "high") == 0)
		return TABLE_RED;
	return strcmp(severity, "medium") == 0 ? TABLE_YELLOW : TABLE_PLAIN;
}

enum table_colour table_state_colour(const char *state)
{
	if (strcmp(state, "open") == 0)
		return TABLE_GREEN;
	return TABLE_GREY;
}
