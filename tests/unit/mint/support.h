/* What the tests of answers share. */
#ifndef GHWARD_TESTS_MINT_SUPPORT_H
#define GHWARD_TESTS_MINT_SUPPORT_H

#include "mint/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEN "0123456789"
#define SECRET TEN TEN TEN "abcdef"
#define INSTALLATION "ghs_" SECRET
#define REFRESH "ghr_" SECRET SECRET

/* Of the last answer that was taken. */
extern struct mint_answer answer;
extern struct failure failure;

/* From memory of exactly that size. */
int take_bytes(enum mint_kind, const char *text, size_t length);
/* An answer that is of its form, or tells an error. */
const struct minted *accept_answer(enum mint_kind, const char *text);
/* One that is not, with a message that has `expected` in it and no value of the answer. */
void refuse_answer(enum mint_kind, const char *text, const char *expected);
/* Nothing is set but an error. */
void assert_blank(const struct minted *);

#endif
