/* The strict JSON gate: one pass, an explicit stack, hashes of keys. */
#include "lib/json/gate.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a. A collision is taken for a duplicate: the text is refused, nothing worse. */
#define HASH_START UINT64_C(0xcbf29ce484222325)
#define HASH_PRIME UINT64_C(0x100000001b3)

struct level {
	bool is_object;
	size_t first_key; /* into hashes[] */
};

struct gate {
	const unsigned char *text, *at, *end;
	const struct json_limits *limits;
	enum json_fault fault;
	struct level stack[JSON_DEPTH_MAX];
	unsigned depth;
	uint32_t values;
	uint64_t *hashes; /* keys of the open objects, innermost last */
	size_t hash_count, hash_capacity;
};

static bool fail(struct gate *gate, enum json_fault fault)
{
	if (!gate->fault)
		gate->fault = gate->at >= gate->end && fault == JSON_SYNTAX ? JSON_TRUNCATED : fault;
	return false;
}

static bool skip_comment(struct gate *gate)
{
	const unsigned char *at = gate->at + 1;

	if (at < gate->end && *at == '/') {
		const unsigned char *line = memchr(at, '\n', (size_t)(gate->end - at));
		gate->at = line ? line : gate->end;
		return true;
	}
	if (at < gate->end && *at == '*') {
		const unsigned char *close =
			memmem(at + 1, (size_t)(gate->end - at - 1), "*/", 2);
		gate->at = close ? close + 2 : gate->end;
		return close || fail(gate, JSON_TRUNCATED);
	}
	return fail(gate, JSON_SYNTAX);
}

static bool skip_space(struct gate *gate)
{
	for (; gate->at < gate->end; gate->at++) {
		unsigned char c = *gate->at;
		if (c == ' ' || c == '\n' || c == '\r' || c == '\t')
			continue;
		if (c != '/' || gate->limits->comments == JSON_NO_COMMENTS)
			break;
		if (!skip_comment(gate))
			return false;
		gate->at--;
	}
	return true;
}

/* --- strings --- */

static uint64_t hash_byte(uint64_t hash, unsigned char byte)
{
	return (hash ^ byte) * HASH_PRIME;
}

static uint64_t hash_code(uint64_t hash, uint32_t code)
{
	if (code < 0x80)
		return hash_byte(hash, (unsigned char)code);
	if (code < 0x800) {
		hash = hash_byte(hash, (unsigned char)(0xc0 | code >> 6));
	} else {
		if (code < 0x10000) {
			hash = hash_byte(hash, (unsigned char)(0xe0 | code >> 12));
		} else {
			hash = hash_byte(hash, (unsigned char)(0xf0 | code >> 18));
			hash = hash_byte(hash, (unsigned char)(0x80 | (code >> 12 & 0x3f)));
		}
		hash = hash_byte(hash, (unsigned char)(0x80 | (code >> 6 & 0x3f)));
	}
	return hash_byte(hash, (unsigned char)(0x80 | (code & 0x3f)));
}

static bool read_hex4(struct gate *gate, uint32_t *value)
{
	*value = 0;
	for (int i = 0; i < 4; i++, gate->at++) {
		unsigned char c = gate->at < gate->end ? *gate->at : 0;
		unsigned digit = c >= '0' && c <= '9'	? c - 0u - '0'
				 : c >= 'a' && c <= 'f' ? c - (unsigned)'a' + 10u
				 : c >= 'A' && c <= 'F' ? c - (unsigned)'A' + 10u
							: 16u;
		if (digit > 15)
			return fail(gate, JSON_SYNTAX);
		*value = *value << 4 | digit;
	}
	return true;
}

/* Behind "\u". A pair of surrogates is one character; a lone one, and U+0000, is none. */
static bool read_unicode_escape(struct gate *gate, uint64_t *hash)
{
	uint32_t code, low;

	if (!read_hex4(gate, &code))
		return false;
	if (code >= 0xdc00 && code < 0xe000)
		return fail(gate, JSON_ENCODING);
	if (code >= 0xd800 && code < 0xdc00) {
		if (gate->end - gate->at < 2 || gate->at[0] != '\\' || gate->at[1] != 'u')
			return fail(gate, JSON_ENCODING);
		gate->at += 2;
		if (!read_hex4(gate, &low))
			return false;
		if (low < 0xdc00 || low > 0xdfff)
			return fail(gate, JSON_ENCODING);
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	}
	if (code == 0)
		return fail(gate, JSON_ENCODING);
	*hash = hash_code(*hash, code);
	return true;
}

static bool read_escape(struct gate *gate, uint64_t *hash)
{
	static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";

	if (++gate->at >= gate->end)
		return fail(gate, JSON_TRUNCATED);
	unsigned char c = *gate->at++;
	if (c == 'u')
		return read_unicode_escape(gate, hash);
	const char *found = c ? strchr(escapes, c) : NULL;
	if (!found)
		return fail(gate, JSON_SYNTAX);
	*hash = hash_byte(*hash, (unsigned char)meanings[found - escapes]);
	return true;
}

/* A sequence of two to four bytes, well-formed by table 3-7 of the Unicode standard. */
static bool read_sequence(struct gate *gate, uint64_t *hash)
{
	const unsigned char *at = gate->at;
	size_t length = *at < 0xc2 ? 0 : *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : *at < 0xf5 ? 4 : 0;

	if (length == 0 || (size_t)(gate->end - at) < length)
		return fail(gate, JSON_ENCODING);
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return fail(gate, JSON_ENCODING);
	}
	if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
	    (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
		return fail(gate, JSON_ENCODING);
	for (size_t i = 0; i < length; i++)
		*hash = hash_byte(*hash, at[i]);
	gate->at += length;
	return true;
}

/* At the opening quote; leaves behind the closing one. The hash is over the unescaped text. */
static bool read_string(struct gate *gate, uint64_t *hash)
{
	*hash = HASH_START;
	gate->at++;
	while (gate->at < gate->end) {
		unsigned char c = *gate->at;
		if (c == '"') {
			gate->at++;
			return true;
		}
		if (c == '\\') {
			if (!read_escape(gate, hash))
				return false;
		} else if (c < 0x20) {
			return fail(gate, JSON_CONTROL);
		} else if (c < 0x80) {
			*hash = hash_byte(*hash, c);
			gate->at++;
		} else if (!read_sequence(gate, hash)) {
			return false;
		}
	}
	return fail(gate, JSON_TRUNCATED);
}

/* --- numbers and words --- */

static bool read_digits(struct gate *gate)
{
	const unsigned char *start = gate->at;

	while (gate->at < gate->end && *gate->at >= '0' && *gate->at <= '9')
		gate->at++;
	return gate->at > start || fail(gate, JSON_NUMBER);
}

/* Numbers that are longer than this are nobody's alert number or time stamp. */
#define NUMBER_MAX 64u

static bool is_finite(const unsigned char *start, size_t length)
{
	char copy[NUMBER_MAX + 1];

	if (length > NUMBER_MAX)
		return false;
	memcpy(copy, start, length);
	copy[length] = 0;
	return isfinite(strtod(copy, NULL));
}

static bool read_number(struct gate *gate)
{
	const unsigned char *start = gate->at;
	bool exponent = false;

	if (*gate->at == '-')
		gate->at++;
	if (gate->at < gate->end && *gate->at == '0')
		gate->at++;
	else if (!read_digits(gate))
		return false;
	if (gate->at < gate->end && *gate->at == '.') {
		gate->at++;
		if (!read_digits(gate))
			return false;
	}
	if (gate->at < gate->end && (*gate->at == 'e' || *gate->at == 'E')) {
		exponent = true;
		gate->at++;
		if (gate->at < gate->end && (*gate->at == '+' || *gate->at == '-'))
			gate->at++;
		if (!read_digits(gate))
			return false;
	}
	size_t length = (size_t)(gate->at - start);
	if (gate->at < gate->end && *gate->at >= '0' && *gate->at <= '9')
		return fail(gate, JSON_NUMBER); /* a leading zero */
	if (length > NUMBER_MAX || (exponent && !is_finite(start, length)))
		return fail(gate, JSON_NUMBER);
	return true;
}

static bool read_word(struct gate *gate, const char *word)
{
	size_t length = strlen(word);

	if ((size_t)(gate->end - gate->at) < length || memcmp(gate->at, word, length) != 0)
		return fail(gate, JSON_SYNTAX);
	gate->at += length;
	return true;
}

/* --- keys --- */

static bool add_key(struct gate *gate, uint64_t hash)
{
	if (gate->hash_count >= gate->limits->max_keys)
		return fail(gate, JSON_TOO_LARGE);
	if (gate->hash_count == gate->hash_capacity) {
		size_t capacity = gate->hash_capacity ? gate->hash_capacity * 2 : 256;
		uint64_t *hashes = realloc(gate->hashes, capacity * sizeof(*hashes));
		if (!hashes)
			return fail(gate, JSON_NO_MEMORY);
		gate->hashes = hashes;
		gate->hash_capacity = capacity;
	}
	gate->hashes[gate->hash_count++] = hash;
	return true;
}

static int compare_hashes(const void *left, const void *right)
{
	uint64_t a, b;

	memcpy(&a, left, sizeof(a));
	memcpy(&b, right, sizeof(b));
	return (a > b) - (a < b);
}

/* Objects up to this size are compared pair by pair, which is faster than sorting. */
#define SMALL_OBJECT 48u

static bool keys_are_unique(const struct gate *gate, size_t first)
{
	uint64_t *keys = gate->hashes + first;
	size_t count = gate->hash_count - first;

	if (count <= SMALL_OBJECT) {
		for (size_t i = 1; i < count; i++) {
			for (size_t j = 0; j < i; j++) {
				if (keys[i] == keys[j])
					return false;
			}
		}
		return true;
	}
	qsort(keys, count, sizeof(*keys), compare_hashes);
	for (size_t i = 1; i < count; i++) {
		if (keys[i] == keys[i - 1])
			return false;
	}
	return true;
}

/* --- structure --- */

static bool open_level(struct gate *gate, bool is_object)
{
	if (gate->depth == JSON_DEPTH_MAX)
		return fail(gate, JSON_TOO_DEEP);
	gate->stack[gate->depth++] = (struct level){is_object, gate->hash_count};
	gate->at++;
	return true;
}

static bool close_level(struct gate *gate)
{
	const struct level *level = &gate->stack[gate->depth - 1];

	if (level->is_object && gate->hash_count > level->first_key) {
		if (!keys_are_unique(gate, level->first_key))
			return fail(gate, JSON_DUPLICATE);
		gate->hash_count = level->first_key;
	}
	gate->depth--;
	gate->at++;
	return true;
}

/* A key and its colon. */
static bool read_key(struct gate *gate)
{
	uint64_t hash;

	if (!skip_space(gate))
		return false;
	if (gate->at >= gate->end || *gate->at != '"')
		return fail(gate, JSON_SYNTAX);
	if (!read_string(gate, &hash) || !add_key(gate, hash) || !skip_space(gate))
		return false;
	if (gate->at >= gate->end || *gate->at != ':')
		return fail(gate, JSON_SYNTAX);
	gate->at++;
	return true;
}

/* A scalar, or the opening of a container that is not empty. *opened says which. */
static bool read_value(struct gate *gate, bool *opened)
{
	uint64_t hash;

	*opened = false;
	if (!skip_space(gate))
		return false;
	if (gate->at >= gate->end)
		return fail(gate, JSON_TRUNCATED);
	if (++gate->values > gate->limits->max_values)
		return fail(gate, JSON_TOO_LARGE);
	unsigned char c = *gate->at;
	switch (c) {
	case '"':
		return read_string(gate, &hash);
	case 't':
		return read_word(gate, "true");
	case 'f':
		return read_word(gate, "false");
	case 'n':
		return read_word(gate, "null");
	case '{':
	case '[':
		if (!open_level(gate, c == '{') || !skip_space(gate))
			return false;
		if (gate->at < gate->end && *gate->at == (c == '{' ? '}' : ']'))
			return close_level(gate);
		*opened = true;
		return c == '[' || read_key(gate);
	default:
		if (c == '-' || (c >= '0' && c <= '9'))
			return read_number(gate);
		return fail(gate, JSON_SYNTAX);
	}
}

/* Behind a value: a comma and perhaps a key, or the ends of containers. Returns false at the end of the
 * document or at a fault. */
static bool read_separator(struct gate *gate)
{
	while (gate->depth) {
		const struct level *level = &gate->stack[gate->depth - 1];
		if (!skip_space(gate))
			return false;
		unsigned char c = gate->at < gate->end ? *gate->at : 0;
		if (c == ',') {
			gate->at++;
			return !level->is_object || read_key(gate);
		}
		if (c != (level->is_object ? '}' : ']'))
			return fail(gate, JSON_SYNTAX);
		if (!close_level(gate))
			return false;
	}
	return false;
}

static void read_document(struct gate *gate)
{
	bool opened;

	do {
		do {
			if (!read_value(gate, &opened))
				return;
		} while (opened);
	} while (read_separator(gate));
	if (!gate->fault && skip_space(gate) && gate->at < gate->end)
		fail(gate, JSON_TRAILING);
}

enum json_fault json_gate(const char *text, size_t length, const struct json_limits *limits,
			  struct json_where *where)
{
	const unsigned char *start = (const unsigned char *)text;
	struct gate gate = {.text = start, .at = start, .end = start + length, .limits = limits};

	read_document(&gate);
	free(gate.hashes);
	*where = (struct json_where){0, 1};
	if (gate.fault) {
		where->offset = (size_t)(gate.at - start);
		where->line = json_line_of(text, where->offset < length ? where->offset : length);
	}
	return gate.fault;
}

const char *json_fault_text(enum json_fault fault)
{
	static const char *const texts[JSON_FAULTS] = {
		[JSON_FINE] = "no fault",
		[JSON_TRUNCATED] = "the text ends too early",
		[JSON_SYNTAX] = "it is not JSON",
		[JSON_TRAILING] = "something follows the JSON text",
		[JSON_CONTROL] = "a string contains a raw control character",
		[JSON_ENCODING] = "a string is not valid UTF-8",
		[JSON_NUMBER] = "a number is malformed or out of range",
		[JSON_TOO_DEEP] = "it is nested more than 64 levels deep",
		[JSON_DUPLICATE] = "a key appears twice in one object",
		[JSON_TOO_LARGE] = "it has more values than any real answer",
		[JSON_NO_MEMORY] = "there is not enough memory to check it",
	};

	return fault < JSON_FAULTS ? texts[fault] : "an unknown fault";
}

unsigned json_line_of(const char *text, size_t offset)
{
	unsigned line = 1;

	for (size_t i = 0; i < offset; i++)
		line += text[i] == '\n';
	return line;
}

void json_blank_comments(char *text, size_t length)
{
	enum { OUTSIDE, IN_STRING, IN_LINE, IN_BLOCK } state = OUTSIDE;

	for (size_t i = 0; i < length; i++) {
		char next = i + 1 < length ? text[i + 1] : 0;
		if (state == IN_STRING) {
			if (text[i] == '\\')
				i++;
			else if (text[i] == '"')
				state = OUTSIDE;
		} else if (state == OUTSIDE) {
			if (text[i] == '"')
				state = IN_STRING;
			else if (text[i] == '/')
				state = next == '*' ? IN_BLOCK : IN_LINE;
			if (state == IN_LINE || state == IN_BLOCK) {
				text[i] = ' ';
				if (state == IN_BLOCK)
					text[++i] = ' ';
			}
		} else if (text[i] == '\n') {
			if (state == IN_LINE)
				state = OUTSIDE;
		} else {
			if (state == IN_BLOCK && text[i] == '*' && next == '/') {
				text[i++] = ' ';
				state = OUTSIDE;
			}
			text[i] = ' ';
		}
	}
}
