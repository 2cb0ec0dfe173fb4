/* Strings, numbers and words of JSON. */
#include "lib/json/scan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* FNV-1a. */
#define HASH_START UINT64_C(0xcbf29ce484222325)
#define HASH_PRIME UINT64_C(0x100000001b3)

bool json_scan_fail(struct json_scan *scan, enum json_fault fault)
{
	if (!scan->fault)
		scan->fault =
			scan->at >= scan->end && fault == JSON_SYNTAX ? JSON_TRUNCATED : fault;
	return false;
}

static void hash_bytes(uint64_t *hash, const unsigned char *bytes, size_t count)
{
	if (!hash)
		return;
	uint64_t sum = *hash;
	for (size_t i = 0; i < count; i++)
		sum = (sum ^ bytes[i]) * HASH_PRIME;
	*hash = sum;
}

/* The character as the UTF-8 that it could have been written in. */
static void hash_code(uint64_t *hash, uint32_t code)
{
	unsigned char bytes[4];
	size_t count = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};

	for (size_t i = count - 1; i > 0; i--, code >>= 6)
		bytes[i] = (unsigned char)(0x80 | (code & 0x3f));
	bytes[0] = (unsigned char)(leads[count] | code);
	hash_bytes(hash, bytes, count);
}

static bool scan_hex4(struct json_scan *scan, uint32_t *value)
{
	*value = 0;
	for (int i = 0; i < 4; i++, scan->at++) {
		unsigned c = scan->at < scan->end ? *scan->at : 0u;
		unsigned letter = c | 0x20u;
		unsigned digit = c >= '0' && c <= '9'		  ? c - '0'
				 : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10
								  : 16;
		if (digit > 15)
			return json_scan_fail(scan, JSON_SYNTAX);
		*value = *value << 4 | digit;
	}
	return true;
}

/* Behind "\u". A pair of surrogates is one character; a lone one, and U+0000, is none. */
static bool scan_unicode_escape(struct json_scan *scan, uint64_t *hash)
{
	uint32_t code, low;

	if (!scan_hex4(scan, &code))
		return false;
	if (code >= 0xdc00 && code < 0xe000)
		return json_scan_fail(scan, JSON_ENCODING);
	if (code >= 0xd800 && code < 0xdc00) {
		if (scan->end - scan->at < 2 || scan->at[0] != '\\' || scan->at[1] != 'u')
			return json_scan_fail(scan, JSON_ENCODING);
		scan->at += 2;
		if (!scan_hex4(scan, &low))
			return false;
		if (low < 0xdc00 || low > 0xdfff)
			return json_scan_fail(scan, JSON_ENCODING);
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	}
	if (code == 0)
		return json_scan_fail(scan, JSON_ENCODING);
	hash_code(hash, code);
	return true;
}

static bool scan_escape(struct json_scan *scan, uint64_t *hash)
{
	static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";

	if (++scan->at >= scan->end)
		return json_scan_fail(scan, JSON_TRUNCATED);
	unsigned char c = *scan->at;
	const char *found = c ? strchr(escapes, c) : NULL;
	if (!found && c != 'u')
		return json_scan_fail(scan, JSON_SYNTAX);
	scan->at++;
	if (!found)
		return scan_unicode_escape(scan, hash);
	hash_bytes(hash, (const unsigned char *)&meanings[found - escapes], 1);
	return true;
}

/* A sequence of two to four bytes, well-formed by table 3-7 of the Unicode standard. */
static bool scan_sequence(struct json_scan *scan, uint64_t *hash)
{
	const unsigned char *at = scan->at;
	size_t length = *at < 0xc2 ? 0 : *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : *at < 0xf5 ? 4 : 0;

	if (length == 0 || (size_t)(scan->end - at) < length)
		return json_scan_fail(scan, JSON_ENCODING);
	for (size_t i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return json_scan_fail(scan, JSON_ENCODING);
	}
	if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
	    (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
		return json_scan_fail(scan, JSON_ENCODING);
	hash_bytes(hash, at, length);
	scan->at += length;
	return true;
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Whether one of eight bytes is a control, a quote, a backslash or not ASCII. Subtracting borrows
 * only above a byte that is one, so the answer is never wrong. */
static bool is_special(uint64_t eight)
{
	uint64_t quote = eight ^ EACH('"'), backslash = eight ^ EACH('\\');

	return (eight | (eight - EACH(0x20)) | (quote - EACH(1)) | (backslash - EACH(1))) &
	       EACH(0x80);
}

/* Past plain characters, eight at a time. */
static void skip_plain(struct json_scan *scan)
{
	uint64_t eight;

	for (; scan->end - scan->at >= 8; scan->at += sizeof(eight)) {
		memcpy(&eight, scan->at, sizeof(eight));
		if (is_special(eight))
			break;
	}
	while (scan->at < scan->end && *scan->at >= 0x20 && *scan->at < 0x80 && *scan->at != '"' &&
	       *scan->at != '\\')
		scan->at++;
}

bool json_scan_string(struct json_scan *scan, uint64_t *hash)
{
	if (hash)
		*hash = HASH_START;
	scan->at++;
	for (;;) {
		const unsigned char *start = scan->at;
		skip_plain(scan);
		hash_bytes(hash, start, (size_t)(scan->at - start));
		if (scan->at >= scan->end)
			return json_scan_fail(scan, JSON_TRUNCATED);
		unsigned char c = *scan->at;
		if (c == '"') {
			scan->at++;
			return true;
		}
		if (c < 0x20)
			return json_scan_fail(scan, JSON_CONTROL);
		if (c == '\\' ? !scan_escape(scan, hash) : !scan_sequence(scan, hash))
			return false;
	}
}

static bool scan_digits(struct json_scan *scan)
{
	const unsigned char *start = scan->at;

	while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
		scan->at++;
	if (scan->at > start)
		return true;
	return json_scan_fail(scan, scan->at < scan->end ? JSON_NUMBER : JSON_TRUNCATED);
}

/* Takes the byte at hand if it is one of these. */
static bool take_any(struct json_scan *scan, const char *bytes)
{
	if (scan->at >= scan->end || !*scan->at || !strchr(bytes, *scan->at))
		return false;
	scan->at++;
	return true;
}

static bool is_finite(const unsigned char *start, size_t length)
{
	char copy[JSON_NUMBER_MAX + 1];

	memcpy(copy, start, length);
	copy[length] = 0;
	return isfinite(strtod(copy, NULL));
}

bool json_scan_number(struct json_scan *scan)
{
	const unsigned char *start = scan->at;
	bool exponent = false;

	take_any(scan, "-");
	if (take_any(scan, "0")) {
		if (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
			return json_scan_fail(scan, JSON_NUMBER); /* a leading zero */
	} else if (!scan_digits(scan)) {
		return false;
	}
	if (take_any(scan, ".") && !scan_digits(scan))
		return false;
	if (take_any(scan, "eE")) {
		exponent = true;
		take_any(scan, "+-");
		if (!scan_digits(scan))
			return false;
	}
	size_t length = (size_t)(scan->at - start);
	/* Without an exponent nothing of that length is out of range. */
	if (length > JSON_NUMBER_MAX || (exponent && !is_finite(start, length))) {
		scan->at = start;
		return json_scan_fail(scan, JSON_NUMBER);
	}
	return true;
}

bool json_scan_word(struct json_scan *scan, const char *word)
{
	for (; *word; word++, scan->at++) {
		if (scan->at >= scan->end || *scan->at != (unsigned char)*word)
			return json_scan_fail(scan, JSON_SYNTAX);
	}
	return true;
}
