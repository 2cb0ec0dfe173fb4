/* Text for people on standard output, in lines of at most LAYOUT_WIDTH columns. */
#ifndef GHWARD_CLI_LAYOUT_H
#define GHWARD_CLI_LAYOUT_H

#define LAYOUT_WIDTH 80u

/* Prints `text`, broken between words; `column` is where the cursor stands, and every further line
 * is indented by `indent`. A word that is longer than a line stays whole. Ends the line. */
void layout_text(unsigned column, unsigned indent, const char *text) __attribute__((nonnull));

/* Prints a term and, from `column` on, its explanation; a term that is too long for that gets a
 * line of its own. */
void layout_item(unsigned column, const char *term, const char *text) __attribute__((nonnull));

#endif
