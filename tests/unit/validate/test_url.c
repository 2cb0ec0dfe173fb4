/* Addresses: what is one, and every trick that is none. */
#include "lib/validate/validate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *url, *host;
	unsigned port;
	const char *path;
	bool literal;
} origins[] = {
	{"https://api.github.com", "api.github.com", 443, "", false},
	{"https://API.GitHub.com", "api.github.com", 443, "", false},
	{"https://api.octo.ghe.com", "api.octo.ghe.com", 443, "", false},
	{"https://ghes.example/api/v3", "ghes.example", 443, "/api/v3", false},
	{"https://ghes1/api/v3", "ghes1", 443, "/api/v3", false},
	{"https://server-2.corp3", "server-2.corp3", 443, "", false},
	{"https://localhost:8443", "localhost", 8443, "", false},
	{"https://localhost:65535/x", "localhost", 65535, "/x", false},
	{"https://127.0.0.1:1/api/v3", "127.0.0.1", 1, "/api/v3", true},
	{"https://[::1]:8443", "::1", 8443, "", true},
	{"https://[FE80::1]", "fe80::1", 443, "", true},
	{"https://[::ffff:10.0.0.1]/a_b-c.d", "::ffff:10.0.0.1", 443, "/a_b-c.d", true},
};

static void test_origins(void **state)
{
	struct validate_origin origin;
	const char *why;

	(void)state;
	for (size_t i = 0; i < sizeof(origins) / sizeof(origins[0]); i++) {
		const char *url = origins[i].url;
		assert_int_equal(validate_api_url(url, strlen(url), &origin, &why), 0);
		assert_string_equal(origin.host, origins[i].host);
		assert_int_equal(origin.port, origins[i].port);
		assert_string_equal(origin.path, origins[i].path);
		assert_int_equal(origin.host_is_literal, origins[i].literal);
	}
}

static const char *const no_origins[] = {
	"",
	"https://",
	"api.github.com",
	"//api.github.com",
	"http://api.github.com",
	"HTTPS://api.github.com",
	"ftp://api.github.com",
	"https:/api.github.com",
	"https:///x",
	"https://:443",
	"https://user@api.github.com",
	"https://user:pw@api.github.com",
	"https://api.github.com@evil.example",
	"https://api.github.com\\@evil.example",
	"https://api.github.com?x=1",
	"https://api.github.com#x",
	"https://api.github.com/?x",
	"https://api.github.com/",
	"https://ghes.example/api/v3/",
	"https://ghes.example//api",
	"https://ghes.example/../api",
	"https://ghes.example/./api",
	"https://ghes.example/.hidden",
	"https://ghes.example/a%2fb",
	"https://ghes.example/a b",
	"https://ghes.example/a;b",
	"https://api.github.com ",
	" https://api.github.com",
	"https://api.github.com\n",
	"https://api.github.com\r\nX: y",
	"https://api.git\thub.com",
	"https://api.github.com:",
	"https://api.github.com:0",
	"https://api.github.com:65536",
	"https://api.github.com:0443",
	"https://api.github.com:+443",
	"https://api.github.com:443x",
	"https://api.github.com:99999999999",
	"https://-api.github.com",
	"https://api-.github.com",
	"https://api..github.com",
	"https://.github.com",
	"https://api.github.com.",
	"https://api_x.github.com",
	"https://g\xc3\xadthub.com",
	"https://api%2egithub.com",
	"https://1.2.3",
	"https://1.2.3.4.5",
	"https://127.1",
	"https://2130706433",
	"https://0x7f000001",
	"https://0x7f.1",
	"https://127.0.0.0x1",
	"https://0177.0.0.1",
	"https://256.0.0.1",
	"https://[::1",
	"https://[]",
	"https://[::1]x",
	"https://[fe80::1%25eth0]",
	"https://[127.0.0.1]",
	"https://[::g]",
	"https://::1",
};

static void test_no_origins(void **state)
{
	struct validate_origin origin;

	(void)state;
	for (size_t i = 0; i < sizeof(no_origins) / sizeof(no_origins[0]); i++) {
		const char *why = NULL, *url = no_origins[i];
		if (validate_api_url(url, strlen(url), &origin, &why) == 0)
			fail_msg("accepted: %s", url);
		assert_non_null(strstr(why, "https"));
	}
	const char *why;
	assert_int_equal(validate_api_url("https://a.example\0/x", 20, &origin, &why), -1);
}

static void test_lengths(void **state)
{
	struct validate_origin origin;
	const char *why;
	char url[600];

	(void)state;
	/* A label of 63 is the longest. */
	memset(url, 'a', sizeof(url));
	memcpy(url, "https://", 8);
	assert_int_equal(validate_api_url(url, 8 + 63, &origin, &why), 0);
	assert_int_equal(validate_api_url(url, 8 + 64, &origin, &why), -1);
	/* A name of 253, a path of 127. */
	for (size_t at = 8; at < sizeof(url); at++)
		url[at] = (at - 8) % 4 == 3 ? '.' : 'a';
	assert_int_equal(validate_api_url(url, 8 + 253, &origin, &why), 0);
	assert_int_equal(validate_api_url(url, 8 + 257, &origin, &why), -1);
	memset(url, 'a', sizeof(url));
	memcpy(url, "https://h/", 10);
	assert_int_equal(validate_api_url(url, 9 + 127, &origin, &why), 0);
	assert_int_equal(validate_api_url(url, 9 + 128, &origin, &why), -1);
}

static bool equal(const char *one, const char *other)
{
	struct validate_origin first, second;
	const char *why;

	assert_int_equal(validate_api_url(one, strlen(one), &first, &why), 0);
	assert_int_equal(validate_api_url(other, strlen(other), &second, &why), 0);
	return validate_origin_equal(&first, &second);
}

static void test_equal(void **state)
{
	(void)state;
	assert_true(equal("https://api.github.com", "https://API.github.com:443"));
	assert_true(equal("https://[::1]:1/a", "https://[::1]:1/a"));
	assert_false(equal("https://api.github.com", "https://api.github.co"));
	assert_false(equal("https://h", "https://h:8443"));
	assert_false(equal("https://h/api/v3", "https://h"));
	assert_false(equal("https://h/api/v3", "https://h/API/v3"));
}

static void test_repo_spec(void **state)
{
	static const char *const bad[] = {"",	     "acme",   "/",	  "acme/", "/shop",
					  "a/b/c/d", "//shop", "h//shop", "a/b/",  "/a/b"};
	struct validate_repo_spec spec;

	(void)state;
	assert_int_equal(validate_repo_spec("acme/shop", 9, &spec), 0);
	assert_string_equal(spec.host, "");
	assert_string_equal(spec.owner, "acme");
	assert_string_equal(spec.repo, "shop");
	assert_int_equal(validate_repo_spec("GHES.example/Acme/Shop.x", 24, &spec), 0);
	assert_string_equal(spec.host, "ghes.example");
	assert_string_equal(spec.owner, "Acme");
	assert_string_equal(spec.repo, "Shop.x");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(validate_repo_spec(bad[i], strlen(bad[i]), &spec), -1);
}

static void test_repo_spec_lengths(void **state)
{
	struct validate_repo_spec spec;
	char text[600];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[39] = '/';
	assert_int_equal(validate_repo_spec(text, 40 + 100, &spec), 0);
	assert_int_equal(validate_repo_spec(text, 40 + 101, &spec), -1);
	memset(text, 'a', sizeof(text));
	text[40] = '/';
	assert_int_equal(validate_repo_spec(text, 45, &spec), -1);
	memset(text, 'a', sizeof(text));
	text[255] = text[257] = '/';
	assert_int_equal(validate_repo_spec(text, 260, &spec), 0);
	memset(text, 'a', sizeof(text));
	text[256] = text[258] = '/';
	assert_int_equal(validate_repo_spec(text, 261, &spec), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_origins),	  cmocka_unit_test(test_no_origins),
		cmocka_unit_test(test_lengths),	  cmocka_unit_test(test_equal),
		cmocka_unit_test(test_repo_spec), cmocka_unit_test(test_repo_spec_lengths),

	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
