/* Whatever is done to a log of 200 records shows, exhaustively: each byte, each line, each cut.
 * What is read in pieces by several processes comes to the same as what one reads line by line. */
#include "feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RECORDS 200u
#define OTHER_RECORDS 60u
#define ROOM ((size_t)65536) /* for a segment, and a line more */

struct line {
	const char *text;
	size_t length; /* with its newline */
	unsigned segment;
};

/* A log, its lines, and the checker before each segment, behind its name, and behind each record:
 * from there on it goes on with what was damaged, and need not hash everything again. */
struct fixture {
	struct made_log log;
	struct auditlog_known known;
	struct line lines[RECORDS + 2]; /* by number */
	struct auditlog_checker *before, *named, *behind;
};

static struct fixture fixture;
static struct made_log other;
static struct auditlog_checker checkers[FEED_WAYS];

static void find_lines(struct made_log *log, struct line *lines)
{
	unsigned number = 1;

	for (unsigned i = 0; i < log->segment_count; i++) {
		const struct made_segment *segment = &log->segments[i];
		for (size_t at = 0; at < segment->length; number++) {
			const char *text = segment->text + at;
			const char *end = memchr(text, '\n', segment->length - at);
			size_t length = (size_t)(end - text) + 1;
			lines[number] = (struct line){text, length, i};
			at += length;
		}
	}
	assert_int_equal(number, log->position.seq + 1);
}

/* Of closed segments, and one that an error ended. */
static void make_log(struct made_log *log, unsigned records)
{
	made_begin(log, "0123456789ab");
	while (log->position.seq + 1 < records) {
		uint64_t in = log->position.seq + 1 - log->segments[log->segment_count - 1].first;
		if (in == 18 && log->epoch == 3)
			made_next(log, "interrupted", "no space left on device");
		else if (in == 24)
			made_rotate(log);
		else if (in % 7 == 4)
			made_checkpoint(log);
		else
			made_filler(log);
	}
	made_checkpoint(log);
}

static void save_states(struct fixture *fixed)
{
	struct auditlog_checker *checker = &checkers[0];
	unsigned segments = fixed->log.segment_count;
	uint64_t number = 1;

	fixed->before = calloc(2 * segments + RECORDS + 1, sizeof(*fixed->before));
	assert_non_null(fixed->before);
	fixed->named = fixed->before + segments;
	fixed->behind = fixed->named + segments;
	auditlog_checker_init(checker, &fixed->known);
	for (unsigned i = 0; i < segments; i++) {
		fixed->before[i] = *checker;
		assert_int_equal(auditlog_checker_segment(checker, fixed->log.segments[i].first),
				 0);
		fixed->named[i] = *checker;
		for (; number <= fixed->log.position.seq && fixed->lines[number].segment == i;
		     number++) {
			const struct line *line = &fixed->lines[number];
			assert_int_equal(feed_text(checker, line->text, line->length, FEED_LINES),
					 0);
			fixed->behind[number] = *checker;
		}
	}
}

static void make_fixture(struct fixture *fixed, unsigned records)
{
	make_log(&fixed->log, records);
	fixed->known = feed_known(&fixed->log);
	find_lines(&fixed->log, fixed->lines);
	save_states(fixed);
}

static int set_up(void **state)
{
	(void)state;
	if (auditlog_init() < 0)
		return -1;
	make_fixture(&fixture, RECORDS);
	made_whole(&other, "ba9876543210", OTHER_RECORDS, 25);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(fixture.before);
	made_free(&fixture.log);
	made_free(&other);
	return 0;
}

/* The bytes of lines that are as they were, but for the last few, so that what was damaged is
 * within a piece as well; *checker is the one behind them. */
static size_t skip_untouched(const struct fixture *fixed, unsigned segment, const char *text,
			     size_t length, const struct auditlog_checker **checker)
{
	const uint64_t first = fixed->log.segments[segment].first;
	const struct line *line = &fixed->lines[first];
	uint64_t number = first;
	size_t done = 0;

	while (number <= fixed->log.position.seq && line->segment == segment &&
	       length - done >= line->length &&
	       memcmp(text + done, line->text, line->length) == 0) {
		done += line->length;
		line = &fixed->lines[++number];
	}
	for (unsigned back = 0; back < 3 && number > first + 1; back++)
		done -= fixed->lines[--number].length;
	*checker = number == first ? &fixed->named[segment] : &fixed->behind[number - 1];
	return done;
}

/* The log with another text of one segment, from there on and in both ways. Returns the verdict. */
static const struct auditlog_verdict *judge(const struct fixture *fixed, unsigned segment,
					    const char *text, size_t length)
{
	const struct auditlog_checker *behind;
	size_t done = skip_untouched(fixed, segment, text, length, &behind);

	for (unsigned way = 0; way < FEED_WAYS; way++) {
		struct auditlog_checker *checker = &checkers[way];
		*checker = *behind;
		if (feed_text(checker, text + done, length - done, (enum feed_way)way) == 0)
			(void)!feed_segments(checker, &fixed->log, segment + 1, (enum feed_way)way);
	}
	assert_memory_equal(&checkers[0].verdict, &checkers[1].verdict,
			    sizeof(checkers[0].verdict));
	return &checkers[0].verdict;
}

static void assert_verdict(const struct auditlog_verdict *verdict, enum auditlog_damage damage,
			   uint64_t seq, const char *what, uint64_t which)
{
	if (verdict->damage != damage || verdict->seq != seq)
		fail_msg("%s %llu: %s at %llu instead of %s at %llu", what,
			 (unsigned long long)which, auditlog_damage_name(verdict->damage),
			 (unsigned long long)verdict->seq, auditlog_damage_name(damage),
			 (unsigned long long)seq);
}

static bool is_last_of_segment(uint64_t number)
{
	return number == RECORDS ||
	       fixture.lines[number].segment != fixture.lines[number + 1].segment;
}

/* A segment's text with the lines from `number` on replaced by others, up to `next`. */
static size_t replace(char *text, uint64_t number, uint64_t next, const struct line *lines,
		      unsigned count)
{
	const struct made_segment *segment = &fixture.log.segments[fixture.lines[number].segment];
	size_t head = (size_t)(fixture.lines[number].text - segment->text), used = head;
	const char *rest = fixture.lines[next - 1].text + fixture.lines[next - 1].length;

	memcpy(text, segment->text, head);
	for (unsigned i = 0; i < count; i++) {
		memcpy(text + used, lines[i].text, lines[i].length);
		used += lines[i].length;
	}
	size_t left = segment->length - (size_t)(rest - segment->text);
	memcpy(text + used, rest, left);
	return used + left;
}

static void test_untouched(void **state)
{
	(void)state;
	assert_int_equal(fixture.log.segment_count, 9);
	for (unsigned i = 0; i < fixture.log.segment_count; i++) {
		const struct made_segment *segment = &fixture.log.segments[i];
		assert_int_equal(judge(&fixture, i, segment->text, segment->length)->damage,
				 AUDITLOG_WHOLE);
	}
}

/* --- bytes --- */

/* The record is named that has the byte. */
static void flip(const struct fixture *fixed, uint64_t number, size_t at, unsigned bit)
{
	static char text[ROOM];
	const struct line *line = &fixed->lines[number];
	const struct made_segment *segment = &fixed->log.segments[line->segment];
	char *byte = &text[(line->text - segment->text) + (ptrdiff_t)at];

	memcpy(text, segment->text, segment->length);
	*byte = (char)(*byte ^ 1 << bit);
	const struct auditlog_verdict *verdict = judge(fixed, line->segment, text, segment->length);
	if (!verdict->damage || verdict->seq != number)
		fail_msg("bit %u of byte %zu of record %llu: %s at %llu", bit, at,
			 (unsigned long long)number, auditlog_damage_name(verdict->damage),
			 (unsigned long long)verdict->seq);
}

static void test_every_byte(void **state)
{
	(void)state;
	for (uint64_t number = 1; number <= RECORDS; number++) {
		for (size_t at = 0; at < fixture.lines[number].length; at++)
			flip(&fixture, number, at, (unsigned)(at + number) % 8);
	}
}

static void test_every_bit_of_a_small_log(void **state)
{
	static struct fixture small;

	(void)state;
	make_fixture(&small, 30);
	for (uint64_t number = 1; number <= 30; number++) {
		for (size_t at = 0; at < small.lines[number].length; at++) {
			for (unsigned bit = 0; bit < 8; bit++)
				flip(&small, number, at, bit);
		}
	}
	free(small.before);
	made_free(&small.log);
}

/* --- cuts --- */

/* The log ends there, and nothing follows: the end of a file, and all files after it. */
static void test_every_cut_of_the_log(void **state)
{
	struct made_log cut;

	(void)state;
	for (uint64_t number = 1; number <= RECORDS; number++) {
		const struct line *line = &fixture.lines[number];
		cut = fixture.log;
		cut.segment_count = line->segment + 1;
		const struct made_segment *segment = &cut.segments[line->segment];
		bool begins = segment->first == number;
		const struct auditlog_checker *base =
			begins ? &fixture.named[line->segment] : &fixture.behind[number - 1];
		for (size_t length = 0; length < line->length; length++) {
			checkers[0] = *base;
			int status = feed_text(&checkers[0], line->text, length, FEED_LINES);
			if (status == 0)
				status = feed_segments(&checkers[0], &cut, cut.segment_count,
						       FEED_LINES);
			assert_int_equal(status, -1);
			assert_verdict(&checkers[0].verdict,
				       length ? AUDITLOG_TORN : AUDITLOG_CUT_TAIL, number, "cut in",
				       number);
		}
	}
}

/* One file ends there; the others are as they were. */
static void test_every_cut_of_a_segment(void **state)
{
	(void)state;
	for (uint64_t number = 1; number <= RECORDS; number++) {
		const struct line *line = &fixture.lines[number];
		const struct made_segment *segment = &fixture.log.segments[line->segment];
		size_t start = (size_t)(line->text - segment->text);
		for (size_t length = 0; length < line->length; length++)
			assert_verdict(
				judge(&fixture, line->segment, segment->text, start + length),
				length ? AUDITLOG_TORN : AUDITLOG_CUT_TAIL, number, "cut in",
				number);
	}
}

/* --- lines --- */

static void test_every_dropped_line(void **state)
{
	static char text[ROOM];

	(void)state;
	for (uint64_t number = 1; number <= RECORDS; number++) {
		size_t length = replace(text, number, number + 1, NULL, 0);
		assert_verdict(judge(&fixture, fixture.lines[number].segment, text, length),
			       is_last_of_segment(number) ? AUDITLOG_CUT_TAIL : AUDITLOG_DROPPED,
			       number, "drop", number);
	}
}

static void test_every_repeated_line(void **state)
{
	static char text[ROOM];

	(void)state;
	for (uint64_t number = 1; number <= RECORDS; number++) {
		const struct line twice[] = {fixture.lines[number], fixture.lines[number]};
		size_t length = replace(text, number, number + 1, twice, 2);
		assert_verdict(judge(&fixture, fixture.lines[number].segment, text, length),
			       AUDITLOG_DUPLICATED, number, "repeat", number);
	}
}

static void test_every_swapped_pair_within_a_segment(void **state)
{
	static char text[ROOM];

	(void)state;
	for (uint64_t number = 1; number < RECORDS; number++) {
		if (is_last_of_segment(number))
			continue;
		const struct line swapped[] = {fixture.lines[number + 1], fixture.lines[number]};
		size_t length = replace(text, number, number + 2, swapped, 2);
		assert_verdict(judge(&fixture, fixture.lines[number].segment, text, length),
			       AUDITLOG_REORDERED, number, "swap", number);
	}
}

/* The last line of a segment, and the first of the next. */
static void test_every_swapped_pair_across_segments(void **state)
{
	static char texts[2][ROOM];

	(void)state;
	for (uint64_t number = 1; number < RECORDS; number++) {
		if (!is_last_of_segment(number))
			continue;
		unsigned at = fixture.lines[number].segment;
		struct made_log swapped = fixture.log;
		swapped.segments[at].text = texts[0];
		swapped.segments[at].length =
			replace(texts[0], number, number + 1, &fixture.lines[number + 1], 1);
		swapped.segments[at + 1].text = texts[1];
		swapped.segments[at + 1].length =
			replace(texts[1], number + 1, number + 2, &fixture.lines[number], 1);
		checkers[0] = fixture.before[at];
		assert_int_equal(feed_segments(&checkers[0], &swapped, at, FEED_LINES), -1);
		assert_verdict(&checkers[0].verdict, AUDITLOG_REORDERED, number, "swap", number);
	}
}

/* A copy of any line behind any other. */
static void test_every_line_inserted_anywhere(void **state)
{
	static char text[ROOM];

	(void)state;
	for (uint64_t place = 1; place <= RECORDS; place++) {
		for (uint64_t number = 1; number <= RECORDS; number++) {
			const struct line lines[] = {fixture.lines[place], fixture.lines[number]};
			enum auditlog_damage damage = AUDITLOG_REORDERED;
			uint64_t seq = number < place ? number : place + 1;
			size_t length = replace(text, place, place + 1, lines, 2);
			if (number == place || number == place + 1) {
				seq = number;
				damage = number > place && is_last_of_segment(place)
						 ? AUDITLOG_INSERTED
						 : AUDITLOG_DUPLICATED;
			}
			assert_verdict(judge(&fixture, fixture.lines[place].segment, text, length),
				       damage, seq, "insert behind", place);
		}
	}
}

static void test_every_line_of_another_log_inserted(void **state)
{
	static struct line others[OTHER_RECORDS + 1];
	static char text[ROOM];

	(void)state;
	find_lines(&other, others);
	for (uint64_t place = 1; place <= RECORDS; place++) {
		for (uint64_t number = 1; number <= OTHER_RECORDS; number++) {
			const struct line inserted[] = {fixture.lines[place], others[number]};
			const struct line exchanged[] = {others[number]};
			unsigned segment = fixture.lines[place].segment;
			size_t length = replace(text, place, place + 1, inserted, 2);
			assert_verdict(judge(&fixture, segment, text, length), AUDITLOG_SPLICED,
				       place + 1, "insert behind", place);
			length = replace(text, place, place + 1, exchanged, 1);
			/* In the very first place it is a beginning, which nothing follows. */
			const struct auditlog_verdict *verdict =
				judge(&fixture, segment, text, length);
			assert_int_not_equal(verdict->damage, AUDITLOG_WHOLE);
			if (place > 1)
				assert_verdict(verdict, AUDITLOG_SPLICED, place, "exchange", place);
		}
	}
}

/* A made-up record of this log, that names the one before rightly or wrongly. */
static void test_every_forged_line_inserted(void **state)
{
	static char text[ROOM], forged[4096];

	(void)state;
	for (uint64_t place = 1; place + 1 < RECORDS; place++) {
		for (unsigned linked = 0; linked < 2; linked++) {
			const struct line *line = &fixture.lines[place];
			struct auditlog_position position = {.seq = place};
			const char body[] =
				"{\"time\":\"2026-01-01T00:00:01.000003Z\",\"boot\":\"b\","
				"\"mono\":1,\"actor\":\"\",\"job\":\"\",\"event\":\"a.b\","
				"\"phase\":\"note\",\"target\":\"\",\"decision\":\"\","
				"\"rule\":\"\",\"outcome\":\"\",\"request_id\":\"\","
				"\"severity\":\"info\",\"details\":{";
			if (linked)
				auditlog_leaf_hash(line->text, line->length - 1, position.hash);
			size_t size =
				auditlog_format_line(forged, sizeof(forged), body, sizeof(body) - 1,
						     0, "0123456789ab-89abcdef", &position);
			const struct line lines[] = {*line, {forged, size, 0}};
			size_t length = replace(text, place, place + 1, lines, 2);
			/* An interrupted segment may go on; the next one then has a wrong name. */
			bool goes_on = linked && is_last_of_segment(place) &&
				       fixture.before[line->segment + 1].log.closed == false;
			assert_verdict(judge(&fixture, line->segment, text, length),
				       goes_on ? AUDITLOG_FOREIGN_SEGMENT : AUDITLOG_INSERTED,
				       place + 1, "forge behind", place);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_untouched),
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_every_bit_of_a_small_log),
		cmocka_unit_test(test_every_cut_of_the_log),
		cmocka_unit_test(test_every_cut_of_a_segment),
		cmocka_unit_test(test_every_dropped_line),
		cmocka_unit_test(test_every_repeated_line),
		cmocka_unit_test(test_every_swapped_pair_within_a_segment),
		cmocka_unit_test(test_every_swapped_pair_across_segments),
		cmocka_unit_test(test_every_line_inserted_anywhere),
		cmocka_unit_test(test_every_line_of_another_log_inserted),
		cmocka_unit_test(test_every_forged_line_inserted),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
