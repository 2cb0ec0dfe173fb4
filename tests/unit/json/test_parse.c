/* Gate and parser together, and the accessors on trees that hold anything. */
#include "lib/json/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct cJSON *parse(const char *text, enum json_fault *fault)
{
	const struct json_limits limits = JSON_LIMITS_ANSWER;
	struct json_where where;

	return json_parse(text, strlen(text), &limits, fault, &where);
}

static void test_parse(void **state)
{
	enum json_fault fault;
	struct cJSON *tree = parse("{\"a\":\"\\u00fc\\ud83d\\ude00\\n\"}", &fault);

	(void)state;
	assert_non_null(tree);
	assert_int_equal(fault, JSON_FINE);
	assert_string_equal(json_get_string(tree, "a"), "\xc3\xbc\xf0\x9f\x98\x80\n");
	cJSON_Delete(tree);
}

/* All of these cJSON alone would take. */
static void test_gate_is_in_front(void **state)
{
	static const struct {
		const char *text;
		enum json_fault fault;
	} cases[] = {
		{"[01]", JSON_NUMBER},
		{"[1e999]", JSON_NUMBER},
		{"{\"a\":1,\"a\":2}", JSON_DUPLICATE},
		{"[\"a\nb\"]", JSON_CONTROL},
		{"[\"\xff\"]", JSON_ENCODING},
		{"[1]x", JSON_TRAILING},
		{"\xef\xbb\xbf[1]", JSON_SYNTAX},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum json_fault fault;
		struct cJSON *alone = cJSON_Parse(cases[i].text);
		assert_non_null(alone);
		cJSON_Delete(alone);
		assert_null(parse(cases[i].text, &fault));
		assert_int_equal(fault, cases[i].fault);
	}
}

/* cJSON reads what the gate lets through: the longest number, the deepest nesting. */
static void test_limits_agree(void **state)
{
	char text[2 * JSON_DEPTH_MAX + 1];
	enum json_fault fault;
	struct cJSON *tree;

	(void)state;
	memset(text, '7', JSON_NUMBER_MAX);
	text[JSON_NUMBER_MAX] = 0;
	tree = parse(text, &fault);
	assert_non_null(tree);
	cJSON_Delete(tree);
	memset(text, '[', JSON_DEPTH_MAX);
	memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
	text[2 * JSON_DEPTH_MAX] = 0;
	tree = parse(text, &fault);
	assert_non_null(tree);
	cJSON_Delete(tree);
}

static void test_accessors(void **state)
{
	static const char text[] =
		"{\"s\":\"x\",\"n\":null,\"o\":{\"k\":\"v\"},\"l\":[1],\"t\":true,"
		"\"i\":7,\"S\":\"other\"}";
	enum json_fault fault;
	struct cJSON *tree = parse(text, &fault);
	uint64_t value;

	(void)state;
	assert_non_null(tree);
	assert_string_equal(json_get_string(tree, "s"), "x");
	assert_string_equal(json_get_string(tree, "S"), "other");
	assert_string_equal(json_get_string(json_get_object(tree, "o"), "k"), "v");
	assert_non_null(json_get_array(tree, "l"));
	assert_true(json_get_u64(tree, "i", &value));
	assert_int_equal(value, 7);
	assert_true(cJSON_IsNull(json_member(tree, "n")));
	static const char *const none[] = {"n", "t", "absent", ""};
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		assert_null(json_get_string(tree, none[i]));
		assert_null(json_get_object(tree, none[i]));
		assert_null(json_get_array(tree, none[i]));
		assert_false(json_get_u64(tree, none[i], &value));
	}
	assert_null(json_get_string(tree, "i"));
	assert_null(json_get_object(tree, "l"));
	assert_null(json_get_array(tree, "o"));
	assert_false(json_get_u64(tree, "s", &value));
	cJSON_Delete(tree);
}

static void test_no_object(void **state)
{
	enum json_fault fault;
	struct cJSON *list = parse("[{\"a\":\"b\"}]", &fault);
	uint64_t value;

	(void)state;
	assert_non_null(list);
	assert_null(json_member(list, "a"));
	assert_null(json_get_string(list, "a"));
	assert_null(json_member(NULL, "a"));
	assert_null(json_get_string(NULL, "a"));
	assert_null(json_get_object(NULL, "a"));
	assert_null(json_get_array(NULL, "a"));
	assert_false(json_get_u64(NULL, "a", &value));
	cJSON_Delete(list);
}

static void test_whole_numbers(void **state)
{
	static const struct {
		const char *text;
		bool whole;
		uint64_t value;
	} cases[] = {
		{"{\"a\":0}", true, 0},
		{"{\"a\":1.0}", true, 1},
		{"{\"a\":1e3}", true, 1000},
		{"{\"a\":9007199254740992}", true, UINT64_C(9007199254740992)},
		{"{\"a\":9007199254740994}", false, 0},
		{"{\"a\":-1}", false, 0},
		{"{\"a\":1.5}", false, 0},
		{"{\"a\":0.9999}", false, 0},
		{"{\"a\":1e300}", false, 0},
		{"{\"a\":\"1\"}", false, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum json_fault fault;
		uint64_t value = 0;
		struct cJSON *tree = parse(cases[i].text, &fault);
		assert_non_null(tree);
		assert_int_equal(json_get_u64(tree, "a", &value), cases[i].whole);
		if (cases[i].whole)
			assert_true(value == cases[i].value);
		cJSON_Delete(tree);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),	     cmocka_unit_test(test_gate_is_in_front),
		cmocka_unit_test(test_limits_agree), cmocka_unit_test(test_accessors),
		cmocka_unit_test(test_no_object),    cmocka_unit_test(test_whole_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
