/* The strict gate in front of the JSON parser: RFC 8259 and nothing besides, before anything is
 * built.
 *
 * cJSON alone accepts [01], raw control bytes, invalid UTF-8, 1e999 and duplicate keys; two readers
 * of such a text can see two things. The gate never recurses, its memory is bounded by `max_keys`,
 * its time is n log n at worst, and it makes no system call except for memory. */
#ifndef GHWARD_JSON_GATE_H
#define GHWARD_JSON_GATE_H

#include <stddef.h>
#include <stdint.h>

#define JSON_DEPTH_MAX 64u

/* Characters of a number: more is nobody's alert number or time stamp, and cJSON reads no more. */
#define JSON_NUMBER_MAX 63u

enum json_comments { JSON_NO_COMMENTS, JSON_COMMENTS };

struct json_limits {
	uint32_t max_values;	     /* values in the document, keys not counted */
	uint32_t max_keys;	     /* keys of all objects that are open at one time */
	enum json_comments comments; /* for configuration: // and block comments */
};

/* For answers of GitHub: 100 alerts are about 15,000 values. */
#define JSON_LIMITS_ANSWER ((struct json_limits){4000000, 200000, JSON_NO_COMMENTS})
#define JSON_LIMITS_CONFIGURATION ((struct json_limits){10000, 10000, JSON_COMMENTS})

enum json_fault {
	JSON_FINE = 0,
	JSON_TRUNCATED,
	JSON_SYNTAX,
	JSON_TRAILING,	/* something behind the document */
	JSON_CONTROL,	/* a raw control byte in a string */
	JSON_ENCODING,	/* not UTF-8, a lone surrogate, or U+0000 */
	JSON_NUMBER,	/* not a JSON number, too long, or outside of the range of a double */
	JSON_TOO_DEEP,	/* more than JSON_DEPTH_MAX */
	JSON_DUPLICATE, /* a key twice in one object, however it is escaped */
	JSON_TOO_LARGE, /* over one of the limits */
	JSON_NO_MEMORY,
	JSON_FAULTS
};

struct json_where {
	size_t offset;	       /* of the byte at fault */
	unsigned line, column; /* from 1; columns are bytes */
};

/* Checks the whole text. On a fault *where says where: for a duplicate the second key, or the end
 * of its object when that has very many keys. */
enum json_fault json_gate(const char *text, size_t length, const struct json_limits *,
			  struct json_where *where) __attribute__((warn_unused_result, nonnull));

/* "a key appears twice" */
const char *json_fault_text(enum json_fault) __attribute__((returns_nonnull));

/* Overwrites comments of a text that has passed the gate with spaces; line breaks stay. */
void json_blank_comments(char *text, size_t length) __attribute__((nonnull));

/* The line of a byte, from 1. */
unsigned json_line_of(const char *text, size_t offset) __attribute__((nonnull));

#endif
