/* Which URLs belong to a credential, and what its headers are. */
#include "net/origin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static int set(struct origin *origin, const char *base, const char *version)
{
	*origin = (struct origin){0};
	return origin_set(origin, base, version);
}

static const char *header(const struct origin *origin, const char *name)
{
	for (const struct curl_slist *at = origin->headers; at; at = at->next) {
		if (strncmp(at->data, name, strlen(name)) == 0)
			return at->data + strlen(name);
	}
	return NULL;
}

static void test_headers(void **state)
{
	struct origin origin;

	(void)state;
	assert_int_equal(set(&origin, "https://api.github.com", "2022-11-28"), 0);
	assert_string_equal(header(&origin, "X-GitHub-Api-Version: "), "2022-11-28");
	/* What depends on the request is not the origin's. */
	assert_null(header(&origin, "Accept"));
	assert_null(header(&origin, "Authorization"));
	assert_string_equal(header(&origin, "User-Agent: "), "ghward/" GHWARD_VERSION);
	assert_string_equal(origin.name, "api.github.com:443");
	assert_string_equal(origin.resolve->data, "api.github.com:443:127.0.0.1");
	origin_free(&origin);
	assert_null(origin.headers);
}

static void test_literals_are_not_resolved(void **state)
{
	struct origin origin;

	(void)state;
	assert_int_equal(set(&origin, "https://127.0.0.1:8443", "2022-11-28"), 0);
	assert_null(origin.resolve);
	assert_string_equal(origin.name, "127.0.0.1:8443");
	origin_free(&origin);
	assert_int_equal(set(&origin, "https://[::1]:8443", "2022-11-28"), 0);
	assert_null(origin.resolve);
	assert_string_equal(origin.name, "[::1]:8443");
	origin_free(&origin);
}

static void test_through_a_proxy(void **state)
{
	struct origin origin;

	(void)state;
	assert_int_equal(set(&origin, "https://api.github.com", "2022-11-28"), 0);
	assert_string_equal(origin.route, "api.github.com:443");
	assert_int_equal(
		origin_set_proxy(&origin, &(struct origin_proxy){"http://proxy.example.com:3128",
								 "user", "hunter2", "ALL_PROXY"}),
		0);
	/* Not the API's name any more: libcurl has to ask for neither. */
	assert_string_equal(origin.resolve->data, "proxy.example.com:3128:127.0.0.1");
	assert_null(origin.resolve->next);
	assert_string_equal(origin.name, "api.github.com:443");
	assert_string_equal(origin.route, "api.github.com:443 (through the proxy "
					  "http://proxy.example.com:3128)");
	assert_string_equal(origin.proxy_user, "user");
	assert_string_equal(origin.proxy_password, "hunter2");
	assert_string_equal(origin.proxy_source, "ALL_PROXY");
	assert_null(header(&origin, "Proxy-Authorization: "));
	origin_free(&origin);
	assert_null(origin.proxy);
	assert_null(origin.proxy_password);
}

static void test_proxies_without_credentials_and_none(void **state)
{
	static const char *const wrong[] = {"", "http", "http://", "http://proxy", "http://a b:1"};
	struct origin origin;

	(void)state;
	assert_int_equal(set(&origin, "https://api.github.com", "2022-11-28"), 0);
	assert_int_equal(origin_set_proxy(&origin, &(struct origin_proxy){"https://[::1]:443", "",
									  "", "config.json"}),
			 0);
	assert_null(origin.resolve);
	assert_null(origin.proxy_user);
	assert_null(origin.proxy_password);
	origin_free(&origin);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(set(&origin, "https://api.github.com", "2022-11-28"), 0);
		if (origin_set_proxy(&origin, &(struct origin_proxy){wrong[i], "", "", ""}) == 0)
			fail_msg("%s was taken", wrong[i]);
		origin_free(&origin);
	}
}

static void test_refused_credentials(void **state)
{
	static const struct {
		const char *base, *version;
	} refused[] = {
		{"http://api.github.com", "2022-11-28"},
		{"https://api.github.com/", "2022-11-28"},
		{"https://user@api.github.com", "2022-11-28"},
		{"https://api.github.com?x", "2022-11-28"},
		{"https://api.github.com#x", "2022-11-28"},
		{"https://api.github.com:99999", "2022-11-28"},
		{"https://api.github.com\n", "2022-11-28"},
		{"https://", "2022-11-28"},
		{"", "2022-11-28"},
		{"https://api.github.com", ""},
		{"https://api.github.com", "2022\r\nX: y"},
		{"https://api.github.com", "2022-11-28-2022-11-28"},
	};
	struct origin origin;

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		if (set(&origin, refused[i].base, refused[i].version) == 0)
			fail_msg("row %zu was accepted", i);
		assert_null(origin.headers);
		assert_null(origin.base);
	}
}

static void test_owned_urls(void **state)
{
	static const char *const owned[] = {
		"https://ghe.corp/api/v3/",
		"https://ghe.corp/api/v3/rate_limit",
		"https://ghe.corp/api/v3/repos/acme/.github/code-scanning/alerts?page=2",
		"https://ghe.corp/api/v3/repos/acme/a..b/x?ref=../..",
		"https://ghe.corp/api/v3/x/...",
	};
	static const char *const foreign[] = {
		"",
		"https://ghe.corp/api/v3",
		"https://ghe.corp/api/v30/x",
		"https://ghe.corp/api/v3?x",
		"https://ghe.corp/api/v3@evil.example/",
		"https://ghe.corp/api",
		"https://ghe.corp/other",
		"https://ghe.corp.evil.example/api/v3/x",
		"https://evil.example/https://ghe.corp/api/v3/x",
		"http://ghe.corp/api/v3/x",
		"https://GHE.corp/api/v3/x",
		"https://ghe.corp/api/v3/../x",
		"https://ghe.corp/api/v3/..",
		"https://ghe.corp/api/v3/..?x",
		"https://ghe.corp/api/v3/a/../../x",
		"https://ghe.corp/api/v3/./x",
		"https://ghe.corp/api/v3/x#y",
		"https://ghe.corp/api/v3/x\\y",
		"https://ghe.corp/api/v3/x y",
		"https://ghe.corp/api/v3/x\r\nY: z",
		"https://ghe.corp/api/v3/\xc3\xa4",
	};
	struct origin origin;

	(void)state;
	assert_int_equal(set(&origin, "https://ghe.corp/api/v3", "2022-11-28"), 0);
	for (size_t i = 0; i < sizeof(owned) / sizeof(*owned); i++) {
		if (!origin_owns(&origin, owned[i]))
			fail_msg("refused %s", owned[i]);
	}
	for (size_t i = 0; i < sizeof(foreign) / sizeof(*foreign); i++) {
		if (origin_owns(&origin, foreign[i]))
			fail_msg("accepted %s", foreign[i]);
	}
	origin_free(&origin);
	assert_false(origin_owns(&origin, "https://ghe.corp/api/v3/x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_literals_are_not_resolved),
		cmocka_unit_test(test_through_a_proxy),
		cmocka_unit_test(test_proxies_without_credentials_and_none),
		cmocka_unit_test(test_refused_credentials),
		cmocka_unit_test(test_owned_urls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
