/* Scopes and permissions: whole names, no more than they give. */
#include "worker/rights.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define WANTED "security_events|repo"

static void test_scopes(void **state)
{
	static const struct {
		const char *have, *wanted;
		enum visibility visibility;
		bool expected;
	} cases[] = {
		{"repo", WANTED, VISIBILITY_PRIVATE, true},
		{"security_events", WANTED, VISIBILITY_PRIVATE, true},
		{"gist, repo", WANTED, VISIBILITY_UNKNOWN, true},
		{"gist,repo,user", WANTED, VISIBILITY_PRIVATE, true},
		{"", "", VISIBILITY_PRIVATE, true},
		{"gist", "", VISIBILITY_PRIVATE, true},
		{"public_repo", WANTED, VISIBILITY_PUBLIC, true},
		{"public_repo", WANTED, VISIBILITY_PRIVATE, false},
		{"public_repo", WANTED, VISIBILITY_UNKNOWN, false},
		{"public_repo", "security_events", VISIBILITY_PUBLIC, false},
		{"", WANTED, VISIBILITY_PUBLIC, false},
		{"gist", WANTED, VISIBILITY_PUBLIC, false},
		{"repo:status, repo_deployment", WANTED, VISIBILITY_PUBLIC, false},
		{"xrepo, rep, Repo", WANTED, VISIBILITY_PUBLIC, false},
		{"security_events|repo", WANTED, VISIBILITY_PRIVATE, false},
		{",, ,", WANTED, VISIBILITY_PRIVATE, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (rights_scopes_suffice(cases[i].have, cases[i].wanted, cases[i].visibility) !=
		    cases[i].expected)
			fail_msg("\"%s\" for \"%s\", %d", cases[i].have, cases[i].wanted,
				 (int)cases[i].visibility);
	}
}

static void test_scopes_as_text(void **state)
{
	char text[RIGHTS_TEXT_MAX], many[4 * RIGHTS_TEXT_MAX];

	(void)state;
	rights_scopes_text(WANTED, text);
	assert_string_equal(text, "security_events or repo");
	rights_scopes_text("repo", text);
	assert_string_equal(text, "repo");
	rights_scopes_text("", text);
	assert_string_equal(text, "none");
	rights_scopes_text(NULL, text);
	assert_string_equal(text, "none");
	for (size_t i = 0; i < sizeof(many) - 1; i++)
		many[i] = i % 2 ? '|' : 'x';
	many[sizeof(many) - 1] = 0;
	rights_scopes_text(many, text);
	assert_int_equal(strlen(text), RIGHTS_TEXT_MAX - 1);
}

static void test_permissions(void **state)
{
	static const struct {
		const char *have, *wanted;
		bool expected;
	} cases[] = {
		{"contents:read", "contents:read", true},
		{"contents:write", "contents:read", true},
		{"contents:admin", "contents:write", true},
		{"metadata:read,contents:write", "contents:write", true},
		{"", "none", true},
		{"contents:read", "contents:write", false},
		{"contents:write", "contents:admin", false},
		{"", "contents:read", false},
		{"content:write", "contents:read", false},
		{"contents_x:write", "contents:read", false},
		{"xcontents:write", "contents:read", false},
		{"contents", "contents:read", false},
		{"contents:", "contents:read", false},
		{"contents:owner", "contents:read", false},
		{"metadata:read,issues:write", "contents:read", false},
		/* A table that is wrong grants nothing. */
		{"contents:write", "contents", false},
		{"contents:write", "contents:", false},
		{"contents:write", "contents:all", false},
		{"contents:write", "", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (rights_permissions_suffice(cases[i].have, cases[i].wanted) != cases[i].expected)
			fail_msg("\"%s\" for \"%s\"", cases[i].have, cases[i].wanted);
	}
}

static void test_basis(void **state)
{
	(void)state;
	assert_int_equal(rights_basis("classic", ""), RIGHTS_SCOPES);
	assert_int_equal(rights_basis("oauth", ""), RIGHTS_SCOPES);
	assert_int_equal(rights_basis("legacy", ""), RIGHTS_SCOPES);
	assert_int_equal(rights_basis("app", "repo"), RIGHTS_INSTALLATION);
	assert_int_equal(rights_basis("installation", ""), RIGHTS_INSTALLATION);
	assert_int_equal(rights_basis("fine-grained", "repo"), RIGHTS_HIDDEN);
	assert_int_equal(rights_basis("user-to-server", ""), RIGHTS_HIDDEN);
	assert_int_equal(rights_basis("", ""), RIGHTS_HIDDEN);
	assert_int_equal(rights_basis("new", "repo"), RIGHTS_SCOPES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scopes),
		cmocka_unit_test(test_scopes_as_text),
		cmocka_unit_test(test_permissions),
		cmocka_unit_test(test_basis),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
