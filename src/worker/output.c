/* Buffered writing into the output pipe. */
#include "worker/output.h"

#include "lib/base/io.h"
#include "lib/sanitize/sanitize.h"

#include <string.h>

void output_flush(struct output *output)
{
	/* EPIPE: a pager was left, or head has seen enough. Not an error of the job. */
	if (!output->closed && io_write_full(output->fd, output->buffer, output->used) < 0)
		output->closed = true;
	output->used = 0;
}

static void append(void *context, const char *bytes, size_t length)
{
	struct output *output = context;

	while (length && !output->closed) {
		size_t room = sizeof(output->buffer) - output->used;
		size_t part = length < room ? length : room;
		memcpy(output->buffer + output->used, bytes, part);
		output->used += part;
		bytes += part;
		length -= part;
		if (output->used == sizeof(output->buffer))
			output_flush(output);
	}
}

void output_bytes(struct output *output, const char *bytes, size_t length)
{
	if (output->coloured)
		json_colour_feed(&output->colour, bytes, length, append, output);
	else
		append(output, bytes, length);
}

void output_text(struct output *output, const char *text)
{
	output_bytes(output, text, strlen(text));
}

void output_field(struct output *output, const char *text)
{
	char clean[8192];

	output_bytes(output, clean, sanitize_field(clean, sizeof(clean), text, strlen(text)));
}
