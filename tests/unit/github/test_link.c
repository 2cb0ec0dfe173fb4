/* The Link header: pages, cursors, and URLs that lead elsewhere. */
#include "lib/github/link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define BASE "https://api.github.com"
#define URL BASE "/repositories/1/code-scanning/alerts"

static struct link_pages pages;

static enum link_result parse(const char *header)
{
	return link_parse(header, strlen(header), BASE, &pages);
}

static void test_pages(void **state)
{
	(void)state;
	assert_int_equal(parse("<" URL "?per_page=100&page=3>; rel=\"next\", <" URL
			       "?page=9&per_page=100>; rel=\"last\", <" URL
			       "?page=1>; rel=\"first\", <" URL "?page=1&x>; rel=\"prev\""),
			 LINK_FINE);
	assert_true(pages.has_next);
	assert_true(pages.has_prev);
	assert_int_equal(pages.next_page, 3);
	assert_int_equal(pages.last_page, 9);
	assert_int_equal(pages.first_page, 1);
	assert_int_equal(pages.prev_page, 1);
	assert_string_equal(pages.next_after, "");
	assert_string_equal(pages.prev_before, "");
}

static void test_cursors(void **state)
{
	(void)state;
	assert_int_equal(parse("<" URL "?after=Y3Vyc29y%3D%3d&before=>; rel=\"next\", <" URL
			       "?per_page=9&before=a%2Fb=&after=>; rel=\"prev\""),
			 LINK_FINE);
	assert_true(pages.has_next);
	assert_int_equal(pages.next_page, 0);
	assert_int_equal(pages.last_page, 0);
	assert_string_equal(pages.next_after, "Y3Vyc29y==");
	assert_string_equal(pages.prev_before, "a/b=");
}

static void test_single_page(void **state)
{
	static const struct link_pages none;

	(void)state;
	memset(&pages, 1, sizeof(pages));
	assert_int_equal(parse(""), LINK_FINE);
	assert_memory_equal(&pages, &none, sizeof(none));
	assert_int_equal(parse("  \t"), LINK_FINE);
	/* The last page has no next. */
	assert_int_equal(parse("<" URL "?page=8>; rel=\"prev\", <" URL "?page=1>; rel=\"first\""),
			 LINK_FINE);
	assert_false(pages.has_next);
}

static void test_spelling(void **state)
{
	static const char *const headers[] = {
		"<" URL "?page=2>;rel=next",
		"<" URL "?page=2>;rel=\"next\"",
		"  <" URL "?page=2>  ;\t rel=\"next\"  ",
		"<" URL "?page=2>; title=\"a, b; <c>\"; rel=\"next\"",
		"<" URL "?page=2>; rel=\"next\"; rel=\"prev\"",
		"<https://API.GitHub.com/x?page=2>; rel=\"next\"",
		"<https://api.github.com:443/x?page=2>; rel=\"next\"",
		"<" BASE "?page=2>; rel=\"next\"",
		"<" URL "?page=2>; rel=\"next\",<" URL "?page=7>; rel=\"unknown\"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		if (parse(headers[i]) != LINK_FINE || !pages.has_next || pages.next_page != 2 ||
		    pages.has_prev)
			fail_msg("%s", headers[i]);
	}
}

static void test_bases(void **state)
{
	static const struct {
		const char *base, *header;
		enum link_result result;
	} cases[] = {
		{"https://ghes.example/api/v3", "<https://ghes.example/api/v3/x?page=2>; rel=next",
		 LINK_FINE},
		{"https://localhost:8443", "<https://localhost:8443/x?page=2>; rel=next",
		 LINK_FINE},
		{"https://[::1]:8443/api/v3", "<https://[::1]:8443/x?page=2>; rel=next", LINK_FINE},
		{"https://h:443", "<https://h/x?page=2>; rel=next", LINK_FINE},
		{"https://localhost:8443", "<https://localhost:8444/x?page=2>; rel=next",
		 LINK_FOREIGN},
		{"https://localhost:8443", "<https://localhost/x?page=2>; rel=next", LINK_FOREIGN},
		{"https://localhost", "<https://localhost:8443/x?page=2>; rel=next", LINK_FOREIGN},
		{"https://ghes.example/api/v3", "<https://github.com/x?page=2>; rel=next",
		 LINK_FOREIGN},
		{"http://h", "<http://h/x?page=2>; rel=next", LINK_FOREIGN},
		{"", "<https://h/x?page=2>; rel=next", LINK_FOREIGN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(
			link_parse(cases[i].header, strlen(cases[i].header), cases[i].base, &pages),
			cases[i].result);
}

static void test_foreign(void **state)
{
	static const char *const urls[] = {
		"https://evil.example/x?page=2",
		"http://api.github.com/x?page=2",
		"HTTPS://api.github.com/x?page=2",
		"https://api.github.com.evil.example/x?page=2",
		"https://api.github.com@evil.example/x?page=2",
		"https://x@api.github.com/x?page=2",
		"https://api.github.com\\evil/x?page=2",
		"https://api.github.com:8443/x?page=2",
		"https://api.github.com:/x?page=2",
		"https://api.github.co/x?page=2",
		"https://api.github.com%2f/x?page=2",
		"https://",
		"//api.github.com/x?page=2",
		"/x?page=2",
		"?page=2",
		"",
	};
	char header[256];

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		snprintf(header, sizeof(header), "<%s>; rel=\"next\"", urls[i]);
		if (parse(header) != LINK_FOREIGN)
			fail_msg("%s", header);
		/* Behind a good one, nothing of that one is left. */
		snprintf(header, sizeof(header),
			 "<" URL "?page=2>; rel=\"next\", <%s>; rel=\"last\"", urls[i]);
		assert_int_equal(parse(header), LINK_FOREIGN);
		assert_false(pages.has_next);
		assert_int_equal(pages.next_page, 0);
	}
}

static void test_malformed(void **state)
{
	static const char *const headers[] = {
		"x",
		"<",
		"<>x",
		">",
		"<" URL "?page=2",
		URL "?page=2; rel=\"next\"",
		"<" URL "?page=2>",
		"<" URL "?page=2> rel=\"next\"",
		"<" URL "?page=2>;",
		"<" URL "?page=2>; rel",
		"<" URL "?page=2>; rel=",
		"<" URL "?page=2>; rel=\"\"",
		"<" URL "?page=2>; rel=\"next",
		"<" URL "?page=2>; rel=\"next\"x",
		"<" URL "?page=2>; =\"next\"",
		"<" URL "?page=2>; title=\"next\"",
		"<" URL "?page=2>; rel=\"next\",",
		"<" URL "?page=2>; rel=\"next\", ",
		",<" URL "?page=2>; rel=\"next\"",
		"<" URL "?page=2>; rel=\"next\",,<" URL "?page=3>; rel=\"last\"",
		"<" URL "?page=2>; x, <https://evil.example/>; rel=\"next\"",
		/* Two ways on. */
		"<" URL "?page=2>; rel=\"next\", <" URL "?page=3>; rel=\"next\"",
		"<" URL "?page=1>; rel=\"prev\", <" URL "?page=1>; rel=\"prev\"",
		/* Nowhere. */
		"<" URL ">; rel=\"next\"",
		"<" URL "?per_page=100>; rel=\"next\"",
		"<" URL "?after=>; rel=\"next\"",
		"<" URL "?before=x>; rel=\"next\"",
		"<" URL "?after=x>; rel=\"prev\"",
		/* No page, no cursor. */
		"<" URL "?page=0>; rel=\"next\"",
		"<" URL "?page=-1>; rel=\"next\"",
		"<" URL "?page=02>; rel=\"next\"",
		"<" URL "?page=2x>; rel=\"next\"",
		"<" URL "?page=>; rel=\"next\"",
		"<" URL "?page>; rel=\"next\"",
		"<" URL "?page=1000001>; rel=\"next\"",
		"<" URL "?page=99999999999>; rel=\"next\"",
		"<" URL "?page=2#x>; rel=\"next\"",
		"<" URL "?after=%>; rel=\"next\"",
		"<" URL "?after=%4>; rel=\"next\"",
		"<" URL "?after=%zz>; rel=\"next\"",
		"<" URL "?after=%00>; rel=\"next\"",
		"<" URL "?after=%0a>; rel=\"next\"",
		"<" URL "?after=a%26page%3D3>; rel=\"next\"",
		"<" URL "?after=a b>; rel=\"next\"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		enum link_result result = parse(headers[i]);
		if (result == LINK_FINE || pages.has_next || pages.has_prev)
			fail_msg("%s", headers[i]);
		if (headers[i][0] == '<' && headers[i][1] == 'h')
			assert_int_equal(result, LINK_MALFORMED);
	}
}

static void test_cursor_length(void **state)
{
	char header[LINK_CURSOR_MAX + 128] = "<" URL "?after=";
	size_t start = strlen(header);

	(void)state;
	memset(header + start, 'c', LINK_CURSOR_MAX);
	strncpy(header + start + LINK_CURSOR_MAX, ">; rel=\"next\"", 32);
	assert_int_equal(parse(header), LINK_FINE);
	assert_int_equal(strlen(pages.next_after), LINK_CURSOR_MAX);
	memset(header + start, 'c', LINK_CURSOR_MAX + 1);
	strncpy(header + start + LINK_CURSOR_MAX + 1, ">; rel=\"next\"", 32);
	assert_int_equal(parse(header), LINK_MALFORMED);
}

static void test_linear_time(void **state)
{
	static const char *const units[] = {"<" URL "?page=1>; rel=\"x\", ",
					    "<",
					    "<" URL ">;a=b ",
					    "<" URL ">;a=\"",
					    "&page=1",
					    " "};
	const size_t size = 1 << 20;
	char *text = malloc(size);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t unit = strlen(units[i]);
		for (size_t at = 0; at < size; at++)
			text[at] = units[i][at % unit];
		clock_t start = clock();
		enum link_result result = link_parse(text, size, BASE, &pages);
		assert_true(result == LINK_FINE || !pages.has_next);
		assert_true(clock() - start < 10 * CLOCKS_PER_SEC);
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages),	    cmocka_unit_test(test_cursors),
		cmocka_unit_test(test_single_page), cmocka_unit_test(test_spelling),
		cmocka_unit_test(test_bases),	    cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_malformed),   cmocka_unit_test(test_cursor_length),
		cmocka_unit_test(test_linear_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
