/* Header sections: what is read, what is skipped, and what fails the answer. */
#include "net/headers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Feeds lines that end in "\n" as libcurl would. Returns the first complaint, or NULL. */
static const char *feed(struct headers *headers, const char *text)
{
	const char *wrong = NULL;

	headers_init(headers);
	while (*text && !wrong) {
		size_t length = strcspn(text, "\n") + 1;
		wrong = headers_line(headers, text, length);
		text += length;
	}
	return wrong;
}

static void assert_accepted(struct headers *headers, const char *text)
{
	const char *wrong = feed(headers, text);

	if (wrong)
		fail_msg("refused: %s", wrong);
	assert_int_equal(headers->stage, HEADERS_DONE);
}

static void assert_refused(const char *text, const char *reason)
{
	struct headers headers;
	const char *wrong = feed(&headers, text);

	if (!wrong)
		wrong = "(accepted)";
	if (!strstr(wrong, reason))
		fail_msg("%s: %s", text, wrong);
}

static void test_whole_answer(void **state)
{
	struct headers headers;

	(void)state;
	assert_accepted(&headers, "HTTP/1.1 200 OK\r\n"
				  "Server: GitHub.com\r\n"
				  "Content-Type: application/json; charset=utf-8\r\n"
				  "CONTENT-LENGTH: 1234\r\n"
				  "content-encoding: gzip\r\n"
				  "X-RateLimit-Limit: 5000\r\n"
				  "X-RateLimit-Remaining:4999\r\n"
				  "X-RateLimit-Used: \t1 \t\r\n"
				  "X-RateLimit-Reset: 1893456000\r\n"
				  "X-RateLimit-Resource: core\r\n"
				  "Retry-After: 60\r\n"
				  "Link: <https://api.github.com/x?page=2>; rel=\"next\"\r\n"
				  "Location: https://api.github.com/y\r\n"
				  "X-GitHub-Request-Id: AB12:34CD\r\n"
				  "X-OAuth-Scopes: read:org, repo\r\n"
				  "X-Accepted-OAuth-Scopes: repo, security_events\r\n"
				  "X-Accepted-GitHub-Permissions: contents=read,issues=write; "
				  "metadata=read\r\n"
				  "GitHub-Authentication-Token-Expiration: 2026-12-24 10:00:00 "
				  "UTC\r\n"
				  "\r\n");
	assert_int_equal(headers.status, 200);
	assert_true(headers.gzip);
	assert_false(headers.chunked);
	assert_int_equal(headers.content_length, 1234);
	assert_int_equal(headers.limit, 5000);
	assert_int_equal(headers.remaining, 4999);
	assert_int_equal(headers.used, 1);
	assert_int_equal(headers.reset, 1893456000);
	assert_int_equal(headers.retry_after, 60);
	assert_string_equal(headers.resource, "core");
	assert_string_equal(headers.link, "<https://api.github.com/x?page=2>; rel=\"next\"");
	assert_string_equal(headers.location, "https://api.github.com/y");
	assert_string_equal(headers.request_id, "AB12:34CD");
	assert_string_equal(headers.content_type, "application/json; charset=utf-8");
	assert_string_equal(headers.scopes, "read:org, repo");
	assert_string_equal(headers.accepted_scopes, "repo, security_events");
	assert_string_equal(headers.accepted_permissions,
			    "contents=read,issues=write; metadata=read");
	assert_string_equal(headers.token_expiration, "2026-12-24 10:00:00 UTC");
}

static void test_absent(void **state)
{
	struct headers headers;

	(void)state;
	assert_accepted(&headers, "HTTP/2 204 \r\n\r\n");
	assert_int_equal(headers.status, 204);
	assert_false(headers.gzip);
	assert_true(headers.limit == HEADERS_NUMBER_ABSENT);
	assert_true(headers.remaining == HEADERS_NUMBER_ABSENT);
	assert_true(headers.used == HEADERS_NUMBER_ABSENT);
	assert_true(headers.reset == HEADERS_NUMBER_ABSENT);
	assert_true(headers.retry_after == HEADERS_NUMBER_ABSENT);
	assert_true(headers.content_length == HEADERS_NUMBER_ABSENT);
	assert_string_equal(headers.link, "");
	assert_string_equal(headers.location, "");
	assert_string_equal(headers.request_id, "");
	assert_string_equal(headers.scopes, "");
	assert_string_equal(headers.accepted_scopes, "");
	assert_string_equal(headers.accepted_permissions, "");
	assert_string_equal(headers.token_expiration, "");
}

static void test_status_line(void **state)
{
	struct headers headers;

	(void)state;
	assert_accepted(&headers, "HTTP/2 599\r\n\r\n");
	assert_int_equal(headers.status, 599);
	assert_refused("HTTP/1.1 600 No\r\n", "HTTP status");
	assert_refused("HTTP/1.1 099 No\r\n", "HTTP status");
	assert_refused("HTTP/1.1 20 OK\r\n", "HTTP status");
	assert_refused("HTTP/1.1 2000 OK\r\n", "HTTP status");
	assert_refused("HTTP/1.1 200OK\r\n", "HTTP status");
	assert_refused("HTTP/1.1 -20 OK\r\n", "HTTP status");
	assert_refused("HTTP/1.1  200 OK\r\n", "HTTP status");
	assert_refused("HTTP/1.1\r\n", "HTTP status");
	assert_refused("HTTP/1.1 \r\n", "HTTP status");
	assert_refused("HTT 200 OK\r\n", "HTTP status");
	assert_refused("ICY 200 OK\r\n", "HTTP status");
	assert_refused("\r\n", "HTTP status");
	assert_refused("<html>\n", "HTTP status");
}

static void test_informational_is_forgotten(void **state)
{
	struct headers headers;

	(void)state;
	assert_accepted(&headers, "HTTP/1.1 103 Early Hints\r\n"
				  "Link: </style.css>\r\n"
				  "Retry-After: 5\r\n"
				  "\r\n"
				  "HTTP/1.1 200 OK\r\n"
				  "\r\n");
	assert_int_equal(headers.status, 200);
	assert_string_equal(headers.link, "");
	assert_true(headers.retry_after == HEADERS_NUMBER_ABSENT);
}

static void test_trailers_change_nothing(void **state)
{
	struct headers headers;

	(void)state;
	assert_accepted(&headers, "HTTP/1.1 200 OK\r\n"
				  "Link: <a>\r\n"
				  "\r\n"
				  "Link: <b>\r\n"
				  "Content-Encoding: br\r\n"
				  "X-RateLimit-Limit: 1\r\n"
				  "\r\n");
	assert_string_equal(headers.link, "<a>");
	assert_false(headers.gzip);
	assert_true(headers.limit == HEADERS_NUMBER_ABSENT);
}

#define OK "HTTP/1.1 200 OK\r\n"

static void test_numbers(void **state)
{
	struct headers headers;

	(void)state;
	assert_accepted(&headers, OK "X-RateLimit-Limit: 9999999999999999999\r\n\r\n");
	assert_true(headers.limit == UINT64_C(9999999999999999999));
	static const char *const absent[] = {
		"10000000000000000000",		 "-1", "+1", "1.0", "0x10", "1 2", "", "1,1",
		"Wed, 21 Oct 2026 07:28:00 GMT",
	};
	for (size_t i = 0; i < sizeof(absent) / sizeof(*absent); i++) {
		char text[128];
		snprintf(text, sizeof(text), OK "Retry-After: %s\r\n\r\n", absent[i]);
		assert_accepted(&headers, text);
		assert_true(headers.retry_after == HEADERS_NUMBER_ABSENT);
	}
}

static void test_content_length(void **state)
{
	struct headers headers;

	(void)state;
	assert_accepted(&headers, OK "Content-Length: 3\r\nContent-Length: 3\r\n\r\n");
	assert_int_equal(headers.content_length, 3);
	assert_refused(OK "Content-Length: 3\r\nContent-Length: 4\r\n\r\n", "two different");
	assert_refused(OK "Content-Length: -3\r\n\r\n", "not a number");
	assert_refused(OK "Content-Length: 3, 3\r\n\r\n", "not a number");
	assert_refused(OK "Content-Length:\r\n\r\n", "not a number");
	assert_refused(OK "Content-Length: 18446744073709551616\r\n\r\n", "not a number");
	assert_refused(OK "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", "both");
	assert_accepted(&headers, OK "Transfer-Encoding: chunked\r\n\r\n");
	assert_true(headers.chunked);
}

static void test_encoding(void **state)
{
	struct headers headers;

	(void)state;
	assert_accepted(&headers, OK "Content-Encoding: GZIP\r\n\r\n");
	assert_true(headers.gzip);
	assert_refused(OK "Content-Encoding: br\r\n\r\n", "encoding");
	assert_refused(OK "Content-Encoding: identity\r\n\r\n", "encoding");
	assert_refused(OK "Content-Encoding: gzip, gzip\r\n\r\n", "encoding");
	assert_refused(OK "Content-Encoding: gzi\r\n\r\n", "encoding");
	assert_refused(OK "Content-Encoding: gzipx\r\n\r\n", "encoding");
	assert_refused(OK "Content-Encoding:\r\n\r\n", "encoding");
	assert_refused(OK "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n\r\n", "encoding");
}

static void test_repeated(void **state)
{
	struct headers headers;

	(void)state;
	assert_accepted(&headers, OK "Link: <a>\r\nLink: <a>\r\nServer: x\r\nServer: y\r\n\r\n");
	assert_refused(OK "Link: <a>\r\nLink: <b>\r\n\r\n", "two different");
	assert_refused(OK "Link: <a>\r\nLink: <ab>\r\n\r\n", "two different");
	assert_refused(OK "Location: a\r\nLocation: b\r\n\r\n", "two different");
	assert_refused(OK "X-OAuth-Scopes: repo\r\nX-OAuth-Scopes:\r\n\r\n", "two different");
	assert_refused(OK "Retry-After: 1\r\nRetry-After: 2\r\n\r\n", "two different");
	assert_refused(OK "Retry-After: 1\r\nRetry-After: soon\r\n\r\n", "two different");
}

static void test_malformed_lines(void **state)
{
	struct headers headers;
	static const char nul[] = "Link: a\0b\r\n";

	(void)state;
	assert_refused(OK "Link <a>\r\n", "malformed header");
	assert_refused(OK ": <a>\r\n", "malformed header");
	assert_refused(OK "Link : <a>\r\n", "malformed header");
	assert_refused(OK "Link: <a>\r\n folded\r\n", "malformed header");
	assert_refused(OK "Link: <a>\r\n\tfolded: x\r\n", "malformed header");
	assert_refused(OK "Link: a\rb\r\n", "control characters");
	assert_refused(OK "Link: \x1b[31m\r\n", "control characters");
	assert_refused(OK "Link: a\x7f\r\n", "control characters");
	assert_null(feed(&headers, OK));
	assert_non_null(headers_line(&headers, nul, sizeof(nul) - 1));
	assert_accepted(&headers, OK "Link: a\tb \xc3\xa4\r\n\r\n");
	assert_string_equal(headers.link, "a\tb \xc3\xa4");
}

/* A header of `name` with a value of `length` bytes. */
static const char *feed_long(struct headers *headers, const char *name, size_t length)
{
	char *line = malloc(length + 64);

	assert_non_null(line);
	int head = snprintf(line, 64, "%s: ", name);
	memset(line + head, 'x', length);
	line[(size_t)head + length] = '\r';
	line[(size_t)head + length + 1] = '\n';
	assert_null(feed(headers, OK));
	const char *wrong = headers_line(headers, line, (size_t)head + length + 2);
	free(line);
	return wrong;
}

static void test_caps(void **state)
{
	struct headers headers;

	(void)state;
	assert_null(feed_long(&headers, "Link", HEADERS_URL_MAX));
	assert_int_equal(strlen(headers.link), HEADERS_URL_MAX);
	assert_non_null(feed_long(&headers, "Link", HEADERS_URL_MAX + 1));
	assert_null(feed_long(&headers, "Location", HEADERS_URL_MAX));
	assert_non_null(feed_long(&headers, "Location", HEADERS_URL_MAX + 1));
	assert_null(feed_long(&headers, "X-GitHub-Request-Id", HEADERS_TEXT_MAX + 1));
	assert_int_equal(strlen(headers.request_id), HEADERS_TEXT_MAX);
	assert_null(feed_long(&headers, "Content-Type", 10000));
	assert_int_equal(strlen(headers.content_type), HEADERS_TEXT_MAX);
	assert_null(feed_long(&headers, "X-Unknown", 50000));
}

/* "scope_0, scope_1, ..." of more than `length` bytes, as GitHub writes such lists. */
static void make_list(char *text, size_t length)
{
	size_t used = 0;

	for (unsigned i = 0; used <= length; i++)
		used += (size_t)snprintf(text + used, 24, "%sscope_%u", i ? ", " : "", i);
}

/* "repo" must not come out of "repo:status". */
static void test_lists_are_cut_between_items(void **state)
{
	static char line[4 * HEADERS_LIST_MAX], list[2 * HEADERS_LIST_MAX];
	struct headers headers;

	(void)state;
	make_list(list, HEADERS_LIST_MAX);
	for (size_t shift = 0; shift < 12; shift++) {
		int length = snprintf(line, sizeof(line), "X-OAuth-Scopes: %.*s%s\r\n", (int)shift,
				      "xxxxxxxxxxxx", list);
		assert_null(feed(&headers, OK));
		assert_null(headers_line(&headers, line, (size_t)length));
		size_t kept = strlen(headers.scopes);
		assert_true(kept <= HEADERS_LIST_MAX && kept > HEADERS_LIST_MAX - 12);
		assert_memory_equal(headers.scopes, line + strlen("X-OAuth-Scopes: "), kept);
		assert_int_equal(line[strlen("X-OAuth-Scopes: ") + kept], ',');
	}
	assert_null(feed_long(&headers, "X-Accepted-GitHub-Permissions", HEADERS_LIST_MAX));
	assert_int_equal(strlen(headers.accepted_permissions), HEADERS_LIST_MAX);
	assert_null(feed_long(&headers, "X-Accepted-OAuth-Scopes", HEADERS_LIST_MAX + 1));
	assert_string_equal(headers.accepted_scopes, "");
}

static void test_bomb(void **state)
{
	struct headers headers;
	const char *wrong = NULL;
	unsigned lines = 0;

	(void)state;
	assert_null(feed(&headers, OK));
	while (!wrong) {
		wrong = headers_line(&headers, "X-Filler: 0123456789\r\n", 22);
		assert_true(++lines < HEADERS_BYTES_MAX);
	}
	assert_non_null(strstr(wrong, "64 KiB"));
	assert_true(headers.bytes <= HEADERS_BYTES_MAX);
	/* Neither informational answers nor trailers are free. */
	assert_null(feed(&headers, OK "\r\n"));
	for (wrong = NULL, lines = 0; !wrong; lines++) {
		wrong = headers_line(&headers, "X-Trailer: 0123456789\r\n", 23);
		assert_true(lines < HEADERS_BYTES_MAX);
	}
	headers_init(&headers);
	for (wrong = NULL, lines = 0; !wrong; lines++) {
		wrong = headers_line(&headers, lines % 2 ? "\r\n" : "HTTP/1.1 103 Early\r\n",
				     lines % 2 ? 2 : 20);
		assert_true(lines < HEADERS_BYTES_MAX);
	}
	assert_non_null(strstr(wrong, "64 KiB"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_answer),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_status_line),
		cmocka_unit_test(test_informational_is_forgotten),
		cmocka_unit_test(test_trailers_change_nothing),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_content_length),
		cmocka_unit_test(test_encoding),
		cmocka_unit_test(test_repeated),
		cmocka_unit_test(test_malformed_lines),
		cmocka_unit_test(test_caps),
		cmocka_unit_test(test_lists_are_cut_between_items),
		cmocka_unit_test(test_bomb),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
