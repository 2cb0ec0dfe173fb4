/* Tables for a terminal. */
#include "worker/table.h"

#include "lib/base/log.h"
#include "lib/base/memory.h"
#include "lib/sanitize/character.h"
#include "lib/sanitize/sanitize.h"

#include <stdlib.h>
#include <string.h>

/* Rows that decide about widths: a page. */
#define WAITING_MAX 100u
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
	bool colour, settled;
	struct row waiting[WAITING_MAX];
	unsigned waiting_count;
};

/* East Asian wide and fullwidth blocks, and emoji; from Unicode's EastAsianWidth.txt, coarsely. */
static bool is_wide(uint32_t code)
{
	return (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) ||
	       (code >= 0xac00 && code <= 0xd7a3) || (code >= 0xf900 && code <= 0xfaff) ||
	       (code >= 0xfe30 && code <= 0xfe6f) || (code >= 0xff00 && code <= 0xff60) ||
	       (code >= 0xffe0 && code <= 0xffe6) || (code >= 0x1f300 && code <= 0x1faff) ||
	       (code >= 0x20000 && code <= 0x3fffd);
}

static bool is_combining(uint32_t code)
{
	return (code >= 0x300 && code <= 0x36f) || (code >= 0x1ab0 && code <= 0x1aff) ||
	       (code >= 0x20d0 && code <= 0x20ff) || (code >= 0xfe00 && code <= 0xfe0f) ||
	       (code >= 0xfe20 && code <= 0xfe2f);
}

static unsigned width_of(uint32_t code)
{
	return is_combining(code) ? 0 : is_wide(code) ? 2 : 1;
}

unsigned table_width(const char *text, size_t length)
{
	unsigned width = 0;

	for (size_t i = 0; i < length;) {
		struct sanitize_character character =
			sanitize_decode((const unsigned char *)text + i, length - i);
		width += width_of(character.code);
		i += character.length;
	}
	return width;
}

/* The longest beginning that fits into `width` columns, in bytes. */
static size_t fit(const char *text, unsigned width)
{
	size_t length = strlen(text), i = 0;
	unsigned used = 0;

	while (i < length) {
		struct sanitize_character character =
			sanitize_decode((const unsigned char *)text + i, length - i);
		used += width_of(character.code);
		if (used > width)
			break;
		i += character.length;
	}
	return i;
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
		table->widths[i] = table_width(columns[i].title, strlen(columns[i].title));
	return table;
}

static void begin_colour(struct table *table, enum table_colour colour)
{
	static const char *const sequences[] = {
		[TABLE_BOLD] = "\x1b[1m",     [TABLE_RED] = "\x1b[31m",
		[TABLE_YELLOW] = "\x1b[33m",  [TABLE_GREEN] = "\x1b[32m",
		[TABLE_MAGENTA] = "\x1b[35m", [TABLE_GREY] = "\x1b[90m",
	};

	if (table->colour && colour != TABLE_PLAIN)
		output_text(table->output, sequences[colour]);
}

static void end_colour(struct table *table, enum table_colour colour)
{
	if (table->colour && colour != TABLE_PLAIN)
		output_text(table->output, "\x1b[0m");
}

static void write_cell(struct table *table, unsigned column, const char *text,
		       enum table_colour colour)
{
	static const char blanks[] =
		"                                                                ";
	unsigned width = table->widths[column];
	unsigned wanted = table_width(text, strlen(text));
	unsigned written = wanted;

	begin_colour(table, colour);
	if (wanted <= width) {
		output_text(table->output, text);
	} else {
		size_t bytes = width ? fit(text, width - 1) : 0;
		output_bytes(table->output, text, bytes);
		output_text(table->output, width ? "\xe2\x80\xa6" : "");
		written = table_width(text, bytes) + (width ? 1 : 0);
	}
	end_colour(table, colour);
	if (column + 1 == table->column_count)
		return;
	for (unsigned left = width + GAP - written; left;) {
		unsigned part = left < sizeof(blanks) - 1 ? left : (unsigned)sizeof(blanks) - 1;
		output_bytes(table->output, blanks, part);
		left -= part;
	}
}

static void write_row(struct table *table, char *const *cells, const enum table_colour *colours)
{
	for (unsigned i = 0; i < table->column_count; i++)
		write_cell(table, i, cells[i], colours[i]);
	output_text(table->output, "\n");
}

static void write_titles(struct table *table)
{
	for (unsigned i = 0; i < table->column_count; i++)
		write_cell(table, i, table->columns[i].title, TABLE_GREY);
	output_text(table->output, "\n");
}

/* Caps every column, then gives the flexible one what is left of the terminal. */
static void fix_widths(struct table *table)
{
	unsigned total = 0, flexible = table->column_count;

	for (unsigned i = 0; i < table->column_count; i++) {
		unsigned max = table->columns[i].max_width;
		if (max == 0)
			flexible = i;
		else if (table->widths[i] > max)
			table->widths[i] = max;
		total += table->widths[i] + (i + 1 < table->column_count ? GAP : 0);
	}
	if (!table->terminal || total <= table->terminal || flexible == table->column_count)
		return;
	unsigned surplus = total - table->terminal;
	unsigned least =
		table_width(table->columns[flexible].title, strlen(table->columns[flexible].title));
	unsigned width = table->widths[flexible];
	table->widths[flexible] = width > surplus + least ? width - surplus : least;
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

static void wait_row(struct table *table, char *const *cells, const enum table_colour *colours)
{
	struct row *row = &table->waiting[table->waiting_count++];

	for (unsigned i = 0; i < table->column_count; i++) {
		unsigned width = table_width(cells[i], strlen(cells[i]));
		if (width > table->widths[i])
			table->widths[i] = width;
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
	char *cleaned[TABLE_COLUMNS_MAX] = {NULL};

	for (unsigned i = 0; i < table->column_count; i++) {
		sanitize_field(clean[i], CELL_MAX, cells[i], strlen(cells[i]));
		cleaned[i] = clean[i];
	}
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
