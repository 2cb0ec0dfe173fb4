/* Addresses of proxies, and NO_PROXY. */
#include "lib/validate/proxy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_accepted(void **state)
{
	static const struct {
		const char *text, *host;
		uint16_t port;
		bool secure;
		const char *user, *password;
	} cases[] = {
		{"http://proxy.example.com:3128", "proxy.example.com", 3128, false, "", ""},
		{"proxy.example.com:3128", "proxy.example.com", 3128, false, "", ""},
		{"proxy.example.com", "proxy.example.com", 80, false, "", ""},
		{"http://Proxy.Example.com/", "proxy.example.com", 80, false, "", ""},
		{"https://proxy", "proxy", 443, true, "", ""},
		{"HTTPS://proxy:443", "proxy", 443, true, "", ""},
		{"http://10.0.0.1:8080", "10.0.0.1", 8080, false, "", ""},
		{"http://[::1]:8080", "::1", 8080, false, "", ""},
		{"http://[fd00::7]", "fd00::7", 80, false, "", ""},
		{"http://u@h:1", "h", 1, false, "u", ""},
		{"http://u:p@h:1", "h", 1, false, "u", "p"},
		{"http://u:p:q@h:1", "h", 1, false, "u", "p:q"},
		{"http://u:a@b@h:1", "h", 1, false, "u", "a@b"},
		{"http://u%40x:%3a%2F%C3%A9@h:1", "h", 1, false, "u@x", ":/\xc3\xa9"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct validate_proxy proxy;
		const char *wrong = validate_proxy(cases[i].text, &proxy);
		if (wrong)
			fail_msg("%s: expected %s", cases[i].text, wrong);
		assert_string_equal(proxy.host, cases[i].host);
		assert_int_equal(proxy.port, cases[i].port);
		assert_int_equal(proxy.secure, cases[i].secure);
		assert_string_equal(proxy.user, cases[i].user);
		assert_string_equal(proxy.password, cases[i].password);
	}
}

static void test_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"http://",
		"socks5://h:1",
		"socks://h",
		"ftp://h",
		"://h",
		"http:///",
		"http://h:0",
		"http://h:65536",
		"http://h:",
		"http://h/p",
		"http://h?q",
		"http://h#f",
		"http://a b",
		"http://@h",
		"http://:p@h",
		"http://u%0a@h",
		"http://u:%00@h",
		"http://u%4@h",
		"http://u:%zz@h",
		"http://u%3a@h",
		"http://h h:1",
		"http://[::1",
		"http://[x]:1",
		"http://1.2.3",
		"http://h\r\nX:",
		"http://-h",
	};
	struct validate_proxy proxy;
	char longest[VALIDATE_PROXY_MAX + 2];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (!validate_proxy(texts[i], &proxy))
			fail_msg("\"%s\" was taken", texts[i]);
	}
	memset(longest, 'a', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = 0;
	assert_non_null(validate_proxy(longest, &proxy));
}

static void test_no_proxy(void **state)
{
	static const struct {
		const char *list, *host;
		uint16_t port;
		bool exempt;
	} cases[] = {
		{"", "h", 443, false},
		{"*", "h", 443, true},
		{"a,*", "h", 443, true},
		{"example.com", "example.com", 443, true},
		{"EXAMPLE.com", "example.com", 443, true},
		{"example.com", "api.example.com", 443, true},
		{".example.com", "api.example.com", 443, true},
		{".example.com", "example.com", 443, true},
		{"*.example.com", "api.example.com", 443, true},
		{"example.com", "notexample.com", 443, false},
		{"ample.com", "example.com", 443, false},
		{"example.com.evil", "example.com", 443, false},
		{"example.com:443", "example.com", 443, true},
		{"example.com:8443", "example.com", 443, false},
		{"example.com:x", "example.com", 443, false},
		{" a , b\texample.com ", "example.com", 443, true},
		{"10.0.0.1", "10.0.0.1", 443, true},
		{"10.0.0.1", "10.0.0.10", 443, false},
		{"0.1", "10.0.0.1", 443, false},
		{"10.0.0.0/8", "10.1.2.3", 443, true},
		{"10.0.0.0/8", "11.1.2.3", 443, false},
		{"10.0.0.0/9", "10.128.0.1", 443, false},
		{"10.0.0.0/33", "10.0.0.0", 443, false},
		{"0.0.0.0/0", "1.2.3.4", 443, true},
		{"::1", "::1", 443, true},
		{"[::1]", "::1", 443, true},
		{"[::1]:443", "::1", 443, true},
		{"[::1]:444", "::1", 443, false},
		{"0:0:0:0:0:0:0:1", "::1", 443, true},
		{"[FD00:0::7]:443", "fd00::7", 443, true},
		{"[::1]x", "::1", 443, false},
		{"[::1", "::1", 443, false},
		{"[::1]:", "::1", 443, false},
		{"10.0.0.0/", "10.0.0.0", 443, false},
		{"/8", "10.0.0.1", 443, false},
		{"fd00::/8", "fd12::1", 443, true},
		{"fd00::/8", "10.0.0.1", 443, false},
		{",,, ,", "h", 443, false},
		{".", "h", 443, false},
		{"h:", "h", 443, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (validate_without_proxy(cases[i].list, cases[i].host, cases[i].port) !=
		    cases[i].exempt)
			fail_msg("NO_PROXY=\"%s\" and %s:%u", cases[i].list, cases[i].host,
				 cases[i].port);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_proxy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
