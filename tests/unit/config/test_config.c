/* Configuration: defaults, file, overrides; and errors that name the place. */
#include "config/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int apply(struct settings *settings, const char *text, struct failure *failure)
{
	memset(failure, 0, sizeof(*failure));
	settings_defaults(settings);
	return config_apply_file(settings, text, strlen(text), "config.json", failure);
}

static void test_no_file_means_defaults(void **state)
{
	struct settings settings;
	struct failure failure;

	(void)state;
	assert_int_equal(apply(&settings, "", &failure), 0);
	assert_string_equal(settings.api_url, "https://api.github.com");
	assert_int_equal(settings.max_retries, 5);
	assert_int_equal(settings.backoff_base_ms, 1000);
	assert_int_equal(settings.max_backoff_ms, 30000);
	assert_int_equal(settings.timeout_ms, 30000);
}

static void test_a_file_with_comments(void **state)
{
	struct settings settings;
	struct failure failure;

	(void)state;
	assert_int_equal(apply(&settings,
			       "{ // where\n\"api_url\": \"https://ghe.acme.example/api/v3\",\n"
			       "/* how */ \"max_retries\": 2, \"backoff_base\": 0.25}\n",
			       &failure),
			 0);
	assert_string_equal(settings.api_url, "https://ghe.acme.example/api/v3");
	assert_int_equal(settings.max_retries, 2);
	assert_int_equal(settings.backoff_base_ms, 250);
}

static void test_errors_name_file_and_line(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{"{\n\n\"max_retrys\": 3}", "config.json:3: unknown key \"max_retrys\""},
		{"{\n\"max_retries\": 99}", "config.json:2: invalid value of \"max_retries\""},
		{"{\n\"max_retries\": true}", "config.json:2: invalid value of \"max_retries\""},
		{"{\n\"max_retries\": 1.5}", "config.json:2: invalid value of \"max_retries\""},
		{"{\"api_url\": \"http://x\"}", "config.json:1: invalid value of \"api_url\""},
		{"[]", "config.json:1: expected an object"},
		{"{\n\"a\": 1,\n\"a\": 2}", "config.json:3: a key appears twice"},
		{"{\n\n", "config.json:3: the text ends too early"},
		{"{} x", "config.json:1: something follows"},
		{"{\"max_retries\": \"3\"}", "invalid value of \"max_retries\": expected a number"},
		{"{\"api_url\": 5}", "invalid value of \"api_url\": expected a string"},
		{"{\"api_version\": \"x\"}", "expected a date such as 2022-11-28"},
		{"{\"timeout\": 1e300}", "expected a number of seconds"},
		{"{\"timeout\": -1}", "expected a number of seconds"},
		/* Keys are found by their place, not by their text: as a value, nested, escaped,
		 * in a comment. */
		{"{\"api_url\":\n\"max_retries\"}", "config.json:1: invalid value of \"api_url\""},
		{"{\"timeout\": 1, // \"in_flight\"\n\"in_flight\": 0}",
		 "config.json:2: invalid value of \"in_flight\""},
		{"{\"timeout\": 1,\n\"max\\u005fretries\": 99}",
		 "config.json:2: invalid value of \"max_retries\""},
		{"{\"timeout\":\n1,\n\n\"x\": {\"y\": [\"z\",\n\"z\"]}}",
		 "config.json:4: unknown key \"x\""},
		{"{\"timeout\": 1, \"api_version\": \"2022-11-28\",\n\"\\\"\": 1}",
		 "config.json:2: unknown key \"\"\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct settings settings;
		struct failure failure;
		assert_int_equal(apply(&settings, cases[i].text, &failure), -1);
		assert_int_equal(failure.kind, FAILURE_USAGE);
		if (!strstr(failure.message, cases[i].expected))
			fail_msg("case %zu: %s", i, failure.message);
	}
}

static struct ipc_message *overrides_from(const char *variable, enum settings_key key,
					  const char *value)
{
	struct ipc_message *message = ipc_new(MESSAGE_OVERRIDES, 0);

	ipc_put_string(message, "GH_TOKEN");
	ipc_put_string(message, "/etc/ghward/config.json");
	ipc_put_string(message, "vault");
	ipc_put_u8(message, 1);
	ipc_put_u8(message, (uint8_t)key);
	ipc_put_string(message, variable);
	ipc_put_string(message, value);
	assert_int_equal(ipc_seal(message), 0);
	return message;
}

static struct ipc_message *overrides(enum settings_key key, const char *value)
{
	return overrides_from(settings_variable(key), key, value);
}

static void test_overrides_win(void **state)
{
	struct config config = {0};
	struct failure failure;
	char name[256];

	(void)state;
	settings_defaults(&config.settings);
	struct ipc_message *message = overrides(SETTINGS_MAX_RETRIES, "0");
	assert_int_equal(config_apply_overrides(&config, message->bytes, message->used, &failure),
			 0);
	assert_int_equal(config.settings.max_retries, 0);
	assert_string_equal(config.token_source, "GH_TOKEN");
	assert_string_equal(config.vault_path, "vault");
	config_file_name(message->bytes, message->used, name);
	assert_string_equal(name, "/etc/ghward/config.json");
	ipc_free(message);
}

static void test_wrong_overrides_name_the_variable(void **state)
{
	struct config config = {0};
	struct failure failure;

	(void)state;
	struct ipc_message *message = overrides(SETTINGS_BACKOFF_BASE, "soon");
	assert_int_equal(config_apply_overrides(&config, message->bytes, message->used, &failure),
			 -1);
	assert_int_equal(failure.kind, FAILURE_USAGE);
	assert_non_null(strstr(failure.message, "GITHUB_BACKOFF_BASE=soon"));
	/* A truncated message is nobody's typing error. */
	for (size_t size = 0; size < message->used; size++)
		assert_int_equal(config_apply_overrides(&config, message->bytes, size, &failure),
				 -1);
	ipc_free(message);
}

/* The command chose a token for github.com; the file sends it elsewhere. */
static void test_a_token_stays_with_its_host(void **state)
{
	struct config config = {0};
	struct failure failure;

	(void)state;
	settings_defaults(&config.settings);
	struct ipc_message *message = overrides(SETTINGS_MAX_RETRIES, "1");
	assert_int_equal(config_apply_overrides(&config, message->bytes, message->used, &failure),
			 0);
	assert_null(settings_set(&config.settings, SETTINGS_API_URL,
				 "https://ghe.acme.example/api/v3"));
	assert_int_equal(config_apply_overrides(&config, message->bytes, message->used, &failure),
			 -1);
	assert_int_equal(failure.kind, FAILURE_AUTHENTICATION);
	assert_non_null(strstr(failure.message, "GH_TOKEN"));
	ipc_free(message);
	/* Told by the command itself, the address is what the token was chosen for. */
	message = overrides(SETTINGS_API_URL, "https://ghe.acme.example/api/v3");
	assert_int_equal(config_apply_overrides(&config, message->bytes, message->used, &failure),
			 0);
	ipc_free(message);
}

/* Of several variables the one that is wrong is named, and a secret in it is not repeated. */
static void test_a_proxy_and_where_it_is_from(void **state)
{
	struct config config = {0};
	struct failure failure;

	(void)state;
	assert_int_equal(apply(&config.settings, "{\"proxy\": \"http://u:p@one:1\"}", &failure), 0);
	assert_string_equal(config.settings.proxy, "http://u:p@one:1");
	assert_string_equal(config.settings.proxy_source, "config.json");
	struct ipc_message *message =
		overrides_from("all_proxy", SETTINGS_PROXY, "http://u:p@two:2");
	assert_int_equal(config_apply_overrides(&config, message->bytes, message->used, &failure),
			 0);
	assert_string_equal(config.settings.proxy, "http://u:p@two:2");
	assert_string_equal(config.settings.proxy_source, "all_proxy");
	ipc_free(message);
	message = overrides_from("ALL_PROXY", SETTINGS_PROXY, "socks5://u:hunter2@three:3");
	assert_int_equal(config_apply_overrides(&config, message->bytes, message->used, &failure),
			 -1);
	assert_int_equal(failure.kind, FAILURE_USAGE);
	assert_non_null(strstr(failure.message, "ALL_PROXY=****: "));
	assert_non_null(strstr(failure.message, "not socks"));
	assert_null(strstr(failure.message, "hunter2"));
	assert_string_equal(config.settings.proxy_source, "all_proxy");
	ipc_free(message);
	assert_int_equal(apply(&config.settings, "{\"proxy\": \"ftp://u:hunter2@x\"}", &failure),
			 -1);
	assert_non_null(strstr(failure.message, "config.json:1: invalid value of \"proxy\""));
	assert_null(strstr(failure.message, "hunter2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_file_means_defaults),
		cmocka_unit_test(test_a_file_with_comments),
		cmocka_unit_test(test_errors_name_file_and_line),
		cmocka_unit_test(test_overrides_win),
		cmocka_unit_test(test_wrong_overrides_name_the_variable),
		cmocka_unit_test(test_a_token_stays_with_its_host),
		cmocka_unit_test(test_a_proxy_and_where_it_is_from),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
