/* Which records a filter means. */
#include "lib/auditlog/match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LINE                                                                                       \
	"{\"seq\":7,\"time\":\"2026-01-02T03:04:05.678901Z\",\"boot\":\"b\",\"mono\":12,"          \
	"\"actor\":\"uid:1000\",\"job\":\"j-0123456789abcdef\",\"event\":\"alerts.dismiss\","      \
	"\"phase\":\"result\",\"target\":\"acme/shop#42\",\"decision\":\"\",\"rule\":\"\","        \
	"\"outcome\":\"done\",\"request_id\":\"\",\"severity\":\"warning\","                       \
	"\"details\":{\"k\":\"a \\\"b\\\"\"},\"session\":\"0123456789ab-01234567\",\"prev\":"      \
	"\"0000000000000000000000000000000000000000000000000000000000000000\"}"
#define TIME UINT64_C(1767323045678901)

static const struct review_filter all = {
	.actor = "", .event = "", .outcome = "", .repository = "", .job = "", .text = ""};

static bool matches(const struct review_filter *filter)
{
	struct auditlog_record record;

	assert_int_equal(auditlog_parse(LINE, strlen(LINE), &record), 0);
	return auditlog_match(filter, &record, LINE, strlen(LINE));
}

static void test_globs(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool matches;
	} cases[] = {
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "abc", true},
		{"a*", "abc", true},
		{"*c", "abc", true},
		{"a*c", "abc", true},
		{"a*c", "ac", true},
		{"a*c", "abd", false},
		{"*b*", "abc", true},
		{"**", "abc", true},
		{"a*b*c", "aXbYbZc", true},
		{"a*b*d", "aXbYc", false},
		{"abc", "ABC", false},
		{"abc", "abcd", false},
		{"a?c", "abc", false},
		{"*ab", "aab", true},
		{"*aab", "aaaab", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct auditlog_text text = {cases[i].text, strlen(cases[i].text)};
		if (auditlog_glob(cases[i].pattern, text) != cases[i].matches)
			fail_msg("%s and %s", cases[i].pattern, cases[i].text);
	}
}

/* Stars that could be tried in many ways do not take long. */
static void test_a_hard_glob(void **state)
{
	static char text[20000], pattern[200];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	for (size_t i = 0; i + 2 < sizeof(pattern); i += 2)
		memcpy(pattern + i, "*a", 2);
	pattern[sizeof(pattern) - 2] = 'b';
	assert_false(auditlog_glob(pattern, (struct auditlog_text){text, sizeof(text) - 1}));
}

static void test_an_empty_filter_means_all(void **state)
{
	(void)state;
	assert_true(matches(&all));
}

static void test_times(void **state)
{
	struct review_filter filter = all;

	(void)state;
	filter.since_us = TIME;
	assert_true(matches(&filter));
	filter.since_us = TIME + 1;
	assert_false(matches(&filter));
	filter.since_us = 0;
	filter.until_us = TIME + 1;
	assert_true(matches(&filter));
	filter.until_us = TIME;
	assert_false(matches(&filter));
}

static void test_severities(void **state)
{
	struct review_filter filter = all;

	(void)state;
	filter.severities = 1u << AUDIT_WARNING | 1u << AUDIT_CRITICAL;
	assert_true(matches(&filter));
	filter.severities = 1u << AUDIT_INFO;
	assert_false(matches(&filter));
}

static void test_texts(void **state)
{
	(void)state;
#define CASE(field, right, wrong)                                                                  \
	do {                                                                                       \
		struct review_filter filter = all;                                                 \
		filter.field = right;                                                              \
		assert_true(matches(&filter));                                                     \
		filter.field = wrong;                                                              \
		assert_false(matches(&filter));                                                    \
	} while (0)
	CASE(actor, "uid:1000", "uid:100");
	CASE(actor, "uid:*", "agent*");
	CASE(event, "alerts.*", "auth.*");
	CASE(outcome, "done", "refused");
	CASE(job, "j-0123456789abcdef", "j-0123456789abcde*");
	CASE(text, "acme/shop#4", "acme/shop#5");
	CASE(text, "a \\\"b", "a \"b");
	CASE(repository, "acme/shop", "acme/shop#42");
	CASE(repository, "acme/*", "acme");
#undef CASE
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_globs),
		cmocka_unit_test(test_a_hard_glob),
		cmocka_unit_test(test_an_empty_filter_means_all),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_severities),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
