/* Lists of refs as servers send them, and as nobody should. */
#include "worker/ls_refs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ONE "1111111111111111111111111111111111111111"
#define TWO "2222222222222222222222222222222222222222"
#define LONG "3333333333333333333333333333333333333333333333333333333333333333"

/* pkt-lines of these, up to NULL, and a flush. In memory of its exact size. */
static uint8_t *lines(const char *const *texts, size_t *length)
{
	uint8_t *answer = NULL;

	*length = 0;
	for (; *texts; texts++) {
		size_t size = strlen(*texts) + 4;
		char digits[20];
		answer = realloc(answer, *length + size);
		snprintf(digits, sizeof(digits), "%04zx", size);
		memcpy(answer + *length, digits, 4);
		memcpy(answer + *length + 4, *texts, size - 4);
		*length += size;
	}
	answer = realloc(answer, *length + 4);
	memcpy(answer + *length, "0000", 4);
	*length += 4;
	return answer;
}

static int digest(const char *const *texts, uint8_t result[SYNC_DIGEST_SIZE],
		  struct failure *failure)
{
	size_t length;
	uint8_t *answer = lines(texts, &length);
	int status = ls_refs_digest(answer, length, result, failure);

	free(answer);
	return status;
}

static void expect(const char *const *texts, const char *hexadecimal)
{
	uint8_t result[SYNC_DIGEST_SIZE];
	struct failure failure = {0};
	char text[2 * SYNC_DIGEST_SIZE + 1];

	if (digest(texts, result, &failure) < 0)
		fail_msg("%s", failure.message);
	for (size_t i = 0; i < sizeof(result); i++)
		snprintf(text + 2 * i, 3, "%02x", result[i]);
	assert_string_equal(text, hexadecimal);
}

/* Computed by sha256sum(1). */
static void test_digests(void **state)
{
	static const char two_refs[] =
		"590e0d8476d01439d54f253a15e0ce325f1c20e19f807e162cedbeb8ca1aa9a4";
	static const char *const plain[] = {ONE " refs/heads/a\n", TWO " refs/tags/b\n", NULL};
	static const char *const shuffled[] = {TWO " refs/tags/b peeled:" ONE "\n",
					       ONE " HEAD symref-target:refs/heads/a\n",
					       ONE " refs/heads/a", NULL};
	static const char *const unborn[] = {"unborn HEAD symref-target:refs/heads/main\n", NULL};
	static const char *const sha256[] = {LONG " refs/notes/commits\n", NULL};

	(void)state;
	expect(plain, two_refs);
	expect(shuffled, two_refs);
	expect(plain + 2, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	expect(unborn, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	expect(sha256, "957a68460c822ab884160621a583fa507c0e3ab6f574f8ac2e2373762ab917ba");
}

/* "refs/heads/a" < "refs/heads/a-b" < "refs/heads/a/b": bytes, not components. */
static void test_order(void **state)
{
	static const char *const one[] = {ONE " refs/heads/a/b\n", ONE " refs/heads/a\n",
					  ONE " refs/heads/a-b\n", NULL};

	(void)state;
	expect(one, "c71663a247f3af27de5b5be66add859d5ffabba1c13c94d08cbef3269bb071e5");
}

static void expect_failure(const char *const *texts, const char *message)
{
	uint8_t result[SYNC_DIGEST_SIZE];
	struct failure failure = {0};

	assert_int_equal(digest(texts, result, &failure), -1);
	assert_string_equal(failure.message, message);
}

static void test_refused_lines(void **state)
{
#define USELESS "the server's list of refs cannot be used: "
	static const struct {
		const char *line, *message;
	} cases[] = {
		{ONE "\n", USELESS "a line has no name"},
		{"", USELESS "a line has no name"},
		{"\n", USELESS "a line has no name"},
		{ONE " \n", USELESS "a name is not one that was asked for"},
		{ONE " refs/pull/1/head\n", USELESS "a name is not one that was asked for"},
		{ONE " refs/heads/\n", USELESS "a name is not one that was asked for"},
		{ONE " refs/headsx/a\n", USELESS "a name is not one that was asked for"},
		{ONE " refs/heads/a\x1b[m\n", USELESS "a name is not one that was asked for"},
		{ONE " refs/heads/a\nb\n", USELESS "a name is not one that was asked for"},
		{"111 refs/heads/a\n", USELESS "a line has no object name"},
		{"unborn refs/heads/a\n", USELESS "a line has no object name"},
		{"G111111111111111111111111111111111111111 refs/heads/a\n",
		 USELESS "a line has no object name"},
		{"ERR access denied\n", "the server does not tell the refs: access denied"},
		{"ERR ghp_0123456789012345678901234567890123456\x1b[m",
		 "the server does not tell the refs: ghp_****\\x1b[m"},
		{"ERR ", "the server does not tell the refs: "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const texts[] = {ONE " refs/heads/z\n", cases[i].line, NULL};
		expect_failure(texts, cases[i].message);
	}
}

static void test_names(void **state)
{
	static const char *const twice[] = {ONE " refs/heads/a\n", TWO " refs/heads/a\n", NULL};
	char line[LS_REFS_NAME_MAX + 64] = ONE " refs/heads/";
	size_t prefix = strlen(ONE " ");
	const char *const texts[] = {line, NULL};
	uint8_t result[SYNC_DIGEST_SIZE];
	struct failure failure;

	(void)state;
	expect_failure(twice, USELESS "a name is there twice");
	for (size_t i = strlen(line); i < prefix + LS_REFS_NAME_MAX; i++)
		line[i] = 'a';
	assert_int_equal(digest(texts, result, &failure), 0);
	line[prefix + LS_REFS_NAME_MAX] = 'a';
	expect_failure(texts, USELESS "a name is not one that was asked for");
}

static void test_framing(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"", USELESS "it breaks off"},
		{"000", USELESS "it breaks off"},
		{"003d" ONE " refs/heads/", USELESS "it breaks off"},
		{"003b" ONE " refs/heads/ab\n", USELESS "it breaks off"},
		{"00000000", USELESS "it goes on behind its end"},
		{"0000\n", USELESS "it goes on behind its end"},
		{"0001", USELESS "it is not of git's form"},
		{"0002", USELESS "it is not of git's form"},
		{"0003", USELESS "it is not of git's form"},
		{"fff1", USELESS "it is not of git's form"},
		{"<html>", USELESS "it is not of git's form"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t length = strlen(cases[i].text);
		uint8_t *copy = malloc(length + 1), result[SYNC_DIGEST_SIZE];
		struct failure failure;
		memcpy(copy, cases[i].text, length);
		copy = realloc(copy, length ? length : 1);
		assert_int_equal(ls_refs_digest(copy, length, result, &failure), -1);
		assert_string_equal(failure.message, cases[i].message);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digests),	      cmocka_unit_test(test_order),
		cmocka_unit_test(test_refused_lines), cmocka_unit_test(test_names),
		cmocka_unit_test(test_framing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
