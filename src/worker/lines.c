/* One thing in full. */
#include "worker/lines.h"

#include "lib/base/clock.h"
#include "worker/age.h"
#include "worker/table.h"

#include <stdio.h>
#include <string.h>

static void write_lines(struct output *output, const struct line *lines, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		output_text(output, lines[i].key);
		output_text(output, ":\t");
		output_field(output, lines[i].value);
		output_text(output, "\n");
	}
}

static void begin_colour(struct job *job, const char *sequence)
{
	if (job->request.colour)
		output_text(&job->output, sequence);
}

static enum table_colour colour_of(const struct line *line)
{
	if (line->what == LINE_STATE)
		return table_state_colour(line->value);
	return line->what == LINE_SEVERITY ? table_severity_colour(line->value) : TABLE_PLAIN;
}

static void write_value(struct job *job, const struct line *line)
{
	char age[40];

	begin_colour(job, table_colour_begin(colour_of(line)));
	output_field(&job->output, line->value);
	begin_colour(job, table_colour_end(colour_of(line)));
	if (line->what != LINE_TIME)
		return;
	age_text(age, sizeof(age), line->value, clock_wall_s());
	if (strcmp(age, line->value) == 0)
		return;
	begin_colour(job, table_colour_begin(TABLE_GREY));
	output_text(&job->output, "  ");
	output_field(&job->output, age);
	begin_colour(job, table_colour_end(TABLE_GREY));
}

/* Headline, then what is known, one aligned line each. */
static void write_page(struct job *job, const char *headline, const struct line *lines,
		       size_t count)
{
	struct output *output = &job->output;

	begin_colour(job, "\x1b[1m");
	output_field(output, headline);
	begin_colour(job, "\x1b[0m");
	output_text(output, "\n\n");
	for (size_t i = 0; i < count; i++) {
		char label[32];
		if (!*lines[i].value)
			continue;
		snprintf(label, sizeof(label), "  %-18s", lines[i].key);
		begin_colour(job, "\x1b[90m");
		output_text(output, label);
		begin_colour(job, "\x1b[0m");
		write_value(job, &lines[i]);
		output_text(output, "\n");
	}
}

void lines_write(struct job *job, const char *headline, const struct line *lines, size_t count)
{
	if (job->request.format == OUTPUT_TABLE)
		write_page(job, headline, lines, count);
	else
		write_lines(&job->output, lines, count);
}
