/* Configuration: defaults, file, overrides; and errors that name the place. */
#include "config/config.h"

#include "lib/rules/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct audit_rules rules;

static int apply(struct settings *settings, const char *text, struct failure *failure)
{
	memset(failure, 0, sizeof(*failure));
	settings_defaults(settings);
	rules_defaults(&rules);
	return config_apply_file(settings, &rules, text, strlen(text), "config.json", failure);
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
		{"{\n\"audit\": 1}",
		 "config.json:2: invalid value of \"audit\": expected an object"},
		{"{\n\"audit\": {\n\"dirs\": 1}}", "config.json:3: unknown key \"audit.dirs\""},
		{"{\n\"audit.dir\": \"/x\"}", "config.json:2: unknown key \"audit.dir\""},
		{"{\"audit\": {\"dir\": \"/x\", // {\n\"hold\": 1}}",
		 "config.json:2: invalid value of \"audit.hold\": expected true or false"},
		{"{\"audit\": {\"segment_size\": 1}}",
		 "config.json:1: invalid value of \"audit.segment_size\": expected a number from "
		 "65536 to 1073741824"},
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

static void test_the_audit_section(void **state)
{
	struct settings settings;
	struct failure failure;

	(void)state;
	assert_int_equal(
		apply(&settings,
		      "{\"audit\": {\"dir\": \"/srv/audit\", \"segment_size\": 65536,"
		      "\"segment_age\": 60, \"retention\": 30, \"hold\": true,"
		      "\"webhook\": \"https://hooks.example.com:8443/services/T/B/x?y=1\"},"
		      "\"timeout\": 3}",
		      &failure),
		0);
	assert_string_equal(settings.audit_dir, "/srv/audit");
	assert_int_equal(settings.audit.segment_size, 65536);
	assert_int_equal(settings.audit.segment_age_s, 60);
	assert_int_equal(settings.audit.retention_days, 30);
	assert_true(settings.audit.hold);
	assert_string_equal(settings.audit.webhook,
			    "https://hooks.example.com:8443/services/T/B/x?y=1");
	assert_int_equal(settings.timeout_ms, 3000);
}

/* A webhook's path is a secret: the message says only what was expected. */
static void test_a_wrong_webhook_is_not_repeated(void **state)
{
	struct settings settings;
	struct failure failure;

	(void)state;
	assert_int_equal(
		apply(&settings, "{\"audit\": {\"webhook\": \"http://x/CANARY\"}}", &failure), -1);
	assert_null(strstr(failure.message, "CANARY"));
	assert_non_null(strstr(failure.message, "audit.webhook"));
}

#define RULE(members) "{\"audit\": {\"rules\": [\n{\"name\": \"mine\"," members "}]}}"
#define WHOLE "\"event\": \"x.*\", \"per\": \"actor\", \"threshold\": 2, \"window\": 9"

static void test_rules_of_ones_own(void **state)
{
	struct settings settings;
	struct failure failure;

	(void)state;
	if (apply(&settings, RULE(WHOLE), &failure) < 0)
		fail_msg("%s", failure.message);
	const struct audit_rule *rule = rules_find(&rules, "mine");
	assert_non_null(rule);
	assert_string_equal(rule->type, "mine");
	assert_string_equal(rule->outcome, "*");
	assert_int_equal(rule->phase, AUDIT_PHASES);
	assert_int_equal(rule->per, RULE_PER_ACTOR);
	assert_int_equal(rule->threshold, 2);
	assert_int_equal(rule->window_s, 9);
	assert_int_equal(rule->severity, AUDIT_WARNING);
	assert_int_equal(rule->actions, 0);
	assert_int_equal(
		apply(&settings,
		      RULE(WHOLE ", \"type\": \"t\", \"phase\": \"note\", \"outcome\": \"a*\","
				 "\"at_least\": \"critical\", \"severity\": \"info\","
				 "\"actions\": [\"block\", \"alert\"]"),
		      &failure),
		0);
	rule = rules_find(&rules, "mine");
	assert_string_equal(rule->type, "t");
	assert_int_equal(rule->phase, AUDIT_NOTE);
	assert_int_equal(rule->at_least, AUDIT_CRITICAL);
	assert_int_equal(rule->severity, AUDIT_INFO);
	assert_int_equal(rule->actions, 1u << RULE_ALERT | 1u << RULE_BLOCK);
}

static void test_built_in_rules_are_changed_and_disabled_by_name(void **state)
{
	struct settings settings;
	struct audit_rules before;
	struct failure failure;

	(void)state;
	rules_defaults(&before);
	assert_int_equal(apply(&settings,
			       "{\"audit\": {\"rules\": ["
			       "{\"name\": \"path_traversal\", \"enabled\": false},"
			       "{\"name\": \"token_compromise\", \"threshold\": 2},"
			       "{\"name\": \"unknown\", \"enabled\": false}]}}",
			       &failure),
			 0);
	assert_int_equal(rules.count, before.count - 1);
	assert_null(rules_find(&rules, "path_traversal"));
	const struct audit_rule *rule = rules_find(&rules, "token_compromise");
	assert_int_equal(rule->threshold, 2);
	assert_int_equal(rule->window_s, rules_find(&before, "token_compromise")->window_s);
}

static void test_wrong_rules_are_refused_with_their_line(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{"{\"audit\": {\"rules\": {}}}", "\"audit.rules\": expected a list of rules"},
		{"{\"audit\": {\"rules\": [\n1]}}", "json:2: invalid value of \"audit.rules[0]\""},
		{"{\"audit\": {\"rules\": [\n{}]}}", "expected a \"name\" in every rule"},
		{RULE("\n\"foo\": 1"), "json:3: unknown key \"audit.rules[0].foo\""},
		{RULE("\"event\": \"x\""), "json:2: invalid value of \"audit.rules[0]\": expected"},
		{RULE(WHOLE ",\n\"severity\": \"high\""), "json:3: invalid value of \"audit.rul"},
		{RULE(WHOLE ",\n\"type\": \"A\""), "\"audit.rules[0].type\": expected a name"},
		{RULE(WHOLE ",\n\"outcome\": \"a b\""), "expected a pattern"},
		{RULE(WHOLE ",\n\"phase\": 1"), "\"audit.rules[0].phase\""},
		{RULE(WHOLE ",\n\"at_least\": null"), "\"audit.rules[0].at_least\""},
		{RULE(WHOLE ",\n\"enabled\": 1"), "\"audit.rules[0].enabled\""},
		{RULE(WHOLE ",\n\"actions\": [\"shout\"]"), "\"audit.rules[0].actions\""},
		{RULE(WHOLE ",\n\"actions\": \"alert\""), "\"audit.rules[0].actions\""},
		{RULE(WHOLE ", \"actions\": [\"quarantine\"]"), "\"per\": \"credential\" with"},
		{RULE("\"threshold\": 257"), "expected a number from 1 to 256"},
		{RULE("\"threshold\": 1.5"), "expected a number from 1 to 256"},
		{RULE("\"window\": 0"), "expected a number of seconds from 1"},
		{RULE("\"per\": \"uid\""), "\"audit.rules[0].per\""},
		{"{\"audit\": {\"rules\": [{\"name\": \"a\", \"enabled\": false},\n"
		 "{\"name\": \"a\", \"enabled\": false}]}}",
		 "json:2: invalid value of \"audit.rules[1].name\": expected a name that no other"},
	};
	struct settings settings;
	struct failure failure;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(apply(&settings, cases[i].text, &failure), -1);
		assert_int_equal(failure.kind, FAILURE_USAGE);
		if (!strstr(failure.message, cases[i].expected))
			fail_msg("\"%s\" should have \"%s\"", failure.message, cases[i].expected);
	}
}

static void test_there_are_so_many_rules_at_most(void **state)
{
	struct settings settings;
	struct failure failure;
	char text[8192];

	(void)state;
	rules_defaults(&rules);
	unsigned room = RULES_MAX - rules.count;
	for (unsigned count = room; count <= room + 1; count++) {
		int used = snprintf(text, sizeof(text), "{\"audit\": {\"rules\": [");
		for (unsigned i = 0; i < count; i++)
			used += snprintf(text + used, sizeof(text) - (size_t)used,
					 "%s{\"name\": \"r%u\"," WHOLE "}", i ? "," : "", i);
		snprintf(text + used, sizeof(text) - (size_t)used, "]}}");
		assert_int_equal(apply(&settings, text, &failure), count == room ? 0 : -1);
	}
	assert_non_null(strstr(failure.message, "at most 32 rules"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_audit_section),
		cmocka_unit_test(test_a_wrong_webhook_is_not_repeated),
		cmocka_unit_test(test_rules_of_ones_own),
		cmocka_unit_test(test_built_in_rules_are_changed_and_disabled_by_name),
		cmocka_unit_test(test_wrong_rules_are_refused_with_their_line),
		cmocka_unit_test(test_there_are_so_many_rules_at_most),
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
