/* "Did you mean": optimal string alignment, in which swapped neighbours count as one slip. */
#include "cli/suggest.h"

#include <string.h>

/* Longer words are nobody's slip of the finger. */
#define WORD_MAX 40u

/* Slips for which a name is still offered. */
#define DISTANCE_MAX 3u

void suggest_start(struct suggestion *suggestion, const char *word)
{
	suggestion->word = word;
	suggestion->nearest = NULL;
	suggestion->distance = DISTANCE_MAX + 1;
}

static size_t least(size_t a, size_t b, size_t c)
{
	size_t smaller = a < b ? a : b;

	return smaller < c ? smaller : c;
}

static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t rows[3][WORD_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *row = rows[2];

	for (size_t j = 0; j <= b_length; j++)
		before[j] = last[j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			size_t change = a[i - 1] != b[j - 1];
			row[j] = least(last[j] + 1, row[j - 1] + 1, last[j - 1] + change);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], row[j], before[j - 2] + 1);
		}
		size_t *oldest = before;
		before = last;
		last = row;
		row = oldest;
	}
	return last[b_length];
}

void suggest_name(struct suggestion *suggestion, const char *name)
{
	size_t typed = strlen(suggestion->word), length = strlen(name);

	if (typed > WORD_MAX || length > WORD_MAX || typed == 0)
		return;
	size_t found = distance(suggestion->word, typed, name, length);
	/* "stat" is on its way to "state" and to nothing nearer; "x" is not on its way to "org". */
	if (found < suggestion->distance && found * 2 <= length) {
		suggestion->distance = found;
		suggestion->nearest = name;
	}
}
