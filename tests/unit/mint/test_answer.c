/* Every form of answer that GitHub gives, errors included, and what is no answer at all. */
#include "support.h"

/* --- the forms --- */

static void test_an_app(void **state)
{
	const struct minted *minted = accept_answer(
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
	assert_string_equal(accept_answer(MINT_APP, "{\"id\":1,\"permissions\":{}}")->name, "");
	assert_int_equal(
		accept_answer(MINT_APP, "{\"id\":9007199254740991,\"permissions\":{}}")->number,
		(UINT64_C(1) << 53) - 1);
}

static void test_an_installation(void **state)
{
	const struct minted *minted = accept_answer(
		MINT_INSTALLATION,
		"{\"id\":42,\"account\":{\"login\":\"acme\"},\"app_id\":37,"
		"\"repository_selection\":\"selected\",\"permissions\":{\"issues\":\"admin\"},"
		"\"suspended_by\":null,\"suspended_at\":null}");

	(void)state;
	assert_int_equal(minted->number, 42);
	assert_string_equal(minted->name, "acme");
	assert_string_equal(minted->permissions, "issues:admin");
	assert_int_equal(minted->suspended, 0);
	minted = accept_answer(MINT_INSTALLATION,
			       "{\"id\":42,\"account\":{\"slug\":\"acme-corp\",\"id\":7},"
			       "\"permissions\":{},\"suspended_at\":\"2026-11-20T08:00:00Z\"}");
	assert_string_equal(minted->name, "acme-corp");
	assert_int_equal(minted->suspended, 1);
}

static void test_an_installation_token(void **state)
{
	const struct minted *minted = accept_answer(
		MINT_INSTALLATION_TOKEN,
		"{\"token\":\"" INSTALLATION "\",\"expires_at\":\"2026-11-21T10:00:00Z\","
		"\"permissions\":{\"metadata\":\"read\"},\"repository_selection\":\"selected\","
		"\"repositories\":[{\"id\":1,\"name\":\"shop\",\"private\":true}]}");

	(void)state;
	assert_string_equal(minted->secret, INSTALLATION);
	assert_int_equal(minted->expires, 1795255200);
	assert_string_equal(minted->permissions, "metadata:read");
	minted = accept_answer(MINT_INSTALLATION_TOKEN,
			       "{\"token\":\"" INSTALLATION
			       "\",\"expires_at\":\"2026-11-21T10:00:00Z\"}");
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
		assert_string_equal(accept_answer(MINT_INSTALLATION_TOKEN, text)->secret, token);
	}
	memset(token + VALIDATE_TOKEN_MAX, 'a', 1);
	token[VALIDATE_TOKEN_MAX + 1] = 0;
	snprintf(text, sizeof(text), "{\"token\":\"%s\",\"expires_at\":\"2026-11-21T10:00:00Z\"}",
		 token);
	refuse_answer(MINT_INSTALLATION_TOKEN, text,
		      "has an unusable \"token\": expected an installation token");
}

static void test_a_device_code(void **state)
{
	const struct minted *minted = accept_answer(
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
	minted = accept_answer(MINT_DEVICE_CODE,
			       "{\"device_code\":\"x\",\"user_code\":\"1234\",\"verification_uri\":"
			       "\"https://ghe.acme.example:8443/login/device\",\"expires_in\":1}");
	assert_int_equal(minted->interval, 0);
}

static void test_a_users_token(void **state)
{
	const struct minted *minted = accept_answer(
		MINT_USER_TOKEN, "{\"access_token\":\"gho_" SECRET "\",\"token_type\":\"bearer\","
				 "\"scope\":\"repo,read:org\"}");

	(void)state;
	assert_string_equal(minted->secret, "gho_" SECRET);
	assert_string_equal(minted->permissions, "repo,read:org");
	assert_string_equal(minted->refresh, "");
	assert_int_equal(minted->expires, 0);
	minted = accept_answer(MINT_USER_TOKEN,
			       "{\"access_token\":\"ghu_" SECRET "\",\"expires_in\":28800,"
			       "\"refresh_token\":\"" REFRESH
			       "\",\"refresh_token_expires_in\":15897600,"
			       "\"token_type\":\"Bearer\",\"scope\":\"\"}");
	assert_string_equal(minted->secret, "ghu_" SECRET);
	assert_string_equal(minted->refresh, REFRESH);
	assert_int_equal(minted->expires, 28800);
	assert_int_equal(minted->refresh_expires, 15897600);
	assert_string_equal(minted->permissions, "");
	/* A server of one's own; scopes as in RFC 6749. */
	minted = accept_answer(MINT_USER_TOKEN,
			       "{\"access_token\":\"" TEN TEN TEN TEN "\","
			       "\"token_type\":\"bearer\",\"scope\":\"gist repo\"}");
	assert_string_equal(minted->secret, TEN TEN TEN TEN);
	assert_string_equal(minted->permissions, "gist,repo");
}

/* --- errors that GitHub tells --- */

static void test_an_oauth_error(void **state)
{
	const struct minted *minted =
		accept_answer(MINT_USER_TOKEN, "{\"error\":\"slow_down\",\"error_description\":"
					       "\"Too many requests.\",\"error_uri\":"
					       "\"https://docs.github.com\",\"interval\":10}");

	(void)state;
	assert_string_equal(minted->error, "slow_down");
	assert_string_equal(minted->message, "Too many requests.");
	assert_int_equal(minted->interval, 10);
	assert_blank(minted);
	minted = accept_answer(MINT_DEVICE_CODE, "{\"error\":\"Not Found\"}");
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
		const struct minted *minted = accept_answer((enum mint_kind)kind, text);
		assert_string_equal(minted->error, "");
		assert_string_equal(minted->message, "Bad credentials");
		assert_blank(minted);
	}
}

static void test_errors_are_harmless_and_bounded(void **state)
{
	char text[4096];
	const struct minted *minted =
		accept_answer(MINT_USER_TOKEN, "{\"error\":\"a\\u001b[2Jb\",\"error_description\":"
					       "\"\\u202e ghs_" SECRET " was refused\"}");

	(void)state;
	assert_string_equal(minted->error, "a\\x1b[2Jb");
	assert_string_equal(minted->message, "\\u202e ghs_**** was refused");
	snprintf(text, sizeof(text), "{\"error\":\"%0*d\",\"error_description\":\"%0*d\"}", 900, 0,
		 900, 0);
	minted = accept_answer(MINT_USER_TOKEN, text);
	assert_int_equal(strlen(minted->error), MINT_ERROR_MAX);
	assert_int_equal(strlen(minted->message), MINT_MESSAGE_MAX);
}

/* Who tells an error gives nothing: the broker must not have to choose. */
static void test_an_error_beside_a_token_is_an_error(void **state)
{
	const struct minted *minted = accept_answer(
		MINT_INSTALLATION_TOKEN, "{\"message\":\"no\",\"token\":\"" INSTALLATION "\","
					 "\"expires_at\":\"2026-11-21T10:00:00Z\"}");

	(void)state;
	assert_string_equal(minted->message, "no");
	assert_blank(minted);
	assert_null(memmem(&answer, sizeof(answer), TEN, strlen(TEN)));
}

static void test_an_error_that_is_none(void **state)
{
	(void)state;
	refuse_answer(MINT_USER_TOKEN, "{\"error\":{}}",
		      "has an unusable \"error\": expected a text");
	refuse_answer(MINT_USER_TOKEN, "{\"error\":\"\"}",
		      "has an unusable \"error\": expected a text");
	refuse_answer(MINT_USER_TOKEN, "{\"error\":\"x\",\"error_description\":7}",
		      "has an unusable \"error_description\": expected a text");
	refuse_answer(MINT_USER_TOKEN, "{\"error\":\"slow_down\",\"interval\":\"10\"}",
		      "has an unusable \"interval\": expected a whole number");
	refuse_answer(MINT_APP, "{\"message\":[]}", "has an unusable \"message\": expected a text");
	refuse_answer(MINT_APP, "{\"message\":null,\"error\":null}", "has no \"id\"");
}

/* --- what is no answer at all --- */

static void test_no_json(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < MINT_KINDS; kind++) {
		enum mint_kind form = (enum mint_kind)kind;
		refuse_answer(form, "", "is empty");
		refuse_answer(form, " ", "is not JSON: the text ends too early (byte 1)");
		refuse_answer(form, "<html>Bad gateway</html>", "is not JSON");
		refuse_answer(form, "access_token=gho_" SECRET "&scope=repo", "is not JSON");
		refuse_answer(form, "{\"id\":1", "is not JSON: the text ends too early (byte 7)");
		refuse_answer(form, "{\"id\":1,\"id\":1}", "is not JSON: a key appears twice");
		refuse_answer(form, "{\"token\":\"a\\u0000b\"}", "is not JSON");
		refuse_answer(form, "{\"token\":\"\xff\"}", "is not JSON");
		refuse_answer(form, "[]", "is not a JSON object");
		refuse_answer(form, "\"" INSTALLATION "\"", "is not a JSON object");
		refuse_answer(form, "{}", "has no \"");
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
