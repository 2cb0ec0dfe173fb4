/* JSON documents and tables that the command itself prints. */
#ifndef GHWARD_CLI_REPORT_H
#define GHWARD_CLI_REPORT_H

#include "lib/json/colour.h"
#include "lib/json/write.h"

#include <stdbool.h>

/* A writer with its own buffer, large enough for every document of the command. Ends the process
 * without memory. */
struct report_json {
	struct json_writer writer;
	char *text;
	bool coloured;
	struct json_colour colour;
};

/* `terminal`: whether stdout is one, which a confined process cannot find out. */
void report_json_begin(struct report_json *, bool terminal) __attribute__((nonnull));

/* Writes what there is so far to stdout: for documents that may grow past any buffer. */
void report_json_pass(struct report_json *) __attribute__((nonnull));

/* Writes the document, in colours if they are wanted, and a newline to stdout and frees it. */
void report_json_end(struct report_json *) __attribute__((nonnull));

/* Prints rows of `columns` cells each: aligned for people, tab-separated for pipes. NULL is "". The
 * first row is the heading, which only people get. */
enum report_layout { REPORT_ALIGNED, REPORT_TABS };
void report_table(const char *const *cells, unsigned rows, unsigned columns, enum report_layout)
	__attribute__((nonnull));

#endif
