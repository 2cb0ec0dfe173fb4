/* CSV: RFC 4180, and nothing that a spreadsheet would run. */
#include "made.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char header[] = "seq,time,mono,session,actor,job,event,phase,target,decision,rule,"
			     "outcome,request_id,severity,details,prev\r\n";

static void test_one_record(void **state)
{
	struct made made = {0};
	struct job *job = made_job(JOB_AUDIT_EXPORT, REVIEW_CSV);

	(void)state;
	made_add(&made, &(struct audit_event){.actor = "uid:1000",
					      .event = "alerts.update",
					      .phase = AUDIT_INTENT,
					      .target = "acme/shop#7",
					      .rule = "a b",
					      .outcome = "say \"no\", please",
					      .detail_count = 1,
					      .details = {{"body", "{\"state\":\"open\"}"}}});
	const char *text = made_run(&made, job);
	assert_memory_equal(text, header, strlen(header));
	assert_string_equal(
		text + strlen(header),
		"1,2026-01-02T03:04:05.000000Z,12345,0a1b2c3d4e5f-01234567,uid:1000,,alerts.update,"
		"intent,acme/shop#7,,\"a b\",\"say \"\"no\"\", please\",,info,"
		"\"{\"\"body\"\":\"\"{\\\"\"state\\\"\":\\\"\"open\\\"\"}\"\"}\","
		"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\r\n");
	made_free(job);
}

/* Reads one cell as RFC 4180 has it. */
static const char *read_cell(const char *at, char *cell)
{
	bool quoted = *at == '"';

	at += quoted ? 1 : 0;
	while (quoted ? *at != '"' || at[1] == '"' : *at != ',' && *at != '\r') {
		assert_true(*at != 0);
		at += quoted && *at == '"' ? 1 : 0;
		*cell++ = *at++;
	}
	*cell = 0;
	return at + (quoted ? 1 : 0);
}

static void check_cell(const char *cell, const char *expected)
{
	static const char *const signs[] = {"=", "+", "-", "@", "\xef\xbc\x9d"};
	const char *shown = cell;

	while (*shown == ' ' || strncmp(shown, "\xc2\xa0", 2) == 0 ||
	       strncmp(shown, "\xe3\x80\x80", 3) == 0)
		shown += *shown == ' ' ? 1 : *shown == '\xc2' ? 2 : 3;
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		assert_int_not_equal(strncmp(shown, signs[i], strlen(signs[i])), 0);
	/* The text comes back when one apostrophe is taken away. Escapes of tricks stay. */
	cell += *cell == '\'' ? 1 : 0;
	if (!strchr(expected, '\t') && strncmp(cell, "\\u", 2) != 0 && strncmp(cell, "\\U", 2) != 0)
		assert_string_equal(cell, expected);
}

static void test_formulas_are_texts(void **state)
{
	static char cell[200000];
	struct made made = {0};
	struct job *job = made_job(JOB_AUDIT_EXPORT, REVIEW_CSV);

	(void)state;
	for (const char *const *text = made_hostile; *text; text++)
		made_add(&made, &(struct audit_event){.actor = *text,
						      .job = *text,
						      .event = *text,
						      .target = *text,
						      .decision = *text,
						      .rule = *text,
						      .outcome = *text,
						      .request_id = *text});
	const char *at = made_run(&made, job) + strlen(header);
	for (const char *const *text = made_hostile; *text; text++) {
		for (unsigned column = 0; column < 16; column++) {
			bool free_text =
				(column >= 4 && column <= 6) || (column >= 8 && column <= 12);
			at = read_cell(at, cell);
			if (free_text)
				check_cell(cell, *text);
			assert_int_equal(*at, column == 15 ? '\r' : ',');
			at += column == 15 ? 2 : 1;
		}
	}
	assert_int_equal(*at, 0);
	made_free(job);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_record),
		cmocka_unit_test(test_formulas_are_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
