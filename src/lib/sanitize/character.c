/* One character of outside text. */
#include "lib/sanitize/character.h"

#include <string.h>

struct sanitize_character sanitize_decode(const unsigned char *text, size_t left)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	struct sanitize_character character = {.code = text[0], .length = 1, .valid = text[0] < 0x80};
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

bool sanitize_is_active(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad ||
	       code == 0x61c ||                            /* Arabic letter mark */
	       (code >= 0x200b && code <= 0x200f) ||       /* zero width, direction marks */
	       (code >= 0x2028 && code <= 0x202e) ||       /* separators, bidi embeddings */
	       (code >= 0x2060 && code <= 0x206f) ||       /* joiners, bidi isolates */
	       code == 0xfeff || (code >= 0xfff9 && code <= 0xfffb) ||
	       (code >= 0xe0000 && code <= 0xe007f);       /* tags */
}

static size_t put_hex(char *out, uint32_t value, unsigned digits)
{
	for (unsigned i = 0; i < digits; i++)
		out[i] = "0123456789abcdef"[(value >> (4 * (digits - 1 - i))) & 15];
	return digits;
}

size_t sanitize_escape(char out[SANITIZE_ESCAPE_MAX], struct sanitize_character character)
{
	if (!character.valid) {
		memcpy(out, "\xef\xbf\xbd", 3);
		return 3;
	}
	out[0] = '\\';
	if (character.code < 0x100) {
		out[1] = 'x';
		return 2 + put_hex(out + 2, character.code, 2);
	}
	out[1] = character.code < 0x10000 ? 'u' : 'U';
	return 2 + put_hex(out + 2, character.code, character.code < 0x10000 ? 4 : 8);
}
