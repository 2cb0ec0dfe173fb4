/* Digests of refs. */
#include "git/refs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define OID "0123456789012345678901234567890123456789"
#define OTHER "abcdefabcdefabcdefabcdefabcdefabcdefabcd"
#define LINES OID " refs/heads/main\n" OTHER " refs/tags/v1\n"

static int digest_of(const char *text, size_t piece, uint8_t digest[SYNC_DIGEST_SIZE])
{
	struct refs refs;
	size_t length = strlen(text);

	refs_begin(&refs);
	for (size_t at = 0; at < length; at += piece)
		refs_feed(&refs, text + at, length - at < piece ? length - at : piece);
	return refs_end(&refs, digest);
}

static void expect(const uint8_t digest[SYNC_DIGEST_SIZE], const char *text)
{
	uint8_t expected[SYNC_DIGEST_SIZE];

	assert_int_equal(mbedtls_sha256((const unsigned char *)text, strlen(text), expected, 0), 0);
	assert_memory_equal(digest, expected, sizeof(expected));
}

static void test_lines_in_any_pieces(void **state)
{
	uint8_t digest[SYNC_DIGEST_SIZE];

	(void)state;
	for (size_t piece = 1; piece <= sizeof(LINES); piece++) {
		assert_int_equal(digest_of(LINES, piece, digest), 0);
		expect(digest, LINES);
	}
	assert_int_equal(digest_of("", 1, digest), 0);
	expect(digest, "");
}

static void test_names_as_the_server_has_them(void **state)
{
	static const char local[] = OID " refs/remotes/origin/main\n",
			  tags[] = OTHER " refs/tags/v1\n";
	uint8_t digest[SYNC_DIGEST_SIZE];
	struct refs refs;

	(void)state;
	refs_begin(&refs);
	refs_rename(&refs, "refs/remotes/origin/", "refs/heads/");
	refs_feed(&refs, local, strlen(local));
	refs_rename(&refs, "refs/tags/", "refs/tags/");
	refs_feed(&refs, tags, strlen(tags));
	assert_int_equal(refs.count, 2);
	assert_int_equal(refs_end(&refs, digest), 0);
	expect(digest, LINES);
}

static void test_what_is_no_list_of_refs(void **state)
{
	static const char *const texts[] = {"\n",
					    OID "\n",
					    OID " refs/heads/main",
					    OID "  refs/heads/main\n",
					    OID "a refs/heads/main\n",
					    "0123 refs/heads/main\n",
					    OID " HEAD\n",
					    "warning: something\n"};
	static char endless[REFS_LINE_MAX + 2];
	uint8_t digest[SYNC_DIGEST_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_int_equal(digest_of(texts[i], 7, digest), -1);
	memset(endless, 'a', sizeof(endless) - 1);
	memcpy(endless, OID " refs/heads/", strlen(OID " refs/heads/"));
	assert_int_equal(digest_of(endless, 100, digest), -1);
	endless[REFS_LINE_MAX] = '\n';
	assert_int_equal(digest_of(endless, 100, digest), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_in_any_pieces),
		cmocka_unit_test(test_names_as_the_server_has_them),
		cmocka_unit_test(test_what_is_no_list_of_refs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
