/* Tables for a terminal: widths from the first rows, then streamed, cut to the terminal's width. */
#ifndef GHWARD_WORKER_TABLE_H
#define GHWARD_WORKER_TABLE_H

#include "worker/output.h"

#include <stdbool.h>
#include <stdint.h>

#define TABLE_COLUMNS_MAX 10u

enum table_colour {
	TABLE_PLAIN,
	TABLE_BOLD,
	TABLE_RED,
	TABLE_YELLOW,
	TABLE_GREEN,
	TABLE_MAGENTA,
	TABLE_GREY
};

struct table_column {
	const char *title;
	unsigned max_width; /* wider cells are cut; 0 takes what the terminal has left */
};

struct table;

/* `terminal` is its width in columns, 0 if unknown. */
struct table *table_new(struct output *, const struct table_column *, unsigned count,
			unsigned terminal, bool colour) __attribute__((nonnull, returns_nonnull));

/* Cells are outside text. The first rows wait for table_settle() or for enough of them. */
void table_row(struct table *, const char *const *cells, const enum table_colour *)
	__attribute__((nonnull));

/* Widths are fixed now and everything waiting is written. */
void table_settle(struct table *) __attribute__((nonnull));
void table_free(struct table *);

/* Columns a terminal uses for sanitised text: wide characters take two, combining ones none. */
unsigned table_width(const char *text, size_t length) __attribute__((nonnull));

enum table_colour table_severity_colour(const char *severity) __attribute__((nonnull));
enum table_colour table_state_colour(const char *state) __attribute__((nonnull));

#endif
