/* audit.rules in config.json: what the security monitor looks for besides, or instead of, what is
 * built in. */
#include "config/file.h"

#include "lib/rules/rules.h"

#include <stdio.h>
#include <string.h>

/* One element of the array while it is read. */
struct element {
	const struct config_file *file;
	struct config_place place;
	unsigned number;
	struct audit_rule rule;
	bool enabled;
};

/* Each returns NULL, or what was expected instead. */

static const char *get_name(const struct cJSON *value, char *name)
{
	if (!cJSON_IsString(value) || !rules_is_name(value->valuestring))
		return "a name of at most 32 lower-case letters, digits, \"_\" and \"-\"";
	snprintf(name, RULE_NAME_MAX + 1, "%s", value->valuestring);
	return NULL;
}

static const char *get_pattern(const struct cJSON *value, char *pattern)
{
	if (!cJSON_IsString(value) || !rules_is_pattern(value->valuestring))
		return "a pattern of at most 64 characters, such as alerts.*";
	snprintf(pattern, RULE_PATTERN_MAX + 1, "%s", value->valuestring);
	return NULL;
}

static const char *get_number(const struct cJSON *value, uint32_t max, const char *expected,
			      uint32_t *number)
{
	if (!cJSON_IsNumber(value) || !(value->valuedouble >= 1 && value->valuedouble <= max) ||
	    value->valuedouble != (double)(uint32_t)value->valuedouble)
		return expected;
	*number = (uint32_t)value->valuedouble;
	return NULL;
}

static const char *get_word(const struct cJSON *value, const char *const *words,
			    const char *expected, int *which)
{
	*which = cJSON_IsString(value)
			 ? rules_word(words, value->valuestring, strlen(value->valuestring))
			 : -1;
	return *which < 0 ? expected : NULL;
}

static const char *get_severity(const struct cJSON *value, enum audit_severity *severity)
{
	int which;
	const char *wrong =
		get_word(value, rules_severities, "\"info\", \"warning\" or \"critical\"", &which);

	if (!wrong)
		*severity = (enum audit_severity)which;
	return wrong;
}

static const char *get_phase(const struct cJSON *value, enum audit_phase *phase)
{
	int which;
	const char *wrong =
		get_word(value, rules_phases, "\"intent\", \"result\" or \"note\"", &which);

	if (!wrong)
		*phase = (enum audit_phase)which;
	return wrong;
}

static const char *get_per(const struct cJSON *value, enum rule_per *per)
{
	int which;
	const char *wrong = get_word(value, rules_pers,
				     "\"actor\", \"credential\", \"target\" or \"all\"", &which);

	if (!wrong)
		*per = (enum rule_per)which;
	return wrong;
}

static const char *get_actions(const struct cJSON *value, uint8_t *actions)
{
	static const char expected[] = "a list of \"alert\", \"quarantine\" and \"block\"";
	const struct cJSON *action;
	uint8_t set = 0;
	int which;

	if (!cJSON_IsArray(value))
		return expected;
	cJSON_ArrayForEach(action, value)
	{
		if (get_word(action, rules_actions, expected, &which))
			return expected;
		set |= (uint8_t)(1u << which);
	}
	*actions = set;
	return NULL;
}

static const char *get_flag(const struct cJSON *value, bool *flag)
{
	*flag = cJSON_IsTrue(value);
	return cJSON_IsBool(value) ? NULL : "true or false";
}

/* *known says whether there is such a member. */
static const char *take_member(struct element *element, const struct cJSON *member, bool *known)
{
	struct audit_rule *rule = &element->rule;
	const char *key = member->string;

	*known = true;
	if (strcmp(key, "name") == 0)
		return get_name(member, rule->name);
	if (strcmp(key, "type") == 0)
		return get_name(member, rule->type);
	if (strcmp(key, "event") == 0)
		return get_pattern(member, rule->event);
	if (strcmp(key, "outcome") == 0)
		return get_pattern(member, rule->outcome);
	if (strcmp(key, "phase") == 0)
		return get_phase(member, &rule->phase);
	if (strcmp(key, "at_least") == 0)
		return get_severity(member, &rule->at_least);
	if (strcmp(key, "per") == 0)
		return get_per(member, &rule->per);
	if (strcmp(key, "threshold") == 0)
		return get_number(member, RULE_THRESHOLD_MAX, "a number from 1 to 256",
				  &rule->threshold);
	if (strcmp(key, "window") == 0)
		return get_number(member, RULE_WINDOW_MAX, "a number of seconds from 1 to 2592000",
				  &rule->window_s);
	if (strcmp(key, "severity") == 0)
		return get_severity(member, &rule->severity);
	if (strcmp(key, "actions") == 0)
		return get_actions(member, &rule->actions);
	if (strcmp(key, "enabled") == 0)
		return get_flag(member, &element->enabled);
	*known = false;
	return NULL;
}

static int refuse(const struct element *element, struct config_place place, const char *key,
		  const char *expected)
{
	char name[64];

	snprintf(name, sizeof(name), "audit.rules[%u]%s%.32s", element->number, *key ? "." : "",
		 key);
	return config_refuse(element->file, place, name, expected);
}

static int take_members(struct element *element, const struct cJSON *object)
{
	const struct cJSON *member;
	unsigned index = 0;
	bool known;

	cJSON_ArrayForEach(member, object)
	{
		struct config_place at = config_inside(element->place, index++);
		const char *expected = take_member(element, member, &known);
		if (expected || !known)
			return refuse(element, at, member->string, expected);
	}
	return 0;
}

/* A name of an earlier element would leave it to chance what counts. */
static bool is_repeated(const struct cJSON *list, const struct cJSON *element, const char *name)
{
	const struct cJSON *before;

	cJSON_ArrayForEach(before, list)
	{
		if (before == element)
			return false;
		if (strcmp(json_get_text(before, "name"), name) == 0)
			return true;
	}
	return false;
}

/* What the element begins with: the built-in rule of its name, or one that says nothing yet. */
static void begin_rule(struct element *element, const char *name)
{
	const struct audit_rule *builtin = rules_find(element->file->rules, name);

	element->enabled = true;
	if (builtin)
		element->rule = *builtin;
	else
		element->rule = (struct audit_rule){.outcome = "*",
						    .phase = AUDIT_PHASES,
						    .per = RULE_PERS,
						    .severity = AUDIT_WARNING};
}

static int finish_rule(struct element *element)
{
	struct audit_rules *rules = element->file->rules;
	struct audit_rule *rule = &element->rule, *there = rules_find(rules, rule->name);

	if (!*rule->type)
		memcpy(rule->type, rule->name, sizeof(rule->type));
	if (!element->enabled) {
		if (there)
			rules_remove(rules, there);
		return 0;
	}
	if (!*rule->event || rule->per == RULE_PERS || !rule->threshold || !rule->window_s)
		return refuse(element, element->place, "",
			      "\"event\", \"per\", \"threshold\" and \"window\" in a rule of your "
			      "own");
	const char *expected = rules_check(rule);
	if (expected)
		return refuse(element, element->place, "", expected);
	if (!there && rules->count == RULES_MAX)
		return config_refuse(element->file, element->place, "audit.rules",
				     "at most 32 rules with those that are built in");
	rules->list[there ? (unsigned)(there - rules->list) : rules->count++] = *rule;
	return 0;
}

static int apply_rule(struct element *element, const struct cJSON *list, const struct cJSON *object)
{
	const char *name = json_get_text(object, "name");

	if (!cJSON_IsObject(object))
		return refuse(element, element->place, "", "an object");
	if (!*name)
		return refuse(element, element->place, "", "a \"name\" in every rule");
	if (is_repeated(list, object, name))
		return refuse(element, element->place, "name", "a name that no other one has");
	begin_rule(element, name);
	return take_members(element, object) < 0 ? -1 : finish_rule(element);
}

int config_apply_rules(const struct config_file *file, struct config_place place,
		       const struct cJSON *value)
{
	const struct cJSON *object;
	unsigned index = 0;

	if (!cJSON_IsArray(value))
		return config_refuse(file, place, "audit.rules", "a list of rules");
	cJSON_ArrayForEach(object, value)
	{
		struct element element = {
			.file = file, .place = config_inside(place, index), .number = index};
		index++;
		if (apply_rule(&element, value, object) < 0)
			return -1;
	}
	return 0;
}
