/* The strict JSON gate: one pass with an explicit stack. */
#include "lib/json/gate.h"

#include "lib/json/keys.h"
#include "lib/json/scan.h"

#include <stdbool.h>
#include <string.h>

struct level {
	bool is_object;
	size_t first_key; /* in keys */
};

struct gate {
	struct json_scan scan;
	const struct json_limits *limits;
	struct json_keys keys;
	struct level stack[JSON_DEPTH_MAX];
	unsigned depth;
	uint32_t values;
};

static bool fail(struct gate *gate, enum json_fault fault)
{
	return json_scan_fail(&gate->scan, fault);
}

/* The byte at hand, or -1 at the end. */
static int peek(const struct gate *gate)
{
	return gate->scan.at < gate->scan.end ? *gate->scan.at : -1;
}

static bool skip_comment(struct gate *gate)
{
	struct json_scan *scan = &gate->scan;
	size_t left = (size_t)(scan->end - scan->at);

	if (left < 2) {
		scan->at = scan->end;
		return fail(gate, JSON_SYNTAX);
	}
	if (scan->at[1] == '/') {
		const unsigned char *line = memchr(scan->at, '\n', left);
		scan->at = line ? line : scan->end;
		return true;
	}
	if (scan->at[1] != '*')
		return fail(gate, JSON_SYNTAX);
	const unsigned char *close = memmem(scan->at + 2, left - 2, "*/", 2);
	scan->at = close ? close + 2 : scan->end;
	return close || fail(gate, JSON_TRUNCATED);
}

/* Returns false at a malformed comment only. */
static bool skip_space(struct gate *gate)
{
	for (;;) {
		int c = peek(gate);
		if (c == ' ' || c == '\n' || c == '\r' || c == '\t')
			gate->scan.at++;
		else if (c != '/' || gate->limits->comments == JSON_NO_COMMENTS)
			return true;
		else if (!skip_comment(gate))
			return false;
	}
}

static bool open_level(struct gate *gate, bool is_object)
{
	if (gate->depth == JSON_DEPTH_MAX)
		return fail(gate, JSON_TOO_DEEP);
	gate->stack[gate->depth++] = (struct level){is_object, gate->keys.count};
	gate->scan.at++;
	return true;
}

static bool close_level(struct gate *gate)
{
	const struct level *level = &gate->stack[gate->depth - 1];

	if (level->is_object && json_keys_close(&gate->keys, level->first_key) != JSON_KEYS_FINE)
		return fail(gate, JSON_DUPLICATE);
	gate->depth--;
	gate->scan.at++;
	return true;
}

/* At the opening quote. */
static bool read_key_name(struct gate *gate)
{
	const unsigned char *start = gate->scan.at;
	uint64_t hash;

	if (!json_scan_string(&gate->scan, &hash))
		return false;
	if (gate->keys.count >= gate->limits->max_keys)
		return fail(gate, JSON_TOO_LARGE);
	switch (json_keys_add(&gate->keys, gate->stack[gate->depth - 1].first_key, hash)) {
	case JSON_KEYS_FINE:
		return true;
	case JSON_KEYS_DUPLICATE:
		gate->scan.at = start;
		return fail(gate, JSON_DUPLICATE);
	default:
		return fail(gate, JSON_NO_MEMORY);
	}
}

/* A key and its colon. */
static bool read_key(struct gate *gate)
{
	if (!skip_space(gate))
		return false;
	if (peek(gate) != '"')
		return fail(gate, JSON_SYNTAX);
	if (!read_key_name(gate) || !skip_space(gate))
		return false;
	if (peek(gate) != ':')
		return fail(gate, JSON_SYNTAX);
	gate->scan.at++;
	return true;
}

/* The opening of a container; *opened unless it is empty, which closes it again. */
static bool read_opening(struct gate *gate, bool is_object, bool *opened)
{
	if (!open_level(gate, is_object) || !skip_space(gate))
		return false;
	if (peek(gate) == (is_object ? '}' : ']'))
		return close_level(gate);
	*opened = true;
	return !is_object || read_key(gate);
}

/* A scalar, or the opening of a container. */
static bool read_value(struct gate *gate, bool *opened)
{
	*opened = false;
	if (!skip_space(gate))
		return false;
	int c = peek(gate);
	if (c >= 0 && ++gate->values > gate->limits->max_values)
		return fail(gate, JSON_TOO_LARGE);
	switch (c) {
	case '"':
		return json_scan_string(&gate->scan, NULL);
	case '{':
	case '[':
		return read_opening(gate, c == '{', opened);
	case 't':
		return json_scan_word(&gate->scan, "true");
	case 'f':
		return json_scan_word(&gate->scan, "false");
	case 'n':
		return json_scan_word(&gate->scan, "null");
	default:
		if (c == '-' || (c >= '0' && c <= '9'))
			return json_scan_number(&gate->scan);
		return fail(gate, JSON_SYNTAX);
	}
}

/* Behind a value: a comma and perhaps a key, or the ends of containers. Returns false at the end of
 * the document or at a fault. */
static bool read_separator(struct gate *gate)
{
	while (gate->depth) {
		bool is_object = gate->stack[gate->depth - 1].is_object;
		if (!skip_space(gate))
			return false;
		int c = peek(gate);
		if (c == ',') {
			gate->scan.at++;
			return !is_object || read_key(gate);
		}
		if (c != (is_object ? '}' : ']'))
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
	if (!gate->scan.fault && skip_space(gate) && peek(gate) >= 0)
		fail(gate, JSON_TRAILING);
}

static struct json_where locate(const char *text, size_t offset)
{
	const char *line = offset ? memrchr(text, '\n', offset) : NULL;
	size_t start = line ? (size_t)(line - text) + 1 : 0;

	return (struct json_where){offset, json_line_of(text, offset),
				   (unsigned)(offset - start) + 1};
}

enum json_fault json_gate(const char *text, size_t length, const struct json_limits *limits,
			  struct json_where *where)
{
	const unsigned char *start = (const unsigned char *)text;
	struct gate gate = {.scan = {.at = start, .end = start + length}, .limits = limits};

	read_document(&gate);
	json_keys_free(&gate.keys);
	*where = gate.scan.fault ? locate(text, (size_t)(gate.scan.at - start))
				 : (struct json_where){0, 1, 1};
	return gate.scan.fault;
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
