/* What git may say to a server, and what it may not. */
#include "git/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OID "0123456789012345678901234567890123456789"
#define HEAD                                                                                       \
	"0014command=ls-refs\n0014agent=git/2.39.5"                                                \
	"0016object-format=sha1"
#define FETCH                                                                                      \
	"0011command=fetch"                                                                        \
	"0016object-format=sha1"                                                                   \
	"0001"

/* Feeds all of it in pieces; what the requests are made of goes to `request`. Returns the last
 * event. */
static enum frame_event feed(struct frame *frame, const char *text, size_t piece, char *request)
{
	enum frame_event event = FRAME_MORE;
	size_t left = strlen(text), room, length;
	const uint8_t *bytes;

	while (left) {
		uint8_t *to = frame_room(frame, &room);
		size_t part = left < piece ? left : piece;
		assert_true(room >= part);
		memcpy(to, text, part);
		frame_add(frame, part);
		text += part;
		left -= part;
		do {
			event = frame_take(frame, &bytes, &length);
			if (event == FRAME_LINE || event == FRAME_DONE) {
				memcpy(request, bytes, length);
				request += length;
				*request = 0;
			}
			if (event == FRAME_BAD)
				return event;
		} while (event == FRAME_LINE || (event == FRAME_DONE && left));
	}
	return event;
}

static enum frame_event feed_once(const char *text)
{
	struct frame *frame = calloc(1, sizeof(*frame));
	char request[1024];
	enum frame_event event = feed(frame, text, 4096, request);

	assert_int_equal(event == FRAME_BAD, frame->wrong != NULL);
	free(frame);
	return event;
}

static void test_requests(void **state)
{
	static const char *const requests[] = {
		HEAD "0001"
		     "0009peel\n"
		     "000csymrefs\n"
		     "000bunborn\n"
		     "001bref-prefix refs/heads/\n"
		     "0000",
		HEAD "0000",
		FETCH "000dthin-pack"
		      "000fno-progress"
		      "000finclude-tag"
		      "000dofs-delta"
		      "0034shallow " OID "0032want " OID "\n"
		      "0032have " OID "\n"
		      "0009done\n"
		      "0000",
		FETCH "000edeepen 120"
		      "0013deepen-relative"
		      "0014filter blob:none"
		      "0011filter tree:0"
		      "0011wait-for-done0000",
	};
	struct frame *frame = calloc(1, sizeof(*frame));
	char request[1024];

	(void)state;
	/* One after the other, and however they arrive. */
	for (size_t piece = 1; piece < 70; piece++) {
		for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
			assert_int_equal(feed(frame, requests[i], piece, request), FRAME_DONE);
			assert_string_equal(request, requests[i]);
			assert_int_equal(frame->command, i < 2 ? GIT_LS_REFS : GIT_FETCH);
		}
	}
	assert_int_equal(feed(frame, "0000", 2, request), FRAME_OVER);
	free(frame);
}

static void test_what_is_not_carried(void **state)
{
	static const struct {
		const char *before, *line;
	} lines[] = {
		{"", "command=object-info\n"},
		{"", "command=bundle-uri\n"},
		{"", "git-upload-pack /x"},
		{"", "command=fetchx"},
		{"", "command=fetch \n"},
		{"0011command=fetch", "server-option=x"},
		{"0011command=fetch", "object-format=sha256"},
		{"0011command=fetch", "session-id=xx"},
		{"0011command=fetch", "agent=\033["},
		{"0011command=fetch", "agent="},
		{FETCH, "command=fetch"},
		{FETCH, "want-ref refs/heads/x"},
		{FETCH, "packfile-uris https"},
		{FETCH, "sideband-all"},
		{FETCH, "filter tree:1"},
		{FETCH, "filter sparse:oid=0123456789"},
		{FETCH, "want 012345678901234567890123456789012345678"},
		{FETCH, "want " OID "12\n"},
		{FETCH, "want 012345678901234567890123456789012345678X\n"},
		{FETCH, "deepen"},
		{FETCH, "deepen "},
		{FETCH, "deepen -1"},
		{FETCH, "deepen 12345678901"},
		{FETCH, "deepen-since 1234"},
		{FETCH, ""},
		{HEAD "0001", "ref-prefix "},
		{HEAD "0001", "ref-prefix \001"},
		{HEAD "0001", "want " OID "\n"},
	};
	static const char *const texts[] = {"0001", "0002",	  "fffe",      "xxxx",
					    "0003", FETCH "0001", FETCH "0002"};
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		size_t used = strlen(lines[i].before);
		memcpy(text, lines[i].before, used);
		used += pktline_write((uint8_t *)text + used, sizeof(text) - used, lines[i].line);
		text[used] = 0;
		if (feed_once(text) != FRAME_BAD)
			fail_msg("carried: %s", text);
		/* Not for what stands before. */
		text[strlen(lines[i].before)] = 0;
		assert_int_equal(!*text || feed_once(text) == FRAME_MORE, 1);
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(feed_once(texts[i]), FRAME_BAD);
}

static void test_too_much_at_once(void **state)
{
	struct frame *frame = calloc(1, sizeof(*frame));
	enum frame_event event = FRAME_DONE;
	char line[64], request[128];
	uint64_t sent = 0;

	(void)state;
	snprintf(line, sizeof(line), "0032want %s\n", OID);
	assert_int_equal(feed(frame, FETCH, 4096, request), FRAME_MORE);
	while (event != FRAME_BAD && sent < FRAME_REQUEST_MAX + 100) {
		event = feed(frame, line, 64, request);
		sent += strlen(line);
	}
	assert_int_equal(event, FRAME_BAD);
	assert_in_range(sent, FRAME_REQUEST_MAX - 100, FRAME_REQUEST_MAX);
	free(frame);
}

static void test_the_advertisement(void **state)
{
	static const char *const never[] = {"bundle-uri",    "packfile-uris", "object-info",
					    "server-option", "sha256",	      "ref-in-want",
					    "sideband-all"};
	uint8_t bytes[256];
	char text[256];

	(void)state;
	size_t size = frame_advertisement(bytes, sizeof(bytes));
	assert_in_range(size, 50, sizeof(bytes) - 1);
	for (size_t room = 0; room < size; room++)
		assert_int_equal(frame_advertisement(bytes, room), 0);
	assert_int_equal(frame_advertisement(bytes, size), size);
	memcpy(text, bytes, size);
	text[size] = 0;
	assert_memory_equal(text, "000eversion 2\n", 14);
	assert_memory_equal(text + size - 4, "0000", 4);
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		assert_null(strstr(text, never[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_what_is_not_carried),
		cmocka_unit_test(test_too_much_at_once),
		cmocka_unit_test(test_the_advertisement),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
