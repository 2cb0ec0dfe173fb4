/* The sanitisers on arbitrary text: what comes out is harmless, bounded, and without the secrets
 * that went in. */
#include "fuzz.h"

#include "lib/sanitize/sanitize.h"

#define MARK "SeCrEt0123456789SeCrEt0123456789abcd"
#define MARK_HEAD 8u

typedef size_t sanitize_function(char *dst, size_t cap, const char *src, size_t length);

/* The result in a buffer of exactly `cap` bytes, to be freed. */
static char *run(sanitize_function *function, size_t cap, const char *text, size_t length)
{
	char *out = malloc(cap);

	if (!out)
		return NULL;
	size_t written = function(out, cap, text, length);
	require(written < cap && out[written] == 0);
	require(strlen(out) == written);
	require_harmless(out, written, "");
	return out;
}

/* A secret on a line of its own among the text, in one of its notations. */
static void check_secret(const char *text, size_t length, unsigned form, size_t cap)
{
	static const char *const forms[] = {
		"ghp_" MARK,
		"github_pat_" MARK,
		"ghs_1_" MARK "." MARK,
		"Authorization: Bearer " MARK,
		"authorization: Digest a=\"b\", c=\"" MARK "\"",
		"{\"password\":\"" MARK "\"}",
		"{\"password\":\"x\\\"" MARK "\"}",
		"{\\\"client_secret\\\": \\\"" MARK "\\\"}",
		"?access_token=" MARK "&x=y",
		"https://user:" MARK "@host/",
		"password: " MARK,
		"-----BEGIN KEY-----\n" MARK "\n-----END KEY-----",
		"Bearer " MARK,
	};
	const char *secret = forms[form % (sizeof(forms) / sizeof(forms[0]))];
	size_t total = length + strlen(secret) + 2, half = length / 2;
	char *mixed = malloc(total);

	if (!mixed || memmem(text, length, MARK, MARK_HEAD)) {
		free(mixed);
		return;
	}
	memcpy(mixed, text, half);
	mixed[half] = '\n';
	memcpy(mixed + half + 1, secret, strlen(secret));
	memcpy(mixed + half + 1 + strlen(secret), text + half, length - half);
	char *out = run(sanitize_text, cap, mixed, total - 1);
	if (out)
		require(!memmem(out, strlen(out), MARK, MARK_HEAD));
	free(out);
	free(mixed);
}

static size_t feed(const char *text, size_t length, size_t piece, char *out, size_t cap)
{
	struct sanitize_stream stream = {.used = 0};
	size_t written = 0;

	for (size_t at = 0; at < length;) {
		size_t consumed, size = length - at < piece ? length - at : piece;
		written += sanitize_stream_feed(&stream, text + at, size, out + written,
						cap - written, &consumed);
		require(consumed > 0 && consumed <= size && written <= cap);
		at += consumed;
	}
	return written + sanitize_stream_finish(&stream, out + written, cap - written);
}

/* Overwrites colour sequences, so that what is left has to be harmless. */
static void drop_colours(char *text, size_t length)
{
	for (size_t i = 0; i + 2 < length; i++) {
		if (text[i] != '\x1b' || text[i + 1] != '[')
			continue;
		size_t end = i + 2;
		while (end < length && ((text[end] >= '0' && text[end] <= '9') || text[end] == ';'))
			end++;
		if (end < length && text[end] == 'm')
			memset(text + i, ' ', end - i + 1);
	}
}

/* The same result however it is split, and nothing but colours is let through. */
static void check_stream(const char *text, size_t length, size_t piece)
{
	size_t cap = length * 4 + 2 * SANITIZE_STREAM_ROOM;
	char *whole = malloc(cap), *split = malloc(cap);

	if (whole && split) {
		size_t size = feed(text, length, SIZE_MAX, whole, cap);
		require(size == feed(text, length, piece, split, cap));
		require(memcmp(whole, split, size) == 0);
		drop_colours(whole, size);
		require_harmless(whole, size, "\n\t");
	}
	free(whole);
	free(split);
}

/* The first three bytes choose sizes and the form of the secret. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 3)
		return 0;
	const char *text = (const char *)data + 3;
	size_t length = size - 3, cap = data[0] < 250 ? (size_t)data[0] + 1 : length * 4 + 512;

	char *out = run(sanitize_text, cap, text, length);
	if (out)
		require_no_token(out);
	free(out);
	free(run(sanitize_field, cap, text, length));
	check_secret(text, length, data[1], cap);
	check_stream(text, length, (size_t)data[2] + 1);
	return 0;
}
