/* Which repositories of a list are meant. */
#include "worker/repos_filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct repos_request everything = {
	.destination = "", .include = "", .exclude = "", .topic = "", .language = ""};

static const struct repository_view shop = {.id = 1,
					    .owner = "Acme",
					    .name = "Shop-API",
					    .default_branch = "main",
					    .pushed_at = "",
					    .language = "C++",
					    .size_kb = 100,
					    .visibility = REPOSITORY_INTERNAL};

static void test_patterns(void **state)
{
	static const struct {
		const char *include, *exclude;
		bool means;
	} cases[] = {
		{"", "", true},
		{"shop-api", "", true},
		{"shop", "", false},
		{"SHOP*", "", true},
		{"*api", "", true},
		{"*-*", "", true},
		{"acme/*", "", true},
		{"acme", "", false},
		{"acme/shop", "", false},
		{"a*/*i", "", true},
		{"other,shop-*", "", true},
		{",,", "", false},
		{"", "shop*", false},
		{"", "other", true},
		{"shop*", "*-API", false},
		{"shop*", "*-web,acme/x", true},
		{"", "ACME/*", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct repos_request request = everything;
		request.include = cases[i].include;
		request.exclude = cases[i].exclude;
		if (repos_filter_match(&request, &shop) != cases[i].means ||
		    repos_filter_name(&request, shop.owner, shop.name) != cases[i].means)
			fail_msg("include %s, exclude %s", cases[i].include, cases[i].exclude);
		assert_int_equal(repos_filter_is_set(&request),
				 *request.include || *request.exclude);
	}
}

static void test_topics_and_language(void **state)
{
	struct cJSON *topics = cJSON_Parse("[7,\"billing\",\"PCI\"]");
	struct repository_view view = shop;
	struct repos_request request = everything;

	(void)state;
	view.topics = topics;
	request.topic = "web,pci";
	assert_true(repos_filter_match(&request, &view));
	assert_true(repos_filter_is_set(&request));
	request.topic = "web,7";
	assert_false(repos_filter_match(&request, &view));
	request.topic = "billing";
	view.topics = NULL;
	assert_false(repos_filter_match(&request, &view));
	request.topic = "";
	request.language = "go,c++";
	assert_true(repos_filter_match(&request, &view));
	assert_true(repos_filter_is_set(&request));
	request.language = "c";
	assert_false(repos_filter_match(&request, &view));
	cJSON_Delete(topics);
}

static void test_kinds(void **state)
{
	struct repos_request request = everything;
	struct repository_view view = shop;

	(void)state;
	for (int has = 0; has < 2; has++) {
		view.archived = has;
		view.fork = !has;
		for (unsigned with = 0; with < REPOS_WITHS; with++) {
			bool means = with == REPOS_WITH || has == (with == REPOS_ONLY);
			request.archived = (enum repos_with)with;
			assert_int_equal(repos_filter_match(&request, &view), means);
			assert_int_equal(repos_filter_is_set(&request), with != REPOS_WITH);
			request.archived = REPOS_WITH;
			request.forks = (enum repos_with)with;
			means = with == REPOS_WITH || !has == (with == REPOS_ONLY);
			assert_int_equal(repos_filter_match(&request, &view), means);
			assert_int_equal(repos_filter_is_set(&request), with != REPOS_WITH);
			request.forks = REPOS_WITH;
		}
	}
}

static void test_visibility(void **state)
{
	struct repos_request request = everything;

	(void)state;
	request.visibility = REPOS_PUBLIC | REPOS_PRIVATE;
	assert_false(repos_filter_match(&request, &shop));
	assert_true(repos_filter_is_set(&request));
	request.visibility = REPOS_INTERNAL;
	assert_true(repos_filter_match(&request, &shop));
}

static void test_sizes(void **state)
{
	static const struct {
		uint32_t min, max;
		bool means;
	} cases[] = {{0, 0, true},   {100, 0, true},   {101, 0, false}, {0, 100, true},
		     {0, 99, false}, {100, 100, true}, {101, 99, false}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct repos_request request = everything;
		request.size_min_kb = cases[i].min;
		request.size_max_kb = cases[i].max;
		assert_int_equal(repos_filter_match(&request, &shop), cases[i].means);
		assert_int_equal(repos_filter_is_set(&request), cases[i].min || cases[i].max);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns), cmocka_unit_test(test_topics_and_language),
		cmocka_unit_test(test_kinds),	 cmocka_unit_test(test_visibility),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
