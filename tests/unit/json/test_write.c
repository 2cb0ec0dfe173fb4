/* The writer: exact texts, every way to run out of room, and what it writes passes the gate. */
#include "lib/json/gate.h"
#include "lib/json/write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void write_all(struct json_writer *writer)
{
	json_object_begin(writer);
	json_key(writer, "a");
	json_string(writer, "x");
	json_key(writer, "l");
	json_array_begin(writer);
	json_u64(writer, 0);
	json_u64(writer, UINT64_MAX);
	json_i64(writer, INT64_MIN);
	json_bool(writer, true);
	json_bool(writer, false);
	json_null(writer);
	json_object_begin(writer);
	json_object_end(writer);
	json_array_begin(writer);
	json_array_end(writer);
	json_array_end(writer);
	json_key(writer, "\"k\"");
	json_i64(writer, -1);
	json_object_end(writer);
}

static const char all[] = "{\"a\":\"x\",\"l\":[0,18446744073709551615,-9223372036854775808,true,"
			  "false,null,{},[]],\"\\\"k\\\"\":-1}";

static void test_document(void **state)
{
	const struct json_limits limits = JSON_LIMITS_ANSWER;
	struct json_where where;
	struct json_writer writer;
	char text[256];
	size_t length;

	(void)state;
	json_writer_init(&writer, text, sizeof(text));
	write_all(&writer);
	assert_int_equal(json_finish(&writer, &length), 0);
	assert_int_equal(length, sizeof(all) - 1);
	assert_memory_equal(text, all, length);
	assert_int_equal(json_gate(text, length, &limits, &where), JSON_FINE);
}

static void test_every_size(void **state)
{
	char text[sizeof(all) + 1];
	struct json_writer writer;
	size_t length;

	(void)state;
	for (size_t cap = 0; cap < sizeof(all); cap++) {
		memset(text, '#', sizeof(text));
		json_writer_init(&writer, text, cap);
		write_all(&writer);
		assert_int_equal(json_finish(&writer, &length), cap < sizeof(all) - 1 ? -1 : 0);
		assert_true(length <= cap);
		assert_int_equal(text[cap], '#');
	}
}

/* What came too late stays away, even if it were short enough. */
static void test_overflow_is_remembered(void **state)
{
	struct json_writer writer;
	char text[4];
	size_t length;

	(void)state;
	json_writer_init(&writer, text, sizeof(text));
	json_string(&writer, "too long");
	json_u64(&writer, 1);
	assert_int_equal(json_finish(&writer, &length), -1);
	assert_int_equal(length, 1); /* the opening quote */
}

static const struct {
	const char *text;
	size_t length;
	const char *expected;
} strings[] = {
	{"", 0, "\"\""},
	{"plain / text", 12, "\"plain / text\""},
	{"\"\\", 2, "\"\\\"\\\\\""},
	{"\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\""},
	{"\0\x01\x1b\x1f", 4, "\"\xef\xbf\xbd\\u0001\\u001b\\u001f\""},
	{"\x7f\xc2\x9b", 3, "\"\\u007f\\u009b\""},
	{"gr\xc3\xbc\xc3\x9f\xf0\x9f\x98\x80", 10, "\"gr\xc3\xbc\xc3\x9f\xf0\x9f\x98\x80\""},
	{"\xe2\x80\xae\xe2\x80\xa8", 6, "\"\\u202e\\u2028\""},
	{"\xf3\xa0\x81\x81", 4, "\"\\udb40\\udc41\""},
	{"a\xff\xc3", 3, "\"a\xef\xbf\xbd\xef\xbf\xbd\""},
	{"\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
};

static void test_strings(void **state)
{
	struct json_writer writer;
	char text[64];
	size_t length;

	(void)state;
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		json_writer_init(&writer, text, sizeof(text));
		json_string_n(&writer, strings[i].text, strings[i].length);
		assert_int_equal(json_finish(&writer, &length), 0);
		assert_int_equal(length, strlen(strings[i].expected));
		assert_memory_equal(text, strings[i].expected, length);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_document),
		cmocka_unit_test(test_every_size),
		cmocka_unit_test(test_overflow_is_remembered),
		cmocka_unit_test(test_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
