/* The format: canonical, bounded, without secrets. */
#include "lib/auditlog/record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SESSION "0123456789ab-89abcdef"

static const struct auditlog_stamp stamp = {UINT64_C(1767323045678901), 12345, "boot"};

static size_t format(const struct audit_event *event, char *line, size_t cap)
{
	struct auditlog_position position = {0};
	char *body = malloc(AUDITLOG_LINE_MAX);
	size_t length = auditlog_format_body(body, AUDITLOG_LINE_MAX, event, &stamp);

	assert_true(length > 0);
	length = auditlog_format_line(line, cap, body, length, 0, SESSION, &position);
	assert_true(length > 0);
	free(body);
	return length;
}

static void test_the_documented_line(void **state)
{
	static const char expected[] =
		"{\"seq\":1,\"time\":\"2026-01-02T03:04:05.678901Z\",\"boot\":\"boot\",\"mono\":"
		"12345,"
		"\"actor\":\"uid:7\",\"job\":\"\",\"event\":\"a.b\",\"phase\":\"note\",\"target\":"
		"\"\","
		"\"decision\":\"\",\"rule\":\"\",\"outcome\":\"\",\"request_id\":\"\","
		"\"severity\":\"warning\",\"details\":{\"k\":\"v\"},\"session\":\"" SESSION
		"\",\"prev\":"
		"\"00000000000000000000000000"
		"00000000000000000000000000000000000000\"}\n";
	const struct audit_event event = {.actor = "uid:7",
					  .event = "a.b",
					  .phase = AUDIT_NOTE,
					  .severity = AUDIT_WARNING,
					  .detail_count = 1,
					  .details = {{"k", "v"}}};
	char line[1024];

	(void)state;
	assert_int_equal(format(&event, line, sizeof(line)), sizeof(expected) - 1);
	assert_memory_equal(line, expected, sizeof(expected) - 1);
}

static void test_secrets_and_escapes_stay_out(void **state)
{
	const struct audit_event event = {.actor = "uid:7",
					  .event = "a.b",
					  .outcome =
						  "token=ghp_0123456789abcdefghijABCDEFGHIJ012345",
					  .target = "a\x1b[31m\n\"\\"};
	char line[2048] = "";
	struct auditlog_record frame;

	(void)state;
	size_t length = format(&event, line, sizeof(line) - 1);
	assert_null(strstr(line, "0123456789abcdef"));
	assert_null(strchr(line, '\x1b'));
	assert_ptr_equal(strchr(line, '\n'), line + length - 1);
	assert_int_equal(auditlog_parse(line, length - 1, &frame), 0);
}

/* Every field at its longest, every character escaped: still a line. */
static void test_the_largest_event_fits(void **state)
{
	static char big[70000], keys[AUDIT_DETAILS_MAX][1000];
	struct audit_event event = {.detail_count = AUDIT_DETAILS_MAX};
	char *line = malloc(AUDITLOG_LINE_MAX + 1);
	struct auditlog_record frame;

	(void)state;
	memset(big, '"', sizeof(big) - 1);
	event.actor = event.job = event.event = event.target = event.decision = big;
	event.rule = event.outcome = event.request_id = big;
	for (unsigned i = 0; i < AUDIT_DETAILS_MAX; i++) {
		memset(keys[i], '"', sizeof(keys[i]) - 1);
		keys[i][0] = (char)('a' + i);
		event.details[i].key = keys[i];
		event.details[i].value = big;
	}
	size_t length = format(&event, line, AUDITLOG_LINE_MAX + 1);
	assert_true(length > 30000);
	assert_int_equal(auditlog_parse(line, length - 1, &frame), 0);
	free(line);
}

/* What was sent to GitHub can be read in the log, whole. */
static void test_the_body_of_a_request_is_not_cut(void **state)
{
	char value[4001], line[16384];
	const struct audit_event event = {.event = "alerts.update",
					  .detail_count = 2,
					  .details = {{"body", value}, {"k", "v"}}};

	(void)state;
	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = 0;
	size_t length = format(&event, line, sizeof(line));
	assert_non_null(memmem(line, length, value, sizeof(value) - 1));
}

/* The strict reader would refuse such a line, so it is not written. */
static void test_a_detail_stands_once(void **state)
{
	struct audit_event event = {.actor = "a", .event = "a.b", .detail_count = 2};
	char body[2048];

	(void)state;
	event.details[0].key = "k";
	event.details[1].key = "l";
	event.details[0].value = event.details[1].value = "";
	assert_true(auditlog_format_body(body, sizeof(body), &event, &stamp) > 0);
	event.details[1].key = "k";
	assert_int_equal(auditlog_format_body(body, sizeof(body), &event, &stamp), 0);
	/* Two keys that the sanitiser makes equal. */
	event.details[0].key = "k\xff";
	event.details[1].key = "k\xfe";
	assert_int_equal(auditlog_format_body(body, sizeof(body), &event, &stamp), 0);
}

static void test_what_does_not_fit_is_refused(void **state)
{
	const struct audit_event event = {.actor = "a", .event = "a.b"};
	struct auditlog_position position = {.seq = 6};
	char body[2048], line[2048];

	(void)state;
	size_t size = auditlog_format_body(body, sizeof(body), &event, &stamp);
	for (size_t cap = 0; cap < size; cap++)
		assert_int_equal(auditlog_format_body(line, cap, &event, &stamp), 0);
	size_t length = auditlog_format_line(line, sizeof(line), body, size, 0, SESSION, &position);
	assert_int_equal(position.seq, 7);
	for (size_t cap = 1; cap <= length; cap++) {
		assert_int_equal(auditlog_format_line(line, cap, body, size, 0, SESSION, &position),
				 0);
		assert_int_equal(position.seq, 7);
	}
	assert_int_equal(auditlog_format_line(line, sizeof(line), body, 1, 0, SESSION, &position),
			 0);
}

static void test_times_and_numbers_at_their_ends(void **state)
{
	static const struct auditlog_stamp late = {UINT64_C(4102444799999999), UINT64_MAX, "boot"};
	const struct audit_event event = {.actor = "a", .event = "a.b"};
	struct auditlog_position position = {.seq = AUDITLOG_SEQ_MAX - 1};
	struct auditlog_record frame;
	char body[2048], line[2048];

	(void)state;
	size_t size = auditlog_format_body(body, sizeof(body), &event, &late);
	assert_non_null(memmem(body, size, "\"2099-12-31T23:59:59.999999Z\"", 29));
	size_t length = auditlog_format_line(line, sizeof(line), body, size, 0, SESSION, &position);
	assert_int_equal(auditlog_parse(line, length - 1, &frame), 0);
	assert_true(frame.seq == AUDITLOG_SEQ_MAX);
	/* The log is full: this number could not be followed by another. */
	length = auditlog_format_line(line, sizeof(line), body, size, 0, SESSION, &position);
	assert_int_equal(auditlog_parse(line, length - 1, &frame), -1);
}

/* The number of the intent is the last detail, whether or not there are others. */
static void test_a_result_names_its_intent(void **state)
{
	const struct audit_event bare = {.actor = "a", .event = "a.b"};
	const struct audit_event full = {
		.actor = "a", .event = "a.b", .detail_count = 1, .details = {{"k", "v"}}};
	char body[2048], line[2048] = "";
	struct auditlog_position position = {0};
	struct auditlog_record record;

	(void)state;
	size_t size = auditlog_format_body(body, sizeof(body), &bare, &stamp);
	size_t length =
		auditlog_format_line(line, sizeof(line), body, size, 17, SESSION, &position);
	assert_non_null(memmem(line, length, "\"details\":{\"intent\":\"17\"}", 25));
	assert_int_equal(auditlog_parse(line, length - 1, &record), 0);
	size = auditlog_format_body(body, sizeof(body), &full, &stamp);
	length = auditlog_format_line(line, sizeof(line), body, size, 17, SESSION, &position);
	assert_non_null(memmem(line, length, "{\"k\":\"v\",\"intent\":\"17\"}", 23));
	assert_int_equal(auditlog_parse(line, length - 1, &record), 0);
	assert_true(auditlog_text_is(auditlog_detail(&record, "intent"), "17"));
	assert_null(auditlog_detail(&record, "other").text);
}

/* One that is long takes what the others leave, and leaves each its share. */
static void test_details_share_their_room(void **state)
{
	static char big[20000], line[AUDITLOG_LINE_MAX + 1];
	struct audit_event event = {.actor = "a", .event = "a.b", .detail_count = 3};
	struct auditlog_record record;

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	for (unsigned i = 0; i < 3; i++) {
		event.details[i].key = &"abc"[i];
		event.details[i].value = i == 1 ? big : "small";
	}
	size_t length = format(&event, line, sizeof(line));
	assert_int_equal(auditlog_parse(line, length - 1, &record), 0);
	assert_true(record.details[1].value.length > 15000);
	assert_true(auditlog_text_is(record.details[2].value, "small"));
}

static void test_the_leaf_hash_is_rfc_6962(void **state)
{
	/* SHA-256 of one zero byte: the leaf hash of an empty entry. */
	uint8_t hash[AUDITLOG_HASH_SIZE], back[AUDITLOG_HASH_SIZE];
	char text[AUDITLOG_HEX_SIZE];

	(void)state;
	auditlog_leaf_hash("", 0, hash);
	auditlog_hex(hash, text);
	assert_string_equal(text,
			    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
	assert_int_equal(auditlog_unhex(text, 64, back), 0);
	assert_memory_equal(hash, back, sizeof(hash));
	assert_int_equal(auditlog_unhex(text, 63, back), -1);
	text[5] = 'A';
	assert_int_equal(auditlog_unhex(text, 64, back), -1);
}

static void test_segment_names(void **state)
{
	char name[AUDITLOG_NAME_SIZE];
	uint64_t number;

	(void)state;
	auditlog_segment_name(name, 17);
	assert_string_equal(name, "00000000000000000017.jsonl");
	assert_int_equal(auditlog_segment_number(name, &number), 0);
	assert_int_equal(number, 17);
	static const char *const wrong[] = {"00000000000000000000.jsonl",
					    "17.jsonl",
					    "lock",
					    "head",
					    "0000000000000000001x.jsonl",
					    "99999999999999999999.jsonl",
					    "09223372036854775808.jsonl",
					    "00000000000000000017.jsonlx",
					    "00000000000000000017.jsonl~"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(auditlog_segment_number(wrong[i], &number), -1);
}

static void test_slots(void **state)
{
	struct auditlog_position position = {.seq = 99}, back;
	char text[AUDITLOG_SLOT_SIZE + 1];

	(void)state;
	memset(position.hash, 0xab, sizeof(position.hash));
	auditlog_format_slot(text, &position);
	assert_int_equal(strlen(text), AUDITLOG_SLOT_SIZE);
	assert_int_equal(auditlog_parse_slot(text, AUDITLOG_SLOT_SIZE, &back), 0);
	assert_int_equal(back.seq, 99);
	assert_memory_equal(back.hash, position.hash, sizeof(position.hash));
	assert_int_equal(auditlog_parse_slot(text, AUDITLOG_SLOT_SIZE - 1, &back), -1);
	for (size_t i = 0; i < AUDITLOG_SLOT_SIZE; i++) {
		char saved = text[i];
		text[i] = 'x';
		assert_int_equal(auditlog_parse_slot(text, AUDITLOG_SLOT_SIZE, &back), -1);
		text[i] = saved;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_documented_line),
		cmocka_unit_test(test_secrets_and_escapes_stay_out),
		cmocka_unit_test(test_the_largest_event_fits),
		cmocka_unit_test(test_the_body_of_a_request_is_not_cut),
		cmocka_unit_test(test_a_detail_stands_once),
		cmocka_unit_test(test_what_does_not_fit_is_refused),
		cmocka_unit_test(test_times_and_numbers_at_their_ends),
		cmocka_unit_test(test_a_result_names_its_intent),
		cmocka_unit_test(test_details_share_their_room),
		cmocka_unit_test(test_the_leaf_hash_is_rfc_6962),
		cmocka_unit_test(test_segment_names),
		cmocka_unit_test(test_slots),
	};

	return auditlog_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
