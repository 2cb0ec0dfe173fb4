/* App tokens: byte for byte what openssl(1) signs, and none with anything out of range. */
#include "lib/jwt/jwt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "pem/keys.h"

#define ISSUER "Iv23liExample.App-1"
#define NOW UINT64_C(1790000000)

/* base64url of {"alg":"RS256","typ":"JWT"}, of {"iat":1789999940,"exp":1790000060,"iss":"..."}, and
 * of what `openssl dgst -sha256 -sign` says to both. */
static const char expected[] =
	"eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9."
	"eyJpYXQiOjE3ODk5OTk5NDAsImV4cCI6MTc5MDAwMDA2MCwiaXNzIjoiSXYyM2xpRXhhbXBsZS5BcHAtMSJ9."
	"PbjT_y65ynpbf9vP2YwDRgWzkCVqyXUgiX2F40YGEIUpAHRBjddIrFnScJJfY0ao8NRksjyveRC6i_48wKoGcEnH"
	"n9KHmeN1rKmN8lliZFWLTUvxEwSk_ZVmR_6cwRulx9Q5bYXzcJhK5yGi_OsTkrbS2GSOo7x3yTXFkheSIogcxroY"
	"IiErjO1tIk-oW0YWKjas706-VHjHUM53ze_vLh_PA4Q8sHl1hnPFKLLYd2vqCLmTl8YZi6VJzl4hgSXE2XAd-hwC"
	"EinRV2EgXxE9QsETG6QHieuLiVtHZ-b-E1hx0FpPv-A1BW8IUfmFedoip-F23vzgpZeTZPgd_jJWjA";

static uint8_t der[KEY_TEXT_MAX];
static struct crypto_bytes key = {der, 0};

static void test_it_is_the_standards(void **state)
{
	char token[JWT_SIZE];

	(void)state;
	assert_int_equal(jwt_make(ISSUER, NOW, 60, key, token), 0);
	assert_string_equal(token, expected);
}

static void test_the_longest_has_room(void **state)
{
	char token[JWT_SIZE], issuer[JWT_ISSUER_MAX + 1];
	uint8_t large[KEY_TEXT_MAX];
	size_t size = read_key("pkcs1-4096", large);

	(void)state;
	memset(issuer, 'I', JWT_ISSUER_MAX);
	issuer[JWT_ISSUER_MAX] = 0;
	assert_int_equal(jwt_make(issuer, UINT64_C(253402300799), JWT_LIFETIME_MAX_S,
				  (struct crypto_bytes){large, size}, token),
			 0);
	assert_true(strlen(token) > 36 + 1 + 683 && strlen(token) < JWT_SIZE);
}

static void expect_none(const char *issuer, uint64_t now, uint32_t lifetime,
			struct crypto_bytes with)
{
	char token[JWT_SIZE];

	memset(token, 'x', sizeof(token));
	assert_int_equal(jwt_make(issuer, now, lifetime, with, token), -1);
	assert_string_equal(token, "");
}

static void test_what_is_out_of_range(void **state)
{
	static const char *const issuers[] = {
		"",
		"Iv1 2",
		"1\"",
		"1\\",
		"a\n",
		"\xc3\xa4",
		"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(issuers) / sizeof(issuers[0]); i++)
		expect_none(issuers[i], NOW, 60, key);
	expect_none(ISSUER, 59, 60, key);
	expect_none(ISSUER, UINT64_MAX, 60, key);
	expect_none(ISSUER, NOW, 0, key);
	expect_none(ISSUER, NOW, JWT_LIFETIME_MAX_S + 1, key);
	expect_none(ISSUER, NOW, 60, (struct crypto_bytes){der, key.length - 1});
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_is_the_standards),
		cmocka_unit_test(test_the_longest_has_room),
		cmocka_unit_test(test_what_is_out_of_range),
	};

	if (crypto_start(NULL, NULL) < 0)
		return 1;
	key.length = read_key("pkcs1-2048", der);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
