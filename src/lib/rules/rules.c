/* Rules of the security monitor. */
#include "lib/rules/rules.h"

#include <stdio.h>
#include <string.h>

const char *const rules_pers[] = {"actor", "credential", "target", "all", NULL};
const char *const rules_actions[] = {"alert", "quarantine", "block", NULL};
const char *const rules_phases[] = {"intent", "result", "note", NULL};
const char *const rules_severities[] = {"info", "warning", "critical", NULL};

#define BIT(action) (1u << RULE_##action)

static const struct audit_rule builtin[] = {
#define RULE(name_, type_, event_, phase_, outcome_, per_, threshold_, window_, severity_,         \
	     actions_)                                                                             \
	{                                                                                          \
		.name = (name_),                                                                   \
		.type = (type_),                                                                   \
		.event = (event_),                                                                 \
		.outcome = (outcome_),                                                             \
		.phase = AUDIT_##phase_,                                                           \
		.per = RULE_PER_##per_,                                                            \
		.threshold = (threshold_),                                                         \
		.window_s = (window_),                                                             \
		.severity = AUDIT_##severity_,                                                     \
		.actions = (actions_),                                                             \
	},
#include "lib/rules/builtin.def"
#undef RULE
};

int rules_word(const char *const *words, const char *text, size_t length)
{
	for (int i = 0; words[i]; i++) {
		if (strlen(words[i]) == length && memcmp(words[i], text, length) == 0)
			return i;
	}
	return -1;
}

void rules_put_actions(uint8_t actions, char text[RULES_ACTIONS_SIZE])
{
	size_t used = 0;

	*text = 0;
	for (unsigned i = 0; i < RULE_ACTIONS; i++) {
		if (actions >> i & 1)
			used += (size_t)snprintf(text + used, RULES_ACTIONS_SIZE - used, "%s%s",
						 used ? "," : "", rules_actions[i]);
	}
}

int rules_get_actions(const char *text, size_t length, uint8_t *actions)
{
	char form[RULES_ACTIONS_SIZE];

	/* There are few sets, and each has one form. */
	for (unsigned set = 0; set < 1u << RULE_ACTIONS; set++) {
		rules_put_actions((uint8_t)set, form);
		if (strlen(form) == length && memcmp(form, text, length) == 0) {
			*actions = (uint8_t)set;
			return 0;
		}
	}
	return -1;
}

void rules_defaults(struct audit_rules *rules)
{
	_Static_assert(sizeof(builtin) / sizeof(builtin[0]) <= RULES_MAX, "room for all");
	memset(rules, 0, sizeof(*rules));
	memcpy(rules->list, builtin, sizeof(builtin));
	rules->count = sizeof(builtin) / sizeof(builtin[0]);
}

struct audit_rule *rules_find(struct audit_rules *rules, const char *name)
{
	for (unsigned i = 0; i < rules->count; i++) {
		if (strcmp(rules->list[i].name, name) == 0)
			return &rules->list[i];
	}
	return NULL;
}

void rules_remove(struct audit_rules *rules, struct audit_rule *rule)
{
	struct audit_rule *end = rules->list + --rules->count;

	memmove(rule, rule + 1, (size_t)(end - rule) * sizeof(*rule));
}

bool rules_is_name(const char *text)
{
	size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-");

	return length > 0 && length <= RULE_NAME_MAX && text[length] == 0;
}

bool rules_is_pattern(const char *text)
{
	size_t length = 0;

	for (; text[length]; length++) {
		if (text[length] <= ' ' || text[length] > '~' || strchr("\"\\", text[length]))
			return false;
	}
	return length > 0 && length <= RULE_PATTERN_MAX;
}

const char *rules_check(const struct audit_rule *rule)
{
	if ((rule->actions & BIT(QUARANTINE)) && rule->per != RULE_PER_CREDENTIAL)
		return "\"per\": \"credential\" with the action \"quarantine\"";
	if ((rule->actions & BIT(BLOCK)) && rule->per != RULE_PER_ACTOR &&
	    rule->per != RULE_PER_TARGET)
		return "\"per\": \"actor\" or \"target\" with the action \"block\"";
	return NULL;
}

bool rules_is_incident(const char *text, size_t length)
{
	static const char form[] = "SEC-dddddddd-xxxxxxxx";

	if (length != sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < length; i++) {
		bool digit = text[i] >= '0' && text[i] <= '9';
		bool hex = digit || (text[i] >= 'a' && text[i] <= 'f');
		if (form[i] == 'd' ? !digit : form[i] == 'x' ? !hex : text[i] != form[i])
			return false;
	}
	return true;
}
