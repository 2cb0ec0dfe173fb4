/* Every form of a secret, in every notation, is hidden; prose and addresses are not. */
#include "lib/sanitize/sanitize.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define A36 "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"
#define HEX40 "0123456789abcdef0123456789abcdef01234567"

static void check(const char *text, const char *expected)
{
	char out[1024];
	size_t length = sanitize_text(out, sizeof(out), text, strlen(text));

	assert_string_equal(out, expected);
	assert_int_equal(length, strlen(expected));
}

static void test_tokens(void **state)
{
	(void)state;
	check("ghp_" A36, "ghp_****");
	check("gho_" A36, "gho_****");
	check("ghu_" A36, "ghu_****");
	check("ghs_" A36, "ghs_****");
	check("ghr_" A36 A36, "ghr_****");
	check("github_pat_11AAAAAAA0_" A36, "github_pat_****");
	check("GHP_" A36, "GHP_****");
	check("x=ghp_" A36 ";y", "x=ghp_****;y");
	check("used ghp_" A36 " and gho_" A36 ".", "used ghp_**** and gho_****");
	/* The head of one that was cut. */
	check("ghp_AbC", "ghp_****");
	/* Glued to other text. */
	check("xghp_" A36, "xghp_****");
	check("ghp_", "ghp_");
	check("ghx_" A36, "ghx_" A36);
	check("the ghp prefix", "the ghp prefix");
}

/* A redactor that stops after 36 characters leaks the tail of the stateless form. */
static void test_stateless_token(void **state)
{
	char text[9000] = "token ghs_123456_eyJhbGciOiJSUzI1NiJ9.", out[64];
	size_t start = strlen(text);

	(void)state;
	for (size_t size = 520; size <= 8192; size += 1918) {
		memset(text + start, 'Q', size - start);
		text[start + 40] = '.';
		text[start + 90] = '-';
		text[start + 91] = '_';
		text[size] = 0;
		sanitize_text(out, sizeof(out), text, size);
		assert_null(strchr(out, 'Q'));
		assert_null(strstr(out, "eyJ"));
	}
}

static void test_authorization(void **state)
{
	(void)state;
	check("Authorization: Bearer abc", "Authorization: ****");
	check("authorization:token abc", "authorization:****");
	check("AUTHORIZATION : Basic dTpw", "AUTHORIZATION : ****");
	check("> Authorization: Bearer x\r\n> Host: h", "> Authorization: ****\\x0d\\x0a> Host: h");
	check("Proxy-Authorization: Basic dTpw", "Proxy-Authorization: ****");
	check("Authorization: Digest username=\"u\", response=\"abc\"", "Authorization: ****");
	check("-H \"Authorization: Bearer abc\" https://h/",
	      "-H \"Authorization: ****\" https://h/");
	check("-H 'Authorization: Digest a=\"b\"' x", "-H 'Authorization: ****' x");
	check("{\"Authorization\": \"Bearer abc\", \"a\": 1}",
	      "{\"Authorization\": \"****\", \"a\": 1}");
	check("{\\\"Authorization\\\":\\\"Bearer abc\\\",\\\"a\\\":1}",
	      "{\\\"Authorization\\\":\\\"****\\\",\\\"a\\\":1}");
	check("('authorization', 'Bearer abc')", "('authorization', '****')");
	check("Cookie: user_session=abc; x=y", "Cookie: ****");
	check("authorization of the user", "authorization of the user");
	check("Authorization:", "Authorization:");
}

static void test_credentials_in_prose(void **state)
{
	(void)state;
	check("sent Bearer eyJhbGciOiJSUzI1NiJ9.e30.c2ln now", "sent Bearer **** now");
	check("sent token " HEX40, "sent token ****");
	check("Basic dXNlcjpwYXNzd29yZDE=", "Basic ****");
	/* Elsewhere forty digits are a commit. */
	check("commit " HEX40, "commit " HEX40);
	check("a bearer of bad news", "a bearer of bad news");
	check("basic authentication", "basic authentication");
	check("the token expired", "the token expired");
	check("no token: give one with GH_TOKEN", "no token: give one with GH_TOKEN");
	check("bad token: 401 Unauthorized", "bad token: 401 Unauthorized");
	check("tokenizer: abcdefghijklmnopqrstuvwxyz", "tokenizer: abcdefghijklmnopqrstuvwxyz");
}

static void test_url_pairs(void **state)
{
	(void)state;
	check("?access_token=abc&x=1", "?access_token=****&x=1");
	check("client_id=1&client_secret=abc", "client_id=1&client_secret=****");
	check("password=a,b;c", "password=****");
	check("user[password]=abc&x", "user[password]=****&x");
	check("user%5Bpassword%5D=abc&x", "user%5Bpassword%5D=****&x");
	check("q%3Faccess_token%3Dabc", "q%3Faccess_token%3D****");
	check("myPassword=abc", "myPassword=****");
	check("GH_TOKEN=abc gh", "GH_TOKEN=**** gh");
	check("aws_secret_access_key=abc", "aws_secret_access_key=****");
	check("privateKey=abc private-key=abc", "privateKey=**** private-key=****");
	check("token=", "token=");
	check("tokens=5", "tokens=5");
}

static void test_json_pairs(void **state)
{
	(void)state;
	check("{\"token\":\"abc\"}", "{\"token\":\"****\"}");
	check("{\"refresh_token\" : \"abc\"}", "{\"refresh_token\" : \"****\"}");
	check("{\"password\":\"a\\\"b\",\"x\":1}", "{\"password\":\"****\",\"x\":1}");
	check("{\"password\":\"a\\\\\",\"x\":1}", "{\"password\":\"****\\\\\",\"x\":1}");
	check("{\\\"password\\\":\\\"abc\\\"}", "{\\\"password\\\":\\\"****\\\"}");
	check("{\\\"password\\\":\\\"a\\\\\\\"b\\\",1}", "{\\\"password\\\":\\\"****\\\",1}");
	check("{'secret': 'abc'}", "{'secret': '****'}");
	check(":password => \"abc\"", ":password => \"****\"");
	check("{\"secret\":\"\",\"x\":\"y\"}", "{\"secret\":\"\",\"x\":\"y\"}");
	/* Cut before its end. */
	check("{\"secret\":\"abc", "{\"secret\":\"****");
	check("{\"token_type\":\"bearer\"}", "{\"token_type\":\"bearer\"}");
}

static void test_header_pairs(void **state)
{
	(void)state;
	check("password: abc", "password: ****");
	check("passphrase: two words", "passphrase: **** words");
	check("X-Secret: 0123456789abcdef", "X-Secret: ****");
	check("token: abcdef12", "token: ****");
	check("PRIVATE-TOKEN: abcdefgh1234", "PRIVATE-TOKEN: ****");
	check("X-Api-Key: abc", "X-Api-Key: ****");
	check("password := abc", "password := ****");
}

static void test_userinfo(void **state)
{
	(void)state;
	check("https://user:pass@host/p", "https://****@host/p");
	check("https://" HEX40 "@host/", "https://****@host/");
	check("https://user:p@ss@host/", "https://****@host/");
	check("https://user:pa/ss@host/", "https://****@host/");
	check("git://u@host", "git://****@host");
	check("see https://host:8443/a@b", "see https://host:8443/a@b");
	check("https://[::1]:8443/@b", "https://[::1]:8443/@b");
	check("https://host/@scope", "https://host/@scope");
	check("https://host, mail a@b", "https://host, mail a@b");
	check("a@b.example", "a@b.example");
}

static void test_pem(void **state)
{
	(void)state;
	check("-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY----- x",
	      "-----BEGIN ****-----END RSA PRIVATE KEY----- x");
	check("-----BEGIN PRIVATE KEY-----\\nMIIE\\n-----END PRIVATE KEY-----",
	      "-----BEGIN ****-----END PRIVATE KEY-----");
	check("k -----BEGIN EC PRIVATE KEY-----\nMIIE", "k -----BEGIN ****");
	/* The name in front must not end the search at the first line. */
	check("private_key=\"-----BEGIN X-----\nMIIE\n-----END X-----\"",
	      "private_key=\"****-----END X-----\"");
	check("PRIVATE_KEY=-----BEGIN X-----\nMIIE\n-----END X-----",
	      "PRIVATE_KEY=****-----END X-----");
	check("password=x-----BEGIN X-----\nMIIE\n-----END X-----", "password=****-----END X-----");
	check("{\"key\":\"x\",\"secret\":\" -----BEGIN X-----\nMIIE",
	      "{\"key\":\"x\",\"secret\":\"****");
	check("ghp_-----BEGIN X-----\nMIIE", "ghp_****");
	check("----- BEGIN", "----- BEGIN");
}

/* A value whose end was cut off does not swallow the name of the next secret. */
static void test_lines(void **state)
{
	(void)state;
	check("\"token\":\"abc\nAuthorization: Digest a=\"b\", c=\"d\"",
	      "\"token\":\"****\\x0aAuthorization: ****");
	check("token='abc\r\nnext", "token='****\\x0d\\x0anext");
	check("password=\nnext", "password=\\x0anext");
	check("Authorization:\nnext", "Authorization:\\x0anext");
	check("https://user:pa/ss\nmail a@b", "https://user:pa/ss\\x0amail a@b");
}

/* Neither a token that is cut by the end of the buffer nor its neighbours come out. */
static void test_truncation(void **state)
{
	static const char text[] = "error at host: ghp_" A36 " password=" A36 " end";
	char out[128];

	(void)state;
	for (size_t cap = 0; cap < sizeof(out); cap++) {
		memset(out, '#', sizeof(out));
		size_t length = sanitize_text(out, cap, text, sizeof(text) - 1);
		assert_true(length < cap || cap == 0);
		assert_int_equal(out[cap], '#');
		if (cap) {
			assert_int_equal(strlen(out), length);
			assert_null(strstr(out, "AbCd"));
		}
	}
}

/* Texts made to keep a matcher busy at every position. */
static void test_linear_time(void **state)
{
	static const char *const units[] = {
		"token",      "password:", "password\"",  "://a:b/", "-----BEGIN ",    "cookie",
		"token=\"\\", "'token' ",  "password%5d", "ghp_ ",   "Authorization ", "token:x "};
	const size_t size = 1 << 20;
	char *text = malloc(size), *out = malloc(size * 5);

	(void)state;
	assert_non_null(text);
	assert_non_null(out);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t unit = strlen(units[i]);
		for (size_t at = 0; at < size; at++)
			text[at] = units[i][at % unit];
		clock_t start = clock();
		sanitize_text(out, size * 5, text, size);
		/* Quadratic would be hours. */
		assert_true(clock() - start < 10 * CLOCKS_PER_SEC);
	}
	free(text);
	free(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tokens),	      cmocka_unit_test(test_stateless_token),
		cmocka_unit_test(test_authorization), cmocka_unit_test(test_credentials_in_prose),
		cmocka_unit_test(test_url_pairs),     cmocka_unit_test(test_json_pairs),
		cmocka_unit_test(test_header_pairs),  cmocka_unit_test(test_userinfo),
		cmocka_unit_test(test_pem),	      cmocka_unit_test(test_lines),
		cmocka_unit_test(test_truncation),    cmocka_unit_test(test_linear_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
