/* Answers, taken and looked at. */
#include "support.h"

struct mint_answer answer;
struct failure failure;

int take_bytes(enum mint_kind kind, const char *text, size_t length)
{
	char *copy = malloc(length ? length : 1);

	assert_non_null(copy);
	memcpy(copy, text, length);
	int status = mint_answer(kind, copy, length, &answer, &failure);
	free(copy);
	return status;
}

const struct minted *accept_answer(enum mint_kind kind, const char *text)
{
	if (take_bytes(kind, text, strlen(text)) < 0)
		fail_msg("%s", failure.message);
	assert_int_equal(failure.kind, FAILURE_NONE);
	assert_int_equal(answer.minted.kind, kind);
	return &answer.minted;
}

void assert_blank(const struct minted *minted)
{
	assert_string_equal(minted->secret, "");
	assert_string_equal(minted->refresh, "");
	assert_string_equal(minted->name, "");
	assert_string_equal(minted->url, "");
	assert_string_equal(minted->permissions, "");
	assert_int_equal(minted->number, 0);
	assert_int_equal(minted->expires, 0);
	assert_int_equal(minted->refresh_expires, 0);
	assert_int_equal(minted->suspended, 0);
}

void refuse_answer(enum mint_kind kind, const char *text, const char *expected)
{
	assert_int_equal(take_bytes(kind, text, strlen(text)), -1);
	assert_int_equal(failure.kind, FAILURE_MALFORMED);
	if (!strstr(failure.message, expected))
		fail_msg("%s\n  says \"%s\" instead of \"%s\"", text, failure.message, expected);
	assert_null(strstr(failure.message, TEN));
	assert_int_equal(answer.minted.kind, kind);
	assert_blank(&answer.minted);
	assert_string_equal(answer.minted.error, "");
	assert_string_equal(answer.minted.message, "");
	/* Nor does anything stay behind the empty strings. */
	assert_null(memmem(&answer, sizeof(answer), TEN, strlen(TEN)));
}
