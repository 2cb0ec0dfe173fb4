/* Repositories as GitHub lists them, and as nobody should. */
#include "lib/github/repository.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct cJSON *parse(const char *text)
{
	const struct json_limits limits = JSON_LIMITS_ANSWER;
	struct json_where where;
	enum json_fault fault;
	struct cJSON *tree = json_parse(text, strlen(text), &limits, &fault, &where);

	assert_non_null(tree);
	return tree;
}

static void test_full(void **state)
{
	struct cJSON *tree =
		parse("{\"id\":1296269,\"name\":\"shop\",\"full_name\":\"acme/shop\","
		      "\"private\":true,\"fork\":true,\"archived\":true,\"disabled\":true,"
		      "\"visibility\":\"internal\",\"default_branch\":\"main\",\"has_wiki\":true,"
		      "\"pushed_at\":\"2026-01-26T19:06:43Z\",\"size\":108,\"language\":\"C\","
		      "\"topics\":[\"a\",\"b\"]}");
	struct repository_view view;

	(void)state;
	assert_null(repository_read(tree, &view));
	assert_int_equal(view.id, 1296269);
	assert_string_equal(view.owner, "acme");
	assert_string_equal(view.name, "shop");
	assert_string_equal(view.default_branch, "main");
	assert_string_equal(view.pushed_at, "2026-01-26T19:06:43Z");
	assert_string_equal(view.language, "C");
	assert_int_equal(cJSON_GetArraySize(view.topics), 2);
	assert_int_equal(view.size_kb, 108);
	assert_int_equal(view.visibility, REPOSITORY_INTERNAL);
	assert_true(view.archived && view.disabled && view.fork && view.has_wiki);
	cJSON_Delete(tree);
}

static void test_least(void **state)
{
	struct cJSON *tree = parse("{\"id\":1,\"full_name\":\"acme/shop\",\"language\":null,"
				   "\"default_branch\":null,\"size\":-1}");
	struct repository_view view;

	(void)state;
	assert_null(repository_read(tree, &view));
	assert_string_equal(view.default_branch, "");
	assert_string_equal(view.pushed_at, "");
	assert_string_equal(view.language, "");
	assert_null(view.topics);
	assert_int_equal(view.size_kb, 0);
	assert_int_equal(view.visibility, REPOSITORY_PUBLIC);
	assert_false(view.archived || view.disabled || view.fork || view.has_wiki);
	cJSON_Delete(tree);
	tree = parse("{\"id\":1,\"full_name\":\"acme/shop\",\"private\":true}");
	assert_null(repository_read(tree, &view));
	assert_int_equal(view.visibility, REPOSITORY_PRIVATE);
	cJSON_Delete(tree);
}

static void test_unusable(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{"{}", "it has no id"},
		{"7", "it has no id"},
		{"{\"id\":0,\"full_name\":\"acme/shop\"}", "it has no id"},
		{"{\"id\":\"1\",\"full_name\":\"acme/shop\"}", "it has no id"},
		{"{\"id\":9007199254740992,\"full_name\":\"acme/shop\"}", "it has no id"},
		{"{\"id\":1}", "its name is not one"},
		{"{\"id\":1,\"full_name\":\"shop\"}", "its name is not one"},
		{"{\"id\":1,\"full_name\":\"acme/\"}", "its name is not one"},
		{"{\"id\":1,\"full_name\":\"/shop\"}", "its name is not one"},
		{"{\"id\":1,\"full_name\":\"acme/..\"}", "its name is not one"},
		{"{\"id\":1,\"full_name\":\"acme/a/b\"}", "its name is not one"},
		{"{\"id\":1,\"full_name\":\"acme/a.git\"}", "its name is not one"},
		{"{\"id\":1,\"full_name\":\"-acme/a\"}", "its name is not one"},
		{"{\"id\":1,\"full_name\":\"acme/a\\nb\"}", "its name is not one"},
		{"{\"id\":1,\"full_name\":\"acme/a\",\"default_branch\":\"-x\"}",
		 "its default branch is not a name of one"},
		{"{\"id\":1,\"full_name\":\"acme/a\",\"default_branch\":\"a..b\"}",
		 "its default branch is not a name of one"},
		{"{\"id\":1,\"full_name\":\"acme/a\",\"default_branch\":\"a\\u202eb\"}",
		 "its default branch is not a name of one"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct cJSON *tree = parse(cases[i].text);
		struct repository_view view;
		const char *why = repository_read(tree, &view);
		assert_non_null(why);
		assert_string_equal(why, cases[i].why);
		cJSON_Delete(tree);
	}
}

static void test_times(void **state)
{
	static const char *const times[] = {
		"yesterday",
		"2026-01-26T19:06:43Z2026-01-26T19:06:43Z",
		"2026-01-26T19:06:43Z\\u202e",
	};
	char text[200];

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		snprintf(text, sizeof(text),
			 "{\"id\":1,\"full_name\":\"acme/a\",\"pushed_at\":\"%s\"}", times[i]);
		struct cJSON *tree = parse(text);
		struct repository_view view;
		assert_null(repository_read(tree, &view));
		assert_string_equal(view.pushed_at, "");
		cJSON_Delete(tree);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_least),
		cmocka_unit_test(test_unusable),
		cmocka_unit_test(test_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
