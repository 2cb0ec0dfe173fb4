/* Strings, numbers and words of JSON: the part of the gate that looks at bytes. */
#ifndef GHWARD_JSON_SCAN_H
#define GHWARD_JSON_SCAN_H

#include "lib/json/gate.h"

#include <stdbool.h>

struct json_scan {
	const unsigned char *at, *end;
	enum json_fault fault; /* the first one */
};

/* Remembers the fault and returns false. A syntax fault at the end of the text is a truncation. */
bool json_scan_fail(struct json_scan *, enum json_fault) __attribute__((nonnull));

/* At the opening quote; leaves behind the closing one. *hash, unless hash is NULL, is over the
 * unescaped text, so that two spellings of a key are equal. */
bool json_scan_string(struct json_scan *, uint64_t *hash) __attribute__((nonnull(1)));

/* At a minus or a digit. */
bool json_scan_number(struct json_scan *) __attribute__((nonnull));

/* true, false or null. */
bool json_scan_word(struct json_scan *, const char *word) __attribute__((nonnull));

#endif
