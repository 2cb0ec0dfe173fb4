/* Whether a page of HTML is our markup and nothing else. */
#ifndef GHWARD_TESTS_MARKUP_MARKUP_H
#define GHWARD_TESTS_MARKUP_MARKUP_H

/* The first place that is not: an element or attribute that we do not write, a handler, a style, an
 * address outside of this page, a tag or attribute that does not end. NULL when there is none. The
 * one style element may contain anything but its end. */
const char *markup_fault(const char *page) __attribute__((nonnull));

#endif
