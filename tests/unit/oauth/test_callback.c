/* Callbacks of the web flow: a code or an error, of one state; and everything that is neither. */
#include "lib/oauth/oauth.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define STATE "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define WITH "state=" STATE "&"

static struct oauth_callback callback;

/* From memory of exactly that size. */
static enum oauth_fault take(const char *query)
{
	size_t length = strlen(query);
	char *copy = malloc(length ? length : 1);

	assert_non_null(copy);
	memcpy(copy, query, length);
	enum oauth_fault fault = oauth_read_callback(copy, length, &callback);
	free(copy);
	return fault;
}

static void test_a_code(void **state)
{
	static const char *const queries[] = {
		"code=a1b2c3&state=" STATE,
		WITH "code=a1b2c3",
		WITH "code=%611b2c3&",
		WITH "installation_id=7&setup_action=install&code=a1b2c3&x&=&&y=%20",
		"c%6Fde=a1b2c3&sta%74e=" STATE,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
		assert_int_equal(take(queries[i]), OAUTH_FINE);
		assert_string_equal(callback.code, "a1b2c3");
		assert_string_equal(callback.state, STATE);
		assert_string_equal(callback.error, "");
	}
}

static void test_an_error(void **state)
{
	(void)state;
	assert_int_equal(take(WITH "error=access_denied&error_description=The+user%20has+denied.&"
				   "error_uri=https%3A%2F%2Fdocs.github.com"),
			 OAUTH_FINE);
	assert_string_equal(callback.error, "access_denied");
	assert_string_equal(callback.description, "The user has denied.");
	assert_string_equal(callback.code, "");
	assert_int_equal(take("error=x&state=" STATE), OAUTH_FINE);
	assert_string_equal(callback.description, "");
	/* What people are shown cannot act on their terminal. */
	assert_int_equal(take(WITH "error=a%1B%5B2J&error_description=%E2%80%AE"), OAUTH_FINE);
	assert_string_equal(callback.error, "a\\x1b[2J");
	assert_string_equal(callback.description, "\\u202e");
}

static void test_what_is_copied_from_a_browser(void **state)
{
	static const struct {
		const char *text, *query;
	} cases[] = {
		{"code=a&state=b", "code=a&state=b"},
		{"?code=a", "code=a"},
		{"http://127.0.0.1/callback?code=a&state=b", "code=a&state=b"},
		{" \thttps://x/?code=a \r\n", "code=a"},
		{"https://x/?code=a#top?b", "code=a"},
		{"https://x/#top?code=a", "https://x/"},
		{"https://x/?code=a?b", "code=a?b"},
		{"https://x/?", ""},
		{"https://x/", "https://x/"},
		{" \r\n", ""},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t length = strlen(cases[i].text);
		const char *query = oauth_find_query(cases[i].text, &length);
		if (length != strlen(cases[i].query) || memcmp(query, cases[i].query, length) != 0)
			fail_msg("\"%s\" has \"%.*s\"", cases[i].text, (int)length, query);
	}
}

static void test_faults(void **state)
{
	static const struct {
		const char *query;
		enum oauth_fault fault;
	} cases[] = {
		{"", OAUTH_BAD_STATE},
		{"code=a", OAUTH_BAD_STATE},
		{"code=a&state=", OAUTH_BAD_STATE},
		{"code=a&state", OAUTH_BAD_STATE},
		{"code=a&state=short", OAUTH_BAD_STATE},
		{"code=a&state=" STATE "A", OAUTH_BAD_STATE},
		{"code=a&state=dBjftJeZ4CVP+mB92K27uhbUJU1p1r_wW1gFWFOEjXk", OAUTH_BAD_STATE},
		{"code=a&state=dBjftJeZ4CVP%2BmB92K27uhbUJU1p1r_wW1gFWFOEjXk", OAUTH_BAD_STATE},
		{"STATE=" STATE "&code=a", OAUTH_BAD_STATE},
		{"error=access_denied", OAUTH_BAD_STATE},
		{"state=" STATE, OAUTH_BAD_CODE},
		{WITH "code", OAUTH_BAD_CODE},
		{WITH "code=", OAUTH_BAD_CODE},
		{WITH "code=a+b", OAUTH_BAD_CODE},
		{WITH "code=a%0Ab", OAUTH_BAD_CODE},
		{WITH "code=%C3%A9", OAUTH_BAD_CODE},
		{WITH "code=a&error=b", OAUTH_BAD_CODE},
		{WITH "code=&error=b", OAUTH_BAD_CODE},
		{WITH "error=", OAUTH_BAD_ERROR},
		{WITH "error", OAUTH_BAD_ERROR},
		{WITH "code=a&code=a", OAUTH_TWICE},
		{WITH "code=a&%63ode=b", OAUTH_TWICE},
		{WITH WITH "code=a", OAUTH_TWICE},
		{WITH "error=a&error", OAUTH_TWICE},
		{WITH "code=%", OAUTH_ENCODING},
		{WITH "code=a%4", OAUTH_ENCODING},
		{WITH "code=%00", OAUTH_ENCODING},
		{WITH "code=a=b", OAUTH_ENCODING},
		{WITH "code=a#b", OAUTH_ENCODING},
		{WITH "code=a b", OAUTH_ENCODING},
		{WITH "code=a&x=\"", OAUTH_ENCODING},
		{WITH "code=a&%zz=1", OAUTH_ENCODING},
		{WITH "code=a&x=\r\nSet-Cookie:%20y", OAUTH_ENCODING},
	};
	static const struct oauth_callback empty;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum oauth_fault fault = take(cases[i].query);
		if (fault != cases[i].fault)
			fail_msg("%s: %s", cases[i].query, oauth_fault_text(fault));
		assert_memory_equal(&callback, &empty, sizeof(callback));
	}
}

static void test_limits(void **state)
{
	static char query[OAUTH_QUERY_MAX + 64];

	(void)state;
	snprintf(query, sizeof(query), WITH "code=%0*d", OAUTH_CODE_MAX, 0);
	assert_int_equal(take(query), OAUTH_FINE);
	assert_int_equal(strlen(callback.code), OAUTH_CODE_MAX);
	snprintf(query, sizeof(query), WITH "code=%0*d", OAUTH_CODE_MAX + 1, 0);
	assert_int_equal(take(query), OAUTH_BAD_CODE);
	snprintf(query, sizeof(query), WITH "code=a&x=%0*d", 1024, 0);
	assert_int_equal(take(query), OAUTH_FINE);
	snprintf(query, sizeof(query), WITH "code=a&x=%0*d", 1025, 0);
	assert_int_equal(take(query), OAUTH_ENCODING);
	snprintf(query, sizeof(query), WITH "error=%0*d&error_description=%0*d", 900, 0, 900, 0);
	assert_int_equal(take(query), OAUTH_FINE);
	assert_int_equal(strlen(callback.error), OAUTH_ERROR_MAX);
	assert_int_equal(strlen(callback.description), OAUTH_DESCRIPTION_MAX);
	memset(query, '&', sizeof(query));
	memcpy(query, WITH "code=a&", sizeof(WITH "code=a&") - 1);
	query[OAUTH_QUERY_MAX] = 0;
	assert_int_equal(take(query), OAUTH_FINE);
	query[OAUTH_QUERY_MAX] = '&';
	query[OAUTH_QUERY_MAX + 1] = 0;
	assert_int_equal(take(query), OAUTH_TOO_LONG);
}

static void test_every_fault_has_words_of_its_own(void **state)
{
	(void)state;
	for (unsigned i = 0; i < OAUTH_FAULTS; i++) {
		for (unsigned j = i + 1; j <= OAUTH_FAULTS; j++)
			assert_string_not_equal(oauth_fault_text((enum oauth_fault)i),
						oauth_fault_text((enum oauth_fault)j));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_code),
		cmocka_unit_test(test_an_error),
		cmocka_unit_test(test_what_is_copied_from_a_browser),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_every_fault_has_words_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
