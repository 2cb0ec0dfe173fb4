/* Strings, numbers and words. */
#include "lib/json/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct json_scan scan_of(const char *text, size_t length)
{
	const unsigned char *start = (const unsigned char *)text;

	return (struct json_scan){.at = start, .end = start + length};
}

/* The fault, or JSON_TRAILING when something is left. */
static enum json_fault string_fault(const char *text, size_t length)
{
	struct json_scan scan = scan_of(text, length);
	bool fine = json_scan_string(&scan, NULL);

	assert_int_equal(fine, scan.fault == JSON_FINE);
	assert_true(scan.at <= scan.end);
	return fine && scan.at < scan.end ? JSON_TRAILING : scan.fault;
}

static enum json_fault number_fault(const char *text)
{
	struct json_scan scan = scan_of(text, strlen(text));
	bool fine = json_scan_number(&scan);

	assert_int_equal(fine, scan.fault == JSON_FINE);
	return fine && scan.at < scan.end ? JSON_TRAILING : scan.fault;
}

struct sample {
	const char *text;
	enum json_fault fault;
};

static const struct sample strings[] = {
	{"\"\"", JSON_FINE},
	{"\"a b~\"", JSON_FINE},
	{"\"0123456789abcdefghijklmnopqrstuvwxyz\"", JSON_FINE},
	{"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", JSON_FINE},
	{"\"\\u0041\\u00e9\\uFFFF\"", JSON_FINE},
	{"\"\\ud83d\\ude00\"", JSON_FINE},
	{"\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"",
	 JSON_FINE},
	{"\"\x7f\"", JSON_FINE},
	{"\"a\"b", JSON_TRAILING},
	{"\"", JSON_TRUNCATED},
	{"\"abc", JSON_TRUNCATED},
	{"\"abc\\", JSON_TRUNCATED},
	{"\"abc\\\"", JSON_TRUNCATED},
	{"\"\\u", JSON_TRUNCATED},
	{"\"\\u12", JSON_TRUNCATED},
	{"\"\\u12\"", JSON_SYNTAX},
	{"\"\\u12g4\"", JSON_SYNTAX},
	{"\"\\U0041\"", JSON_SYNTAX},
	{"\"\\x41\"", JSON_SYNTAX},
	{"\"\\a\"", JSON_SYNTAX},
	{"\"\\'\"", JSON_SYNTAX},
	{"\"\\ \"", JSON_SYNTAX},
	{"\"a\nb\"", JSON_CONTROL},
	{"\"a\tb\"", JSON_CONTROL},
	{"\"\x1b[0m\"", JSON_CONTROL},
	{"\"0123456\x1f\"", JSON_CONTROL},
	{"\"\\u0000\"", JSON_ENCODING},
	{"\"\\ud800\"", JSON_ENCODING},
	{"\"\\ud800x\"", JSON_ENCODING},
	{"\"\\ud800\\n\"", JSON_ENCODING},
	{"\"\\ud800\\u0041\"", JSON_ENCODING},
	{"\"\\ud800\\ud800\"", JSON_ENCODING},
	{"\"\\udc00\"", JSON_ENCODING},
	{"\"\\udfff\\ud800\"", JSON_ENCODING},
	{"\"\x80\"", JSON_ENCODING},
	{"\"\xc0\x80\"", JSON_ENCODING},
	{"\"\xc1\xbf\"", JSON_ENCODING},
	{"\"\xe0\x9f\xbf\"", JSON_ENCODING},
	{"\"\xed\xa0\x80\"", JSON_ENCODING},
	{"\"\xf0\x8f\xbf\xbf\"", JSON_ENCODING},
	{"\"\xf4\x90\x80\x80\"", JSON_ENCODING},
	{"\"\xf5\x80\x80\x80\"", JSON_ENCODING},
	{"\"\xff\"", JSON_ENCODING},
	{"\"\xc3\"", JSON_ENCODING},
	{"\"\xe2\x82\"", JSON_ENCODING},
	{"\"\xf0\x9f\x98", JSON_ENCODING},
};

static void test_strings(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		enum json_fault fault = string_fault(strings[i].text, strlen(strings[i].text));
		if (fault != strings[i].fault)
			fail_msg("%s: %s", strings[i].text, json_fault_text(fault));
	}
	assert_int_equal(string_fault("\"a\0b\"", 5), JSON_CONTROL);
	assert_int_equal(string_fault("\"\\\0\"", 4), JSON_SYNTAX);
}

/* Every special byte is seen at every offset of a group of eight, and no harmless one is. */
static void test_every_byte_everywhere(void **state)
{
	char text[40];

	(void)state;
	for (unsigned byte = 0; byte < 256; byte++) {
		bool plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
		for (size_t at = 1; at < sizeof(text) - 1; at++) {
			memset(text, 'x', sizeof(text));
			text[0] = text[sizeof(text) - 1] = '"';
			text[at] = (char)byte;
			assert_int_equal(string_fault(text, sizeof(text)) == JSON_FINE, plain);
		}
	}
}

static uint64_t hash_of(const char *text)
{
	struct json_scan scan = scan_of(text, strlen(text));
	uint64_t hash;

	assert_true(json_scan_string(&scan, &hash));
	return hash;
}

static void test_hashes(void **state)
{
	static const char *const equal[][2] = {
		{"\"a\"", "\"\\u0061\""},
		{"\"\x7f\"", "\"\\u007F\""},
		{"\"\xc2\x80\"", "\"\\u0080\""},
		{"\"\xdf\xbf\"", "\"\\u07ff\""},
		{"\"\xe0\xa0\x80\"", "\"\\u0800\""},
		{"\"\xef\xbf\xbf\"", "\"\\uffff\""},
		{"\"\xf0\x90\x80\x80\"", "\"\\ud800\\udc00\""},
		{"\"\xf4\x8f\xbf\xbf\"", "\"\\udbff\\udfff\""},
		{"\"0123456789/\"", "\"\\u003012345\\u0036789\\/\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(equal) / sizeof(equal[0]); i++)
		assert_true(hash_of(equal[i][0]) == hash_of(equal[i][1]));
	assert_true(hash_of("\"ab\"") != hash_of("\"ba\""));
	assert_true(hash_of("\"\"") != hash_of("\" \""));
	assert_true(hash_of("\"\\\\u0061\"") != hash_of("\"a\""));
}

static const struct sample numbers[] = {
	{"0", JSON_FINE},
	{"-0", JSON_FINE},
	{"10", JSON_FINE},
	{"-1.50", JSON_FINE},
	{"0.001", JSON_FINE},
	{"1e5", JSON_FINE},
	{"1E+05", JSON_FINE},
	{"1.5e-300", JSON_FINE},
	{"1e-999", JSON_FINE},
	{"1.7976931348623157e308", JSON_FINE},
	{"9007199254740993", JSON_FINE},
	{"123456789012345678901234567890123456789012345678901234567890123", JSON_FINE},
	{"1234567890123456789012345678901234567890123456789012345678901234", JSON_NUMBER},
	{"1.7976931348623159e308", JSON_NUMBER},
	{"1e309", JSON_NUMBER},
	{"-1e999", JSON_NUMBER},
	{"1e99999999999999999999", JSON_NUMBER},
	{"01", JSON_NUMBER},
	{"-01", JSON_NUMBER},
	{"00", JSON_NUMBER},
	{"-", JSON_TRUNCATED},
	{"-x", JSON_NUMBER},
	{"--1", JSON_NUMBER},
	{"1.", JSON_TRUNCATED},
	{"1.x", JSON_NUMBER},
	{"1.e5", JSON_NUMBER},
	{"1e", JSON_TRUNCATED},
	{"1e+", JSON_TRUNCATED},
	{"1e+x", JSON_NUMBER},
	{"1e1.5", JSON_TRAILING},
	{"1.2.3", JSON_TRAILING},
	{"0x10", JSON_TRAILING},
	{"1_000", JSON_TRAILING},
};

static void test_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		enum json_fault fault = number_fault(numbers[i].text);
		if (fault != numbers[i].fault)
			fail_msg("%s: %s", numbers[i].text, json_fault_text(fault));
	}
}

static void test_words(void **state)
{
	struct json_scan scan = scan_of("truex", 5);

	(void)state;
	assert_true(json_scan_word(&scan, "true"));
	assert_int_equal(*scan.at, 'x');
	scan = scan_of("tru", 3);
	assert_false(json_scan_word(&scan, "true"));
	assert_int_equal(scan.fault, JSON_TRUNCATED);
	scan = scan_of("trUe", 4);
	assert_false(json_scan_word(&scan, "true"));
	assert_int_equal(scan.fault, JSON_SYNTAX);
	/* The first fault stays. */
	json_scan_fail(&scan, JSON_DUPLICATE);
	assert_int_equal(scan.fault, JSON_SYNTAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strings), cmocka_unit_test(test_every_byte_everywhere),
		cmocka_unit_test(test_hashes),	cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
