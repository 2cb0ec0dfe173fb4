/* Names, numbers and closed sets: one table of what is accepted and one of what is not, by kind. */
#include "lib/validate/validate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define TEN "0123456789"
#define HEX40 "0123456789abcdef0123456789ABCDEF01234567"
#define TOKEN36 TEN TEN TEN "abCDEF"
#define HEX40_LOWER "0123456789abcdef0123456789abcdef01234567"
#define HEX64 HEX40 "0123456789abcdef01234567"

struct sample {
	enum validate_kind kind;
	const char *text;
};

static const struct sample good[] = {
	{VALIDATE_OWNER, "a"},
	{VALIDATE_OWNER, "octo-cat"},
	{VALIDATE_OWNER, "Octo2"},
	{VALIDATE_OWNER, "octocat_acme"},
	{VALIDATE_OWNER, TEN TEN TEN "012345678"},
	{VALIDATE_ENTERPRISE, "acme-corp"},
	{VALIDATE_ENTERPRISE, TEN TEN TEN TEN TEN TEN},
	{VALIDATE_REPO, "shop"},
	{VALIDATE_REPO, ".github"},
	{VALIDATE_REPO, "..."},
	{VALIDATE_REPO, "-a_b.c-"},
	{VALIDATE_REPO, "git"},
	{VALIDATE_REPO, TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN},
	{VALIDATE_ALERT_NUMBER, "1"},
	{VALIDATE_ALERT_NUMBER, "2147483647"},
	{VALIDATE_PR, "42"},
	{VALIDATE_TOOL_NAME, "CodeQL"},
	{VALIDATE_TOOL_NAME, "Semgrep OSS (\xc3\xbc)"},
	{VALIDATE_TOOL_GUID, "6ba7b810-9dad-11d1-80B4-00c04fd430c8"},
	{VALIDATE_REF, "main"},
	{VALIDATE_REF, "refs/heads/feature/x-1.2_y"},
	{VALIDATE_REF, "refs/pull/7/merge"},
	{VALIDATE_REF, "a@b"},
	{VALIDATE_REF, "zweig/\xc3\xbc\xe4\xb8\xad"},
	{VALIDATE_ALERT_STATE, "open"},
	{VALIDATE_ALERT_STATE, "closed"},
	{VALIDATE_ALERT_STATE, "dismissed"},
	{VALIDATE_ALERT_STATE, "fixed"},
	{VALIDATE_ALERT_SEVERITY, "critical"},
	{VALIDATE_ALERT_SEVERITY, "high"},
	{VALIDATE_ALERT_SEVERITY, "medium"},
	{VALIDATE_ALERT_SEVERITY, "low"},
	{VALIDATE_ALERT_SEVERITY, "error"},
	{VALIDATE_ALERT_SEVERITY, "warning"},
	{VALIDATE_ALERT_SEVERITY, "note"},
	{VALIDATE_SORT, "created"},
	{VALIDATE_SORT, "updated"},
	{VALIDATE_DIRECTION, "asc"},
	{VALIDATE_DIRECTION, "desc"},
	{VALIDATE_ASSIGNEES, "*"},
	{VALIDATE_ASSIGNEES, "none"},
	{VALIDATE_ASSIGNEES, "octocat,hub-ot"},
	{VALIDATE_LOGINS, ""},
	{VALIDATE_LOGINS, "octocat"},
	{VALIDATE_LOGINS, "a,b,c"},
	{VALIDATE_CURSOR, "Y3Vyc29yOnYyOpK5MjAyNg=="},
	{VALIDATE_CURSOR, "a_b+c/d:e.f-g"},
	{VALIDATE_PAGE, "1"},
	{VALIDATE_PAGE, "1000000"},
	{VALIDATE_PER_PAGE, "100"},
	{VALIDATE_ALERT_WRITE_STATE, "open"},
	{VALIDATE_ALERT_WRITE_STATE, "dismissed"},
	{VALIDATE_DISMISSED_REASON, "false positive"},
	{VALIDATE_DISMISSED_REASON, "won't fix"},
	{VALIDATE_DISMISSED_REASON, "used in tests"},
	{VALIDATE_DISMISSED_REASON, "mitigated"},
	{VALIDATE_COMMENT, "x"},
	{VALIDATE_COMMENT, "typed\r\non the web"},
	{VALIDATE_COMMENT, "two\nlines\tand \xf0\x9f\x98\x80"},
	{VALIDATE_BOOLEAN, "true"},
	{VALIDATE_BOOLEAN, "false"},
	{VALIDATE_SHA, HEX40},
	{VALIDATE_SHA, HEX64},
	{VALIDATE_WORKER_COUNT, "1"},
	{VALIDATE_WORKER_COUNT, "20"},
	{VALIDATE_ENTITY_TYPE, "user"},
	{VALIDATE_ENTITY_TYPE, "org"},
	{VALIDATE_ID, "1"},
	{VALIDATE_ID, "9007199254740991"},
	{VALIDATE_REPOS, "shop"},
	{VALIDATE_REPOS, "shop,.github,a_b"},
	{VALIDATE_PERMISSIONS, "contents:read"},
	{VALIDATE_PERMISSIONS, "contents:read,security_events:write,organization_hooks:admin"},
	{VALIDATE_PERMISSIONS, "a:read,aa:read,aaa:read"},
	{VALIDATE_TOKENS, "ghp_" TOKEN36},
	{VALIDATE_TOKENS, "ghp_" TOKEN36 ",github_pat_" TOKEN36 ",ghs_1_" TOKEN36 ".a-b"},
	{VALIDATE_CLIENT_ID, "12345"},
	{VALIDATE_CLIENT_ID, "Iv23li.a-b_c"},
	{VALIDATE_CLIENT_ID, TEN TEN TEN TEN TEN TEN "0123"},
	{VALIDATE_SCOPES, "repo"},
	{VALIDATE_SCOPES, "repo read:org security_events"},
	{VALIDATE_GRANT_TYPE, "refresh_token"},
	{VALIDATE_GRANT_TYPE, "urn:ietf:params:oauth:grant-type:device_code"},
	{VALIDATE_OPAQUE, "!~\"\\,"},
	{VALIDATE_ENTRY_NAME, "github.com"},
	{VALIDATE_ENTRY_NAME, "_a-B.1"},
};

static const struct sample bad[] = {
	{VALIDATE_OWNER, ""},
	{VALIDATE_OWNER, "-a"},
	{VALIDATE_OWNER, "_a"},
	{VALIDATE_OWNER, "a-"},
	{VALIDATE_OWNER, "a--b"},
	{VALIDATE_OWNER, "a.b"},
	{VALIDATE_OWNER, "a/b"},
	{VALIDATE_OWNER, ".."},
	{VALIDATE_OWNER, "a b"},
	{VALIDATE_OWNER, "a%2f"},
	{VALIDATE_OWNER, "\xc3\xbc"},
	{VALIDATE_OWNER, "a\n"},
	{VALIDATE_OWNER, TEN TEN TEN TEN},
	{VALIDATE_ENTERPRISE, "a.b"},
	{VALIDATE_ENTERPRISE, TEN TEN TEN TEN TEN TEN "0"},
	{VALIDATE_REPO, ""},
	{VALIDATE_REPO, "."},
	{VALIDATE_REPO, ".."},
	{VALIDATE_REPO, "shop.git"},
	{VALIDATE_REPO, ".git"},
	{VALIDATE_REPO, "a/b"},
	{VALIDATE_REPO, "a b"},
	{VALIDATE_REPO, "a?b"},
	{VALIDATE_REPO, "\xc3\xbc"},
	{VALIDATE_REPO, TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN "0"},
	{VALIDATE_ALERT_NUMBER, ""},
	{VALIDATE_ALERT_NUMBER, "0"},
	{VALIDATE_ALERT_NUMBER, "01"},
	{VALIDATE_ALERT_NUMBER, "+1"},
	{VALIDATE_ALERT_NUMBER, "-1"},
	{VALIDATE_ALERT_NUMBER, " 1"},
	{VALIDATE_ALERT_NUMBER, "1 "},
	{VALIDATE_ALERT_NUMBER, "1e3"},
	{VALIDATE_ALERT_NUMBER, "0x1"},
	{VALIDATE_ALERT_NUMBER, "2147483648"},
	{VALIDATE_ALERT_NUMBER, "4294967297"},
	{VALIDATE_ALERT_NUMBER, "18446744073709551617"},
	{VALIDATE_PR, "0"},
	{VALIDATE_TOOL_NAME, ""},
	{VALIDATE_TOOL_NAME, "a\nb"},
	{VALIDATE_TOOL_NAME, "a\x1b[0m"},
	{VALIDATE_TOOL_NAME, "a\xc2\x9b"},
	{VALIDATE_TOOL_NAME, "a\x7f"},
	{VALIDATE_TOOL_NAME, "a\xff"},
	{VALIDATE_TOOL_GUID, ""},
	{VALIDATE_TOOL_GUID, "6ba7b810-9dad-11d1-80b4-00c04fd430c"},
	{VALIDATE_TOOL_GUID, "6ba7b810-9dad-11d1-80b4-00c04fd430c88"},
	{VALIDATE_TOOL_GUID, "6ba7b810+9dad-11d1-80b4-00c04fd430c8"},
	{VALIDATE_TOOL_GUID, "6ba7b810-9dad-11d1-80b4-00c04fd430cg"},
	{VALIDATE_REF, ""},
	{VALIDATE_REF, "@"},
	{VALIDATE_REF, "-x"},
	{VALIDATE_REF, "/x"},
	{VALIDATE_REF, "x/"},
	{VALIDATE_REF, "x//y"},
	{VALIDATE_REF, ".x"},
	{VALIDATE_REF, "x/.y"},
	{VALIDATE_REF, "x."},
	{VALIDATE_REF, "x..y"},
	{VALIDATE_REF, "x@{1}"},
	{VALIDATE_REF, "x.lock"},
	{VALIDATE_REF, "x.lock/y"},
	{VALIDATE_REF, "x y"},
	{VALIDATE_REF, "x~1"},
	{VALIDATE_REF, "x^"},
	{VALIDATE_REF, "x:y"},
	{VALIDATE_REF, "x?"},
	{VALIDATE_REF, "x*"},
	{VALIDATE_REF, "x[1]"},
	{VALIDATE_REF, "x\\y"},
	{VALIDATE_REF, "x\ty"},
	{VALIDATE_REF, "x\x7f"},
	{VALIDATE_REF, "x\xff"},
	{VALIDATE_ALERT_STATE, ""},
	{VALIDATE_ALERT_STATE, "Open"},
	{VALIDATE_ALERT_STATE, "opened"},
	{VALIDATE_ALERT_STATE, "ope"},
	{VALIDATE_ALERT_STATE, "open "},
	{VALIDATE_ALERT_SEVERITY, "none"},
	{VALIDATE_ALERT_SEVERITY, "HIGH"},
	{VALIDATE_SORT, "number"},
	{VALIDATE_DIRECTION, "up"},
	{VALIDATE_ASSIGNEES, ""},
	{VALIDATE_ASSIGNEES, "**"},
	{VALIDATE_ASSIGNEES, "*,a"},
	{VALIDATE_LOGINS, ","},
	{VALIDATE_LOGINS, "a,"},
	{VALIDATE_LOGINS, ",a"},
	{VALIDATE_LOGINS, "a, b"},
	{VALIDATE_LOGINS, "a,,b"},
	{VALIDATE_LOGINS, "*"},
	{VALIDATE_CURSOR, ""},
	{VALIDATE_CURSOR, "a b"},
	{VALIDATE_CURSOR, "a&b"},
	{VALIDATE_CURSOR, "a#b"},
	{VALIDATE_CURSOR, "a\nb"},
	{VALIDATE_CURSOR, "\xc3\xbc"},
	{VALIDATE_PAGE, "0"},
	{VALIDATE_PAGE, "1000001"},
	{VALIDATE_PER_PAGE, "0"},
	{VALIDATE_PER_PAGE, "101"},
	{VALIDATE_ALERT_WRITE_STATE, "fixed"},
	{VALIDATE_DISMISSED_REASON, "false_positive"},
	{VALIDATE_DISMISSED_REASON, ""},
	{VALIDATE_COMMENT, ""},
	{VALIDATE_COMMENT, "a\x1b"},
	{VALIDATE_COMMENT, "a\xc2\x85"},
	{VALIDATE_COMMENT, "a\xc3"},
	{VALIDATE_BOOLEAN, "1"},
	{VALIDATE_BOOLEAN, "True"},
	{VALIDATE_SHA, ""},
	{VALIDATE_SHA, "0123456789abcdef0123456789abcdef0123456"},
	{VALIDATE_SHA, HEX40 "0"},
	{VALIDATE_SHA, "0123456789abcdef0123456789abcdef0123456g"},
	{VALIDATE_WORKER_COUNT, "0"},
	{VALIDATE_WORKER_COUNT, "21"},
	{VALIDATE_ENTITY_TYPE, "orgs"},
	{VALIDATE_ID, ""},
	{VALIDATE_ID, "0"},
	{VALIDATE_ID, "01"},
	{VALIDATE_ID, "-1"},
	{VALIDATE_ID, "1.0"},
	{VALIDATE_ID, "9007199254740992"},
	{VALIDATE_ID, "10000000000000000"},
	{VALIDATE_REPOS, ""},
	{VALIDATE_REPOS, ","},
	{VALIDATE_REPOS, "shop,"},
	{VALIDATE_REPOS, ",shop"},
	{VALIDATE_REPOS, "shop, site"},
	{VALIDATE_REPOS, "acme/shop"},
	{VALIDATE_REPOS, "shop,.."},
	{VALIDATE_REPOS, "sh\"op"},
	{VALIDATE_PERMISSIONS, ""},
	{VALIDATE_PERMISSIONS, "contents"},
	{VALIDATE_PERMISSIONS, "contents:"},
	{VALIDATE_PERMISSIONS, ":read"},
	{VALIDATE_PERMISSIONS, "contents:none"},
	{VALIDATE_PERMISSIONS, "contents:Read"},
	{VALIDATE_PERMISSIONS, "Contents:read"},
	{VALIDATE_PERMISSIONS, "contents:read:write"},
	{VALIDATE_PERMISSIONS, "contents=read"},
	{VALIDATE_PERMISSIONS, "contents:read,"},
	{VALIDATE_PERMISSIONS, "contents:read, issues:read"},
	{VALIDATE_PERMISSIONS, "contents:read,contents:write"},
	{VALIDATE_PERMISSIONS, "a:read,contents:read,b:read,contents:read"},
	{VALIDATE_PERMISSIONS, "a:read,b:write,a:read"},
	{VALIDATE_PERMISSIONS, "con\"tents:read"},
	{VALIDATE_PERMISSIONS, "a" TEN ":read"},
	{VALIDATE_TOKENS, ""},
	{VALIDATE_TOKENS, "ghp_short"},
	{VALIDATE_TOKENS, "ghx_" TOKEN36},
	{VALIDATE_TOKENS, "ghp_" TOKEN36 ","},
	{VALIDATE_TOKENS, "ghp_" TOKEN36 ", ghp_" TOKEN36},
	{VALIDATE_TOKENS, "ghp_" TOKEN36 "\n"},
	{VALIDATE_TOKENS, "ghp_" TOKEN36 "\""},
	{VALIDATE_CLIENT_ID, ""},
	{VALIDATE_CLIENT_ID, "a b"},
	{VALIDATE_CLIENT_ID, "a/b"},
	{VALIDATE_CLIENT_ID, "a&b"},
	{VALIDATE_CLIENT_ID, TEN TEN TEN TEN TEN TEN "01234"},
	{VALIDATE_SCOPES, ""},
	{VALIDATE_SCOPES, " repo"},
	{VALIDATE_SCOPES, "repo "},
	{VALIDATE_SCOPES, "repo  gist"},
	{VALIDATE_SCOPES, "repo,gist"},
	{VALIDATE_SCOPES, "repo\tgist"},
	{VALIDATE_SCOPES, "repo&gist"},
	{VALIDATE_GRANT_TYPE, ""},
	{VALIDATE_GRANT_TYPE, "password"},
	{VALIDATE_GRANT_TYPE, "Refresh_Token"},
	{VALIDATE_OPAQUE, ""},
	{VALIDATE_OPAQUE, "a b"},
	{VALIDATE_OPAQUE, "a\n"},
	{VALIDATE_OPAQUE, "a\x7f"},
	{VALIDATE_OPAQUE, "\xc3\xbc"},
	{VALIDATE_ENTRY_NAME, ""},
	{VALIDATE_ENTRY_NAME, ".a"},
	{VALIDATE_ENTRY_NAME, "-a"},
	{VALIDATE_ENTRY_NAME, "a/b"},
	{VALIDATE_ENTRY_NAME, "a b"},
	{VALIDATE_ENTRY_NAME, "a:b"},
	{VALIDATE_ENTRY_NAME, TEN TEN TEN TEN TEN TEN "01234"},
};

static void test_accepted(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (!validate_param(good[i].kind, good[i].text, strlen(good[i].text)))
			fail_msg("refused as kind %d: %s", (int)good[i].kind, good[i].text);
	}
}

static void test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (validate_param(bad[i].kind, bad[i].text, strlen(bad[i].text)))
			fail_msg("accepted as kind %d: %s", (int)bad[i].kind, bad[i].text);
	}
}

/* Whatever the kind: no NUL, and nothing of 64 KiB. */
static void test_every_kind(void **state)
{
	static char large[65536];

	(void)state;
	memset(large, '1', sizeof(large));
	for (unsigned i = 0; i < VALIDATE_KINDS; i++) {
		enum validate_kind kind = (enum validate_kind)i;
		assert_false(validate_param(kind, "1\0", 2));
		assert_false(validate_param(kind, "\0", 1));
		assert_false(validate_param(kind, "\0open", 5));
		assert_false(validate_param(kind, large, sizeof(large)));
		assert_true(strlen(validate_expectation(kind)) > 4);
	}
	assert_false(validate_param(VALIDATE_KINDS, "a", 1));
	assert_non_null(validate_expectation(VALIDATE_KINDS));
}

/* Characters are counted, not bytes. */
static void test_comment_length(void **state)
{
	char text[4 * VALIDATE_COMMENT_MAX + 4];

	(void)state;
	for (size_t i = 0; i <= VALIDATE_COMMENT_MAX; i++)
		memcpy(text + 4 * i, "\xf0\x9f\x98\x80", 4);
	assert_true(validate_param(VALIDATE_COMMENT, text, 4 * VALIDATE_COMMENT_MAX));
	assert_false(validate_param(VALIDATE_COMMENT, text, 4 * VALIDATE_COMMENT_MAX + 4));
	memset(text, 'x', sizeof(text));
	assert_true(validate_param(VALIDATE_COMMENT, text, VALIDATE_COMMENT_MAX));
	assert_false(validate_param(VALIDATE_COMMENT, text, VALIDATE_COMMENT_MAX + 1));
}

static void test_lengths(void **state)
{
	static const struct {
		enum validate_kind kind;
		size_t max;
	} cases[] = {
		{VALIDATE_CURSOR, VALIDATE_CURSOR_MAX},
		{VALIDATE_REF, VALIDATE_REF_MAX},
		{VALIDATE_TOOL_NAME, VALIDATE_TOOL_NAME_MAX},
		{VALIDATE_OPAQUE, VALIDATE_OPAQUE_MAX},
		{VALIDATE_CLIENT_ID, VALIDATE_CLIENT_ID_MAX},
		{VALIDATE_ENTRY_NAME, VALIDATE_ENTRY_NAME_MAX},
	};
	static char text[VALIDATE_OPAQUE_MAX + 40];

	(void)state;
	memset(text, 'x', sizeof(text));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(validate_param(cases[i].kind, text, cases[i].max));
		assert_false(validate_param(cases[i].kind, text, cases[i].max + 1));
	}
	for (size_t i = 15; i < sizeof(text); i += 16)
		text[i] = ',';
	assert_true(validate_param(VALIDATE_LOGINS, text, VALIDATE_LOGINS_MAX - 1));
	assert_false(validate_param(VALIDATE_LOGINS, text, VALIDATE_LOGINS_MAX + 10));
}

/* Fills `text` with `item` again and again, `separator` between them, up to `length`. */
static void repeat(char *text, size_t length, const char *item, char separator)
{
	size_t step = strlen(item) + 1;

	for (size_t i = 0; i < length; i++)
		text[i] = i % step == step - 1 ? separator : item[i % step];
}

static void test_lengths_of_lists(void **state)
{
	static const struct {
		enum validate_kind kind;
		const char *item;
		char separator;
		size_t max;
	} lists[] = {
		{VALIDATE_REPOS, TEN TEN "abcdefghijk", ',', VALIDATE_REPOS_MAX},
		{VALIDATE_SCOPES, TEN "abcde", ' ', VALIDATE_SCOPES_MAX},
		{VALIDATE_TOKENS, HEX40_LOWER, ',', VALIDATE_TOKENS_MAX},
	};
	static char text[2 * VALIDATE_TOKENS_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		size_t step = strlen(lists[i].item) + 1;
		size_t most = (lists[i].max + 1) / step * step - 1;
		repeat(text, sizeof(text), lists[i].item, lists[i].separator);
		assert_true(validate_param(lists[i].kind, text, most));
		assert_false(validate_param(lists[i].kind, text, most + step));
	}
	repeat(text, sizeof(text), "a", ',');
	assert_true(validate_param(VALIDATE_REPOS, text, 2 * VALIDATE_REPOS_COUNT_MAX - 1));
	assert_false(validate_param(VALIDATE_REPOS, text, 2 * VALIDATE_REPOS_COUNT_MAX + 1));
}

/* "aaa:read,aab:read,...": as many as fit, and one more. */
static void test_length_of_permissions(void **state)
{
	static char text[2 * VALIDATE_PERMISSIONS_MAX];
	const size_t step = strlen("aaa:read,");
	size_t most = (VALIDATE_PERMISSIONS_MAX + 1) / step * step - 1;

	(void)state;
	repeat(text, sizeof(text), "aaa:read", ',');
	for (size_t i = 0; i < sizeof(text) / step; i++) {
		text[i * step] = (char)('a' + i / 26 % 26);
		text[i * step + 1] = (char)('a' + i % 26);
	}
	assert_true(validate_param(VALIDATE_PERMISSIONS, text, most));
	assert_false(validate_param(VALIDATE_PERMISSIONS, text, most + step));
	/* The last as the first. */
	memcpy(text + most + 1 - step, text, step - 1);
	assert_false(validate_param(VALIDATE_PERMISSIONS, text, most));
}

static void test_parse_u32(void **state)
{
	static const char *const none[] = {"",	  "-",	 "-0",	       "00",	      "01",
					   "1.0", "1,0", "4294967296", "99999999999", "\xd9\xa1"};
	uint32_t value = 7;

	(void)state;
	assert_int_equal(validate_parse_u32("0", 1, 0, 9, &value), 0);
	assert_int_equal(value, 0);
	assert_int_equal(validate_parse_u32("4294967295", 10, 0, UINT32_MAX, &value), 0);
	assert_int_equal(value, UINT32_MAX);
	/* Only `length` bytes are looked at. */
	assert_int_equal(validate_parse_u32("123", 2, 0, 99, &value), 0);
	assert_int_equal(value, 12);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_int_equal(
			validate_parse_u32(none[i], strlen(none[i]), 0, UINT32_MAX, &value), -1);
	assert_int_equal(validate_parse_u32("4", 1, 5, 9, &value), -1);
	assert_int_equal(validate_parse_u32("10", 2, 5, 9, &value), -1);
	assert_int_equal(value, 12); /* untouched by failures */
}

static void test_utf8(void **state)
{
	static const char *const invalid[] = {
		"\x80",		"\xc0\x80",	    "\xc1\xbf",		"\xe0\x80\x80",
		"\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
		"\xc3",		"a\xe2\x82",	    "\xe2\x28\xa1"};
	size_t characters;

	(void)state;
	assert_true(validate_utf8("", 0, &characters));
	assert_int_equal(characters, 0);
	assert_true(validate_utf8("a\xc3\xbc\xe4\xb8\xad\xf0\x9f\x98\x80", 10, &characters));
	assert_int_equal(characters, 4);
	for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++)
		assert_false(validate_utf8(invalid[i], strlen(invalid[i]), &characters));
}

/* Help, completion and validator share one list. */
static void test_words_of_closed_sets(void **state)
{
	unsigned sets = 0;

	(void)state;
	for (unsigned kind = 0; kind < VALIDATE_KINDS; kind++) {
		const char *const *words = validate_words((enum validate_kind)kind);
		sets += words != NULL;
		for (; words && *words; words++) {
			assert_true(
				validate_param((enum validate_kind)kind, *words, strlen(*words)));
			assert_non_null(
				strstr(validate_expectation((enum validate_kind)kind), *words));
		}
	}
	assert_int_equal(sets, 10);
	assert_null(validate_words(VALIDATE_REPO));
	assert_null(validate_words(VALIDATE_KINDS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_of_closed_sets),
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_every_kind),
		cmocka_unit_test(test_comment_length),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_lengths_of_lists),
		cmocka_unit_test(test_length_of_permissions),
		cmocka_unit_test(test_parse_u32),
		cmocka_unit_test(test_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
