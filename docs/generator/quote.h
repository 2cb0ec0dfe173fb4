/* Text as words of a shell. */
#ifndef GHWARD_PAPERS_QUOTE_H
#define GHWARD_PAPERS_QUOTE_H

#include <stdio.h>

/* 'text' for bash and zsh. */
void quote_posix(FILE *, const char *text) __attribute__((nonnull));

/* 'text' for fish. */
void quote_fish(FILE *, const char *text) __attribute__((nonnull));

/* text with a backslash before each of `special`, to stand inside of single quotes. */
void quote_inside(FILE *, const char *text, const char *special) __attribute__((nonnull));

#endif
