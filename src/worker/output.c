/* Buffered writing into the output pipe. */
#include "worker/output.h"

#include "lib/base/io.h"
#include "lib/sanitize/character.h"

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

void output_field_n(struct output *output, const char *text, size_t length)
{
	char escape[SANITIZE_ESCAPE_MAX];
	size_t plain = 0;

	for (size_t at = 0; at < length;) {
		struct sanitize_character character =
			sanitize_decode((const unsigned char *)text + at, length - at);
		if (!character.valid || sanitize_is_active(character.code)) {
			output_bytes(output, text + plain, at - plain);
			output_bytes(output, escape, sanitize_escape(escape, character));
			plain = at + character.length;
		}
		at += character.length;
	}
	output_bytes(output, text + plain, length - plain);
}

void output_field(struct output *output, const char *text)
{
	output_field_n(output, text, strlen(text));
}
