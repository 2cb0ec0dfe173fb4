/* Every form of answer that GitHub gives, and everything that only resembles one. */
#include "mint/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEN "0123456789"
#define SECRET TEN TEN TEN "abcdef"
#define INSTALLATION "ghs_" SECRET
#define REFRESH "ghr_" SECRET SECRET

static struct mint_answer answer;
static struct failure failure;

/* From memory of exactly that size. */
static int take_bytes(enum mint_kind kind, const char *text, size_t length)
{
	char *copy = malloc(length ? length : 1);

	assert_non_null(copy);
	memcpy(copy, text, length);
	int status = mint_answer(kind, copy, length, &answer, &failure);
	free(copy);
	return status;
}

static const struct minted *accept(enum mint_kind kind, const char *text)
{
	if (take_bytes(kind, text, strlen(text)) < 0)
		fail_msg("%s", failure.message);
	assert_int_equal(failure.kind, FAILURE_NONE);
	assert_int_equal(answer.minted.kind, kind);
	return &answer.minted;
}

static void assert_blank(const struct minted *minted)
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

static void refuse(enum mint_kind kind, const char *text, const char *expected)
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

/* --- the forms --- */

static void test_an_app(void **state)
{
	const struct minted *minted = accept(
		MINT_APP, "{\"id\":37,\"slug\":\"acme-triage\",\"client_id\":\"Iv23liabc\","
			  "\"owner\":{\"login\":\"acme\",\"id\":1},\"name\":\"ACME triage\","
			  "\"description\":null,\"permissions\":{\"security_events\":\"write\","
			  "\"metadata\":\"read\",\"contents\":\"read\"},\"events\":[\"push\"]}");

	(void)state;
	assert_int_equal(minted->number, 37);
	assert_string_equal(minted->name, "acme-triage");
	assert_string_equal(minted->permissions,
			    "contents:read,metadata:read,security_events:write");
	assert_string_equal(minted->secret, "");
	/* Older servers give no slug. */
	assert_string_equal(accept(MINT_APP, "{\"id\":1,\"permissions\":{}}")->name, "");
	assert_int_equal(accept(MINT_APP, "{\"id\":9007199254740991,\"permissions\":{}}")->number,
			 (UINT64_C(1) << 53) - 1);
}

static void test_an_installation(void **state)
{
	const struct minted *minted = accept(
		MINT_INSTALLATION,
		"{\"id\":42,\"account\":{\"login\":\"acme\"},\"app_id\":37,"
		"\"repository_selection\":\"selected\",\"permissions\":{\"issues\":\"admin\"},"
		"\"suspended_by\":null,\"suspended_at\":null}");

	(void)state;
	assert_int_equal(minted->number, 42);
	assert_string_equal(minted->name, "acme");
	assert_string_equal(minted->permissions, "issues:admin");
	assert_int_equal(minted->suspended, 0);
	minted = accept(MINT_INSTALLATION,
			"{\"id\":42,\"account\":{\"slug\":\"acme-corp\",\"id\":7},"
			"\"permissions\":{},\"suspended_at\":\"2026-11-20T08:00:00Z\"}");
	assert_string_equal(minted->name, "acme-corp");
	assert_int_equal(minted->suspended, 1);
}

static void test_an_installation_token(void **state)
{
	const struct minted *minted = accept(
		MINT_INSTALLATION_TOKEN,
		"{\"token\":\"" INSTALLATION "\",\"expires_at\":\"2026-11-21T10:00:00Z\","
		"\"permissions\":{\"metadata\":\"read\"},\"repository_selection\":\"selected\","
		"\"repositories\":[{\"id\":1,\"name\":\"shop\",\"private\":true}]}");

	(void)state;
	assert_string_equal(minted->secret, INSTALLATION);
	assert_int_equal(minted->expires, 1795255200);
	assert_string_equal(minted->permissions, "metadata:read");
	minted = accept(MINT_INSTALLATION_TOKEN,
			"{\"token\":\"" INSTALLATION "\",\"expires_at\":\"2026-11-21T10:00:00Z\"}");
	assert_string_equal(minted->permissions, "");
}

/* ghs_APPID_JWT: what GitHub gives today, and the longest that is accepted. */
static void test_stateless_installation_tokens(void **state)
{
	static const size_t lengths[] = {520, 2048, VALIDATE_TOKEN_MAX};
	char token[VALIDATE_TOKEN_MAX + 2], text[VALIDATE_TOKEN_MAX + 128];

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		for (size_t at = 0; at < lengths[i]; at++)
			token[at] = "aZ0._-"[at % 6];
		memcpy(token, "ghs_37_", 7);
		token[lengths[i]] = 0;
		snprintf(text, sizeof(text),
			 "{\"token\":\"%s\",\"expires_at\":\"2026-11-21T10:00:00Z\"}", token);
		assert_string_equal(accept(MINT_INSTALLATION_TOKEN, text)->secret, token);
	}
	memset(token + VALIDATE_TOKEN_MAX, 'a', 1);
	token[VALIDATE_TOKEN_MAX + 1] = 0;
	snprintf(text, sizeof(text), "{\"token\":\"%s\",\"expires_at\":\"2026-11-21T10:00:00Z\"}",
		 token);
	refuse(MINT_INSTALLATION_TOKEN, text,
	       "has an unusable \"token\": expected an installation token");
}

static void test_a_device_code(void **state)
{
	const struct minted *minted = accept(
		MINT_DEVICE_CODE, "{\"device_code\":\"3584d83530557fdd1f46af8289938c8ef79f9dc5\","
				  "\"user_code\":\"WDJB-MJHT\","
				  "\"verification_uri\":\"https://github.com/login/device\","
				  "\"expires_in\":900,\"interval\":5}");

	(void)state;
	assert_string_equal(minted->secret, "3584d83530557fdd1f46af8289938c8ef79f9dc5");
	assert_string_equal(minted->name, "WDJB-MJHT");
	assert_string_equal(minted->url, "https://github.com/login/device");
	assert_int_equal(minted->expires, 900);
	assert_int_equal(minted->interval, 5);
	/* RFC 8628: the interval is optional. */
	minted = accept(MINT_DEVICE_CODE,
			"{\"device_code\":\"x\",\"user_code\":\"1234\",\"verification_uri\":"
			"\"https://ghe.acme.example:8443/login/device\",\"expires_in\":1}");
	assert_int_equal(minted->interval, 0);
}

static void test_a_users_token(void **state)
{
	const struct minted *minted = accept(MINT_USER_TOKEN, "{\"access_token\":\"gho_" SECRET
							      "\",\"token_type\":\"bearer\","
							      "\"scope\":\"repo,read:org\"}");

	(void)state;
	assert_string_equal(minted->secret, "gho_" SECRET);
	assert_string_equal(minted->permissions, "repo,read:org");
	assert_string_equal(minted->refresh, "");
	assert_int_equal(minted->expires, 0);
	minted = accept(MINT_USER_TOKEN,
			"{\"access_token\":\"ghu_" SECRET "\",\"expires_in\":28800,"
			"\"refresh_token\":\"" REFRESH "\",\"refresh_token_expires_in\":15897600,"
			"\"token_type\":\"Bearer\",\"scope\":\"\"}");
	assert_string_equal(minted->secret, "ghu_" SECRET);
	assert_string_equal(minted->refresh, REFRESH);
	assert_int_equal(minted->expires, 28800);
	assert_int_equal(minted->refresh_expires, 15897600);
	assert_string_equal(minted->permissions, "");
	/* A server of one's own; scopes as in RFC 6749. */
	minted = accept(MINT_USER_TOKEN, "{\"access_token\":\"" TEN TEN TEN TEN "\","
					 "\"token_type\":\"bearer\",\"scope\":\"gist repo\"}");
	assert_string_equal(minted->secret, TEN TEN TEN TEN);
	assert_string_equal(minted->permissions, "gist,repo");
}

/* --- errors that GitHub tells --- */

static void test_an_oauth_error(void **state)
{
	const struct minted *minted =
		accept(MINT_USER_TOKEN, "{\"error\":\"slow_down\",\"error_description\":"
					"\"Too many requests.\",\"error_uri\":"
					"\"https://docs.github.com\",\"interval\":10}");

	(void)state;
	assert_string_equal(minted->error, "slow_down");
	assert_string_equal(minted->message, "Too many requests.");
	assert_int_equal(minted->interval, 10);
	assert_blank(minted);
	minted = accept(MINT_DEVICE_CODE, "{\"error\":\"Not Found\"}");
	assert_string_equal(minted->error, "Not Found");
	assert_string_equal(minted->message, "");
	assert_int_equal(minted->interval, 0);
}

static void test_a_rest_error(void **state)
{
	static const char text[] = "{\"message\":\"Bad credentials\",\"documentation_url\":"
				   "\"https://docs.github.com/rest\",\"status\":\"401\"}";

	(void)state;
	for (unsigned kind = 0; kind < MINT_KINDS; kind++) {
		const struct minted *minted = accept((enum mint_kind)kind, text);
		assert_string_equal(minted->error, "");
		assert_string_equal(minted->message, "Bad credentials");
		assert_blank(minted);
	}
}

static void test_errors_are_harmless_and_bounded(void **state)
{
	char text[4096];
	const struct minted *minted =
		accept(MINT_USER_TOKEN, "{\"error\":\"a\\u001b[2Jb\",\"error_description\":"
					"\"\\u202e ghs_" SECRET " was refused\"}");

	(void)state;
	assert_string_equal(minted->error, "a\\x1b[2Jb");
	assert_string_equal(minted->message, "\\u202e ghs_**** was refused");
	snprintf(text, sizeof(text), "{\"error\":\"%0*d\",\"error_description\":\"%0*d\"}", 900, 0,
		 900, 0);
	minted = accept(MINT_USER_TOKEN, text);
	assert_int_equal(strlen(minted->error), MINT_ERROR_MAX);
	assert_int_equal(strlen(minted->message), MINT_MESSAGE_MAX);
}

/* Who tells an error gives nothing: the broker must not have to choose. */
static void test_an_error_beside_a_token_is_an_error(void **state)
{
	const struct minted *minted = accept(MINT_INSTALLATION_TOKEN,
					     "{\"message\":\"no\",\"token\":\"" INSTALLATION "\","
					     "\"expires_at\":\"2026-11-21T10:00:00Z\"}");

	(void)state;
	assert_string_equal(minted->message, "no");
	assert_blank(minted);
	assert_null(memmem(&answer, sizeof(answer), TEN, strlen(TEN)));
}

static void test_an_error_that_is_none(void **state)
{
	(void)state;
	refuse(MINT_USER_TOKEN, "{\"error\":{}}", "has an unusable \"error\": expected a text");
	refuse(MINT_USER_TOKEN, "{\"error\":\"\"}", "has an unusable \"error\": expected a text");
	refuse(MINT_USER_TOKEN, "{\"error\":\"x\",\"error_description\":7}",
	       "has an unusable \"error_description\": expected a text");
	refuse(MINT_USER_TOKEN, "{\"error\":\"slow_down\",\"interval\":\"10\"}",
	       "has an unusable \"interval\": expected a whole number");
	refuse(MINT_APP, "{\"message\":[]}", "has an unusable \"message\": expected a text");
	refuse(MINT_APP, "{\"message\":null,\"error\":null}", "has no \"id\"");
}

/* --- what is no answer at all --- */

static void test_no_json(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < MINT_KINDS; kind++) {
		enum mint_kind form = (enum mint_kind)kind;
		refuse(form, "", "is empty");
		refuse(form, " ", "is not JSON: the text ends too early (byte 1)");
		refuse(form, "<html>Bad gateway</html>", "is not JSON");
		refuse(form, "access_token=gho_" SECRET "&scope=repo", "is not JSON");
		refuse(form, "{\"id\":1", "is not JSON: the text ends too early (byte 7)");
		refuse(form, "{\"id\":1,\"id\":1}", "is not JSON: a key appears twice");
		refuse(form, "{\"token\":\"a\\u0000b\"}", "is not JSON");
		refuse(form, "{\"token\":\"\xff\"}", "is not JSON");
		refuse(form, "[]", "is not a JSON object");
		refuse(form, "\"" INSTALLATION "\"", "is not a JSON object");
		refuse(form, "{}", "has no \"");
	}
}

static void test_size(void **state)
{
	static char text[MINT_ANSWER_MAX + 1];
	static const char start[] = "{\"id\":1,\"permissions\":{}";

	(void)state;
	memset(text, ' ', sizeof(text));
	memcpy(text, start, sizeof(start) - 1);
	text[MINT_ANSWER_MAX - 1] = '}';
	assert_int_equal(take_bytes(MINT_APP, text, MINT_ANSWER_MAX), 0);
	text[MINT_ANSWER_MAX - 1] = ' ';
	text[MINT_ANSWER_MAX] = '}';
	assert_int_equal(take_bytes(MINT_APP, text, MINT_ANSWER_MAX + 1), -1);
	assert_non_null(strstr(failure.message, "is larger than 65536 bytes"));
	/* As many values as fit are no reason to fail. */
	memcpy(text, "{\"id\":1,\"permissions\":{},\"x\":[1", 31);
	for (size_t at = 31; at + 3 < MINT_ANSWER_MAX; at += 2)
		memcpy(text + at, ",1", 2);
	text[MINT_ANSWER_MAX - 3] = ' ';
	memcpy(text + MINT_ANSWER_MAX - 2, "]}", 2);
	assert_int_equal(take_bytes(MINT_APP, text, MINT_ANSWER_MAX), 0);
}

/* --- fields that are missing or of another form --- */

static void test_apps_that_are_none(void **state)
{
	static const char *const cases[][2] = {
		{"{\"permissions\":{}}", "has no \"id\""},
		{"{\"id\":null,\"permissions\":{}}", "has no \"id\""},
		{"{\"id\":0,\"permissions\":{}}", "has an unusable \"id\""},
		{"{\"id\":-1,\"permissions\":{}}", "has an unusable \"id\""},
		{"{\"id\":1.5,\"permissions\":{}}", "has an unusable \"id\""},
		{"{\"id\":9007199254740992,\"permissions\":{}}", "has an unusable \"id\""},
		{"{\"id\":1e300,\"permissions\":{}}", "has an unusable \"id\""},
		{"{\"id\":\"1\",\"permissions\":{}}", "has an unusable \"id\""},
		{"{\"id\":true,\"permissions\":{}}", "has an unusable \"id\""},
		{"{\"id\":1}", "has no \"permissions\""},
		{"{\"id\":1,\"permissions\":[]}", "has an unusable \"permissions\""},
		{"{\"id\":1,\"permissions\":{\"contents\":\"execute\"}}",
		 "has an unusable \"permissions\""},
		{"{\"id\":1,\"permissions\":{\"contents\":true}}",
		 "has an unusable \"permissions\""},
		{"{\"id\":1,\"permissions\":{\"\":\"read\"}}", "has an unusable \"permissions\""},
		{"{\"id\":1,\"permissions\":{\"Contents\":\"read\"}}",
		 "has an unusable \"permissions\""},
		/* A name that would make two of one. */
		{"{\"id\":1,\"permissions\":{\"a:read,b\":\"write\"}}",
		 "has an unusable \"permissions\""},
		{"{\"id\":1,\"permissions\":{},\"slug\":7}", "has an unusable \"slug\""},
		{"{\"id\":1,\"permissions\":{},\"slug\":\"\"}", "has an unusable \"slug\""},
		{"{\"id\":1,\"permissions\":{},\"slug\":\"a b\"}", "has an unusable \"slug\""},
		{"{\"id\":1,\"permissions\":{},\"slug\":\"caf\\u00e9\"}",
		 "has an unusable \"slug\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		refuse(MINT_APP, cases[i][0], cases[i][1]);
}

static void test_a_name_of_every_length(void **state)
{
	char text[256];

	(void)state;
	snprintf(text, sizeof(text), "{\"id\":1,\"permissions\":{},\"slug\":\"%0100d\"}", 0);
	assert_int_equal(strlen(accept(MINT_APP, text)->name), 100);
	snprintf(text, sizeof(text), "{\"id\":1,\"permissions\":{},\"slug\":\"%0101d\"}", 0);
	refuse(MINT_APP, text, "has an unusable \"slug\"");
}

/* "aaaa" and the like: `count` names of this length, in reverse order. */
static void write_permissions(char *text, size_t size, unsigned count, int length)
{
	size_t used = (size_t)snprintf(text, size, "{\"id\":1,\"permissions\":{");

	for (unsigned i = count; i-- > 0;)
		used += (size_t)snprintf(
			text + used, size - used, "\"%.*s%c%c\":\"read\"%s", length - 2,
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			"aaaa",
			'a' + (int)(i / 26), 'a' + (int)(i % 26), i ? "," : "");
	snprintf(text + used, size - used, "}}");
}

static void test_as_many_permissions_as_there_are(void **state)
{
	static char text[MINT_ANSWER_MAX];

	(void)state;
	write_permissions(text, sizeof(text), MINT_PERMISSIONS, 20);
	const char *list = accept(MINT_APP, text)->permissions;
	assert_int_equal(strlen(list), MINT_PERMISSIONS * strlen("aaaaaaaaaaaaaaaaaaaa:read,") - 1);
	assert_memory_equal(list, "aaaaaaaaaaaaaaaaaaaa:read,aaaaaaaaaaaaaaaaaaab:read,", 52);
	write_permissions(text, sizeof(text), MINT_PERMISSIONS + 1, 20);
	refuse(MINT_APP, text, "has too many permissions");
	/* Each 70 bytes with its comma. */
	write_permissions(text, sizeof(text), MINT_PERMISSIONS_MAX / 70, 64);
	assert_int_equal(strlen(accept(MINT_APP, text)->permissions),
			 MINT_PERMISSIONS_MAX / 70 * 70 - 1);
	write_permissions(text, sizeof(text), MINT_PERMISSIONS_MAX / 70 + 1, 64);
	refuse(MINT_APP, text, "has too many permissions");
}

static void test_installations_that_are_none(void **state)
{
	static const char *const cases[][2] = {
		{"{\"account\":{\"login\":\"a\"},\"permissions\":{}}", "has no \"id\""},
		{"{\"id\":1,\"account\":{\"login\":\"a\"}}", "has no \"permissions\""},
		{"{\"id\":1,\"permissions\":{}}", "has no \"account\""},
		{"{\"id\":1,\"permissions\":{},\"account\":null}", "has no \"account\""},
		{"{\"id\":1,\"permissions\":{},\"account\":\"acme\"}",
		 "has an unusable \"account\""},
		{"{\"id\":1,\"permissions\":{},\"account\":{}}", "has no \"slug\""},
		{"{\"id\":1,\"permissions\":{},\"account\":{\"login\":\"a/b\"}}",
		 "has an unusable \"login\""},
		{"{\"id\":1,\"permissions\":{},\"account\":{\"login\":\"a\"},\"suspended_at\":1}",
		 "has an unusable \"suspended_at\""},
		{"{\"id\":1,\"permissions\":{},\"account\":{\"login\":\"a\"},\"suspended_at\":"
		 "\"\"}",
		 "has an unusable \"suspended_at\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		refuse(MINT_INSTALLATION, cases[i][0], cases[i][1]);
}

#define TOKEN(token) "{\"expires_at\":\"2026-11-21T10:00:00Z\",\"token\":" token "}"
#define EXPIRES(time) "{\"token\":\"" INSTALLATION "\",\"expires_at\":" time "}"

static void test_installation_tokens_that_are_none(void **state)
{
	static const char *const cases[][2] = {
		{"{\"expires_at\":\"2026-11-21T10:00:00Z\"}", "has no \"token\""},
		{TOKEN("null"), "has no \"token\""},
		{TOKEN("7"), "has an unusable \"token\": expected an installation token"},
		{TOKEN("[\"" INSTALLATION "\"]"), "has an unusable \"token\""},
		{TOKEN("\"\""), "has an unusable \"token\""},
		{TOKEN("\"ghs_" TEN "\""), "has an unusable \"token\""},
		{TOKEN("\"ghp_" SECRET "\""), "has an unusable \"token\""},
		{TOKEN("\"gho_" SECRET "\""), "has an unusable \"token\""},
		{TOKEN("\"" TEN TEN TEN TEN "\""), "has an unusable \"token\""},
		{TOKEN("\"" INSTALLATION " \""), "has an unusable \"token\""},
		{TOKEN("\"" INSTALLATION "\\r\\nX: y\""), "has an unusable \"token\""},
		{TOKEN("\"" INSTALLATION "\\u00e9\""), "has an unusable \"token\""},
		{"{\"token\":\"" INSTALLATION "\"}", "has no \"expires_at\""},
		{EXPIRES("1795255200"), "has an unusable \"expires_at\""},
		{EXPIRES("\"2026-11-21\""), "has an unusable \"expires_at\""},
		{EXPIRES("\"2026-11-21T10:00:00+01:00\""), "has an unusable \"expires_at\""},
		{EXPIRES("\"2026-02-30T10:00:00Z\""), "has an unusable \"expires_at\""},
		{"{\"token\":\"" INSTALLATION "\",\"expires_at\":\"2026-11-21T10:00:00Z\","
		 "\"permissions\":7}",
		 "has an unusable \"permissions\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		refuse(MINT_INSTALLATION_TOKEN, cases[i][0], cases[i][1]);
}

#define CODE(code) "{\"user_code\":\"A-1\"," ADDRESS ",\"expires_in\":9" code "}"
#define ADDRESS "\"verification_uri\":\"https://github.com/login/device\""
#define AT(address)                                                                                \
	"{\"device_code\":\"x\",\"user_code\":\"A-1\",\"expires_in\":9,\"verification_uri\":"      \
	"" address "}"
#define OTHER(members) "{\"device_code\":\"x\"," ADDRESS members "}"

static void test_device_codes_that_are_none(void **state)
{
	static const char *const cases[][2] = {
		{CODE(""), "has no \"device_code\""},
		{CODE(",\"device_code\":7"), "has an unusable \"device_code\""},
		{CODE(",\"device_code\":\"\""), "has an unusable \"device_code\""},
		{CODE(",\"device_code\":\"a b\""), "has an unusable \"device_code\""},
		{CODE(",\"device_code\":\"a\\u0007\""), "has an unusable \"device_code\""},
		{OTHER(",\"expires_in\":9"), "has no \"user_code\""},
		{OTHER(",\"expires_in\":9,\"user_code\":\"A 1\""), "has an unusable \"user_code\""},
		{OTHER(",\"expires_in\":9,\"user_code\":\"\\u202e\""),
		 "has an unusable \"user_code\""},
		{OTHER(",\"user_code\":\"A-1\""), "has no \"expires_in\""},
		{OTHER(",\"user_code\":\"A-1\",\"expires_in\":0"),
		 "has an unusable \"expires_in\""},
		{OTHER(",\"user_code\":\"A-1\",\"expires_in\":\"9\""),
		 "has an unusable \"expires_in\""},
		{OTHER(",\"user_code\":\"A-1\",\"expires_in\":316224001"),
		 "has an unusable \"expires_in\""},
		{OTHER(",\"user_code\":\"A-1\",\"expires_in\":9,\"interval\":3601"),
		 "has an unusable \"interval\""},
		{OTHER(",\"user_code\":\"A-1\",\"expires_in\":9,\"interval\":-5"),
		 "has an unusable \"interval\""},
		{AT("null"), "has no \"verification_uri\""},
		{AT("\"\""),
		 "has an unusable \"verification_uri\": expected a simple https address"},
		{AT("\"http://github.com/login/device\""), "has an unusable \"verification_uri\""},
		{AT("\"https://github.com@evil.example/login\""),
		 "has an unusable \"verification_uri\""},
		{AT("\"https://github.com/login/device?code=1\""),
		 "has an unusable \"verification_uri\""},
		{AT("\"https://github.com/login/\\u001b]8;;x\""),
		 "has an unusable \"verification_uri\""},
		{AT("\"javascript:alert(1)\""), "has an unusable \"verification_uri\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		refuse(MINT_DEVICE_CODE, cases[i][0], cases[i][1]);
}

#define USER(members) "{\"access_token\":\"gho_" SECRET "\"" members "}"
#define BEARER ",\"token_type\":\"bearer\""

static void test_users_tokens_that_are_none(void **state)
{
	static const char *const cases[][2] = {
		{"{\"token_type\":\"bearer\"}", "has no \"access_token\""},
		{"{\"token_type\":\"bearer\",\"access_token\":\"ghs_" SECRET "\"}",
		 "has an unusable \"access_token\": expected a user's token"},
		{"{\"token_type\":\"bearer\",\"access_token\":\"ghp_" SECRET "\"}",
		 "has an unusable \"access_token\""},
		{"{\"token_type\":\"bearer\",\"access_token\":\"" REFRESH "\"}",
		 "has an unusable \"access_token\""},
		{USER(""), "has no \"token_type\""},
		{USER(",\"token_type\":\"mac\""),
		 "has an unusable \"token_type\": expected bearer"},
		{USER(",\"token_type\":1"), "has an unusable \"token_type\""},
		{USER(BEARER ",\"scope\":[\"repo\"]"), "has an unusable \"scope\""},
		{USER(BEARER ",\"scope\":\"repo,,gist\""), "has an unusable \"scope\""},
		{USER(BEARER ",\"scope\":\"a\\nb\""), "has an unusable \"scope\""},
		{USER(BEARER ",\"expires_in\":0"), "has an unusable \"expires_in\""},
		{USER(BEARER ",\"expires_in\":-1"), "has an unusable \"expires_in\""},
		{USER(BEARER ",\"refresh_token\":\"gho_" SECRET "\""),
		 "has an unusable \"refresh_token\""},
		{USER(BEARER ",\"refresh_token\":7"), "has an unusable \"refresh_token\""},
		{USER(BEARER ",\"refresh_token\":\"" REFRESH "\",\"refresh_token_expires_in\":0"),
		 "has an unusable \"refresh_token_expires_in\""},
	};
	char text[2048];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		refuse(MINT_USER_TOKEN, cases[i][0], cases[i][1]);
	snprintf(text, sizeof(text), USER(BEARER ",\"scope\":\"%0*d\""), 1025, 0);
	refuse(MINT_USER_TOKEN, text, "has an unusable \"scope\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_app),
		cmocka_unit_test(test_an_installation),
		cmocka_unit_test(test_an_installation_token),
		cmocka_unit_test(test_stateless_installation_tokens),
		cmocka_unit_test(test_a_device_code),
		cmocka_unit_test(test_a_users_token),
		cmocka_unit_test(test_an_oauth_error),
		cmocka_unit_test(test_a_rest_error),
		cmocka_unit_test(test_errors_are_harmless_and_bounded),
		cmocka_unit_test(test_an_error_beside_a_token_is_an_error),
		cmocka_unit_test(test_an_error_that_is_none),
		cmocka_unit_test(test_no_json),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_apps_that_are_none),
		cmocka_unit_test(test_a_name_of_every_length),
		cmocka_unit_test(test_as_many_permissions_as_there_are),
		cmocka_unit_test(test_installations_that_are_none),
		cmocka_unit_test(test_installation_tokens_that_are_none),
		cmocka_unit_test(test_device_codes_that_are_none),
		cmocka_unit_test(test_users_tokens_that_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
