/* The strict reader: one content has one form, and nothing else is a record. */
#include "lib/auditlog/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define TIME "2026-01-02T03:04:05.678901Z"

/* A record with these pieces; everything else is fine. */
struct pieces {
	const char *start, *seq, *time, *mono, *actor, *phase, *severity, *details, *prev, *end;
};

static const struct pieces fine = {
	"{", "7", TIME, "12", "uid:7", "note", "info", "{\"k\":\"v\"}", ZEROS, "}",
};

static char *build(const struct pieces *pieces)
{
	char *line = NULL;

	assert_true(
		asprintf(&line,
			 "%s\"seq\":%s,\"time\":\"%s\",\"boot\":\"b\",\"mono\":%s,\"actor\":\"%s\","
			 "\"job\":\"\",\"event\":\"a.b\",\"phase\":\"%s\",\"target\":\"\","
			 "\"decision\":\"\",\"rule\":\"\",\"outcome\":\"\",\"request_id\":\"\","
			 "\"severity\":\"%s\",\"details\":%s,\"session\":\"s\",\"prev\":\"%s\"%s",
			 pieces->start, pieces->seq, pieces->time, pieces->mono, pieces->actor,
			 pieces->phase, pieces->severity, pieces->details, pieces->prev,
			 pieces->end) > 0);
	return line;
}

/* A copy of exact size, so that a sanitizer sees a read past the end. */
static int parse(const char *line, size_t length, struct auditlog_record *frame)
{
	char *copy = malloc(length ? length : 1);

	memcpy(copy, line, length);
	int status = auditlog_parse(copy, length, frame);
	free(copy);
	return status;
}

static int parse_pieces(struct pieces pieces)
{
	struct auditlog_record frame;
	char *line = build(&pieces);
	int status = parse(line, strlen(line), &frame);

	free(line);
	return status;
}

static void test_a_record(void **state)
{
	struct auditlog_record frame;
	char *line = build(&fine);

	(void)state;
	assert_int_equal(auditlog_parse(line, strlen(line), &frame), 0);
	assert_int_equal(frame.seq, 7);
	assert_true(auditlog_text_is(frame.event, "a.b"));
	assert_false(auditlog_text_is(frame.event, "a.bc"));
	assert_false(auditlog_text_is(frame.event, "a."));
	free(line);
}

static void test_every_part_of_a_record_is_not_one(void **state)
{
	struct auditlog_record frame;
	char *line = build(&fine);
	size_t length = strlen(line);

	(void)state;
	for (size_t cut = 0; cut < length; cut++)
		assert_int_equal(parse(line, cut, &frame), -1);
	free(line);
}

/* A space, a comma or a letter more, wherever that may be, is another record or none: never the
 * same one in another form. Inside of texts it is another text. */
static void test_nothing_can_be_inserted(void **state)
{
	struct auditlog_record frame;
	char *line = build(&fine), *longer = malloc(strlen(line) + 2);
	size_t length = strlen(line), inside = 0;

	(void)state;
	for (size_t at = 0; at <= length; at++) {
		memcpy(longer, line, at);
		longer[at] = ' ';
		memcpy(longer + at + 1, line + at, length - at);
		inside += parse(longer, length + 1, &frame) == 0;
	}
	/* boot, actor, job, event and the five free texts, key and value of the detail, session. */
	assert_int_equal(inside, 2 + 6 + 1 + 4 + 5 + 2 + 2 + 2);
	free(longer);
	free(line);
}

static void test_numbers_have_one_form(void **state)
{
	static const char *const wrong[] = {"0",
					    "07",
					    "-7",
					    "+7",
					    "7.0",
					    "7e0",
					    "",
					    " 7",
					    "7 ",
					    "0x7",
					    "17592186044416",
					    "18446744073709551616",
					    "99999999999999999999999"};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct pieces pieces = fine;
		pieces.seq = wrong[i];
		assert_int_equal(parse_pieces(pieces), -1);
	}
	struct pieces pieces = fine;
	pieces.seq = "17592186044415";
	pieces.mono = "18446744073709551615";
	assert_int_equal(parse_pieces(pieces), 0);
	pieces.mono = "0";
	assert_int_equal(parse_pieces(pieces), 0);
	pieces.mono = "00";
	assert_int_equal(parse_pieces(pieces), -1);
}

static void test_texts_have_one_form(void **state)
{
	static const char *const right[] = {
		"", "\\\"", "\\\\", "\\\\x1b", "\xc3\xa9", "\xf0\x9f\x98\x80", "~", "/"};
	/* Other spellings of what the writer spells otherwise, controls, and what is not UTF-8. */
	static const char *const wrong[] = {"\\/",
					    "\\u0041",
					    "\\u00e9",
					    "\\n",
					    "\\b",
					    "\\",
					    "\\x",
					    "\n",
					    "\x1f",
					    "\x7f",
					    "\xc2\x80",
					    "\xc2\x9b",
					    "\xff",
					    "\xc3",
					    "\xc0\xaf",
					    "\xed\xa0\x80",
					    "\xf4\x90\x80\x80",
					    "\xe2\x82"};

	(void)state;
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		struct pieces pieces = fine;
		pieces.actor = right[i];
		assert_int_equal(parse_pieces(pieces), 0);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct pieces pieces = fine;
		pieces.actor = wrong[i];
		if (parse_pieces(pieces) == 0)
			fail_msg("text %zu is accepted", i);
	}
}

static void test_times_have_one_form(void **state)
{
	static const char time[] = TIME;

	(void)state;
	for (size_t i = 0; i < sizeof(time) - 1; i++) {
		char other[sizeof(time)];
		struct pieces pieces = fine;
		memcpy(other, time, sizeof(time));
		other[i] = 'x';
		pieces.time = other;
		assert_int_equal(parse_pieces(pieces), -1);
	}
}

static void test_closed_sets_are_closed(void **state)
{
	struct pieces pieces = fine;

	(void)state;
	pieces.phase = "intent";
	pieces.severity = "critical";
	assert_int_equal(parse_pieces(pieces), 0);
	pieces.phase = "Intent";
	assert_int_equal(parse_pieces(pieces), -1);
	pieces.phase = "";
	assert_int_equal(parse_pieces(pieces), -1);
	pieces = fine;
	pieces.severity = "fatal";
	assert_int_equal(parse_pieces(pieces), -1);
	pieces = fine;
	pieces.prev = ZEROS "0";
	assert_int_equal(parse_pieces(pieces), -1);
	pieces.prev = "A00000000000000000000000000000000000000000000000000000000000000";
	assert_int_equal(parse_pieces(pieces), -1);
}

static void test_details(void **state)
{
	static const char *const right[] = {"{}", "{\"a\":\"\"}", "{\"\":\"\"}",
					    "{\"a\":\"1\",\"b\":\"1\",\"aa\":\"1\"}"};
	static const char *const wrong[] = {"{\"a\":1}",
					    "{\"a\":null}",
					    "{\"a\":\"1\",}",
					    "{,\"a\":\"1\"}",
					    "{\"a\":\"1\"\"b\":\"2\"}",
					    "{\"a\"}",
					    "[]",
					    "\"\"",
					    "{\"a\":\"1\",\"b\":\"1\",\"a\":\"2\"}",
					    "{\"a\":{}}"};

	(void)state;
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		struct pieces pieces = fine;
		pieces.details = right[i];
		assert_int_equal(parse_pieces(pieces), 0);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct pieces pieces = fine;
		pieces.details = wrong[i];
		if (parse_pieces(pieces) == 0)
			fail_msg("details %zu are accepted", i);
	}
}

static void test_there_are_not_too_many_details(void **state)
{
	char details[AUDIT_DETAILS_MAX * 16] = "{";
	struct pieces pieces = fine;

	(void)state;
	pieces.details = details;
	for (unsigned i = 1; i <= AUDIT_DETAILS_MAX + 1; i++) {
		size_t used = strlen(details);
		snprintf(details + used, sizeof(details) - used, "\"%u\":\"\"}", i);
		assert_int_equal(parse_pieces(pieces), i <= AUDIT_DETAILS_MAX ? 0 : -1);
		details[strlen(details) - 1] = ',';
	}
}

static void test_the_longest_line(void **state)
{
	static char long_text[AUDITLOG_LINE_MAX];
	struct pieces pieces = fine;
	char *line = build(&fine);
	size_t room = AUDITLOG_LINE_MAX - 1 - (strlen(line) - strlen(fine.actor));

	(void)state;
	free(line);
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[room] = 0;
	pieces.actor = long_text;
	assert_int_equal(parse_pieces(pieces), 0);
	long_text[room] = 'x';
	long_text[room + 1] = 0;
	assert_int_equal(parse_pieces(pieces), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_record),
		cmocka_unit_test(test_every_part_of_a_record_is_not_one),
		cmocka_unit_test(test_nothing_can_be_inserted),
		cmocka_unit_test(test_numbers_have_one_form),
		cmocka_unit_test(test_texts_have_one_form),
		cmocka_unit_test(test_times_have_one_form),
		cmocka_unit_test(test_closed_sets_are_closed),
		cmocka_unit_test(test_details),
		cmocka_unit_test(test_there_are_not_too_many_details),
		cmocka_unit_test(test_the_longest_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
