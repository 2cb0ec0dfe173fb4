/* The sanitiser: redaction and escapes into a bounded buffer. */
#include "lib/sanitize/sanitize.h"

#include "lib/sanitize/character.h"
#include "lib/sanitize/redact.h"

#include <stdbool.h>
#include <string.h>

#define ELLIPSIS "\xe2\x80\xa6"
#define ELLIPSIS_SIZE 3u

struct output {
	char *text;
	size_t cap, used;
	size_t cut; /* where the ellipsis would go */
	bool full;
};

/* Appends all of it or, once something does not fit, nothing any more. */
static void append(struct output *output, const char *text, size_t length)
{
	if (output->full)
		return;
	if (length > output->cap - 1 - output->used) {
		output->full = true;
		return;
	}
	memcpy(output->text + output->used, text, length);
	output->used += length;
	if (output->used <= output->cap - 1 - ELLIPSIS_SIZE)
		output->cut = output->used;
}

/* A buffer without room for the ellipsis gets the empty string. */
static struct output start(char *dst, size_t cap)
{
	struct output output = {.text = dst, .cap = cap, .full = cap < 1 + ELLIPSIS_SIZE};

	return output;
}

static size_t finish(struct output *output)
{
	if (output->cap == 0)
		return 0;
	if (output->full && output->cap > ELLIPSIS_SIZE) {
		memcpy(output->text + output->cut, ELLIPSIS, ELLIPSIS_SIZE);
		output->used = output->cut + ELLIPSIS_SIZE;
	}
	output->text[output->used] = 0;
	return output->used;
}

/* Appends one character of src, visibly; returns the bytes taken. */
static size_t append_character(struct output *output, const char *src, size_t left)
{
	struct sanitize_character character = sanitize_decode((const unsigned char *)src, left);
	char escape[SANITIZE_ESCAPE_MAX];

	if (character.valid && !sanitize_is_active(character.code))
		append(output, src, character.length);
	else
		append(output, escape, sanitize_escape(escape, character));
	return character.length;
}

static void append_characters(struct output *output, const char *src, size_t length)
{
	for (size_t i = 0; i < length && !output->full;)
		i += append_character(output, src + i, length - i);
}

/* Every secret has one of the characters that are missing here, or stands behind one: most words of
 * an audit record need no closer look. A colon may stand behind a name, but each name of a secret
 * has one of the four letters. */
static bool is_harmless(const char *text, size_t length)
{
	bool colon = false, letter = false;

	for (size_t i = 0; i < length; i++) {
		char c = text[i], lower = (char)(c | 0x20);
		bool word = (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9');
		if (!word && c != '.' && c != '-' && c != '/' && c != '#' && c != ':')
			return false;
		colon = colon || c == ':';
		letter = letter || lower == 'k' || lower == 'p' || lower == 's' || lower == 't';
	}
	return !colon || !letter;
}

size_t sanitize_text(char *dst, size_t cap, const char *src, size_t length)
{
	struct output output = start(dst, cap);

	if (!output.full && length < cap && is_harmless(src, length)) {
		memcpy(dst, src, length);
		dst[length] = 0;
		return length;
	}

	for (size_t i = 0; i < length && !output.full;) {
		struct redact_match match = redact_find(src, i, length);
		if (!match.hide) {
			i += append_character(&output, src + i, length - i);
			continue;
		}
		append_characters(&output, src + i, match.keep);
		append(&output, "****", 4);
		i += match.keep + match.hide;
	}
	return finish(&output);
}

size_t sanitize_field(char *dst, size_t cap, const char *src, size_t length)
{
	struct output output = start(dst, cap);

	append_characters(&output, src, length);
	return finish(&output);
}
