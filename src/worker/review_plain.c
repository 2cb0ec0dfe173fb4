/* The audit log for programs, without a translation: tab-separated, and JSON as it is in the log.
 */
#include "lib/base/memory.h"
#include "worker/review.h"
#include "worker/review_columns.h"

#include <stdlib.h>

static void clean(struct review *review)
{
	free(review->state);
}

/* --- tab-separated --- */

static void begin_lines(struct review *review)
{
	review->state = memory_new(sizeof(struct review_cells));
}

static void write_line(struct review *review, const struct record *record)
{
	struct output *output = &review->job->output;

	for (unsigned column = 0; column < COLUMNS; column++) {
		struct auditlog_text cell =
			review_cell(review->state, record, (enum review_column)column);
		output_text(output, column ? "\t" : "");
		output_field_n(output, cell.text, cell.length);
	}
	output_text(output, "\n");
}

/* --- JSON --- */

static void begin_json(struct review *review)
{
	review->state = memory_new(VISIBLE_SIZE);
}

static void write_json(struct review *review, const struct record *record)
{
	struct output *output = &review->job->output;
	struct auditlog_text line =
		visible_json((struct auditlog_text){record->line, record->length}, review->state);

	output_text(output, review->job->items ? ",\n" : "[");
	output_bytes(output, line.text, line.length);
}

static void end_json(struct review *review)
{
	output_text(&review->job->output, review->job->items ? "]\n" : "[]\n");
}

/* Byte for byte, so that a hash of each can be made. */
static void write_jsonl(struct review *review, const struct record *record)
{
	output_bytes(&review->job->output, record->line, record->length);
	output_text(&review->job->output, "\n");
}

const struct review_format_ways review_lines = {
	.begin = begin_lines, .record = write_line, .clean = clean};
const struct review_format_ways review_json = {
	.begin = begin_json, .record = write_json, .end = end_json, .clean = clean};
const struct review_format_ways review_jsonl = {.record = write_jsonl};
