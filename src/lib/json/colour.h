/* JSON for people: indented and coloured, as gh shows it on a terminal. */
#ifndef GHWARD_JSON_COLOUR_H
#define GHWARD_JSON_COLOUR_H

#include <stdbool.h>
#include <stddef.h>

/* The gate's depth, and what we put around a value of it. Deeper text is written, but its commas
 * are taken for those of a list. */
#define JSON_COLOUR_DEPTH_MAX 80u

/* Where in a text a stream is; all zero at its beginning. */
struct json_colour {
	bool objects[JSON_COLOUR_DEPTH_MAX]; /* which of the open containers are objects */
	size_t depth;
	bool opened;  /* the innermost one has nothing in it yet */
	bool key;     /* the next string is one */
	bool string;  /* within a string */
	bool escaped; /* behind a backslash in it */
	bool word;    /* within a number, true, false or null */
	bool painted; /* that word has a colour */
};

typedef void json_colour_sink(void *context, const char *bytes, size_t length);

/* Takes the next part of well-formed JSON, which may be cut anywhere, and passes on the coloured
 * form. Line breaks between documents stay, any other space between tokens goes. */
void json_colour_feed(struct json_colour *, const char *bytes, size_t length, json_colour_sink *,
		      void *context) __attribute__((nonnull(1, 2, 4)));

#endif
