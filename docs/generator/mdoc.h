/* Writing mdoc(7). */
#ifndef GHWARD_PAPERS_MDOC_H
#define GHWARD_PAPERS_MDOC_H

#include <stdio.h>

/* Title, date and the NAME section. `name` is as in "ghward-alerts-list"; `summary` may end with a
 * full stop, which NAME has not. */
void mdoc_begin(FILE *, const char *name, unsigned section, const char *summary)
	__attribute__((nonnull));

/* Running text: one sentence per line, as the format's linter wants it, and no line too long. */
void mdoc_text(FILE *, const char *text) __attribute__((nonnull));

/* One argument of a macro, with a space before it. */
void mdoc_argument(FILE *, const char *text) __attribute__((nonnull));

/* Lines as they are, in a display of their own. */
void mdoc_literal(FILE *, const char *text) __attribute__((nonnull));

#endif
