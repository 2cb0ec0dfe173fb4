/* Finding secrets in text. */
#ifndef GHWARD_SANITIZE_REDACT_H
#define GHWARD_SANITIZE_REDACT_H

#include <stddef.h>

/* A secret found at some position: `keep` bytes are shown, then "****" stands for the next `hide`.
 */
struct redact_match {
	size_t keep, hide;
};

/* Looks at text + at (at < length) and at two bytes before. Returns hide == 0 when no secret starts
 * there. Work per position is bounded, except over what is hidden, which the caller skips. */
struct redact_match redact_find(const char *text, size_t at, size_t length);

#endif
