/* The streaming filter in front of a terminal. */
#include "lib/sanitize/sanitize.h"

#include "lib/sanitize/character.h"

#include <stdbool.h>
#include <string.h>

enum verdict { INCOMPLETE, PASS, ESCAPE };

/* Select graphic rendition: ESC [ digits and semicolons m. */
static enum verdict judge_colour(const unsigned char *text, size_t length)
{
	if (length == 1)
		return INCOMPLETE;
	if (text[1] != '[')
		return ESCAPE;
	unsigned char last = text[length - 1];
	if (length == 2 || (last >= '0' && last <= '9') || last == ';')
		return INCOMPLETE;
	return last == 'm' ? PASS : ESCAPE;
}

static enum verdict judge_utf8(const unsigned char *text, size_t length)
{
	size_t wanted = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : text[0] >= 0xc0 ? 2 : 1;

	if (length < wanted && (length == 1 || (text[length - 1] & 0xc0) == 0x80))
		return INCOMPLETE;
	struct sanitize_character character = sanitize_decode(text, length);
	return character.valid && character.length == length && !sanitize_is_active(character.code)
		       ? PASS
		       : ESCAPE;
}

static enum verdict judge(const unsigned char *text, size_t length)
{
	if (text[0] == '\n' || text[0] == '\t' || (text[0] >= 0x20 && text[0] < 0x7f))
		return PASS;
	if (text[0] == 0x1b)
		return judge_colour(text, length);
	return text[0] < 0x80 ? ESCAPE : judge_utf8(text, length);
}

/* The first character of what is pending becomes visible; the rest is judged anew by the caller. */
static size_t escape_first(struct sanitize_stream *stream, char *out)
{
	struct sanitize_character character = sanitize_decode(stream->pending, stream->used);
	size_t written = sanitize_escape(out, character);

	stream->used -= character.length;
	memmove(stream->pending, stream->pending + character.length, stream->used);
	return written;
}

/* Writes everything that can be decided about what is pending. */
static size_t settle(struct sanitize_stream *stream, char *out, bool last)
{
	size_t written = 0;

	for (size_t length = 1; length <= stream->used;) {
		enum verdict verdict = judge(stream->pending, length);
		if (verdict == INCOMPLETE && length < stream->used) {
			length++;
			continue;
		}
		if (verdict == INCOMPLETE && !last && stream->used < sizeof(stream->pending))
			break;
		if (verdict == PASS) {
			memcpy(out + written, stream->pending, length);
			written += length;
			stream->used -= length;
			memmove(stream->pending, stream->pending + length, stream->used);
		} else {
			written += escape_first(stream, out + written);
		}
		length = 1;
	}
	return written;
}

/* 64 pending bytes, each at most SANITIZE_ESCAPE_MAX long, never exceed this. */
_Static_assert(sizeof(((struct sanitize_stream *)0)->pending) * 6 <= SANITIZE_STREAM_ROOM,
	       "a settled sequence must fit");

static bool is_plain(unsigned char c)
{
	return (c >= 0x20 && c < 0x7f) || c == '\n' || c == '\t';
}

size_t sanitize_stream_feed(struct sanitize_stream *stream, const char *in, size_t length,
			    char *out, size_t cap, size_t *consumed)
{
	size_t written = 0;

	*consumed = 0;
	while (*consumed < length && cap - written >= SANITIZE_STREAM_ROOM) {
		unsigned char byte = (unsigned char)in[(*consumed)++];
		if (stream->used == 0 && is_plain(byte)) {
			out[written++] = (char)byte;
			continue;
		}
		stream->pending[stream->used++] = byte;
		written += settle(stream, out + written, false);
	}
	return written;
}

size_t sanitize_stream_finish(struct sanitize_stream *stream, char *out, size_t cap)
{
	return cap >= SANITIZE_STREAM_ROOM ? settle(stream, out, true) : 0;
}
