/* Kinds, their names and exit codes, and messages that are too long. */
#include "lib/failure/failure.h"
#include "lib/failure/exits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The documented exit codes: 0 done, 1 failed, 2 usage, 3 denied, 4 authentication or permission,
 * 5 not found, 6 rate limited, 7 partly done, 8 integrity, 130 interrupted. */
static void test_the_table(void **state)
{
	static const struct {
		enum failure_kind kind;
		const char *name;
		int exit_code;
	} table[] = {
		{FAILURE_NONE, "none", 0},
		{FAILURE_USAGE, "usage", 2},
		{FAILURE_DENIED, "denied", 3},
		{FAILURE_AUTHENTICATION, "authentication", 4},
		{FAILURE_PERMISSION, "permission", 4},
		{FAILURE_NOT_FOUND, "not_found", 5},
		{FAILURE_RATE_LIMITED, "rate_limited", 6},
		{FAILURE_VALIDATION, "validation", 1},
		{FAILURE_CONFLICT, "conflict", 1},
		{FAILURE_UNSUPPORTED, "unsupported", 1},
		{FAILURE_SERVER, "server", 1},
		{FAILURE_NETWORK, "network", 1},
		{FAILURE_TLS, "tls", 1},
		{FAILURE_TIMEOUT, "timeout", 1},
		{FAILURE_MALFORMED, "malformed", 1},
		{FAILURE_REDIRECT, "redirect", 1},
		{FAILURE_PARTIAL, "partial", 7},
		{FAILURE_FILTER, "filter", 1},
		{FAILURE_AUDIT, "audit", 1},
		{FAILURE_INTEGRITY, "integrity", 8},
		{FAILURE_INTERNAL, "internal", 1},
		{FAILURE_INTERRUPTED, "interrupted", 130},
	};

	(void)state;
	assert_int_equal(sizeof(table) / sizeof(table[0]), FAILURE_KINDS);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_string_equal(failure_name(table[i].kind), table[i].name);
		assert_int_equal(failure_exit_code(table[i].kind), table[i].exit_code);
	}
}

static void test_only_success_is_zero(void **state)
{
	(void)state;
	for (unsigned i = 0; i < FAILURE_KINDS; i++)
		assert_int_equal(failure_exit_code((enum failure_kind)i) == 0, i == FAILURE_NONE);
}

static void test_an_unknown_kind_is_internal(void **state)
{
	(void)state;
	assert_string_equal(failure_name(FAILURE_KINDS), "internal");
	assert_int_equal(failure_exit_code((enum failure_kind)1000), 1);
}

static void test_every_field_is_set(void **state)
{
	struct failure failure;

	(void)state;
	memset(&failure, 'x', sizeof(failure));
	failure_set(&failure, FAILURE_NOT_FOUND, NULL, "%s/%s has no alert %u", "acme", "shop", 7u);
	assert_int_equal(failure.kind, FAILURE_NOT_FOUND);
	assert_int_equal(failure.status, 0);
	assert_string_equal(failure.message, "acme/shop has no alert 7");
	assert_string_equal(failure.hint, "");
	assert_string_equal(failure.request_id, "");
}

static void test_long_texts_are_cut(void **state)
{
	static char text[4096];
	struct failure failure;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	failure_set(&failure, FAILURE_SERVER, text, "%s", text);
	assert_int_equal(strlen(failure.message), sizeof(failure.message) - 1);
	assert_int_equal(strlen(failure.hint), sizeof(failure.hint) - 1);
	assert_string_equal(failure.request_id, "");
}

static void test_every_code_is_explained_once(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < FAILURE_KINDS; kind++) {
		unsigned found = 0;
		for (size_t i = 0; failure_exit_at(i); i++)
			found += failure_exit_at(i)->code ==
				 failure_exit_code((enum failure_kind)kind);
		assert_int_equal(found, 1);
	}
	for (size_t i = 1; failure_exit_at(i); i++)
		assert_true(failure_exit_at(i)->code > failure_exit_at(i - 1)->code);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_code_is_explained_once),
		cmocka_unit_test(test_the_table),
		cmocka_unit_test(test_only_success_is_zero),
		cmocka_unit_test(test_an_unknown_kind_is_internal),
		cmocka_unit_test(test_every_field_is_set),
		cmocka_unit_test(test_long_texts_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
