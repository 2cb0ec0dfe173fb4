/* One character of outside text. */
#include "lib/sanitize/character.h"

#include <string.h>

struct sanitize_character sanitize_decode(const unsigned char *text, size_t left)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	struct sanitize_character character = {
		.code = text[0], .length = 1, .valid = text[0] < 0x80};
	size_t length = text[0] >= 0xf0 && text[0] < 0xf8   ? 4
			: text[0] >= 0xe0 && text[0] < 0xf0 ? 3
			: text[0] >= 0xc0 && text[0] < 0xe0 ? 2
							    : 0;

	if (character.valid || length == 0 || length > left)
		return character;
	uint32_t code = text[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return character;
		code = code << 6 | (text[i] & 0x3fu);
	}
	if (code < smallest[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return character;
	return (struct sanitize_character){.code = code, .length = length, .valid = true};
}

/* Controls, separators, and what Unicode calls Default_Ignorable, except the variation selectors of
 * emoji (U+FE00 to U+FE0F): it is drawn as nothing or reorders its surroundings. Ascending. */
static const struct {
	uint32_t first, last;
} active[] = {
	{0x0, 0x1f},	    /* controls */
	{0x7f, 0x9f},	    /* controls */
	{0xad, 0xad},	    /* soft hyphen */
	{0x34f, 0x34f},	    /* grapheme joiner */
	{0x61c, 0x61c},	    /* Arabic letter mark */
	{0x115f, 0x1160},   /* Hangul fillers */
	{0x17b4, 0x17b5},   /* Khmer inherent vowels */
	{0x180b, 0x180f},   /* Mongolian selectors */
	{0x200b, 0x200f},   /* zero width, direction marks */
	{0x2028, 0x202e},   /* separators, bidi embeddings and overrides */
	{0x2060, 0x206f},   /* joiners, bidi isolates */
	{0x3164, 0x3164},   /* Hangul filler */
	{0xfeff, 0xfeff},   /* byte order mark */
	{0xffa0, 0xffa0},   /* Hangul filler */
	{0xfff0, 0xfffb},   /* annotations */
	{0x1bca0, 0x1bca3}, /* shorthand controls */
	{0x1d173, 0x1d17a}, /* musical controls */
	{0xe0000, 0xe0fff}, /* tags, variation selectors */
};

bool sanitize_is_active(uint32_t code)
{
	for (size_t i = 0; i < sizeof(active) / sizeof(active[0]) && code >= active[i].first; i++) {
		if (code <= active[i].last)
			return true;
	}
	return false;
}

static size_t put_hex(char *out, uint32_t value, unsigned digits)
{
	for (unsigned i = 0; i < digits; i++)
		out[i] = "0123456789abcdef"[(value >> (4 * (digits - 1 - i))) & 15];
	return digits;
}

size_t sanitize_escape(char out[SANITIZE_ESCAPE_MAX], struct sanitize_character character)
{
	static const char replacement[] = {'\xef', '\xbf', '\xbd'}; /* U+FFFD */

	if (!character.valid) {
		memcpy(out, replacement, sizeof(replacement));
		return sizeof(replacement);
	}
	out[0] = '\\';
	if (character.code < 0x100) {
		out[1] = 'x';
		return 2 + put_hex(out + 2, character.code, 2);
	}
	out[1] = character.code < 0x10000 ? 'u' : 'U';
	return 2 + put_hex(out + 2, character.code, character.code < 0x10000 ? 4 : 8);
}
