/* Standard output. */
#include "cli/output.h"

#include "lib/base/memory.h"
#include "lib/validate/validate.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where nobody knows the width. */
#define WIDTH_DEFAULT 80u
#define WIDTH_MAX 1000u

static uint16_t find_width(const struct environment *environment)
{
	const char *columns = environment_get(environment, "COLUMNS");
	struct winsize size;
	uint32_t width;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col < WIDTH_MAX ? size.ws_col : WIDTH_MAX;
	if (columns && validate_parse_u32(columns, strlen(columns), 1, WIDTH_MAX, &width) == 0)
		return (uint16_t)width;
	return WIDTH_DEFAULT;
}

static bool is_dumb(const struct environment *environment)
{
	const char *term = environment_get(environment, "TERM");

	return !term || strcmp(term, "dumb") == 0;
}

/* https://no-color.org and https://bixense.com/clicolors */
bool output_wants_colour(const struct environment *environment, bool terminal)
{
	const char *force = environment_get(environment, "CLICOLOR_FORCE");
	const char *wanted = environment_get(environment, "CLICOLOR");

	if (environment_get(environment, "NO_COLOR"))
		return false;
	if (force && strcmp(force, "0") != 0)
		return true;
	if (wanted && strcmp(wanted, "0") == 0)
		return false;
	return terminal && !is_dumb(environment);
}

struct output *output_new(const struct environment *environment)
{
	struct output *output = memory_new(sizeof(*output));
	struct stat status;

	output->terminal = isatty(STDOUT_FILENO);
	output->waits = output->terminal || fstat(STDOUT_FILENO, &status) < 0 ||
			S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode);
	output->width = find_width(environment);
	progress_begin(&output->progress);
	/* Behind a pipe there may be a pager, which has the terminal to itself. */
	if (is_dumb(environment) || (output->waits && !output->terminal))
		output->progress.wanted = false;
	output->colour = output_wants_colour(environment, output->terminal);
	return output;
}

enum output_format output_format(const struct output *output, bool json)
{
	if (json)
		return OUTPUT_JSON;
	return output->terminal ? OUTPUT_TABLE : OUTPUT_LINES;
}

/* Moves what was read through the filter, as far as there is room. */
static void refill(struct output *output)
{
	size_t consumed;

	if (output->start < output->end || output->raw_start == output->raw_end)
		return;
	output->start = 0;
	output->end = sanitize_stream_feed(&output->filter, output->raw + output->raw_start,
					   output->raw_end - output->raw_start, output->pending,
					   sizeof(output->pending), &consumed);
	output->raw_start += consumed;
}

enum output_taken output_take(struct output *output, int pipe)
{
	char *target = output->terminal ? output->raw : output->pending;
	ssize_t got;

	do {
		got = read(pipe, target, OUTPUT_READ_MAX);
	} while (got < 0 && errno == EINTR);
	if (got <= 0) {
		output->start = 0;
		output->end = sanitize_stream_finish(&output->filter, output->pending,
						     sizeof(output->pending));
		return OUTPUT_TAKEN_ALL;
	}
	if (output->terminal) {
		output->raw_start = 0;
		output->raw_end = (size_t)got;
		refill(output);
	} else {
		output->start = 0;
		output->end = (size_t)got;
	}
	return OUTPUT_TAKEN;
}

bool output_is_pending(const struct output *output)
{
	return output->start < output->end || output->raw_start < output->raw_end;
}

void output_drop(struct output *output)
{
	static const char reset[] = "\x1b[0m";

	output->start = output->end = output->raw_start = output->raw_end = 0;
	if (output->terminal && output->begun && output->colour &&
	    write(STDOUT_FILENO, reset, sizeof(reset) - 1) < 0)
		return;
}

enum output_given output_give(struct output *output)
{
	refill(output);
	size_t length = output->end - output->start;

	/* A pipe that can be written to has room for this much. */
	if (output->waits && length > PIPE_BUF)
		length = PIPE_BUF;
	ssize_t written = write(STDOUT_FILENO, output->pending + output->start, length);
	if (written >= 0) {
		output->start += (size_t)written;
		output->begun = true;
		if (written > 0)
			output->within_line = output->pending[output->start - 1] != '\n';
		return OUTPUT_GIVEN;
	}
	/* Whoever shares the descriptor may have made it non-blocking. */
	if (errno == EINTR || errno == EAGAIN)
		return OUTPUT_GIVEN;
	return errno == EPIPE ? OUTPUT_READER_GONE : OUTPUT_FAILED;
}

int output_finish(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, "ghward: cannot write to standard output: %m\n");
	return status ? status : EXIT_FAILURE;
}
