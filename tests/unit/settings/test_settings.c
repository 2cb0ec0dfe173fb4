/* Settings: names, defaults, and what each value may be. */
#include "lib/settings/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_names_and_variables(void **state)
{
	static const struct {
		enum settings_key key;
		const char *name, *variable;
	} table[] = {
		{SETTINGS_API_URL, "api_url", "GITHUB_API_URL"},
		{SETTINGS_API_VERSION, "api_version", "GITHUB_API_VERSION"},
		{SETTINGS_PROXY, "proxy", "HTTPS_PROXY"},
		{SETTINGS_NO_PROXY, "no_proxy", "NO_PROXY"},
		{SETTINGS_MAX_RETRIES, "max_retries", "GITHUB_MAX_RETRIES"},
		{SETTINGS_BACKOFF_BASE, "backoff_base", "GITHUB_BACKOFF_BASE"},
		{SETTINGS_MAX_BACKOFF, "max_backoff", "GITHUB_MAX_BACKOFF"},
		{SETTINGS_TIMEOUT, "timeout", "GHWARD_TIMEOUT"},
		{SETTINGS_IDLE_TIMEOUT, "idle_timeout", "GHWARD_IDLE_TIMEOUT"},
		{SETTINGS_IN_FLIGHT, "in_flight", "GHWARD_IN_FLIGHT"},
		{SETTINGS_CLIENT_ID, "client_id", "GHWARD_CLIENT_ID"},
		{SETTINGS_KEY_FILE, "key_file", "GHWARD_KEY_FILE"},
		{SETTINGS_GIT_URL, "git.url", "GHWARD_GIT_URL"},
		{SETTINGS_GIT_TIMEOUT, "git.timeout", "GHWARD_GIT_TIMEOUT"},
		{SETTINGS_GIT_CPU, "git.cpu", "GHWARD_GIT_CPU"},
		{SETTINGS_GIT_MEMORY, "git.memory", "GHWARD_GIT_MEMORY"},
		{SETTINGS_GIT_FILE_SIZE, "git.file_size", "GHWARD_GIT_FILE_SIZE"},
		{SETTINGS_GIT_RECEIVE, "git.receive", "GHWARD_GIT_RECEIVE"},
		{SETTINGS_GIT_PROCESSES, "git.processes", "GHWARD_GIT_PROCESSES"},
		{SETTINGS_GIT_SWEEP, "git.sweep", "GHWARD_GIT_SWEEP"},
		{SETTINGS_AUDIT_DIR, "audit.dir", "GHWARD_AUDIT_DIR"},
		{SETTINGS_AUDIT_SEGMENT_SIZE, "audit.segment_size", "GHWARD_AUDIT_SEGMENT_SIZE"},
		{SETTINGS_AUDIT_SEGMENT_AGE, "audit.segment_age", "GHWARD_AUDIT_SEGMENT_AGE"},
		{SETTINGS_AUDIT_RETENTION, "audit.retention", "GHWARD_AUDIT_RETENTION"},
		{SETTINGS_AUDIT_HOLD, "audit.hold", "GHWARD_AUDIT_HOLD"},
		{SETTINGS_AUDIT_WEBHOOK, "audit.webhook", "GHWARD_AUDIT_WEBHOOK"},
	};

	(void)state;
	assert_int_equal(sizeof(table) / sizeof(table[0]), SETTINGS_KEYS);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		assert_string_equal(settings_key_name(table[i].key), table[i].name);
		assert_string_equal(settings_variable(table[i].key), table[i].variable);
	}
}

static void test_defaults(void **state)
{
	struct settings settings;

	(void)state;
	memset(&settings, 'x', sizeof(settings));
	settings_defaults(&settings);
	assert_string_equal(settings.api_url, "https://api.github.com");
	assert_string_equal(settings.api_version, "2022-11-28");
	assert_string_equal(settings.proxy, "");
	assert_string_equal(settings.no_proxy, "");
	assert_int_equal(settings.max_retries, 5);
	assert_int_equal(settings.backoff_base_ms, 1000);
	assert_int_equal(settings.max_backoff_ms, 30000);
	assert_int_equal(settings.timeout_ms, 30000);
	assert_int_equal(settings.idle_timeout_ms, 30000);
	assert_int_equal(settings.in_flight, 10);
	assert_string_equal(settings.client_id, "");
	assert_string_equal(settings.key_file, "");
	assert_string_equal(settings.audit_dir, "");
	assert_int_equal(settings.audit.segment_size, 64 << 20);
	assert_int_equal(settings.audit.segment_age_s, 24 * 60 * 60);
	assert_int_equal(settings.audit.retention_days, 0);
	assert_false(settings.audit.hold);
	assert_string_equal(settings.audit.webhook, "");
}

static void test_flags(void **state)
{
	struct settings settings;

	(void)state;
	settings_defaults(&settings);
	assert_null(settings_set(&settings, SETTINGS_AUDIT_HOLD, "true"));
	assert_true(settings.audit.hold);
	assert_non_null(settings_set(&settings, SETTINGS_AUDIT_HOLD, "yes"));
	assert_non_null(settings_set(&settings, SETTINGS_AUDIT_HOLD, ""));
	assert_true(settings.audit.hold);
	assert_null(settings_set(&settings, SETTINGS_AUDIT_HOLD, "false"));
	assert_false(settings.audit.hold);
}

static void test_webhooks(void **state)
{
	static const char *const right[] = {"", "https://hooks.example.com/",
					    "https://[::1]:8443/services/T0/B0/x-Y_z",
					    "https://localhost:1/a?sig=%2F+x&y"};
	static const char *const wrong[] = {"http://hooks.example.com/x",
					    "https://hooks.example.com",
					    "https://user@hooks.example.com/x",
					    "https://hooks.example.com/x#y",
					    "https://hooks.example.com/a/../b",
					    "https://hooks.example.com/a/%2E%2e/b",
					    "https://hooks.example.com//b",
					    "https://hooks.example.com/a b",
					    "https://hooks.example.com?x",
					    "https://hooks.example.com:0/x",
					    "https://hooks.example.com/\r\nx",
					    "https:///x",
					    "hooks"};
	struct settings settings;
	char text[VALIDATE_WEBHOOK_MAX + 2] = "https://hooks.example.com/";

	(void)state;
	settings_defaults(&settings);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (!settings_set(&settings, SETTINGS_AUDIT_WEBHOOK, wrong[i]))
			fail_msg("\"%s\" is accepted", wrong[i]);
		assert_string_equal(settings.audit.webhook, "");
	}
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		assert_null(settings_set(&settings, SETTINGS_AUDIT_WEBHOOK, right[i]));
		assert_string_equal(settings.audit.webhook, right[i]);
	}
	memset(text + strlen(text), 'x', sizeof(text) - strlen(text) - 1);
	assert_non_null(settings_set(&settings, SETTINGS_AUDIT_WEBHOOK, text));
	text[VALIDATE_WEBHOOK_MAX] = 0;
	assert_null(settings_set(&settings, SETTINGS_AUDIT_WEBHOOK, text));
}

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		int number; /* -1: refused */
	} table[] = {
		{"0", 0},    {"1", 1},	 {"20", 20},  {"21", -1},	  {"-1", -1},  {"", -1},
		{" 1", -1},  {"1 ", -1}, {"+1", -1},  {"1.0", -1},	  {"1x", -1},  {"0x1", -1},
		{"1e1", -1}, {"01", -1}, {"ten", -1}, {"4294967297", -1}, {"\t1", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct settings settings = {.max_retries = 99};
		const char *wrong = settings_set(&settings, SETTINGS_MAX_RETRIES, table[i].text);
		if ((wrong == NULL) != (table[i].number >= 0))
			fail_msg("\"%s\" is %s", table[i].text, wrong ? "refused" : "accepted");
		if (wrong)
			assert_string_equal(wrong, "a number from 0 to 20");
		else
			assert_int_equal(settings.max_retries, table[i].number);
	}
}

static void test_requests_at_a_time(void **state)
{
	struct settings settings;

	(void)state;
	assert_null(settings_set(&settings, SETTINGS_IN_FLIGHT, "1"));
	assert_null(settings_set(&settings, SETTINGS_IN_FLIGHT, "64"));
	assert_int_equal(settings.in_flight, 64);
	/* None at a time would never end. */
	assert_non_null(settings_set(&settings, SETTINGS_IN_FLIGHT, "0"));
	assert_non_null(settings_set(&settings, SETTINGS_IN_FLIGHT, "65"));
}

static void test_client_ids(void **state)
{
	struct settings settings = {.client_id = "before"};

	(void)state;
	assert_non_null(settings_set(&settings, SETTINGS_CLIENT_ID, "two words"));
	assert_string_equal(settings.client_id, "before");
	assert_null(settings_set(&settings, SETTINGS_CLIENT_ID, "Iv23liAbCdEfGhIjKlMn"));
	assert_string_equal(settings.client_id, "Iv23liAbCdEfGhIjKlMn");
	assert_null(settings_set(&settings, SETTINGS_CLIENT_ID, ""));
	assert_string_equal(settings.client_id, "");
}

/* Of a relative path nobody could tell where it begins. */
static void test_paths_are_absolute(void **state)
{
	struct settings settings = {.key_file = ""};
	char text[1100];

	(void)state;
	assert_null(settings_set(&settings, SETTINGS_KEY_FILE, "/etc/ghward/vault.key"));
	assert_string_equal(settings.key_file, "/etc/ghward/vault.key");
	assert_non_null(settings_set(&settings, SETTINGS_KEY_FILE, "vault.key"));
	assert_non_null(settings_set(&settings, SETTINGS_KEY_FILE, "~/vault.key"));
	assert_string_equal(settings.key_file, "/etc/ghward/vault.key");
	memset(text, '/', sizeof(text));
	text[1024] = 0;
	assert_non_null(settings_set(&settings, SETTINGS_KEY_FILE, text));
	text[1023] = 0;
	assert_null(settings_set(&settings, SETTINGS_KEY_FILE, text));
}

static void test_seconds(void **state)
{
	static const struct {
		const char *text;
		long milliseconds; /* -1: refused */
	} table[] = {
		{"0.25", 250}, {"1", 1000},	    {"1.5", 1500},     {"30.0", 30000},
		{"0.001", 1},  {"3600", 3600000},   {"1.23456", 1234}, {"3601", -1},
		{"", -1},      {".5", -1},	    {"1.", -1},	       {"1.5.5", -1},
		{"1,5", -1},   {"-1", -1},	    {"1e3", -1},       {"1s", -1},
		{"inf", -1},   {"nan", -1},	    {" 1", -1},	       {"1 ", -1},
		{"0x10", -1},  {"99999999999", -1}, {"3600.5", -1},
	};
	static const enum settings_key keys[] = {SETTINGS_BACKOFF_BASE, SETTINGS_MAX_BACKOFF,
						 SETTINGS_TIMEOUT};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
			struct settings settings = {.max_retries = 0};
			const char *wrong = settings_set(&settings, keys[k], table[i].text);
			const uint32_t values[] = {settings.backoff_base_ms,
						   settings.max_backoff_ms, settings.timeout_ms};
			if ((wrong == NULL) != (table[i].milliseconds >= 0))
				fail_msg("\"%s\" is %s", table[i].text,
					 wrong ? "refused" : "accepted");
			/* What is refused changes nothing. */
			assert_int_equal(values[k], wrong ? 0 : table[i].milliseconds);
		}
	}
}

static void test_api_versions(void **state)
{
	static const char *const wrong[] = {"",		  "2022-11-2",	       "2022-11-288",
					    "2022/11/28", "2022-11-2x",	       " 2022-11-28",
					    "latest",	  "2022-11-28\r\nX: y"};
	struct settings settings;

	(void)state;
	settings_defaults(&settings);
	assert_null(settings_set(&settings, SETTINGS_API_VERSION, "2026-03-10"));
	assert_string_equal(settings.api_version, "2026-03-10");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_non_null(settings_set(&settings, SETTINGS_API_VERSION, wrong[i]));
		assert_string_equal(settings.api_version, "2026-03-10");
	}
}

static void test_api_urls(void **state)
{
	static const char *const right[] = {"https://api.github.com",
					    "https://ghe.acme.example/api/v3",
					    "https://localhost:8443", "https://127.0.0.1:9"};
	static const char *const wrong[] = {
		"",
		"api.github.com",
		"http://api.github.com",
		"ftp://api.github.com",
		"https://",
		"https://user:password@api.github.com",
		"https://api.github.com/?x=1",
		"https://api.github.com/#x",
		"https://api.github.com/a b",
		"https://api.github.com:99999",
	};
	static char long_url[600] = "https://a.example/";
	struct settings settings;

	(void)state;
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		assert_null(settings_set(&settings, SETTINGS_API_URL, right[i]));
		assert_string_equal(settings.api_url, right[i]);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (!settings_set(&settings, SETTINGS_API_URL, wrong[i]))
			fail_msg("\"%s\" is accepted", wrong[i]);
		assert_string_equal(settings.api_url, right[3]);
	}
	memset(long_url + strlen(long_url), 'x', sizeof(long_url) - strlen(long_url) - 1);
	assert_non_null(settings_set(&settings, SETTINGS_API_URL, long_url));
}

static void test_there_is_no_other_key(void **state)
{
	struct settings settings;

	(void)state;
	assert_string_equal(settings_set(&settings, SETTINGS_KEYS, "1"), "a known key");
}

static void test_limits_are_those_of_the_table(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SETTINGS_KEYS; i++) {
		enum settings_key key = (enum settings_key)i;
		const struct settings_spec *spec = settings_spec(key);
		struct settings settings;
		char text[32];
		if (spec->type != SETTINGS_TYPE_COUNT && spec->type != SETTINGS_TYPE_SECONDS)
			continue;
		snprintf(text, sizeof(text), "%u", spec->max);
		assert_null(settings_set(&settings, key, text));
		assert_non_null(strstr(spec->expected, text));
		snprintf(text, sizeof(text), "%u", spec->max + 1);
		assert_ptr_equal(settings_set(&settings, key, text), spec->expected);
		snprintf(text, sizeof(text), "%u.001", spec->max);
		assert_non_null(settings_set(&settings, key, text));
		snprintf(text, sizeof(text), "%u", spec->min);
		assert_null(settings_set(&settings, key, text));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_limits_are_those_of_the_table),
		cmocka_unit_test(test_names_and_variables),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_webhooks),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_requests_at_a_time),
		cmocka_unit_test(test_client_ids),
		cmocka_unit_test(test_paths_are_absolute),
		cmocka_unit_test(test_seconds),
		cmocka_unit_test(test_api_versions),
		cmocka_unit_test(test_api_urls),
		cmocka_unit_test(test_there_is_no_other_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
