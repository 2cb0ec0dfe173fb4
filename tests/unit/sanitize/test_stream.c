/* The filter in front of a terminal, whole and split at every byte. */
#include "lib/sanitize/sanitize.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define REPLACEMENT "\xef\xbf\xbd"

struct pair {
	const char *text, *expected;
};

static const struct pair pairs[] = {
	{"", ""},
	{"a line\n\ta tab\n", "a line\n\ta tab\n"},
	{"\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m"},
	{"\x1b[m\x1b[1;38;5;208m", "\x1b[m\x1b[1;38;5;208m"},
	{"gr\xc3\xbc\xc3\x9f \xe4\xb8\xad \xf0\x9f\x98\x80",
	 "gr\xc3\xbc\xc3\x9f \xe4\xb8\xad \xf0\x9f\x98\x80"},
	{"\r\b\x07\x7f", "\\x0d\\x08\\x07\\x7f"},
	{"\x1b[2J", "\\x1b[2J"},
	{"\x1b[31;5H", "\\x1b[31;5H"},
	{"\x1b[?25l", "\\x1b[?25l"},
	{"\x1b[38:5:1m", "\\x1b[38:5:1m"},
	{"\x1b]52;c;AAAA\x07", "\\x1b]52;c;AAAA\\x07"},
	{"\x1b]8;;http://x\x1b\\", "\\x1b]8;;http://x\\x1b\\"},
	{"\x1bP1$r0m\x1b\\", "\\x1bP1$r0m\\x1b\\"},
	{"\x1b"
	 "c",
	 "\\x1b"
	 "c"},
	{"\x1b\x1b[31m", "\\x1b\x1b[31m"},
	{"\x1b[3\x1b[31m", "\\x1b[3\x1b[31m"},
	{"\x1b[31\nm", "\\x1b[31\nm"},
	{"\xc2\x9b"
	 "31m",
	 "\\x9b31m"},
	{"\x9b"
	 "31m",
	 REPLACEMENT "31m"},
	{"a\xe2\x80\xae"
	 "b",
	 "a\\u202eb"},
	{"\xe2\x80\x8b\xf3\xa0\x81\x81", "\\u200b\\U000e0041"},
	{"\xff\xfe", REPLACEMENT REPLACEMENT},
	{"\xe2\x82"
	 "a",
	 REPLACEMENT REPLACEMENT "a"},
	{"\xf0\x9f\x98\n", REPLACEMENT REPLACEMENT REPLACEMENT "\n"},
	{"\xed\xa0\x80", REPLACEMENT REPLACEMENT REPLACEMENT},
	/* Unfinished at the end. */
	{"\x1b", "\\x1b"},
	{"\x1b[", "\\x1b["},
	{"\x1b[31", "\\x1b[31"},
	{"\xe4\xb8", REPLACEMENT REPLACEMENT},
};

/* Feeds in pieces of `piece` bytes with little room for output. */
static size_t filter(const char *text, size_t length, size_t piece, char *out, size_t cap)
{
	struct sanitize_stream stream = {.used = 0};
	size_t written = 0, at = 0, consumed;

	while (at < length) {
		size_t size = length - at < piece ? length - at : piece;
		assert_true(cap - written >= SANITIZE_STREAM_ROOM);
		written += sanitize_stream_feed(&stream, text + at, size, out + written,
						SANITIZE_STREAM_ROOM, &consumed);
		assert_true(consumed > 0 && consumed <= size);
		at += consumed;
	}
	return written + sanitize_stream_finish(&stream, out + written, cap - written);
}

static void test_pairs(void **state)
{
	char out[2048];

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const struct pair *pair = &pairs[i];
		size_t length = strlen(pair->text);
		for (size_t piece = 1; piece <= length + 1; piece++) {
			size_t written = filter(pair->text, length, piece, out, sizeof(out));
			assert_int_equal(written, strlen(pair->expected));
			assert_memory_equal(out, pair->expected, written);
		}
	}
}

/* A colour sequence that never ends is given up. */
static void test_endless_sequence(void **state)
{
	char text[300], out[2048];

	(void)state;
	memset(text, '1', sizeof(text));
	text[0] = '\x1b';
	text[1] = '[';
	text[sizeof(text) - 1] = 'm';
	size_t written = filter(text, sizeof(text), 7, out, sizeof(out));
	assert_int_equal(written, sizeof(text) + 3);
	assert_memory_equal(out, "\\x1b[111", 8);
	assert_null(memchr(out, '\x1b', written));
}

/* Nothing is taken without room for what it may become. */
static void test_no_room(void **state)
{
	struct sanitize_stream stream = {.used = 0};
	char out[SANITIZE_STREAM_ROOM];
	size_t consumed = 7;

	(void)state;
	assert_int_equal(sanitize_stream_feed(&stream, "abc", 3, out, sizeof(out) - 1, &consumed),
			 0);
	assert_int_equal(consumed, 0);
	assert_int_equal(sanitize_stream_feed(&stream, "abc", 3, out, sizeof(out), &consumed), 1);
	assert_int_equal(consumed, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_endless_sequence),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
