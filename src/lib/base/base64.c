/* Base64. Keys pass through here: no table is looked up with what is secret. */
#include "lib/base/base64.h"

#include <string.h>

/* All ones when low <= value <= high, without a branch. */
static unsigned within(unsigned value, unsigned low, unsigned high)
{
	return 0u - (unsigned)(((low - 1 - value) & (value - high - 1)) >> 31);
}

static char encode_six(unsigned six, char second_last, char last)
{
	unsigned character = (six + 'A') & within(six, 0, 25);

	character |= (six - 26 + 'a') & within(six, 26, 51);
	character |= (six - 52 + '0') & within(six, 52, 61);
	character |= (unsigned char)second_last & within(six, 62, 62);
	character |= (unsigned char)last & within(six, 63, 63);
	return (char)character;
}

/* 0 to 63; all ones for another character. */
static unsigned decode_six(char character)
{
	unsigned c = (unsigned char)character;
	unsigned letter = within(c, 'A', 'Z'), small = within(c, 'a', 'z');
	unsigned digit = within(c, '0', '9'), plus = within(c, '+', '+');
	unsigned slash = within(c, '/', '/');
	unsigned six = ((c - 'A') & letter) | ((c - 'a' + 26) & small) | ((c - '0' + 52) & digit) |
		       (62 & plus) | (63 & slash);

	return six | ~(letter | small | digit | plus | slash);
}

static void encode(const uint8_t *bytes, size_t size, char second_last, char last, char *text)
{
	for (size_t i = 0; i < size; i += 3) {
		unsigned second = i + 1 < size ? bytes[i + 1] : 0;
		unsigned third = i + 2 < size ? bytes[i + 2] : 0;
		unsigned group = (unsigned)bytes[i] << 16 | second << 8 | third;
		*text++ = encode_six(group >> 18, second_last, last);
		*text++ = encode_six(group >> 12 & 63, second_last, last);
		*text++ = i + 1 < size ? encode_six(group >> 6 & 63, second_last, last) : '=';
		*text++ = i + 2 < size ? encode_six(group & 63, second_last, last) : '=';
	}
	*text = 0;
}

void base64_encode(const uint8_t *bytes, size_t size, char *text)
{
	encode(bytes, size, '+', '/', text);
}

void base64_encode_url(const uint8_t *bytes, size_t size, char *text)
{
	encode(bytes, size, '-', '_', text);
	text[BASE64_URL_LENGTH(size)] = 0;
}

int base64_decode(const char *text, size_t length, uint8_t *bytes, size_t size)
{
	size_t padding = (3 - size % 3) % 3;
	unsigned wrong = 0, held = 0, bits = 0;

	if (length != BASE64_LENGTH(size))
		return -1;
	for (size_t i = 0; i < padding; i++)
		wrong |= (unsigned)(text[length - 1 - i] != '=');
	for (size_t i = 0; i < length - padding; i++) {
		unsigned six = decode_six(text[i]);
		wrong |= six & ~63u;
		held = held << 6 | (six & 63);
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			*bytes++ = (uint8_t)(held >> bits);
		}
	}
	wrong |= held & ((1u << bits) - 1);
	return wrong ? -1 : 0;
}
