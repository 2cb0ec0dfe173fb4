/* The file `incidents`: what is written is read as the same, and nothing else is read at all. */
#include "audit/watch.h"

#include "lib/rules/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SLOT                                                                                       \
	"00000000000000000042 "                                                                    \
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"
#define FIRST "ghward incidents 1\n" SLOT
#define OPEN                                                                                       \
	"open SEC-20260102-0123abcd 41 1767322800000000 critical credential 3 2 5 600 12,15 "      \
	"token_compromise token_compromise vault:work\n"
#define SEEN "seen path_traversal 7:1767322800000000,9:1767322801000000 uid:1000\n"
#define WHOLE FIRST OPEN SEEN "end\n"

static struct audit_rules rules;

static int set_up(void **state)
{
	(void)state;
	rules_defaults(&rules);
	return 0;
}

static bool reads(const char *text)
{
	struct watch watch;
	bool read = watch_parse(&watch, &rules, text, strlen(text)) == 0;

	if (!read) {
		assert_int_equal(watch.incidents.count, 0);
		assert_int_equal(watch.windows.count, 0);
	}
	watch_free(&watch);
	return read;
}

static void test_what_a_file_says(void **state)
{
	struct watch watch;

	(void)state;
	assert_int_equal(watch_parse(&watch, &rules, WHOLE, strlen(WHOLE)), 0);
	assert_int_equal(watch.position.seq, 42);
	assert_int_equal(watch.incidents.count, 1);
	const struct open_incident *incident = &watch.incidents.list[0];
	assert_string_equal(incident->id, "SEC-20260102-0123abcd");
	assert_string_equal(incident->subject, "vault:work");
	assert_string_equal(incident->records, "12,15");
	assert_int_equal(incident->seq, 41);
	assert_int_equal(incident->severity, AUDIT_CRITICAL);
	assert_int_equal(incident->per, RULE_PER_CREDENTIAL);
	assert_int_equal(incident->actions, 3);
	assert_int_equal(incident->done, 2);
	assert_int_equal(incident->count, 5);
	assert_int_equal(incident->window_s, 600);
	assert_int_equal(watch.windows.count, 1);
	assert_string_equal(watch.windows.list[0]->subject, "uid:1000");
	assert_int_equal(watch.windows.list[0]->used, 2);
	assert_int_equal(window_at(watch.windows.list[0], 1).seq, 9);
	watch_free(&watch);
}

static void test_it_is_written_as_it_was_read(void **state)
{
	struct watch watch;
	size_t length;

	(void)state;
	assert_int_equal(watch_parse(&watch, &rules, WHOLE, strlen(WHOLE)), 0);
	char *text = watch_format(&watch, &rules, &length);
	assert_int_equal(length, strlen(WHOLE));
	assert_memory_equal(text, WHOLE, length);
	free(text);
	watch_free(&watch);
}

/* The end says that it is whole: no part of it is taken for a file. */
static void test_every_cut_and_every_flip(void **state)
{
	char text[] = WHOLE;
	struct watch watch;
	size_t length;

	(void)state;
	for (size_t i = 0; i < strlen(WHOLE); i++) {
		assert_int_equal(watch_parse(&watch, &rules, text, i), -1);
		/* A flip is refused, or it is another file that is written just like that. */
		for (unsigned bit = 0; bit < 8; bit++) {
			text[i] = (char)(text[i] ^ (1 << bit));
			if (watch_parse(&watch, &rules, text, strlen(WHOLE)) == 0) {
				char *again = watch_format(&watch, &rules, &length);
				bool known = watch.windows.count == 1;
				if (known)
					assert_memory_equal(again, text, strlen(WHOLE));
				free(again);
				watch_free(&watch);
			}
			text[i] = (char)(text[i] ^ (1 << bit));
		}
	}
}

static void test_what_is_none(void **state)
{
	static const char *const wrong[] = {
		"",
		"end\n",
		FIRST,
		FIRST "end",
		FIRST "end\nend\n",
		FIRST " end\n",
		FIRST OPEN OPEN "end\n", /* one id twice */
		FIRST SEEN SEEN "end\n", /* one window twice */
		FIRST SEEN OPEN "end\n", /* not in that order */
		"ghward incidents 2\n" SLOT "end\n",
		FIRST
		"open SEC-20260102-0123abcd 41 1 critical credential 8 0 5 600 1 a a x\nend\n",
		FIRST "open SEC-20260102-0123abcd 41 1 critical credential 3 0 5 600 1 a a \nend\n",
		FIRST "open SEC-20260102-0123abcd 41 1 severe credential 3 0 5 600 1 a a x\nend\n",
		FIRST "open SEC-20260102-0123abcd 41 1 critical uid 3 0 5 600 1 a a x\nend\n",
		FIRST "open SEC-20260102-0123ABCD 41 1 critical all 1 0 5 600 1 a a x\nend\n",
		FIRST "open SEC-20260102-0123abcd 041 1 critical all 1 0 5 600 1 a a x\nend\n",
		FIRST "open SEC-20260102-0123abcd -1 1 critical all 1 0 5 600 1 a a x\nend\n",
		FIRST "open SEC-20260102-0123abcd 41 1 critical all 1 0 5 600 1;2 a a x\nend\n",
		FIRST "open SEC-20260102-0123abcd 41 1 critical all 1 0 5 600 1 A a x\nend\n",
		FIRST "open SEC-20260102-0123abcd 41 1 critical all 1 0 5 600 1 a a x\x1b\nend\n",
		FIRST "open SEC-20260102-0123abcd 41 1 critical all 1 0 5 600 1 a a \xff\nend\n",
		FIRST "seen path_traversal  uid:1\nend\n",
		FIRST "seen path_traversal 1:2, uid:1\nend\n",
		FIRST "seen path_traversal 1 uid:1\nend\n",
		FIRST "seen path_traversal 1:02 uid:1\nend\n",
		FIRST "seen path_traversal 1:999999999999999999999 uid:1\nend\n",
		FIRST "seen gone 1 uid:1\nend\n",
	};

	(void)state;
	assert_true(reads(WHOLE));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (reads(wrong[i]))
			fail_msg("this is read: %s", wrong[i]);
	}
}

static void test_rules_that_are_gone_or_others_now(void **state)
{
	struct watch watch;

	(void)state;
	assert_true(reads(FIRST "seen gone 1:2 uid:1\nend\n"));
	/* The newest of more hits than the rule now counts. */
	rules_find(&rules, "path_traversal")->threshold = 1;
	assert_int_equal(watch_parse(&watch, &rules, WHOLE, strlen(WHOLE)), 0);
	assert_int_equal(watch.windows.list[0]->used, 1);
	assert_int_equal(window_at(watch.windows.list[0], 0).seq, 9);
	watch_free(&watch);
}

static void test_the_largest_file_can_be_read(void **state)
{
	struct watch watch = {.position = {.seq = AUDITLOG_SEQ_MAX}};
	char subject[INCIDENT_SUBJECT_MAX + 1];
	size_t length;

	(void)state;
	rules_find(&rules, "path_traversal")->threshold = WINDOWS_HITS_MAX / WINDOWS_MAX;
	memset(subject, 'x', sizeof(subject) - 1);
	subject[sizeof(subject) - 1] = 0;
	for (unsigned i = 0; i < INCIDENTS_MAX; i++) {
		struct open_incident *incident = incidents_add(&watch.incidents);
		snprintf(incident->id, sizeof(incident->id), "SEC-20260102-%08x", i);
		memset(incident->rule, 'r', RULE_NAME_MAX);
		memset(incident->type, 't', RULE_NAME_MAX);
		memset(incident->records, '1', INCIDENT_RECORDS_MAX);
		memcpy(incident->subject, subject, sizeof(subject));
		incident->seq = AUDITLOG_SEQ_MAX;
		incident->count = incident->window_s = UINT32_MAX;
	}
	assert_null(incidents_add(&watch.incidents));
	const struct audit_rule *rule = rules_find(&rules, "path_traversal");
	for (unsigned i = 0; i < WINDOWS_MAX; i++) {
		snprintf(subject, 9, "%08x", i);
		subject[8] = 'x';
		for (unsigned k = 0; k < rule->threshold; k++)
			windows_hit(&watch.windows, (unsigned)(rule - rules.list), rule, subject,
				    (struct window_hit){UINT64_C(253402300799999999) - k,
							AUDITLOG_SEQ_MAX});
	}
	char *text = watch_format(&watch, &rules, &length);
	assert_true(length <= WATCH_FILE_MAX);
	watch_free(&watch);
	assert_int_equal(watch_parse(&watch, &rules, text, length), 0);
	assert_int_equal(watch.incidents.count, INCIDENTS_MAX);
	assert_int_equal(watch.windows.count, WINDOWS_MAX);
	watch_free(&watch);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_what_a_file_says, set_up),
		cmocka_unit_test_setup(test_it_is_written_as_it_was_read, set_up),
		cmocka_unit_test_setup(test_every_cut_and_every_flip, set_up),
		cmocka_unit_test_setup(test_what_is_none, set_up),
		cmocka_unit_test_setup(test_rules_that_are_gone_or_others_now, set_up),
		cmocka_unit_test_setup(test_the_largest_file_can_be_read, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
