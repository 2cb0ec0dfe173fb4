/* Lists of logins: compared whole and without regard to case, never longer than their buffer. */
#include "worker/logins.h"

#include "lib/json/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool read(const char *json, char *list, size_t size)
{
	const struct json_limits limits = JSON_LIMITS_ANSWER;
	struct json_where where;
	enum json_fault fault;
	struct cJSON *alert = json_parse(json, strlen(json), &limits, &fault, &where);

	assert_non_null(alert);
	bool fits = logins_of(alert, list, size);
	cJSON_Delete(alert);
	return fits;
}

static void test_reading(void **state)
{
	static const struct {
		const char *json, *list;
	} cases[] = {
		{"{\"assignees\":[{\"login\":\"octocat\"},{\"login\":\"hubot\"}]}",
		 "octocat,hubot"},
		{"{\"assignees\":[]}", ""},
		{"{\"assignees\":null}", ""},
		{"{}", ""},
		{"{\"assignees\":[null,7,{},{\"login\":null},{\"login\":\"x\"}]}", "x"},
		{"{\"assignees\":{\"login\":\"x\"}}", ""},
	};
	char list[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(read(cases[i].json, list, sizeof(list)));
		assert_string_equal(list, cases[i].list);
	}
}

static void test_too_many_do_not_fit(void **state)
{
	static const char json[] = "{\"assignees\":[{\"login\":\"abc\"},{\"login\":\"def\"}]}";
	char list[9];

	(void)state;
	assert_true(read(json, list, 8));
	assert_string_equal(list, "abc,def");
	for (size_t size = 1; size < 8; size++) {
		memset(list, '#', sizeof(list));
		assert_false(read(json, list, size));
		assert_int_equal(list[size], '#');
		assert_true(memchr(list, 0, size) != NULL);
	}
}

static void test_containing(void **state)
{
	(void)state;
	assert_true(logins_contain("octocat,hubot", "hubot"));
	assert_true(logins_contain("octocat,hubot", "HuBot,OCTOCAT"));
	assert_true(logins_contain("octocat", ""));
	assert_true(logins_contain("", ""));
	assert_false(logins_contain("", "octocat"));
	assert_false(logins_contain("octocat", "octocat,hubot"));
	/* Neither a part nor a whole of another one. */
	assert_false(logins_contain("octocat", "octo"));
	assert_false(logins_contain("octo", "octocat"));
	assert_false(logins_contain("a,b", "a,b,a-b"));
}

static void test_taking_away(void **state)
{
	char rest[32];

	(void)state;
	logins_without("a,b,c", "B", rest, sizeof(rest));
	assert_string_equal(rest, "a,c");
	logins_without("a,b", "a,b,c", rest, sizeof(rest));
	assert_string_equal(rest, "");
	logins_without("", "a", rest, sizeof(rest));
	assert_string_equal(rest, "");
	logins_without("octocat,octo", "octo", rest, sizeof(rest));
	assert_string_equal(rest, "octocat");
	memset(rest, '#', sizeof(rest));
	logins_without("abc,def", "", rest, 5);
	assert_string_equal(rest, "abc");
	assert_int_equal(rest[5], '#');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reading),
		cmocka_unit_test(test_too_many_do_not_fit),
		cmocka_unit_test(test_containing),
		cmocka_unit_test(test_taking_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
