/* Percent-encoding. */
#include "lib/base/percent.h"

#include <string.h>

static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("-._~", c));
}

void percent_put_plain(struct percent_text *to, const char *text, size_t length)
{
	if (to->overflow || length >= to->size - to->used) {
		to->overflow = true;
		return;
	}
	memcpy(to->text + to->used, text, length);
	to->used += length;
	to->text[to->used] = 0;
}

void percent_put(struct percent_text *to, const char *value)
{
	static const char hex[] = "0123456789ABCDEF";

	for (; *value; value++) {
		unsigned char byte = (unsigned char)*value;
		char encoded[3] = {'%', hex[byte >> 4], hex[byte & 15]};
		if (is_unreserved(*value))
			percent_put_plain(to, value, 1);
		else
			percent_put_plain(to, encoded, sizeof(encoded));
	}
}

int percent_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One byte from `text`; returns how many characters it took, 0 if there is none. */
static size_t decode_byte(const char *text, size_t left, char *byte)
{
	if (text[0] != '%') {
		*byte = text[0] == '+' ? ' ' : text[0];
		/* Those of RFC 3986's "query" that separate nothing in a form. */
		return is_unreserved(text[0]) || (text[0] && strchr("+!$'()*,;:@/?", text[0]));
	}
	int high = left >= 3 ? percent_digit(text[1]) : -1;
	int low = left >= 3 ? percent_digit(text[2]) : -1;
	if (high < 0 || low < 0 || !(high | low))
		return 0;
	*byte = (char)(high << 4 | low);
	return 3;
}

int percent_decode(const char *text, size_t length, char *value, size_t size)
{
	size_t used = 0;

	for (size_t at = 0; at < length;) {
		char byte;
		size_t taken = decode_byte(text + at, length - at, &byte);
		if (!taken || used + 1 >= size)
			return -1;
		value[used++] = byte;
		at += taken;
	}
	if (used >= size)
		return -1;
	value[used] = 0;
	return 0;
}
