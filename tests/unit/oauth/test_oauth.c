/* Logins by the web flow: each counts once, for ten minutes, and for its own state only. */
#include "lib/oauth/oauth.h"

#include "lib/crypto/crypto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NOW UINT64_C(1000000)

static int start_crypto(void **state)
{
	(void)state;
	return crypto_start(NULL, NULL);
}

/* RFC 7636, appendix B. */
static int the_rfcs_octets(void *bytes, size_t length)
{
	static const uint8_t octets[] = {116, 24,  223, 180, 151, 153, 224, 37,	 79,  250, 96,
					 125, 216, 173, 187, 186, 22,  212, 37,	 77,  105, 214,
					 191, 240, 91,	88,  5,	  88,  83,  132, 141, 121};

	assert_int_equal(length, sizeof(octets));
	memcpy(bytes, octets, length);
	return 0;
}

static int no_octets(void *bytes, size_t length)
{
	memset(bytes, 0x5a, length);
	return -1;
}

/* Two calls, of which the second fails. */
static int few_octets(void *bytes, size_t length)
{
	static unsigned calls;

	memset(bytes, 0x5a, length);
	return ++calls % 2 ? 0 : -1;
}

static void test_the_rfcs_example(void **state)
{
	struct oauth_pkce pkce;

	(void)state;
	assert_int_equal(oauth_pkce_new(the_rfcs_octets, &pkce), 0);
	assert_string_equal(pkce.verifier, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
	assert_string_equal(pkce.challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
	assert_int_equal(oauth_pkce_new(no_octets, &pkce), -1);
}

static void test_states_differ(void **state)
{
	char one[OAUTH_RANDOM_LENGTH + 1], other[OAUTH_RANDOM_LENGTH + 1];

	(void)state;
	assert_int_equal(oauth_state_new(crypto_random, one), 0);
	assert_int_equal(oauth_state_new(crypto_random, other), 0);
	assert_int_equal(strlen(one), OAUTH_RANDOM_LENGTH);
	assert_string_not_equal(one, other);
	assert_int_equal(oauth_state_new(no_octets, one), -1);
}

static const struct oauth_login *begin(struct oauth_logins *logins, uint32_t owner, uint64_t now)
{
	const struct oauth_login *login = oauth_begin(logins, owner, now, crypto_random);

	assert_non_null(login);
	return login;
}

static void test_a_login_counts_once(void **state)
{
	struct oauth_logins logins = {0};
	struct oauth_login taken, first = *begin(&logins, 7, NOW), second = *begin(&logins, 8, NOW);

	(void)state;
	assert_string_not_equal(first.state, first.pkce.verifier);
	assert_int_equal(oauth_take(&logins, second.state, NOW, &taken), 0);
	assert_int_equal(taken.owner, 8);
	assert_memory_equal(&taken, &second, sizeof(taken));
	assert_int_equal(oauth_take(&logins, second.state, NOW, &taken), -1);
	assert_string_equal(taken.pkce.verifier, "");
	/* Nothing of it is left. */
	assert_null(memmem(&logins, sizeof(logins), second.pkce.verifier, OAUTH_RANDOM_LENGTH));
	assert_int_equal(oauth_take(&logins, first.state, NOW, &taken), 0);
	assert_int_equal(taken.owner, 7);
}

static void test_only_its_own_state(void **state)
{
	struct oauth_logins logins = {0};
	struct oauth_login taken, login = *begin(&logins, 1, NOW);
	char other[OAUTH_RANDOM_LENGTH + 2];

	(void)state;
	for (size_t at = 0; at < OAUTH_RANDOM_LENGTH; at++) {
		memcpy(other, login.state, sizeof(login.state));
		other[at] = other[at] == 'A' ? 'B' : 'A';
		assert_int_equal(oauth_take(&logins, other, NOW, &taken), -1);
	}
	memcpy(other, login.state, sizeof(login.state));
	other[OAUTH_RANDOM_LENGTH - 1] = 0;
	assert_int_equal(oauth_take(&logins, other, NOW, &taken), -1);
	snprintf(other, sizeof(other), "%sA", login.state);
	assert_int_equal(oauth_take(&logins, other, NOW, &taken), -1);
	assert_int_equal(oauth_take(&logins, "", NOW, &taken), -1);
	assert_int_equal(oauth_take(&logins, login.pkce.verifier, NOW, &taken), -1);
	/* All of that has not cost the right one its turn. */
	assert_int_equal(oauth_take(&logins, login.state, NOW, &taken), 0);
}

static void test_it_expires(void **state)
{
	struct oauth_logins logins = {0};
	struct oauth_login taken;
	char first[OAUTH_RANDOM_LENGTH + 1], second[OAUTH_RANDOM_LENGTH + 1];

	(void)state;
	memcpy(first, begin(&logins, 1, NOW)->state, sizeof(first));
	memcpy(second, begin(&logins, 1, NOW)->state, sizeof(second));
	assert_int_equal(oauth_take(&logins, first, NOW + OAUTH_LIFETIME_MS - 1, &taken), 0);
	assert_int_equal(oauth_take(&logins, second, NOW + OAUTH_LIFETIME_MS, &taken), -1);
	/* Also by a clock that goes back. */
	assert_int_equal(oauth_take(&logins, second, NOW, &taken), -1);
}

static void test_the_table_is_bounded(void **state)
{
	static struct oauth_logins logins;
	struct oauth_login taken;
	char first[OAUTH_RANDOM_LENGTH + 1];

	(void)state;
	memset(&logins, 0, sizeof(logins));
	memcpy(first, begin(&logins, 0, NOW)->state, sizeof(first));
	for (uint32_t i = 1; i < OAUTH_LOGINS_MAX; i++)
		begin(&logins, i % 2, NOW + i);
	assert_null(oauth_begin(&logins, 9, NOW + 100, crypto_random));
	/* The oldest makes room by its end. */
	assert_non_null(oauth_begin(&logins, 9, NOW + OAUTH_LIFETIME_MS, crypto_random));
	assert_null(oauth_begin(&logins, 9, NOW + OAUTH_LIFETIME_MS, crypto_random));
	assert_int_equal(oauth_take(&logins, first, NOW + OAUTH_LIFETIME_MS, &taken), -1);
	/* And those of an owner who has gone, theirs only. */
	oauth_drop(&logins, 1);
	unsigned left = 0;
	for (size_t i = 0; i < OAUTH_LOGINS_MAX; i++) {
		left += *logins.logins[i].state != 0;
		assert_true(!*logins.logins[i].state || logins.logins[i].owner != 1);
	}
	assert_int_equal(left, OAUTH_LOGINS_MAX / 2);
}

static void test_no_random_bytes(void **state)
{
	static const struct oauth_logins empty;
	struct oauth_logins logins = {0};

	(void)state;
	assert_null(oauth_begin(&logins, 1, NOW, no_octets));
	assert_null(oauth_begin(&logins, 1, NOW, few_octets));
	assert_memory_equal(&logins, &empty, sizeof(logins));
}

/* --- the address --- */

static const struct oauth_login example = {
	.state = "af0ifjsldkj", .pkce = {.verifier = "secret", .challenge = "E9Melhoa-cM_"}};

static void expect(struct oauth_request request, const char *expected)
{
	char url[OAUTH_URL_MAX];
	int status = oauth_authorize_url(&request, &example, url);

	assert_int_equal(status, expected ? 0 : -1);
	if (expected)
		assert_string_equal(url, expected);
}

static void test_the_address(void **state)
{
	(void)state;
	expect((struct oauth_request){"https://github.com", "Iv23liABC.d_-",
				      "https://a.example/cb?x=1&y", "repo read:org"},
	       "https://github.com/login/oauth/authorize?client_id=Iv23liABC.d_-"
	       "&redirect_uri=https%3A%2F%2Fa.example%2Fcb%3Fx%3D1%26y&scope=repo%20read%3Aorg"
	       "&state=af0ifjsldkj&code_challenge=E9Melhoa-cM_&code_challenge_method=S256");
	expect((struct oauth_request){"https://ghe.example:8443", "1", "http://127.0.0.1:8080/",
				      ""},
	       "https://ghe.example:8443/login/oauth/authorize?client_id=1"
	       "&redirect_uri=http%3A%2F%2F127.0.0.1%3A8080%2F"
	       "&state=af0ifjsldkj&code_challenge=E9Melhoa-cM_&code_challenge_method=S256");
}

static void test_addresses_that_none_may_ask_for(void **state)
{
	static const char web[] = "https://github.com", back[] = "https://a.example/cb";
	static const char *const sites[] = {"", "http://github.com", "https://github.com/",
					    "https://github.com?x", "https://u@github.com"};
	static const char *const clients[] = {"", "a b", "a&scope=repo", "a\n"};
	static const char *const redirects[] = {"",
						"https://",
						"http://a.example/cb",
						"http://localhost.example/",
						"a.b:/cb",
						"javascript:x()",
						"https://a.example/#x",
						"https://a.example/ b",
						"http://",
						"http://localhost:1@a.example/",
						"https://u@a.example/",
						"https://a.example:x/",
						"https://a.example/\xe9",
						"file:///etc/passwd"};
	static const char *const scopes[] = {"repo,gist", " ", "repo ", "a&b", "\xc3\xa9"};
	char longest[OAUTH_URL_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(sites) / sizeof(sites[0]); i++)
		expect((struct oauth_request){sites[i], "1", back, ""}, NULL);
	for (size_t i = 0; i < sizeof(clients) / sizeof(clients[0]); i++)
		expect((struct oauth_request){web, clients[i], back, ""}, NULL);
	for (size_t i = 0; i < sizeof(redirects) / sizeof(redirects[0]); i++)
		expect((struct oauth_request){web, "1", redirects[i], ""}, NULL);
	for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++)
		expect((struct oauth_request){web, "1", back, scopes[i]}, NULL);
	snprintf(longest, sizeof(longest), "https://a.example/%0*d", OAUTH_URL_MAX - 40, 0);
	expect((struct oauth_request){web, "1", longest, ""}, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_rfcs_example),
		cmocka_unit_test(test_states_differ),
		cmocka_unit_test(test_a_login_counts_once),
		cmocka_unit_test(test_only_its_own_state),
		cmocka_unit_test(test_it_expires),
		cmocka_unit_test(test_the_table_is_bounded),
		cmocka_unit_test(test_no_random_bytes),
		cmocka_unit_test(test_the_address),
		cmocka_unit_test(test_addresses_that_none_may_ask_for),
	};

	return cmocka_run_group_tests(tests, start_crypto, NULL);
}
