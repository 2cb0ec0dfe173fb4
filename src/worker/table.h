/* Tables for a terminal: widths from the first rows, then streamed. Where the terminal is narrow,
 * the widest columns are cut, and less important ones are left out. */
#ifndef GHWARD_WORKER_TABLE_H
#define GHWARD_WORKER_TABLE_H

#include "worker/output.h"

#include <stdbool.h>
#include <stdint.h>

#define TABLE_COLUMNS_MAX 10u
#define TABLE_RANK_MAX 9u

enum table_colour {
	TABLE_PLAIN,
	TABLE_BOLD,
	TABLE_RED,
	TABLE_YELLOW,
	TABLE_GREEN,
	TABLE_MAGENTA,
	TABLE_GREY,
	TABLE_TITLE
};

struct table_column {
	const char *title;
	unsigned max_width; /* wider cells are cut; 0: as wide as there is room */
	unsigned min_width; /* it keeps on a narrow terminal; 0: that of its title */
	unsigned rank;	    /* 0: always shown; where room is short, the highest are left out */
};

struct table;

/* `terminal` is its width in columns, 0 if unknown. */
struct table *table_new(struct output *, const struct table_column *, unsigned count,
			unsigned terminal, bool colour) __attribute__((nonnull, returns_nonnull));

/* Cells are outside text. The first rows wait for table_settle() or for enough of them. */
void table_row(struct table *, const char *const *cells, const enum table_colour *)
	__attribute__((nonnull));

/* Counts for the widths like a row, but is not shown. */
void table_measure(struct table *, const char *const *cells) __attribute__((nonnull));

/* Widths are fixed now and everything waiting is written. */
void table_settle(struct table *) __attribute__((nonnull));
void table_free(struct table *);

/* What begins a colour on a terminal, and what ends it; "" for none. */
const char *table_colour_begin(enum table_colour) __attribute__((returns_nonnull));
const char *table_colour_end(enum table_colour) __attribute__((returns_nonnull));

enum table_colour table_severity_colour(const char *severity) __attribute__((nonnull));
enum table_colour table_state_colour(const char *state) __attribute__((nonnull));

#endif
