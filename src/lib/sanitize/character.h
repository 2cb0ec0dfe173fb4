/* One character of outside text, decoded and judged. */
#ifndef GHWARD_SANITIZE_CHARACTER_H
#define GHWARD_SANITIZE_CHARACTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sanitize_character {
	uint32_t code; /* Unicode scalar value, or the byte itself when not valid */
	size_t length; /* bytes taken, 1 when not valid */
	bool valid;
};

/* Decodes the character at text; left must not be 0. */
struct sanitize_character sanitize_decode(const unsigned char *text, size_t left);

/* Can act on a terminal, reorder or hide text: controls, bidi, zero width, separators, tags. */
bool sanitize_is_active(uint32_t code);

/* Longest result of sanitize_escape(). */
#define SANITIZE_ESCAPE_MAX 10u

/* Writes the visible form, not terminated: "\n" as "\x0a", U+202E as "\u202e", an invalid byte as
 * U+FFFD. Returns the length. */
size_t sanitize_escape(char out[SANITIZE_ESCAPE_MAX], struct sanitize_character);

#endif
