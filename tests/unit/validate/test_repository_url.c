/* Repositories as people write them down. */
#include "lib/validate/repository_url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct repository_url url;
static const char *why;

static void expect(const char *text, const char *host, uint16_t port, const char *repo)
{
	if (repository_url_parse(text, strlen(text), &url, &why) < 0)
		fail_msg("%s: expected %s", text, why);
	assert_string_equal(url.host, host);
	assert_int_equal(url.port, port);
	assert_string_equal(url.owner, "acme");
	assert_string_equal(url.repo, repo);
}

static void test_every_form(void **state)
{
	(void)state;
	expect("acme/shop", "", 0, "shop");
	expect("acme/.github", "", 0, ".github");
	expect("https://github.com/acme/shop", "github.com", 443, "shop");
	expect("https://github.com/acme/shop.git", "github.com", 443, "shop");
	expect("https://GitHub.com/acme/Shop.git", "github.com", 443, "Shop");
	expect("https://ghes.example:8443/acme/a.b", "ghes.example", 8443, "a.b");
	expect("https://[::1]:8443/acme/shop", "::1", 8443, "shop");
	expect("git@github.com:acme/shop.git", "github.com", 0, "shop");
	expect("git@ghes.example:acme/shop", "ghes.example", 0, "shop");
	expect("ssh://git@github.com/acme/shop.git", "github.com", 0, "shop");
	expect("ssh://github.com/acme/shop", "github.com", 0, "shop");
	expect("ssh://git@ghes.example:122/acme/shop.git", "ghes.example", 0, "shop");
	expect("ssh://git@ssh.github.com:443/acme/shop.git", "github.com", 0, "shop");
	expect("git@ssh.github.com:acme/shop.git", "github.com", 0, "shop");
}

/* Only one that is part of an address. */
static void test_a_suffix(void **state)
{
	(void)state;
	assert_int_equal(repository_url_parse("acme/shop.git", 13, &url, &why), -1);
	expect("https://github.com/acme/shop.gitx", "github.com", 443, "shop.gitx");
}

static void test_what_is_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{"", "OWNER/REPO"},
		{"acme", "OWNER/REPO"},
		{"/acme/shop", "OWNER/REPO"},
		{"acme/shop/", "OWNER/REPO"},
		{"github.com/acme/shop", "OWNER/REPO"},
		{"-acme/shop", "login"},
		{"acme/..", "repository name"},
		{"acme/sh op", "repository name"},
		{"acme/sh\x1bop", "repository name"},
		{"acme/sh\xc3\xb6p", "repository name"},
		{"https://github.com", "OWNER/REPO"},
		{"https://github.com/acme", "OWNER/REPO"},
		{"https://github.com/acme/", "OWNER/REPO"},
		{"https://github.com/acme/shop/", "OWNER/REPO"},
		{"https://github.com/acme/shop/tree/main", "OWNER/REPO"},
		{"https://github.com//acme/shop", "OWNER/REPO"},
		{"https://github.com/acme/.git", "OWNER/REPO"},
		{"https://github.com/acme/..", "repository name"},
		{"https://github.com/acme/shop.git.git", "repository name"},
		{"https://github.com/acme/%2e%2e", "repository name"},
		{"https://github.com/-acme/shop", "login"},
		{"https://github.com/acme/shop?x=1", "query"},
		{"https://github.com/acme/shop#readme", "fragment"},
		{"https://user@github.com/acme/shop", "no user"},
		{"https://git@github.com/acme/shop", "no user"},
		{"https://x:ghp_secret@github.com/acme/shop", "no user"},
		{"https://github.com@evil.example/acme/shop", "no user"},
		{"https:///acme/shop", "host"},
		{"https://github.com:0/acme/shop", "host"},
		{"https://github.com:65536/acme/shop", "host"},
		{"https://github.com:/acme/shop", "host"},
		{"https://git hub.com/acme/shop", "host"},
		{"https://github.com\\.evil/acme/shop", "host"},
		{"http://github.com/acme/shop", "https://"},
		{"HTTPS://github.com/acme/shop", "https://"},
		{"git://github.com/acme/shop", "https://"},
		{"file:///acme/shop", "https://"},
		{"ext::sh -c x", "https://"},
		{"fd::3/acme/shop", "https://"},
		{"root@github.com:acme/shop", "https://"},
		{"github.com:acme/shop", "https://"},
		{"ssh://root@github.com/acme/shop", "no user"},
		{"ssh://git:x@github.com/acme/shop", "no user"},
		{"ssh://-oProxyCommand=x/acme/shop", "host"},
		{"ssh://git@-oProxyCommand=x/acme/shop", "host"},
		{"ssh://git@github.com", "OWNER/REPO"},
		{"git@github.com/acme/shop", "host"},
		{"git@github.com:/acme/shop", "OWNER/REPO"},
		{"git@github.com:443/acme/shop", "OWNER/REPO"},
		{"git@-oX:acme/shop", "host"},
		{"--upload-pack=x", "OWNER/REPO"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (repository_url_parse(cases[i].text, strlen(cases[i].text), &url, &why) == 0)
			fail_msg("accepted: %s", cases[i].text);
		if (!strstr(why, cases[i].why))
			fail_msg("%s: \"%s\" should mention %s", cases[i].text, why, cases[i].why);
	}
}

static void test_bytes_that_end_a_string(void **state)
{
	(void)state;
	assert_int_equal(repository_url_parse("acme/shop\0x", 11, &url, &why), -1);
	assert_int_equal(repository_url_parse("https://a\0b/acme/shop", 21, &url, &why), -1);
}

static void test_what_is_long(void **state)
{
	char text[2000];

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_int_equal(repository_url_parse(text, sizeof(text), &url, &why), -1);
	memcpy(text, "https://", 8);
	assert_int_equal(repository_url_parse(text, sizeof(text), &url, &why), -1);
	text[1000] = '/';
	text[1005] = '/';
	assert_int_equal(repository_url_parse(text, 1010, &url, &why), -1);
}

static bool is_at(const char *text, const char *base)
{
	assert_int_equal(repository_url_parse(text, strlen(text), &url, &why), 0);
	return repository_url_is_at(&url, base);
}

static void test_where_it_is(void **state)
{
	(void)state;
	assert_true(is_at("acme/shop", "https://ghes.example"));
	assert_true(is_at("https://GHES.example/acme/shop", "https://ghes.example"));
	assert_false(is_at("https://ghes.example:8443/acme/shop", "https://ghes.example"));
	assert_true(is_at("https://ghes.example:8443/acme/shop", "https://ghes.example:8443"));
	assert_false(is_at("https://ghes.example/acme/shop", "https://ghes.example:8443"));
	assert_true(is_at("ssh://ghes.example:122/acme/shop", "https://ghes.example:8443"));
	assert_true(is_at("git@ghes.example:acme/shop", "https://ghes.example"));
	assert_false(is_at("git@github.com:acme/shop", "https://ghes.example"));
	assert_false(is_at("git@gist.github.com:acme/shop", "https://github.com"));
	assert_false(is_at("git@github.com:acme/shop", "nonsense"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_form),
		cmocka_unit_test(test_a_suffix),
		cmocka_unit_test(test_what_is_refused),
		cmocka_unit_test(test_bytes_that_end_a_string),
		cmocka_unit_test(test_what_is_long),
		cmocka_unit_test(test_where_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
