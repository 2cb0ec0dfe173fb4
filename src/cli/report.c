/* JSON documents and tables that the command itself prints. */
#include "cli/report.h"

#include "cli/output.h"
#include "lib/base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOCUMENT_MAX ((size_t)512 * 1024)
#define COLUMNS_MAX 32u

void report_json_begin(struct report_json *json, bool terminal)
{
	json->text = malloc(DOCUMENT_MAX);
	if (!json->text)
		fatal("out of memory");
	json_writer_init(&json->writer, json->text, DOCUMENT_MAX);
	json->colour = (struct json_colour){.depth = 0};
	json->coloured = output_wants_colour(&environment_own, terminal);
}

static void print(void *context, const char *bytes, size_t length)
{
	fwrite(bytes, 1, length, context);
}

void report_json_pass(struct report_json *json)
{
	size_t length;

	if (json_finish(&json->writer, &length) < 0)
		fatal("a document grew past its limit");
	if (json->coloured)
		json_colour_feed(&json->colour, json->text, length, print, stdout);
	else
		print(stdout, json->text, length);
	json->writer.used = 0;
}

void report_json_end(struct report_json *json)
{
	report_json_pass(json);
	putchar('\n');
	free(json->text);
	json->text = NULL;
}

static const char *cell(const char *const *cells, unsigned columns, unsigned row, unsigned column)
{
	const char *text = cells[(size_t)row * columns + column];

	return text ? text : "";
}

void report_table(const char *const *cells, unsigned rows, unsigned columns,
		  enum report_layout layout)
{
	int widths[COLUMNS_MAX] = {0};

	if (columns > COLUMNS_MAX)
		fatal("a table grew past its limit");
	for (unsigned i = 0; i < rows * columns; i++) {
		int length = (int)strlen(cell(cells, columns, i / columns, i % columns));
		if (length > widths[i % columns])
			widths[i % columns] = length;
	}
	for (unsigned row = layout == REPORT_TABS; row < rows; row++) {
		for (unsigned column = 0; column < columns; column++) {
			const char *text = cell(cells, columns, row, column);
			bool last = column + 1 == columns;
			if (layout == REPORT_TABS)
				printf("%s%s", text, last ? "\n" : "\t");
			else if (last)
				printf("%s\n", text);
			else
				printf("%-*s  ", widths[column], text);
		}
	}
}
