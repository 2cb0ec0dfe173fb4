/* Columns that text takes on a terminal. */
#ifndef GHWARD_WIDTH_WIDTH_H
#define GHWARD_WIDTH_WIDTH_H

#include <stddef.h>
#include <stdint.h>

/* 0 for a mark that joins the character before it, 2 for an East Asian wide character or an emoji,
 * otherwise 1. The tables are Unicode's (EastAsianWidth.txt, general category). Sequences with a
 * joiner do not occur: the sanitiser makes joiners visible. */
unsigned width_of(uint32_t code);

/* Of sanitised UTF-8. */
unsigned width_of_text(const char *text, size_t length) __attribute__((nonnull));

/* Bytes of the longest beginning that takes at most `width` columns, with the marks that belong to
 * its last character. */
size_t width_fit(const char *text, size_t length, unsigned width) __attribute__((nonnull));

#endif
