/* git's requests. */
#include "git/frame.h"

#include <stdbool.h>
#include <string.h>

enum value {
	VALUE_NONE,
	VALUE_OBJECT, /* 40 hexadecimal digits */
	VALUE_NUMBER,
	VALUE_WORD, /* printable */
	VALUE_TEXT, /* the name of a ref: any bytes but control characters */
};

struct word {
	const char *text; /* what the value follows */
	enum value value;
};

static const struct word capabilities[] = {
	{"agent=", VALUE_WORD},
	{"object-format=sha1", VALUE_NONE},
	{NULL, VALUE_NONE},
};

static const struct word ls_refs_arguments[] = {
	{"peel", VALUE_NONE},	     {"symrefs", VALUE_NONE}, {"unborn", VALUE_NONE},
	{"ref-prefix ", VALUE_TEXT}, {NULL, VALUE_NONE},
};

static const struct word fetch_arguments[] = {
	{"want ", VALUE_OBJECT},	 {"have ", VALUE_OBJECT},
	{"shallow ", VALUE_OBJECT},	 {"done", VALUE_NONE},
	{"thin-pack", VALUE_NONE},	 {"no-progress", VALUE_NONE},
	{"include-tag", VALUE_NONE},	 {"ofs-delta", VALUE_NONE},
	{"wait-for-done", VALUE_NONE},	 {"deepen ", VALUE_NUMBER},
	{"deepen-relative", VALUE_NONE}, {"filter blob:none", VALUE_NONE},
	{"filter tree:0", VALUE_NONE},	 {NULL, VALUE_NONE},
};

static bool is_within(const char *set, const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (!bytes[i] || !strchr(set, bytes[i]))
			return false;
	}
	return length > 0;
}

static bool is_visible(const uint8_t *bytes, size_t length, uint8_t last)
{
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] <= ' ' || bytes[i] == 0x7f || bytes[i] > last)
			return false;
	}
	return length > 0;
}

static bool has_value(enum value value, const uint8_t *bytes, size_t length)
{
	switch (value) {
	case VALUE_NONE:
		return length == 0;
	case VALUE_OBJECT:
		return length == 40 && is_within("0123456789abcdef", bytes, length);
	case VALUE_NUMBER:
		return length <= 10 && is_within("0123456789", bytes, length);
	case VALUE_WORD:
		return is_visible(bytes, length, '~');
	case VALUE_TEXT:
		break;
	}
	return is_visible(bytes, length, UINT8_MAX);
}

static bool is_known(const struct word *words, const uint8_t *line, size_t length)
{
	for (; words->text; words++) {
		size_t prefix = strlen(words->text);
		if (length >= prefix && memcmp(line, words->text, prefix) == 0 &&
		    has_value(words->value, line + prefix, length - prefix))
			return true;
	}
	return false;
}

static bool is_line(const char *text, const uint8_t *line, size_t length)
{
	return strlen(text) == length && memcmp(line, text, length) == 0;
}

static const char *take_command(struct frame *frame, const uint8_t *line, size_t length)
{
	if (is_line("command=ls-refs", line, length))
		frame->command = GIT_LS_REFS;
	else if (is_line("command=fetch", line, length))
		frame->command = GIT_FETCH;
	else
		return "a command that ghward does not carry";
	frame->part = FRAME_CAPABILITIES;
	return NULL;
}

/* Returns NULL, or what is wrong. */
static const char *take_line(struct frame *frame, const struct pktline *line)
{
	size_t length = line->length;

	if (length && line->bytes[length - 1] == '\n')
		length--;
	if (frame->part == FRAME_COMMAND)
		return take_command(frame, line->bytes, length);
	if (frame->part == FRAME_CAPABILITIES)
		return is_known(capabilities, line->bytes, length)
			       ? NULL
			       : "a capability that nobody offered";
	return is_known(frame->command == GIT_FETCH ? fetch_arguments : ls_refs_arguments,
			line->bytes, length)
		       ? NULL
		       : "an argument that ghward does not carry";
}

static enum frame_event bad(struct frame *frame, const char *wrong)
{
	frame->wrong = wrong;
	return FRAME_BAD;
}

static enum frame_event end_request(struct frame *frame)
{
	bool asked = frame->part != FRAME_COMMAND;

	frame->part = FRAME_COMMAND;
	frame->size = 0;
	return asked ? FRAME_DONE : FRAME_OVER;
}

uint8_t *frame_room(struct frame *frame, size_t *room)
{
	memmove(frame->bytes, frame->bytes + frame->start, frame->end - frame->start);
	frame->end -= frame->start;
	frame->start = 0;
	*room = sizeof(frame->bytes) - frame->end;
	return frame->bytes + frame->end;
}

void frame_add(struct frame *frame, size_t length)
{
	frame->end += length;
}

enum frame_event frame_take(struct frame *frame, const uint8_t **bytes, size_t *length)
{
	struct pktline line;

	*bytes = frame->bytes + frame->start;
	enum pktline_kind kind = pktline_read(*bytes, frame->end - frame->start, &line);
	*length = line.size;
	frame->start += line.size;
	frame->size += line.size;
	if (frame->size > FRAME_REQUEST_MAX)
		return bad(frame, "more than 64 MiB at once");
	switch (kind) {
	case PKTLINE_MORE:
		return FRAME_MORE;
	case PKTLINE_DATA:
		frame->wrong = take_line(frame, &line);
		return frame->wrong ? FRAME_BAD : FRAME_LINE;
	case PKTLINE_DELIM:
		if (frame->part != FRAME_CAPABILITIES)
			return bad(frame, "a delimiter where none belongs");
		frame->part = FRAME_ARGUMENTS;
		return FRAME_LINE;
	case PKTLINE_FLUSH:
		return end_request(frame);
	case PKTLINE_END:
	case PKTLINE_BAD:
		break;
	}
	return bad(frame, "no line of git's protocol");
}

size_t frame_advertisement(uint8_t *to, size_t room)
{
	static const char *const lines[] = {"version 2\n", "agent=ghward\n", "ls-refs=unborn\n",
					    "fetch=shallow wait-for-done filter\n",
					    "object-format=sha1\n"};
	static const char flush[] = "0000";
	size_t used = 0;

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		size_t size = pktline_write(to + used, room - used, lines[i]);
		if (!size)
			return 0;
		used += size;
	}
	if (room - used < strlen(flush))
		return 0;
	memcpy(to + used, flush, strlen(flush));
	return used + strlen(flush);
}
