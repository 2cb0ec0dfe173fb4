/* Columns on a terminal. */
#include "lib/width/width.h"

#include "lib/sanitize/character.h"

#include <stdbool.h>

struct range {
	uint32_t first, last;
};

#include "lib/width/ranges.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool is_in(const struct range *ranges, size_t count, uint32_t code)
{
	while (count > 0) {
		size_t middle = count / 2;
		if (code < ranges[middle].first) {
			count = middle;
		} else if (code > ranges[middle].last) {
			ranges += middle + 1;
			count -= middle + 1;
		} else {
			return true;
		}
	}
	return false;
}

unsigned width_of(uint32_t code)
{
	if (code < 0x80)
		return 1;
	if (is_in(zero, COUNT(zero), code))
		return 0;
	return is_in(wide, COUNT(wide), code) ? 2 : 1;
}

unsigned width_of_text(const char *text, size_t length)
{
	unsigned width = 0;

	for (size_t i = 0; i < length;) {
		struct sanitize_character character =
			sanitize_decode((const unsigned char *)text + i, length - i);
		width += width_of(character.code);
		i += character.length;
	}
	return width;
}

size_t width_fit(const char *text, size_t length, unsigned width)
{
	unsigned used = 0;
	size_t i = 0;

	while (i < length) {
		struct sanitize_character character =
			sanitize_decode((const unsigned char *)text + i, length - i);
		used += width_of(character.code);
		if (used > width)
			break;
		i += character.length;
	}
	return i;
}
