/* git's pkt-lines. */
#include "lib/pktline/pktline.h"

#include <stdio.h>
#include <string.h>

#define DIGITS 4u

static int digit(uint8_t byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

enum pktline_kind pktline_read(const uint8_t *bytes, size_t length, struct pktline *line)
{
	size_t size = 0;

	memset(line, 0, sizeof(*line));
	for (size_t i = 0; i < DIGITS; i++) {
		if (i == length)
			return PKTLINE_MORE;
		int value = digit(bytes[i]);
		if (value < 0)
			return PKTLINE_BAD;
		size = size * 16 + (size_t)value;
	}
	if (size < DIGITS) {
		static const enum pktline_kind special[DIGITS] = {PKTLINE_FLUSH, PKTLINE_DELIM,
								  PKTLINE_END, PKTLINE_BAD};
		line->size = special[size] == PKTLINE_BAD ? 0 : DIGITS;
		return special[size];
	}
	if (size > PKTLINE_MAX)
		return PKTLINE_BAD;
	if (length < size)
		return PKTLINE_MORE;
	line->bytes = bytes + DIGITS;
	line->length = size - DIGITS;
	line->size = size;
	return PKTLINE_DATA;
}

size_t pktline_write(uint8_t *to, size_t room, const char *text)
{
	size_t length = strlen(text), size = length + DIGITS;
	char digits[DIGITS + 1];

	if (size > PKTLINE_MAX || size > room)
		return 0;
	snprintf(digits, sizeof(digits), "%04zx", size);
	memcpy(to, digits, DIGITS);
	memcpy(to + DIGITS, text, length);
	return size;
}
