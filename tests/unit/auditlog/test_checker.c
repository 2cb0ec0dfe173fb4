/* The checker finds every change that a chain can show: exhaustively for a small log. */
#include "lib/auditlog/checker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RECORDS 12

struct fixture {
	char text[RECORDS * 2048];
	size_t length;
	size_t starts[RECORDS + 1];
	struct auditlog_position head;
};

static void append(struct fixture *fixture, const char *name, unsigned number)
{
	char body[2048], value[16];
	const struct auditlog_stamp stamp = {UINT64_C(1767225600000000) + number, number, "boot"};
	struct audit_event event = {
		.actor = "uid:1000",
		.job = "j-1",
		.event = name,
		.phase = AUDIT_INTENT,
		.target = "acme/shop",
		.decision = "allow",
		.detail_count = 1,
		.details = {{"n", value}},
	};

	snprintf(value, sizeof(value), "%u \"q\"", number);
	size_t size = auditlog_format_body(body, sizeof(body), &event, &stamp);
	assert_true(size > 0);
	size_t line = auditlog_format_line(fixture->text + fixture->length,
					   sizeof(fixture->text) - fixture->length, body, size,
					   &fixture->head);
	assert_true(line > 0);
	fixture->length += line;
	fixture->starts[number] = fixture->length;
}

static int set_up(void **state)
{
	static struct fixture fixture;

	memset(&fixture, 0, sizeof(fixture));
	if (auditlog_init() < 0)
		return -1;
	for (unsigned i = 1; i <= RECORDS; i++)
		append(&fixture, "alerts.list", i);
	*state = &fixture;
	return 0;
}

/* Checks a text as one segment; returns the damage or NULL. */
static const char *check(const char *text, size_t length, const struct auditlog_position *head)
{
	struct auditlog_checker checker;
	int status;

	auditlog_checker_init(&checker, head);
	status = auditlog_checker_segment(&checker, 1);
	while (status == 0 && length) {
		const char *end = memchr(text, '\n', length);
		if (!end) {
			status = auditlog_checker_torn(&checker);
			break;
		}
		status = auditlog_checker_line(&checker, text, (size_t)(end - text));
		length -= (size_t)(end - text) + 1;
		text = end + 1;
	}
	if (status == 0)
		status = auditlog_checker_finish(&checker);
	assert_int_equal(status, checker.damage ? -1 : 0);
	return checker.damage;
}

static void test_an_untouched_log_is_fine(void **state)
{
	struct fixture *fixture = *state;

	assert_null(check(fixture->text, fixture->length, &fixture->head));
}

static void test_every_flipped_bit_shows(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < fixture->length; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			fixture->text[i] = (char)(fixture->text[i] ^ (1 << bit));
			if (!check(fixture->text, fixture->length, &fixture->head))
				fail_msg("bit %u of byte %zu can be flipped unnoticed", bit, i);
			fixture->text[i] = (char)(fixture->text[i] ^ (1 << bit));
		}
	}
}

static void test_every_cut_shows(void **state)
{
	struct fixture *fixture = *state;

	for (size_t length = 0; length < fixture->length; length++) {
		if (!check(fixture->text, length, &fixture->head))
			fail_msg("a log cut to %zu bytes looks whole", length);
	}
}

static void remove_range(struct fixture *fixture, size_t from, size_t to)
{
	memmove(fixture->text + from, fixture->text + to, fixture->length - to);
	fixture->length -= to - from;
}

static void test_every_dropped_line_shows(void **state)
{
	for (unsigned i = 0; i < RECORDS; i++) {
		set_up(state);
		struct fixture *fixture = *state;
		remove_range(fixture, fixture->starts[i], fixture->starts[i + 1]);
		const char *damage = check(fixture->text, fixture->length, &fixture->head);
		assert_non_null(damage);
		assert_string_equal(damage, i + 1 == RECORDS ? "cut tail" : "dropped");
	}
	set_up(state);
}

static void test_every_repeated_line_shows(void **state)
{
	struct fixture *fixture = *state;
	char *copy = malloc(fixture->length * 2);

	for (unsigned i = 0; i < RECORDS; i++) {
		size_t from = fixture->starts[i], to = fixture->starts[i + 1];
		memcpy(copy, fixture->text, to);
		memcpy(copy + to, fixture->text + from, fixture->length - from);
		const char *damage = check(copy, fixture->length + to - from, &fixture->head);
		assert_non_null(damage);
		assert_string_equal(damage, "duplicated");
	}
	free(copy);
}

static void test_every_swapped_pair_shows(void **state)
{
	struct fixture *fixture = *state;
	char *copy = malloc(fixture->length);

	for (unsigned i = 0; i + 1 < RECORDS; i++) {
		size_t a = fixture->starts[i], b = fixture->starts[i + 1],
		       c = fixture->starts[i + 2];
		memcpy(copy, fixture->text, fixture->length);
		memcpy(copy + a, fixture->text + b, c - b);
		memcpy(copy + a + (c - b), fixture->text + a, b - a);
		assert_non_null(check(copy, fixture->length, &fixture->head));
	}
	free(copy);
}

static void test_a_missing_head_shows(void **state)
{
	struct fixture *fixture = *state;
	const struct auditlog_position beginning = {0};

	assert_string_equal(check(fixture->text, fixture->length, NULL), "missing head");
	/* A crash before the first update leaves a head that proves nothing; an empty log needs
	 * none. */
	assert_null(check(fixture->text, fixture->length, &beginning));
	assert_null(check(fixture->text, 0, NULL));
}

static void test_an_older_head_is_fine(void **state)
{
	struct fixture *fixture = *state;
	struct auditlog_position older = {.seq = 3};

	auditlog_leaf_hash(fixture->text + fixture->starts[2],
			   fixture->starts[3] - fixture->starts[2] - 1, older.hash);
	assert_null(check(fixture->text, fixture->length, &older));
	older.hash[0] ^= 1;
	assert_string_equal(check(fixture->text, fixture->length, &older), "changed");
}

static void test_segments_continue_each_other(void **state)
{
	struct fixture *fixture = *state;
	struct auditlog_checker checker;

	auditlog_checker_init(&checker, &fixture->head);
	assert_int_equal(auditlog_checker_segment(&checker, 5), -1);
	assert_string_equal(checker.damage, "missing segment");
	assert_int_equal(checker.damaged_seq, 1);

	auditlog_checker_init(&checker, &fixture->head);
	assert_int_equal(auditlog_checker_segment(&checker, 1), 0);
	assert_int_equal(auditlog_checker_line(&checker, fixture->text, fixture->starts[1] - 1), 0);
	/* The first segment was not closed, and its end is not there. */
	assert_int_equal(auditlog_checker_segment(&checker, 5), -1);
	assert_string_equal(checker.damage, "cut tail");
	assert_int_equal(checker.damaged_seq, 2);

	auditlog_checker_init(&checker, &fixture->head);
	assert_int_equal(auditlog_checker_segment(&checker, 1), 0);
	assert_int_equal(auditlog_checker_line(&checker, fixture->text, fixture->starts[1] - 1), 0);
	assert_int_equal(auditlog_checker_segment(&checker, 1), -1);
	assert_string_equal(checker.damage, "foreign segment");
}

/* Two records, the second in a segment of its own although the first did not close its. */
static const char *check_interruption(const char *second)
{
	struct fixture fixture = {0};
	struct auditlog_checker checker;

	append(&fixture, "alerts.list", 1);
	append(&fixture, second, 2);
	auditlog_checker_init(&checker, &fixture.head);
	assert_int_equal(auditlog_checker_segment(&checker, 1), 0);
	assert_int_equal(auditlog_checker_line(&checker, fixture.text, fixture.starts[1] - 1), 0);
	assert_int_equal(auditlog_checker_segment(&checker, 2), 0);
	int status = auditlog_checker_line(&checker, fixture.text + fixture.starts[1],
					   fixture.starts[2] - fixture.starts[1] - 1);
	assert_int_equal(status, checker.damage ? -1 : 0);
	return checker.damage;
}

static void test_only_a_recovery_follows_an_open_segment(void **state)
{
	(void)state;
	assert_null(check_interruption(AUDITLOG_RECOVER));
	assert_string_equal(check_interruption("alerts.list"), "cut tail");
	assert_string_equal(check_interruption("audit.recovery"), "cut tail");
}

/* The same number, a fitting link, another content. */
static void test_an_inserted_record_shows(void **state)
{
	struct fixture fixture = {0}, other = {0};
	struct auditlog_checker checker;

	(void)state;
	append(&fixture, "alerts.list", 1);
	append(&other, "alerts.view", 1);
	auditlog_checker_init(&checker, &fixture.head);
	assert_int_equal(auditlog_checker_segment(&checker, 1), 0);
	assert_int_equal(auditlog_checker_line(&checker, fixture.text, fixture.starts[1] - 1), 0);
	assert_int_equal(auditlog_checker_line(&checker, other.text, other.starts[1] - 1), -1);
	assert_string_equal(checker.damage, "inserted");
	assert_int_equal(checker.damaged_seq, 1);
}

static void test_nothing_follows_a_rotation(void **state)
{
	struct fixture fixture = {0};
	struct auditlog_checker checker;

	(void)state;
	append(&fixture, AUDITLOG_ROTATE, 1);
	append(&fixture, "alerts.list", 2);
	const char *second = fixture.text + fixture.starts[1];
	size_t length = fixture.starts[2] - fixture.starts[1] - 1;
	auditlog_checker_init(&checker, &fixture.head);
	assert_int_equal(auditlog_checker_segment(&checker, 1), 0);
	assert_int_equal(auditlog_checker_line(&checker, fixture.text, fixture.starts[1] - 1), 0);
	assert_int_equal(auditlog_checker_line(&checker, second, length), -1);
	assert_string_equal(checker.damage, "inserted");

	auditlog_checker_init(&checker, &fixture.head);
	assert_int_equal(auditlog_checker_segment(&checker, 1), 0);
	assert_int_equal(auditlog_checker_line(&checker, fixture.text, fixture.starts[1] - 1), 0);
	assert_int_equal(auditlog_checker_segment(&checker, 2), 0);
	assert_int_equal(auditlog_checker_line(&checker, second, length), 0);
	assert_int_equal(auditlog_checker_finish(&checker), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_an_untouched_log_is_fine, set_up),
		cmocka_unit_test_setup(test_every_flipped_bit_shows, set_up),
		cmocka_unit_test_setup(test_every_cut_shows, set_up),
		cmocka_unit_test_setup(test_every_dropped_line_shows, set_up),
		cmocka_unit_test_setup(test_every_repeated_line_shows, set_up),
		cmocka_unit_test_setup(test_every_swapped_pair_shows, set_up),
		cmocka_unit_test_setup(test_a_missing_head_shows, set_up),
		cmocka_unit_test_setup(test_an_older_head_is_fine, set_up),
		cmocka_unit_test_setup(test_segments_continue_each_other, set_up),
		cmocka_unit_test(test_only_a_recovery_follows_an_open_segment),
		cmocka_unit_test(test_an_inserted_record_shows),
		cmocka_unit_test(test_nothing_follows_a_rotation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
