/* Forms of tokens: what is one, and what only looks like one. */
#include "lib/validate/validate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define A36 "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"
#define HEX40 "0123456789abcdef0123456789abcdef01234567"

static enum validate_token_kind kind_of(const char *text)
{
	return validate_token(text, strlen(text));
}

static void test_kinds(void **state)
{
	(void)state;
	assert_int_equal(kind_of("ghp_" A36), VALIDATE_TOKEN_CLASSIC);
	assert_int_equal(kind_of("gho_" A36), VALIDATE_TOKEN_OAUTH);
	assert_int_equal(kind_of("ghu_" A36), VALIDATE_TOKEN_USER);
	assert_int_equal(kind_of("ghs_" A36), VALIDATE_TOKEN_INSTALLATION);
	assert_int_equal(kind_of("ghr_" A36 A36), VALIDATE_TOKEN_REFRESH);
	assert_int_equal(kind_of("github_pat_11ABCDEFG0_" A36), VALIDATE_TOKEN_FINE_GRAINED);
	assert_int_equal(kind_of(HEX40), VALIDATE_TOKEN_LEGACY);
	assert_int_equal(kind_of("ghs_12345_eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOjF9.c2ln-_" A36),
			 VALIDATE_TOKEN_INSTALLATION);
}

static void test_refused(void **state)
{
	static const char *const cases[] = {
		"",
		"ghp_",
		"ghp_AbCdEfGhIjKlMnOpQrStUvWxYz012345678", /* 35 */
		"ghp_" A36 "\n",
		" ghp_" A36,
		"ghp_" A36 " ",
		"GHP_" A36,
		"ghx_" A36,
		"ghp-" A36,
		"ghp_" A36 "_",
		"ghp_" A36 ".x",
		"gho_" A36 "-",
		"ghu_" A36 ".",
		"ghr_" A36 "/",
		"github_pat_" A36 ".",
		"github_pat_" A36 "-",
		"ghs_" A36 "/",
		"ghs_" A36 "\x80",
		"0123456789abcdef0123456789abcdef0123456",   /* 39 */
		"0123456789abcdef0123456789abcdef012345678", /* 41 */
		"0123456789ABCDEF0123456789ABCDEF01234567",
		"0123456789abcdeg0123456789abcdef01234567",
		"Bearer ghp_" A36,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(kind_of(cases[i]), VALIDATE_TOKEN_INVALID);
	assert_int_equal(validate_token("ghp_" A36 "\0x", 42), VALIDATE_TOKEN_INVALID);
}

static void test_lengths(void **state)
{
	static const struct {
		const char *prefix;
		enum validate_token_kind kind;
		size_t max;
	} cases[] = {
		{"ghp_", VALIDATE_TOKEN_CLASSIC, 255},
		{"github_pat_", VALIDATE_TOKEN_FINE_GRAINED, 255},
		{"ghs_", VALIDATE_TOKEN_INSTALLATION, VALIDATE_TOKEN_MAX},
	};
	char text[VALIDATE_TOKEN_MAX + 2];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t prefix = strlen(cases[i].prefix);
		memset(text, 'x', sizeof(text));
		memcpy(text, cases[i].prefix, prefix);
		assert_int_equal(validate_token(text, prefix + 35), VALIDATE_TOKEN_INVALID);
		assert_int_equal(validate_token(text, prefix + 36), cases[i].kind);
		assert_int_equal(validate_token(text, cases[i].max), cases[i].kind);
		assert_int_equal(validate_token(text, cases[i].max + 1), VALIDATE_TOKEN_INVALID);
	}
	/* The stateless installation token of today. */
	memcpy(text, "ghs_", 4);
	assert_int_equal(validate_token(text, 520), VALIDATE_TOKEN_INSTALLATION);
}

static void test_names(void **state)
{
	(void)state;
	for (unsigned i = 0; i < VALIDATE_TOKEN_KINDS; i++) {
		const char *name = validate_token_kind_name((enum validate_token_kind)i);
		assert_non_null(name);
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(
				name, validate_token_kind_name((enum validate_token_kind)j));
	}
	assert_string_equal(validate_token_kind_name(VALIDATE_TOKEN_KINDS), "invalid");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
