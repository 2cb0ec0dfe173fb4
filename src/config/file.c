/* config.json. */
#include "config/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA_HINT "man ghward-config describes the file."

#define RULES "audit.rules"

#define KEY_MAX 96u

/* --- lines --- */

struct config_place config_inside(struct config_place place, unsigned index)
{
	if (place.depth < CONFIG_DEPTH)
		place.path[place.depth++] = index;
	return place;
}

/* Where a string ends, quote included. */
static const char *skip_string(const char *at, const char *end)
{
	for (at++; at < end && *at != '"'; at++)
		at += *at == '\\';
	return at < end ? at + 1 : end;
}

/* How far a walk through the text has come: it is within so many containers, and within so many of
 * those that lead to a place, of the innermost of which it is at this member or element. */
struct walk {
	unsigned level, inside, index;
};

static bool is_there(const struct walk *walk, const struct config_place *place)
{
	return walk->level == walk->inside && walk->inside == place->depth &&
	       walk->index == place->path[place->depth - 1];
}

static void step(struct walk *walk, const struct config_place *place, char c)
{
	if (c == '{' || c == '[') {
		if (walk->level == walk->inside &&
		    (walk->inside == 0 || walk->index == place->path[walk->inside - 1])) {
			walk->inside++;
			walk->index = 0;
		}
		walk->level++;
	} else if (c == '}' || c == ']') {
		walk->level--;
	} else if (c == ',' && walk->level == walk->inside) {
		walk->index++;
	}
}

/* cJSON keeps no positions. The gate has made sure that the text is one value. */
static unsigned line_of(const struct config_file *file, const struct config_place *place)
{
	const char *at = file->text, *end = at + file->length;
	struct walk walk = {0};

	while (at < end && walk.level >= walk.inside) {
		if (!strchr(" \t\r\n,", *at) && is_there(&walk, place))
			return json_line_of(file->text, (size_t)(at - file->text));
		if (*at == '"') {
			at = skip_string(at, end);
			continue;
		}
		step(&walk, place, *at++);
	}
	return 1;
}

int config_refuse(const struct config_file *file, struct config_place place, const char *key,
		  const char *expected)
{
	failure_set(file->failure, FAILURE_USAGE, SCHEMA_HINT, "%s:%u: %s \"%.96s\"%s%s",
		    file->name, place.depth ? line_of(file, &place) : 1,
		    expected ? "invalid value of" : "unknown key", key,
		    expected ? ": expected " : "", expected ? expected : "");
	return -1;
}

/* --- values --- */

/* Returns NULL, or what was expected instead. */
static const char *set_number(struct settings *settings, enum settings_key key,
			      const struct cJSON *value)
{
	char text[32];

	if (!cJSON_IsNumber(value))
		return "a number";
	snprintf(text, sizeof(text), "%.15g", value->valuedouble);
	return settings_set(settings, key, text);
}

static const char *set_value(struct settings *settings, enum settings_key key,
			     const struct cJSON *value)
{
	switch (settings_spec(key)->type) {
	case SETTINGS_TYPE_COUNT:
	case SETTINGS_TYPE_SECONDS:
		return set_number(settings, key, value);
	case SETTINGS_TYPE_FLAG:
		if (!cJSON_IsBool(value))
			return settings_spec(key)->expected;
		return settings_set(settings, key, cJSON_IsTrue(value) ? "true" : "false");
	default:
		return cJSON_IsString(value) ? settings_set(settings, key, value->valuestring)
					     : "a string";
	}
}

static int apply_setting(const struct config_file *file, struct config_place place,
			 const char *name, const struct cJSON *value)
{
	unsigned key = 0;

	while (key < SETTINGS_KEYS && strcmp(settings_key_name((enum settings_key)key), name) != 0)
		key++;
	if (key == SETTINGS_KEYS)
		return config_refuse(file, place, name, NULL);
	const char *expected = set_value(file->settings, (enum settings_key)key, value);
	if (expected)
		return config_refuse(file, place, name, expected);
	config_note_source(file->settings, (enum settings_key)key, file->name);
	return 0;
}

/* Settings that belong together are members of an object. */
static bool is_section(const char *name)
{
	size_t length = strlen(name);

	for (unsigned i = 0; i < SETTINGS_KEYS; i++) {
		const char *key = settings_key_name((enum settings_key)i);
		if (strncmp(key, name, length) == 0 && key[length] == '.')
			return true;
	}
	return false;
}

static int apply_section(const struct config_file *file, struct config_place place,
			 const struct cJSON *section)
{
	const struct cJSON *member;
	unsigned index = 0;
	char name[KEY_MAX];

	if (!cJSON_IsObject(section))
		return config_refuse(file, place, section->string, "an object");
	cJSON_ArrayForEach(member, section)
	{
		struct config_place at = config_inside(place, index++);
		snprintf(name, sizeof(name), "%.16s.%.64s", section->string, member->string);
		int status = strcmp(name, RULES) == 0 ? config_apply_rules(file, at, member)
						      : apply_setting(file, at, name, member);
		if (status < 0)
			return -1;
	}
	return 0;
}

static int apply_object(const struct config_file *file, const struct cJSON *root)
{
	const struct config_place top = {.depth = 0};
	const struct cJSON *member;
	unsigned index = 0;

	if (!cJSON_IsObject(root)) {
		failure_set(file->failure, FAILURE_USAGE, SCHEMA_HINT, "%s:1: expected an object",
			    file->name);
		return -1;
	}
	cJSON_ArrayForEach(member, root)
	{
		struct config_place at = config_inside(top, index++);
		/* A dot in the file is no member of an object. */
		bool dotted = strchr(member->string, '.') != NULL;
		int status = dotted ? config_refuse(file, at, member->string, NULL)
			     : is_section(member->string)
				     ? apply_section(file, at, member)
				     : apply_setting(file, at, member->string, member);
		if (status < 0)
			return -1;
	}
	return 0;
}

int config_apply_file(struct settings *settings, struct audit_rules *rules, const char *text,
		      size_t length, const char *name, struct failure *failure)
{
	const struct json_limits limits = JSON_LIMITS_CONFIGURATION;
	const struct json_limits blanked = {limits.max_values, limits.max_keys, JSON_NO_COMMENTS};
	struct json_where where;
	enum json_fault fault;
	int status = -1;

	if (length == 0)
		return 0;
	fault = json_gate(text, length, &limits, &where);
	char *copy = fault ? NULL : malloc(length);
	if (!fault && !copy)
		fault = JSON_NO_MEMORY;
	if (fault) {
		failure_set(failure, FAILURE_USAGE, SCHEMA_HINT, "%s:%u: %s", name, where.line,
			    json_fault_text(fault));
		return -1;
	}
	memcpy(copy, text, length);
	json_blank_comments(copy, length);
	struct cJSON *root = json_parse(copy, length, &blanked, &fault, &where);
	const struct config_file file = {name, copy, length, settings, rules, failure};
	if (root)
		status = apply_object(&file, root);
	else
		failure_set(failure, FAILURE_USAGE, SCHEMA_HINT, "%s:%u: %s", name, where.line,
			    json_fault_text(fault));
	cJSON_Delete(root);
	free(copy);
	return status;
}
