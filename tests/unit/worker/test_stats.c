/* Counting within bounded memory, and audit stats. */
#include "made.h"
#include "worker/summary.h"
#include "worker/tally.h"

#include "lib/json/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_the_most_frequent_come_first(void **state)
{
	static struct tally tally;

	(void)state;
	tally_add(&tally, "b");
	tally_add(&tally, "c");
	tally_add(&tally, "a");
	tally_add(&tally, "c");
	tally_sort(&tally);
	assert_int_equal(tally.count, 3);
	assert_string_equal(tally.entries[0].text, "c");
	assert_int_equal(tally.entries[0].count, 2);
	assert_string_equal(tally.entries[1].text, "a");
	tally_clean(&tally);
}

static void test_too_many_texts_are_others(void **state)
{
	struct tally *tally = calloc(1, sizeof(*tally));
	char text[16];

	(void)state;
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < TALLY_MAX + 100; i++) {
			snprintf(text, sizeof(text), "%u", i);
			tally_add(tally, text);
		}
	}
	assert_int_equal(tally->count, TALLY_MAX);
	assert_int_equal(tally->others, 200);
	assert_int_equal(tally->entries[0].count, 2);
	tally_clean(tally);
	free(tally);
}

static void test_long_texts_are_cut_at_a_character(void **state)
{
	static struct tally tally;
	char text[301];

	(void)state;
	for (size_t i = 0; i < 300; i += 2)
		memcpy(text + i, "\xc3\xa4", 2);
	text[300] = 0;
	tally_add(&tally, text);
	assert_true(strlen(tally.entries[0].text) <= TALLY_TEXT_MAX);
	assert_string_equal(tally.entries[0].text + strlen(tally.entries[0].text) - 5,
			    "\xc3\xa4\xe2\x80\xa6");
	tally_clean(&tally);
}

/* A clock that was set back, and one that runs wild. */
static void test_days_are_in_order_and_bounded(void **state)
{
	struct summary *summary = summary_new();
	struct record record = {
		.seq = 1, .time = "", .event = "", .actor = "", .outcome = "", .target = ""};
	static const unsigned days[] = {5, 6, 3, 5, 9};
	char text[SUMMARY_DAY_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
		record.time_us = days[i] * UINT64_C(86400000000) + 7200000000;
		summary_add(summary, &record);
	}
	assert_int_equal(summary->day_count, 4);
	assert_int_equal(summary->days[0].day, 3);
	assert_int_equal(summary->days[1].day, 5);
	assert_int_equal(summary_day_total(&summary->days[1]), 2);
	assert_int_equal(summary->days[3].day, 9);
	assert_int_equal(summary->hours[2], 5);
	for (unsigned i = 0; i < SUMMARY_DAYS_MAX; i++) {
		record.time_us = (100 + i) * UINT64_C(86400000000);
		summary_add(summary, &record);
	}
	assert_int_equal(summary->day_count, SUMMARY_DAYS_MAX);
	assert_int_equal(summary->other_days, 4);
	summary_day_text(20455, text);
	assert_string_equal(text, "2026-01-02");
	summary_free(summary);
}

static void add_some(struct made *made)
{
	made_add(made, &(struct audit_event){.actor = "uid:1", .event = "a", .target = "acme/x"});
	made_add(made, &(struct audit_event){.actor = "uid:1",
					     .event = "b",
					     .outcome = "done",
					     .severity = AUDIT_CRITICAL});
	made->time_us += 86400000000u;
	made_add(made, &(struct audit_event){.actor = "uid:2", .event = "a", .target = "acme/x"});
}

static void test_lines(void **state)
{
	struct made made = {0};
	struct job *job = made_job(JOB_AUDIT_STATS, REVIEW_LINES);

	(void)state;
	add_some(&made);
	const char *text = made_run(&made, job);
	static const char *const expected[] = {
		"records\t\t3\n",
		"first\t2026-01-02T03:04:05.000000Z\t1\n",
		"last\t2026-01-03T03:04:07.000000Z\t3\n",
		"event\ta\t2\nevent\tb\t1\n",
		"actor\tuid:1\t2\nactor\tuid:2\t1\n",
		"severity\tcritical\t1\nseverity\twarning\t0\nseverity\tinfo\t2\n",
		"outcome\tdone\t1\n",
		"target\tacme/x\t2\n",
		"day\t2026-01-02\t2\nday\t2026-01-03\t1\n",
		"hour\t03\t3\nhour\t04\t0\n",
	};
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		assert_non_null(strstr(text, expected[i]));
	made_free(job);
}

static void test_for_people(void **state)
{
	struct made made = {0};
	struct job *job = made_job(JOB_AUDIT_STATS, REVIEW_TABLE);

	(void)state;
	add_some(&made);
	const char *text = made_run(&made, job);
	assert_memory_equal(text, "3 records, from 2026-01-02T03:04:05Z to 2026-01-03T03:04:07Z\n",
			    61);
	assert_non_null(strstr(text, "\nBy actor\n           2  \xe2\x96\xaa"));
	assert_non_null(strstr(text, "  uid:1\n"));
	made_free(job);
}

static void test_json(void **state)
{
	const struct json_limits limits = {10000, 1000, JSON_NO_COMMENTS};
	struct made made = {0};
	struct job *job = made_job(JOB_AUDIT_STATS, REVIEW_JSON);
	struct json_where where;
	enum json_fault fault;
	uint64_t count;

	(void)state;
	add_some(&made);
	for (const char *const *text = made_hostile; *text; text++)
		made_add(&made, &(struct audit_event){.actor = *text,
						      .event = *text,
						      .outcome = *text,
						      .target = *text});
	const char *text = made_run(&made, job);
	struct cJSON *root = json_parse(text, strlen(text), &limits, &fault, &where);
	assert_non_null(root);
	assert_true(json_get_u64(root, "records", &count));
	assert_int_equal(count, job->items);
	static const char *const groups[] = {"by_event", "by_actor", "by_outcome", "by_day"};
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		assert_non_null(json_get_array(json_get_object(root, groups[i]), "listed"));
	/* Ten targets, and the others. */
	const struct cJSON *targets = json_get_object(root, "by_target");
	assert_int_equal(cJSON_GetArraySize(json_get_array(targets, "listed")), 10);
	assert_true(json_get_u64(targets, "other", &count) && count == 11);
	assert_int_equal(cJSON_GetArraySize(json_get_array(root, "by_hour")), 24);
	cJSON_Delete(root);
	made_free(job);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_most_frequent_come_first),
		cmocka_unit_test(test_too_many_texts_are_others),
		cmocka_unit_test(test_long_texts_are_cut_at_a_character),
		cmocka_unit_test(test_days_are_in_order_and_bounded),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_for_people),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
