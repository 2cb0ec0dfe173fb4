/* What the targets share. */
#ifndef GHWARD_FUZZ_FUZZ_H
#define GHWARD_FUZZ_FUZZ_H

#include "lib/sanitize/character.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property that does not hold is a crash, and so a finding. */
#define require(property)                                                                          \
	do {                                                                                       \
		if (!(property))                                                                   \
			property_fails(#property, __FILE__, __LINE__);                             \
	} while (0)

static _Noreturn inline void property_fails(const char *property, const char *file, int line)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, property);
	abort();
}

/* Valid UTF-8 of characters that cannot act on a terminal, but for those in `others`. */
static inline void require_harmless(const char *text, size_t length, const char *others)
{
	for (size_t i = 0; i < length;) {
		struct sanitize_character character =
			sanitize_decode((const unsigned char *)text + i, length - i);
		require(character.valid);
		if (character.code == 0 || character.code > 0x7f ||
		    !strchr(others, (int)character.code))
			require(!sanitize_is_active(character.code));
		i += character.length;
	}
}

/* No prefix of a token with a part of a token behind it. */
static inline void require_no_token(const char *text)
{
	static const char characters[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	static const char *const prefixes[] = {"ghp_", "gho_", "ghu_",
					       "ghs_", "ghr_", "github_pat_"};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		for (const char *at = text; (at = strstr(at, prefixes[i])); at++)
			require(strspn(at + strlen(prefixes[i]), characters) == 0);
	}
}

/* The next line of a text, without its end; `at` moves behind it. */
static inline char *take_line(char **at)
{
	char *line = *at, *end = line + strcspn(line, "\n");

	*at = end + (*end != 0);
	*end = 0;
	return line;
}

/* An input that consists of parts: strings without NUL, each ended by one or by the end. */
struct parts {
	const uint8_t *at;
	size_t left;
};

/* The next part, NUL-terminated in memory of its exact size, to be freed; NULL at the end. */
static inline char *next_part(struct parts *parts, size_t *length)
{
	if (!parts->left)
		return NULL;
	const uint8_t *end = memchr(parts->at, 0, parts->left);
	*length = end ? (size_t)(end - parts->at) : parts->left;
	char *part = malloc(*length + 1);
	require(part != NULL);
	memcpy(part, parts->at, *length);
	part[*length] = 0;
	size_t taken = *length + (end ? 1 : 0);
	parts->at += taken;
	parts->left -= taken;
	return part;
}

#endif
