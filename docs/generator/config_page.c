/* ghward-config(5). */
#include "mdoc.h"
#include "papers.h"

#include "lib/rules/rules.h"
#include "lib/settings/settings.h"

#include <string.h>

static const char *type_name(const struct settings_spec *spec)
{
	switch (spec->type) {
	case SETTINGS_TYPE_URL:
		return "string, an https URL";
	case SETTINGS_TYPE_DATE:
		return "string, a date";
	case SETTINGS_TYPE_PROXY:
		return "string, the address of a proxy";
	case SETTINGS_TYPE_LIST:
		return "string, a list";
	case SETTINGS_TYPE_ID:
		return "string, a client id";
	case SETTINGS_TYPE_PATH:
		return "string, an absolute path";
	case SETTINGS_TYPE_COUNT:
		return "whole number";
	case SETTINGS_TYPE_SECONDS:
		return "number";
	case SETTINGS_TYPE_FLAG:
		return "true or false";
	case SETTINGS_TYPE_WEBHOOK:
		return "string, an https URL with a path";
	}
	return "";
}

static bool is_number(const struct settings_spec *spec)
{
	return spec->type == SETTINGS_TYPE_COUNT || spec->type == SETTINGS_TYPE_SECONDS;
}

static bool is_quoted(const struct settings_spec *spec)
{
	return !is_number(spec) && spec->type != SETTINGS_TYPE_FLAG;
}

static void put_setting(FILE *out, const struct settings_spec *spec)
{
	char line[512];

	fputs(".It Ic", out);
	mdoc_argument(out, spec->name);
	putc('\n', out);
	snprintf(line, sizeof(line), "%s.", spec->summary);
	mdoc_text(out, line);
	fputs(".Pp\n", out);
	if (!is_number(spec))
		snprintf(line, sizeof(line), "Type: %s.", type_name(spec));
	else
		snprintf(line, sizeof(line), "Type: %s from %u to %u.", type_name(spec), spec->min,
			 spec->max);
	mdoc_text(out, line);
	if (*spec->fallback)
		fprintf(out, "Default:\n.Ql %s .\n", spec->fallback);
	else
		fputs("Default: none.\n", out);
	if (spec->variable)
		fprintf(out, "Environment:\n.Ev %s .\n", spec->variable);
}

/* The members of the file's object, or of the object of a section in it. */
static size_t put_members(char *text, size_t size, const char *section)
{
	size_t used = 0, length = strlen(section);

	for (unsigned i = 0; i < SETTINGS_KEYS; i++) {
		const struct settings_spec *spec = settings_spec((enum settings_key)i);
		const char *quote = is_quoted(spec) ? "\"" : "", *dot = strchr(spec->name, '.');
		if (!*spec->fallback || (dot ? (size_t)(dot - spec->name) + 1 : 0) != length ||
		    strncmp(spec->name, section, length) != 0)
			continue;
		used += (size_t)snprintf(text + used, size - used, "%s\n%s\"%s\": %s%s%s",
					 used ? "," : "", length ? "    " : "  ",
					 spec->name + length, quote, spec->fallback, quote);
	}
	return used;
}

static void put_example(FILE *out)
{
	char text[8192], top[2048], git[1024], audit[1024];

	put_members(top, sizeof(top), "");
	put_members(git, sizeof(git), "git.");
	put_members(audit, sizeof(audit), "audit.");
	snprintf(text, sizeof(text),
		 "{\n  // every key, with its default%s,\n  \"git\": {%s\n  },\n"
		 "  \"audit\": {%s\n  }\n}\n",
		 top, git, audit);
	mdoc_literal(out, text);
}

/* --- rules --- */

static void put_member(FILE *out, const char *name, const char *text)
{
	fprintf(out, ".It Ic %s\n", name);
	mdoc_text(out, text);
}

static void put_rule(FILE *out, const struct audit_rule *rule)
{
	char text[512], actions[RULES_ACTIONS_SIZE];

	rules_put_actions(rule->actions, actions);
	snprintf(text, sizeof(text),
		 "%u of phase %s, event %s, outcome %s, per %s within %u seconds: a %s incident of "
		 "type %s; actions: %s.",
		 rule->threshold, rules_phases[rule->phase], rule->event, rule->outcome,
		 rules_pers[rule->per], rule->window_s, rules_severities[rule->severity],
		 rule->type, actions);
	put_member(out, rule->name, text);
}

static void put_rules(FILE *out)
{
	static const char *const members[][2] = {
		{"name", "Lower-case letters, digits, _ and -. One with the name of a built-in "
			 "rule changes what it names of it."},
		{"enabled", "false: there is no such rule."},
		{"event, outcome", "Patterns of the records that count; * stands for any "
				   "characters. Default of outcome: *."},
		{"phase", "intent, result or note: only records of this phase."},
		{"at_least", "info, warning or critical: only records at least as severe."},
		{"per", "actor, credential, target or all: what records have in common that are "
			"counted together."},
		{"threshold", "So many of them, 1 to 256,"},
		{"window", "within so many seconds, 1 to 2592000, are an incident."},
		{"type", "Of the incident. Default: the name."},
		{"severity", "Of the incident: info, warning or critical. Default: warning."},
		{"actions",
		 "A list of alert (posted to audit.webhook), quarantine (the credential is not "
		 "used; per credential only) and block (nothing is done for the actor or about "
		 "the target; per one of them only), until a person closes the incident."},
	};
	struct audit_rules rules;

	mdoc_text(out, "audit.rules is a list of objects: rules of the security monitor, beside "
		       "those that are built in, 32 in all. event, per, threshold and window are "
		       "needed in a rule of one's own.");
	fputs(".Bl -tag -width Ds\n", out);
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		put_member(out, members[i][0], members[i][1]);
	fputs(".El\n.Pp\nBuilt in are:\n.Bl -tag -width Ds\n", out);
	rules_defaults(&rules);
	for (unsigned i = 0; i < rules.count; i++)
		put_rule(out, &rules.list[i]);
	fputs(".El\n", out);
}

void man_config(FILE *out)
{
	mdoc_begin(out, "ghward-config", 5, "The configuration file of ghward");
	fputs(".Sh DESCRIPTION\n", out);
	mdoc_text(out,
		  "The file is one JSON object. Comments are allowed, // to the end of a line and "
		  "/* ... */. A key that is not listed here, a key that stands twice and a value "
		  "out of range are errors that name the line; nothing is sent then. The file "
		  "must belong to the user or to root, and nobody else may be able to write to "
		  "it, since it says where a token is sent. It never contains a token. A key with "
		  "a dot is a member of an object: audit.dir is {\"audit\": {\"dir\": ...}}.");
	fputs(".Pp\nThe first of these is read:\n.Bl -enum -compact\n"
	      ".It\n.Ev GHWARD_CONFIG ,\nwhich must exist if it is set\n"
	      ".It\n.Pa $XDG_CONFIG_HOME/ghward/config.json ,\n"
	      "or\n.Pa ~/.config/ghward/config.json\nwhere that is not set\n"
	      ".It\n.Pa /etc/ghward/config.json\n.El\n"
	      ".Pp\nEnvironment variables override the file.\n"
	      ".Ss Keys\n.Bl -tag -width Ds\n",
	      out);
	for (unsigned i = 0; i < SETTINGS_KEYS; i++)
		put_setting(out, settings_spec((enum settings_key)i));
	fputs(".El\n.Ss Rules\n", out);
	put_rules(out);
	fputs(".Sh EXAMPLES\n", out);
	put_example(out);
	fputs(".Sh SEE ALSO\n.Xr ghward 1 ,\n.Xr ghward-serve 1\n", out);
}
