/* The site that belongs to an API: never another host. */
#include "lib/github/web.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void expect(const char *api_url, const char *expected)
{
	char web[GITHUB_WEB_URL_MAX];

	if (github_web_url(api_url, web, sizeof(web)) < 0)
		fail_msg("%s: refused", api_url);
	assert_string_equal(web, expected);
}

static void test_github(void **state)
{
	(void)state;
	expect("https://api.github.com", "https://github.com");
	expect("https://API.GitHub.com:443", "https://github.com");
	expect("https://api.acme.ghe.com", "https://acme.ghe.com");
}

static void test_enterprise_servers(void **state)
{
	(void)state;
	expect("https://ghes.example/api/v3", "https://ghes.example");
	expect("https://ghes.example:8443/api/v3", "https://ghes.example:8443");
	expect("https://[2001:db8::1]:8443/api/v3", "https://[2001:db8::1]:8443");
	expect("https://192.0.2.1/api/v3", "https://192.0.2.1");
}

static void test_others_are_their_own_site(void **state)
{
	(void)state;
	expect("https://localhost:8443", "https://localhost:8443");
	expect("https://ghes.example", "https://ghes.example");
	expect("https://ghes.example/api", "https://ghes.example/api");
	expect("https://ghes.example/x/api/v3", "https://ghes.example/x/api/v3");
	expect("https://ghes.example/api/v3x", "https://ghes.example/api/v3x");
	expect("https://github.com", "https://github.com");
}

/* What only looks like one of GitHub's hosts is not turned into one. */
static void test_look_alikes(void **state)
{
	(void)state;
	expect("https://api.github.com.evil.example", "https://api.github.com.evil.example");
	expect("https://api.notgithub.com", "https://api.notgithub.com");
	expect("https://api.ghe.com", "https://api.ghe.com");
	expect("https://api.acme.ghe.com.evil.example", "https://api.acme.ghe.com.evil.example");
	expect("https://xapi.github.com", "https://xapi.github.com");
	expect("https://api.github.com:8443", "https://api.github.com:8443");
	expect("https://api.github.com/x", "https://api.github.com/x");
	expect("https://api.example.com", "https://api.example.com");
}

static void test_what_is_no_address(void **state)
{
	static const char *const urls[] = {
		"",
		"https://",
		"http://api.github.com",
		"api.github.com",
		"https://user@api.github.com",
		"https://api.github.com/",
		"https://api.github.com?x",
		"https://api.github.com#x",
		"https://api.github.com:0",
		"https://ghes.example/api/v3/../..",
		"https://ghes.example/api/v3\n",
	};
	char web[GITHUB_WEB_URL_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		if (github_web_url(urls[i], web, sizeof(web)) == 0)
			fail_msg("\"%s\" passes for an API, of %s", urls[i], web);
	}
}

static void test_room(void **state)
{
	static const char expected[] = "https://github.com";
	char web[sizeof(expected)];

	(void)state;
	assert_int_equal(github_web_url("https://api.github.com", web, sizeof(web)), 0);
	assert_string_equal(web, expected);
	assert_int_equal(github_web_url("https://api.github.com", web, sizeof(web) - 1), -1);
	assert_int_equal(github_web_url("https://api.github.com", web, 0), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_github),
		cmocka_unit_test(test_enterprise_servers),
		cmocka_unit_test(test_others_are_their_own_site),
		cmocka_unit_test(test_look_alikes),
		cmocka_unit_test(test_what_is_no_address),
		cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
