/* The published schema says what the code does: the same keys, types, limits and defaults. */
#include "config/config.h"

#include "lib/json/parse.h"
#include "lib/rules/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PATH "policy/agent/config.schema.json"

static int set_up(void **state)
{
	const struct json_limits limits = {1000, 1000, JSON_NO_COMMENTS};
	struct json_where where;
	enum json_fault fault;
	static char text[65536];
	FILE *file = fopen(GHWARD_SOURCE_DIR "/" PATH, "re");

	if (!file)
		return -1;
	size_t length = fread(text, 1, sizeof(text), file);
	fclose(file);
	*state = json_parse(text, length, &limits, &fault, &where);
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	cJSON_Delete(*state);
	return 0;
}

/* The name of a setting without that of the object that it is a member of. */
static const char *own_name(unsigned key)
{
	const char *name = settings_key_name((enum settings_key)key), *dot = strchr(name, '.');

	return dot ? dot + 1 : name;
}

/* Objects that have settings as their members. */
static const char *const sections[] = {"git", "audit"};
#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

/* The object that the setting is a member of; NULL for none. */
static const char *section_of(const char *key)
{
	for (size_t i = 0; i < SECTIONS; i++) {
		size_t length = strlen(sections[i]);
		if (strncmp(key, sections[i], length) == 0 && key[length] == '.')
			return sections[i];
	}
	return NULL;
}

static const struct cJSON *section(const struct cJSON *schema, const char *name)
{
	return json_get_object(json_get_object(schema, "properties"), name);
}

static const struct cJSON *property(const struct cJSON *schema, unsigned key)
{
	const char *name = section_of(settings_key_name((enum settings_key)key));

	return json_get_object(json_get_object(name ? section(schema, name) : schema, "properties"),
			       own_name(key));
}

/* Does a file with this one value pass? */
static bool accepts(const char *key, const char *value)
{
	struct settings settings;
	struct audit_rules rules;
	struct failure failure;
	char text[256];

	settings_defaults(&settings);
	rules_defaults(&rules);
	const char *name = section_of(key);
	if (name)
		snprintf(text, sizeof(text), "{\"%s\": {\"%s\": %s}}", name, key + strlen(name) + 1,
			 value);
	else
		snprintf(text, sizeof(text), "{\"%s\": %s}", key, value);
	return config_apply_file(&settings, &rules, text, strlen(text), "config.json", &failure) ==
	       0;
}

static void test_the_keys_are_the_same(void **state)
{
	const struct cJSON *schema = *state;

	for (unsigned i = 0; i < SETTINGS_KEYS; i++)
		assert_non_null(property(schema, i));
	int count = cJSON_GetArraySize(json_get_object(schema, "properties"));
	assert_true(cJSON_IsFalse(json_member(schema, "additionalProperties")));
	for (size_t i = 0; i < SECTIONS; i++) {
		const struct cJSON *one = section(schema, sections[i]);
		count += cJSON_GetArraySize(json_get_object(one, "properties"));
		assert_true(cJSON_IsFalse(json_member(one, "additionalProperties")));
	}
	/* Beside the settings there are the sections themselves and the rules in one. */
	assert_int_equal(count, SETTINGS_KEYS + SECTIONS + 1);
}

static void test_descriptions_and_variables_are_the_same(void **state)
{
	for (unsigned i = 0; i < SETTINGS_KEYS; i++) {
		const struct settings_spec *spec = settings_spec((enum settings_key)i);
		char text[256];
		snprintf(text, sizeof(text), "%s.%s%s%s", spec->summary,
			 spec->variable ? " Environment: " : "",
			 spec->variable ? spec->variable : "", spec->variable ? "." : "");
		assert_string_equal(json_get_string(property(*state, i), "description"), text);
	}
}

/* The file that spells out every default changes nothing. */
static void test_the_defaults_are_the_same(void **state)
{
	struct settings settings = {.max_retries = 0}, defaults = {.max_retries = 0};
	struct audit_rules rules = {.count = 0};
	struct failure failure;
	struct cJSON *file = cJSON_CreateObject();

	for (size_t i = 0; i < SECTIONS; i++)
		cJSON_AddObjectToObject(file, sections[i]);
	for (unsigned i = 0; i < SETTINGS_KEYS; i++) {
		const char *name = section_of(settings_key_name((enum settings_key)i));
		cJSON_AddItemToObject(
			name ? cJSON_GetObjectItemCaseSensitive(file, name) : file, own_name(i),
			cJSON_Duplicate(json_member(property(*state, i), "default"), true));
	}
	char *text = cJSON_PrintUnformatted(file);
	settings_defaults(&defaults);
	assert_int_equal(config_apply_file(&settings, &rules, text, strlen(text), "x", &failure),
			 0);
	assert_string_equal(settings.api_url, defaults.api_url);
	assert_string_equal(settings.api_version, defaults.api_version);
	assert_int_equal(settings.max_retries, defaults.max_retries);
	assert_int_equal(settings.backoff_base_ms, defaults.backoff_base_ms);
	assert_int_equal(settings.max_backoff_ms, defaults.max_backoff_ms);
	assert_int_equal(settings.timeout_ms, defaults.timeout_ms);
	assert_int_equal(settings.idle_timeout_ms, defaults.idle_timeout_ms);
	assert_int_equal(settings.in_flight, defaults.in_flight);
	assert_memory_equal(&settings.audit, &defaults.audit, sizeof(settings.audit));
	assert_memory_equal(&settings.git, &defaults.git, sizeof(settings.git));
	cJSON_free(text);
	cJSON_Delete(file);
}

static void test_types_and_limits_are_the_same(void **state)
{
	for (unsigned i = 0; i < SETTINGS_KEYS; i++) {
		const char *key = settings_key_name((enum settings_key)i);
		const struct cJSON *schema = property(*state, i);
		const char *type = json_get_string(schema, "type");
		uint64_t minimum, maximum;
		char value[32];

		assert_int_equal(accepts(key, "true"), strcmp(type, "boolean") == 0);
		assert_false(accepts(key, "null"));
		assert_false(accepts(key, "[]"));
		assert_false(accepts(key, "{}"));
		if (strcmp(type, "string") == 0 || strcmp(type, "boolean") == 0) {
			assert_false(accepts(key, "1"));
			continue;
		}
		assert_false(accepts(key, "\"1\""));
		assert_int_equal(accepts(key, "1.5"), strcmp(type, "number") == 0);
		assert_true(json_get_u64(schema, "minimum", &minimum));
		assert_true(json_get_u64(schema, "maximum", &maximum));
		snprintf(value, sizeof(value), "%llu", (unsigned long long)minimum);
		assert_true(accepts(key, value));
		snprintf(value, sizeof(value), "%lld", (long long)minimum - 1);
		assert_false(accepts(key, value));
		snprintf(value, sizeof(value), "%llu", (unsigned long long)maximum);
		assert_true(accepts(key, value));
		snprintf(value, sizeof(value), "%llu", (unsigned long long)maximum + 1);
		assert_false(accepts(key, value));
	}
}

static const struct cJSON *rule_members(const struct cJSON *schema)
{
	const struct cJSON *list =
		json_get_object(json_get_object(section(schema, "audit"), "properties"), "rules");

	return json_get_object(json_get_object(list, "items"), "properties");
}

static void assert_words(const struct cJSON *list, const char *const *words)
{
	for (int i = 0; i < cJSON_GetArraySize(list) || words[i]; i++)
		assert_string_equal(cJSON_GetArrayItem(list, i)->valuestring, words[i]);
}

static void test_members_of_rules_are_the_same(void **state)
{
	static const char *const other[] = {"\"x\"",	 "1",	     "true",	"[\"alert\"]",
					    "\"actor\"", "\"info\"", "\"note\""};
	const struct cJSON *members = rule_members(*state), *member;

	cJSON_ArrayForEach(member, members)
	{
		bool accepted = false;
		for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
			char rule[256];
			snprintf(rule, sizeof(rule), "[{\"name\": \"path_traversal\", \"%s\": %s}]",
				 member->string, other[i]);
			accepted |= accepts("audit.rules", rule);
		}
		/* "name" would stand there twice. */
		assert_int_equal(accepted, strcmp(member->string, "name") != 0);
	}
	assert_int_equal(cJSON_GetArraySize(members), 12);
	assert_words(json_get_array(json_get_object(members, "per"), "enum"), rules_pers);
	assert_words(json_get_array(json_get_object(members, "phase"), "enum"), rules_phases);
	assert_words(json_get_array(json_get_object(members, "severity"), "enum"),
		     rules_severities);
	assert_words(json_get_array(json_get_object(json_get_object(members, "actions"), "items"),
				    "enum"),
		     rules_actions);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_keys_are_the_same),
		cmocka_unit_test(test_descriptions_and_variables_are_the_same),
		cmocka_unit_test(test_the_defaults_are_the_same),
		cmocka_unit_test(test_types_and_limits_are_the_same),
		cmocka_unit_test(test_members_of_rules_are_the_same),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
