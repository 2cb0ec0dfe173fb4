/* Answers that only resemble one: fields that are missing or of another form. */
#include "support.h"

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
		refuse_answer(MINT_APP, cases[i][0], cases[i][1]);
}

static void test_a_name_of_every_length(void **state)
{
	char text[256];

	(void)state;
	snprintf(text, sizeof(text), "{\"id\":1,\"permissions\":{},\"slug\":\"%0100d\"}", 0);
	assert_int_equal(strlen(accept_answer(MINT_APP, text)->name), 100);
	snprintf(text, sizeof(text), "{\"id\":1,\"permissions\":{},\"slug\":\"%0101d\"}", 0);
	refuse_answer(MINT_APP, text, "has an unusable \"slug\"");
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
	const char *list = accept_answer(MINT_APP, text)->permissions;
	assert_int_equal(strlen(list), MINT_PERMISSIONS * strlen("aaaaaaaaaaaaaaaaaaaa:read,") - 1);
	assert_memory_equal(list, "aaaaaaaaaaaaaaaaaaaa:read,aaaaaaaaaaaaaaaaaaab:read,", 52);
	write_permissions(text, sizeof(text), MINT_PERMISSIONS + 1, 20);
	refuse_answer(MINT_APP, text, "has too many permissions");
	/* Each 70 bytes with its comma. */
	write_permissions(text, sizeof(text), MINT_PERMISSIONS_MAX / 70, 64);
	assert_int_equal(strlen(accept_answer(MINT_APP, text)->permissions),
			 MINT_PERMISSIONS_MAX / 70 * 70 - 1);
	write_permissions(text, sizeof(text), MINT_PERMISSIONS_MAX / 70 + 1, 64);
	refuse_answer(MINT_APP, text, "has too many permissions");
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
		refuse_answer(MINT_INSTALLATION, cases[i][0], cases[i][1]);
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
		refuse_answer(MINT_INSTALLATION_TOKEN, cases[i][0], cases[i][1]);
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
		refuse_answer(MINT_DEVICE_CODE, cases[i][0], cases[i][1]);
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
		refuse_answer(MINT_USER_TOKEN, cases[i][0], cases[i][1]);
	snprintf(text, sizeof(text), USER(BEARER ",\"scope\":\"%0*d\""), 1025, 0);
	refuse_answer(MINT_USER_TOKEN, text, "has an unusable \"scope\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
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
