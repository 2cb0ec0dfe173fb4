/* JSON for people. */
#include "lib/json/colour.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct sink {
	char text[4096];
	size_t used;
};

static void collect(void *context, const char *bytes, size_t length)
{
	struct sink *sink = context;

	assert_true(sink->used + length < sizeof(sink->text));
	memcpy(sink->text + sink->used, bytes, length);
	sink->used += length;
	sink->text[sink->used] = 0;
}

/* Marks instead of sequences: K{...} a key, S{...} a string, B, N, and nothing for punctuation. */
static void translate(const char *text, char *out)
{
	static const struct {
		const char *sequence, *mark;
	} marks[] = {
		{"\x1b[1;34m", "K{"},
		{"\x1b[32m", "S{"},
		{"\x1b[33m", "B{"},
		{"\x1b[36m", "N{"},
	};
	bool plain = false;

	while (*text) {
		size_t i = 0, count = sizeof(marks) / sizeof(marks[0]);
		while (i < count &&
		       strncmp(text, marks[i].sequence, strlen(marks[i].sequence)) != 0)
			i++;
		if (i < count) {
			out += sprintf(out, "%s", marks[i].mark);
			text += strlen(marks[i].sequence);
		} else if (strncmp(text, "\x1b[1m", 4) == 0) {
			plain = true;
			text += 4;
		} else if (strncmp(text, "\x1b[0m", 4) == 0) {
			out += sprintf(out, "%s", plain ? "" : "}");
			plain = false;
			text += 4;
		} else {
			*out++ = *text++;
		}
	}
	*out = 0;
}

static void expect(const char *json, const char *expected)
{
	static char translated[8192];

	/* Wherever it is cut, the result is the same. */
	for (size_t cut = 0; cut <= strlen(json); cut++) {
		struct json_colour state = {.depth = 0};
		struct sink sink = {.used = 0};
		json_colour_feed(&state, json, cut, collect, &sink);
		json_colour_feed(&state, json + cut, strlen(json) - cut, collect, &sink);
		translate(sink.text, translated);
		assert_string_equal(translated, expected);
	}
}

static void test_values(void **state)
{
	(void)state;
	expect("[1,-2.5e3,true,false,null,\"a\"]\n",
	       "[\n  1,\n  -2.5e3,\n  B{true},\n  B{false},\n  N{null},\n  S{\"a\"}\n]\n");
	expect("null\n", "N{null}\n");
	expect("7\n", "7\n");
}

static void test_keys_are_no_strings(void **state)
{
	(void)state;
	expect("{\"a\":\"b\",\"c\":[\"d\"],\"e\":{\"f\":1}}\n",
	       "{\n  K{\"a\"}: S{\"b\"},\n  K{\"c\"}: [\n    S{\"d\"}\n  ],\n  K{\"e\"}: {\n"
	       "    K{\"f\"}: 1\n  }\n}\n");
	expect("[{\"a\":1},\n{\"a\":2}]\n",
	       "[\n  {\n    K{\"a\"}: 1\n  },\n  {\n    K{\"a\"}: 2\n  }\n]\n");
}

static void test_what_is_empty_stays_short(void **state)
{
	(void)state;
	expect("[]\n", "[]\n");
	expect("{\"a\":[],\"b\":{}}\n", "{\n  K{\"a\"}: [],\n  K{\"b\"}: {}\n}\n");
	expect("[[],[[]]]\n", "[\n  [],\n  [\n    []\n  ]\n]\n");
}

static void test_strings_hide_marks(void **state)
{
	(void)state;
	expect("[\"{[,:]}\",\"\\\"\",\"\\\\\",\"a b\\n\"]\n",
	       "[\n  S{\"{[,:]}\"},\n  S{\"\\\"\"},\n  S{\"\\\\\"},\n  S{\"a b\\n\"}\n]\n");
}

static void test_space_goes_and_documents_stay(void **state)
{
	(void)state;
	expect("{ \"a\" :\t1 ,\n\"b\": 2 }\n{}\n", "{\n  K{\"a\"}: 1,\n  K{\"b\"}: 2\n}\n{}\n");
}

/* More than there can be is shown as well as it goes. */
static void test_depth_is_bounded(void **state)
{
	struct json_colour colour = {.depth = 0};
	struct sink sink = {.used = 0};

	(void)state;
	for (unsigned i = 0; i < 3 * JSON_COLOUR_DEPTH_MAX; i++) {
		json_colour_feed(&colour, "{\"a\":", 5, collect, &sink);
		sink.used = 0;
	}
	json_colour_feed(&colour, "1,\"b\":2", 7, collect, &sink);
	for (unsigned i = 0; i < 4 * JSON_COLOUR_DEPTH_MAX; i++) {
		json_colour_feed(&colour, "}", 1, collect, &sink);
		sink.used = 0;
	}
	assert_int_equal(colour.depth, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_keys_are_no_strings),
		cmocka_unit_test(test_what_is_empty_stays_short),
		cmocka_unit_test(test_strings_hide_marks),
		cmocka_unit_test(test_space_goes_and_documents_stay),
		cmocka_unit_test(test_depth_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
