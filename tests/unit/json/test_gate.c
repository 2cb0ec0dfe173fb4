/* The gate: structure, limits, places. Strings and numbers by themselves are in test_scan.c. */
#include "lib/json/gate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static struct json_where where;

static enum json_fault gate_n(const char *text, size_t length)
{
	const struct json_limits limits = JSON_LIMITS_ANSWER;

	return json_gate(text, length, &limits, &where);
}

static enum json_fault gate(const char *text)
{
	return gate_n(text, strlen(text));
}

static void test_accepted(void **state)
{
	static const char *const texts[] = {
		"null",
		"true",
		"false",
		"0",
		"\"\"",
		"[]",
		"{}",
		" \t\r\n[ ] \n",
		"[1,2,3]",
		"[[],[[]],{}]",
		"{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":2}}",
		"[{\"a\":1},{\"a\":1}]",
		"{\"\":0}",
		"{ \"a\" : [ 1 , { \"b\" : null } ] , \"c\" : \"d\" }",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (gate(texts[i]) != JSON_FINE)
			fail_msg("refused: %s", texts[i]);
	}
}

static const struct {
	const char *text;
	enum json_fault fault;
	size_t offset;
} refused[] = {
	{"", JSON_TRUNCATED, 0},
	{"  ", JSON_TRUNCATED, 2},
	{"[", JSON_TRUNCATED, 1},
	{"[1", JSON_TRUNCATED, 2},
	{"[1,", JSON_TRUNCATED, 3},
	{"{", JSON_TRUNCATED, 1},
	{"{\"a\"", JSON_TRUNCATED, 4},
	{"{\"a\":", JSON_TRUNCATED, 5},
	{"{\"a\":1,", JSON_TRUNCATED, 7},
	{"{\"a", JSON_TRUNCATED, 3},
	{"tru", JSON_TRUNCATED, 3},
	{"trux", JSON_SYNTAX, 3},
	{"True", JSON_SYNTAX, 0},
	{"nul l", JSON_SYNTAX, 3},
	{"NaN", JSON_SYNTAX, 0},
	{"Infinity", JSON_SYNTAX, 0},
	{"undefined", JSON_SYNTAX, 0},
	{"'a'", JSON_SYNTAX, 0},
	{"[1,]", JSON_SYNTAX, 3},
	{"[,1]", JSON_SYNTAX, 1},
	{"[1 2]", JSON_SYNTAX, 3},
	{"[1}", JSON_SYNTAX, 2},
	{"{]", JSON_SYNTAX, 1},
	{"]", JSON_SYNTAX, 0},
	{"{,}", JSON_SYNTAX, 1},
	{"{\"a\":1,}", JSON_SYNTAX, 7},
	{"{\"a\" 1}", JSON_SYNTAX, 5},
	{"{\"a\":}", JSON_SYNTAX, 5},
	{"{\"a\":1 \"b\":2}", JSON_SYNTAX, 7},
	{"{a:1}", JSON_SYNTAX, 1},
	{"{1:1}", JSON_SYNTAX, 1},
	{"{\"a\",1}", JSON_SYNTAX, 4},
	{"\xef\xbb\xbf[]", JSON_SYNTAX, 0},
	{"[1]/*x*/", JSON_TRAILING, 3},
	{"[//x\n1]", JSON_SYNTAX, 1},
	{"[1] x", JSON_TRAILING, 4},
	{"[1][2]", JSON_TRAILING, 3},
	{"1 2", JSON_TRAILING, 2},
	{"{}}", JSON_TRAILING, 2},
	{"\v[]", JSON_SYNTAX, 0},
	{"\xc2\xa0[]", JSON_SYNTAX, 0},
	{"<html>", JSON_SYNTAX, 0},
};

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		enum json_fault fault = gate(refused[i].text);
		if (fault != refused[i].fault || where.offset != refused[i].offset)
			fail_msg("%s: %s at %zu", refused[i].text, json_fault_text(fault),
				 where.offset);
	}
	assert_int_equal(gate_n("[1]\0", 4), JSON_TRAILING);
	assert_int_equal(gate_n("\0[1]", 4), JSON_SYNTAX);
	assert_int_equal(gate_n("[\0]", 3), JSON_SYNTAX);
	/* Nothing behind the length is looked at. */
	assert_int_equal(gate_n("[1]]", 3), JSON_FINE);
	assert_int_equal(gate_n("12", 1), JSON_FINE);
}

static void test_duplicates(void **state)
{
	static const char *const texts[] = {
		"{\"a\":1,\"a\":1}",
		"{\"a\":1,\"b\":2,\"a\":3}",
		"{\"a\":{},\"a\":1}",
		"{\"x\":{\"a\":1,\"a\":2}}",
		"[{\"a\":1},{\"b\":1,\"b\":1}]",
		"{\"\":1,\"\":2}",
		/* However they are spelled. */
		"{\"a\":1,\"\\u0061\":2}",
		"{\"\\u00FC\":1,\"\xc3\xbc\":2}",
		"{\"\\ud83d\\uDE00\":1,\"\xf0\x9f\x98\x80\":2}",
		"{\"\\u4e2d\":1,\"\xe4\xb8\xad\":2}",
		"{\"a/b\":1,\"a\\/b\":2}",
		"{\"\\n\":1,\"\\u000a\":2}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (gate(texts[i]) != JSON_DUPLICATE)
			fail_msg("accepted: %s", texts[i]);
	}
	assert_int_equal(gate("{\"a\":1,\"A\":2,\"a \":3,\"\\\\u0061\":4}"), JSON_FINE);
}

/* An object with `count` keys of which the last repeats number `repeated`, if that is smaller. */
static enum json_fault gate_large(unsigned count, unsigned repeated)
{
	size_t size = (size_t)count * 20 + 32, used = 0;
	char *text = malloc(size);

	assert_non_null(text);
	text[used++] = '{';
	for (unsigned i = 0; i < count; i++) {
		unsigned key = i + 1 == count && repeated < count ? repeated : i;
		used += (size_t)snprintf(text + used, size - used, "%s\"k%u\":%u", i ? "," : "",
					 key, i);
	}
	text[used++] = '}';
	enum json_fault fault = gate_n(text, used);
	free(text);
	return fault;
}

static void test_large_objects(void **state)
{
	static const unsigned counts[] = {2, 31, 32, 33, 34, 100, 5000, 200000};

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		unsigned count = counts[i];
		assert_int_equal(gate_large(count, count), JSON_FINE);
		assert_int_equal(gate_large(count, 0), JSON_DUPLICATE);
		assert_int_equal(gate_large(count, count / 2 - 1), JSON_DUPLICATE);
		assert_int_equal(gate_large(count, count - 2), JSON_DUPLICATE);
	}
	assert_int_equal(gate_large(200001, 200001), JSON_TOO_LARGE);
}

/* Keys of a closed object do not count against its neighbours or its parent. */
static void test_keys_of_levels(void **state)
{
	const struct json_limits limits = {100, 3, JSON_NO_COMMENTS};
	static const char fine[] = "[{\"a\":{\"a\":{\"a\":1}}},{\"a\":1,\"b\":2,\"c\":3}]";
	static const char more[] = "{\"a\":{\"a\":{\"a\":1,\"b\":1}}}";
	static const char back[] = "{\"a\":{\"b\":1},\"b\":{\"a\":1,\"c\":1}}";
	static const char twice[] = "{\"a\":{\"b\":1},\"a\":1}";

	(void)state;
	assert_int_equal(json_gate(fine, sizeof(fine) - 1, &limits, &where), JSON_FINE);
	assert_int_equal(json_gate(more, sizeof(more) - 1, &limits, &where), JSON_TOO_LARGE);
	assert_int_equal(json_gate(back, sizeof(back) - 1, &limits, &where), JSON_TOO_LARGE);
	assert_int_equal(json_gate(twice, sizeof(twice) - 1, &limits, &where), JSON_DUPLICATE);
}

static void test_depth(void **state)
{
	char text[4 * JSON_DEPTH_MAX + 8];

	(void)state;
	for (unsigned depth = 1; depth <= JSON_DEPTH_MAX + 2; depth++) {
		memset(text, '[', depth);
		memset(text + depth, ']', depth);
		assert_int_equal(gate_n(text, 2 * (size_t)depth),
				 depth <= JSON_DEPTH_MAX ? JSON_FINE : JSON_TOO_DEEP);
	}
	assert_int_equal(where.offset, JSON_DEPTH_MAX);
	/* Never closed, and far deeper than any stack. */
	size_t size = 1 << 20;
	char *deep = malloc(size);
	assert_non_null(deep);
	memset(deep, '[', size);
	assert_int_equal(gate_n(deep, size), JSON_TOO_DEEP);
	free(deep);
}

static void test_values(void **state)
{
	const struct json_limits limits = {4, 10, JSON_NO_COMMENTS};

	(void)state;
	assert_int_equal(json_gate("[1,2,3]", 7, &limits, &where), JSON_FINE);
	assert_int_equal(json_gate("[1,2,3,4]", 9, &limits, &where), JSON_TOO_LARGE);
	assert_int_equal(json_gate("[[],{},[]]", 10, &limits, &where), JSON_FINE);
	assert_int_equal(json_gate("[[[[[]]]]]", 10, &limits, &where), JSON_TOO_LARGE);
}

static void test_places(void **state)
{
	(void)state;
	assert_int_equal(gate("{\n  \"a\": 1,\n  \"b\": x\n}"), JSON_SYNTAX);
	assert_int_equal(where.line, 3);
	assert_int_equal(where.column, 8);
	assert_int_equal(gate("x"), JSON_SYNTAX);
	assert_int_equal(where.line, 1);
	assert_int_equal(where.column, 1);
	assert_int_equal(gate("\n\n"), JSON_TRUNCATED);
	assert_int_equal(where.line, 3);
	assert_int_equal(where.column, 1);
	/* The second of two keys. */
	assert_int_equal(gate("{\"a\":1,\n\"b\":2,\n \"a\":3\n}"), JSON_DUPLICATE);
	assert_int_equal(where.line, 3);
	assert_int_equal(where.column, 2);
	assert_int_equal(json_line_of("a\nb\nc", 4), 3);
	assert_int_equal(json_line_of("a\nb\nc", 3), 2);
}

static void test_fault_texts(void **state)
{
	(void)state;
	for (unsigned i = 0; i < JSON_FAULTS; i++) {
		const char *text = json_fault_text((enum json_fault)i);
		assert_non_null(text);
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(text, json_fault_text((enum json_fault)j));
	}
	assert_non_null(json_fault_text(JSON_FAULTS));
}

/* Texts made to be slow, a few megabytes each. */
static void test_linear_time(void **state)
{
	static const char *const units[] = {"[",     "{\"a\":",	  "\"\\u0041\\u0041", "[{},",
					    "[1e1,", "  \n\t\r ", "[\"\xc3\xbc\","};
	const size_t size = 4 << 20;
	char *text = malloc(size);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t unit = strlen(units[i]);
		for (size_t at = 0; at < size; at++)
			text[at] = units[i][at % unit];
		clock_t start = clock();
		assert_int_not_equal(gate_n(text, size), JSON_FINE);
		assert_true(clock() - start < 10 * CLOCKS_PER_SEC);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),       cmocka_unit_test(test_refused),
		cmocka_unit_test(test_duplicates),     cmocka_unit_test(test_large_objects),
		cmocka_unit_test(test_keys_of_levels), cmocka_unit_test(test_depth),
		cmocka_unit_test(test_values),	       cmocka_unit_test(test_places),
		cmocka_unit_test(test_fault_texts),    cmocka_unit_test(test_linear_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
