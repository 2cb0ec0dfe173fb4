/* Colours for JSON, one byte at a time. */
#include "lib/json/colour.h"

#include <string.h>

static const char end[] = "\x1b[0m";

struct writer {
	struct json_colour *state;
	json_colour_sink *sink;
	void *context;
};

static void put(const struct writer *writer, const char *text)
{
	writer->sink(writer->context, text, strlen(text));
}

static void put_byte(const struct writer *writer, char byte)
{
	writer->sink(writer->context, &byte, 1);
}

static void put_mark(const struct writer *writer, char mark)
{
	put(writer, "\x1b[1m");
	put_byte(writer, mark);
	put(writer, end);
}

static void new_line(const struct writer *writer)
{
	put(writer, "\n");
	for (size_t i = 0; i < writer->state->depth; i++)
		put(writer, "  ");
}

static bool in_object(const struct json_colour *state)
{
	return state->depth > 0 && state->depth <= JSON_COLOUR_DEPTH_MAX &&
	       state->objects[state->depth - 1];
}

static void begin_value(const struct writer *writer)
{
	if (writer->state->opened)
		new_line(writer);
	writer->state->opened = false;
}

static void end_word(const struct writer *writer)
{
	struct json_colour *state = writer->state;

	if (state->word && state->painted)
		put(writer, end);
	state->word = false;
}

static void open_container(const struct writer *writer, char mark)
{
	struct json_colour *state = writer->state;

	begin_value(writer);
	put_mark(writer, mark);
	if (state->depth < JSON_COLOUR_DEPTH_MAX)
		state->objects[state->depth] = mark == '{';
	state->depth++;
	state->opened = true;
	state->key = mark == '{';
}

static void close_container(const struct writer *writer, char mark)
{
	struct json_colour *state = writer->state;

	if (state->depth > 0)
		state->depth--;
	if (!state->opened)
		new_line(writer);
	state->opened = false;
	put_mark(writer, mark);
}

static void begin_string(const struct writer *writer)
{
	begin_value(writer);
	writer->state->string = true;
	put(writer, writer->state->key ? "\x1b[1;34m\"" : "\x1b[32m\"");
}

static void continue_string(const struct writer *writer, char byte)
{
	struct json_colour *state = writer->state;
	bool ends = byte == '"' && !state->escaped;

	state->escaped = byte == '\\' && !state->escaped;
	put_byte(writer, byte);
	if (!ends)
		return;
	put(writer, end);
	state->string = state->key = false;
}

static void continue_word(const struct writer *writer, char byte)
{
	struct json_colour *state = writer->state;

	if (!state->word) {
		begin_value(writer);
		state->word = true;
		state->painted = byte == 't' || byte == 'f' || byte == 'n';
		if (state->painted)
			put(writer, byte == 'n' ? "\x1b[36m" : "\x1b[33m");
	}
	put_byte(writer, byte);
}

static void take_mark(const struct writer *writer, char byte)
{
	struct json_colour *state = writer->state;

	end_word(writer);
	switch (byte) {
	case '{':
	case '[':
		open_container(writer, byte);
		break;
	case '}':
	case ']':
		close_container(writer, byte);
		break;
	case ',':
		put_mark(writer, byte);
		new_line(writer);
		state->key = in_object(state);
		break;
	case ':':
		put_mark(writer, byte);
		put(writer, " ");
		break;
	case '"':
		begin_string(writer);
		break;
	default: /* a space */
		if (byte == '\n' && state->depth == 0)
			put_byte(writer, byte);
		break;
	}
}

void json_colour_feed(struct json_colour *state, const char *bytes, size_t length,
		      json_colour_sink *sink, void *context)
{
	const struct writer writer = {state, sink, context};

	for (size_t i = 0; i < length; i++) {
		if (state->string)
			continue_string(&writer, bytes[i]);
		else if (bytes[i] && strchr("{}[],:\" \t\r\n", bytes[i]))
			take_mark(&writer, bytes[i]);
		else
			continue_word(&writer, bytes[i]);
	}
}
