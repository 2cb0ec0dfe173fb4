/* Configuration. */
#include "config/config.h"

#include "lib/json/parse.h"
#include "lib/validate/validate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA_HINT "man ghward-config describes the file."

/* --- the file --- */

struct file {
	const char *name, *text;
	size_t length;
	struct settings *settings;
	struct failure *failure;
};

/* Where a string ends, quote included. */
static const char *skip_string(const char *at, const char *end)
{
	for (at++; at < end && *at != '"'; at++)
		at += *at == '\\';
	return at < end ? at + 1 : end;
}

/* cJSON keeps no positions: the line of the member with this index. The gate has made sure that the
 * text is one object; its keys are the strings that stand at depth one where a key can. */
static unsigned line_of_member(const struct file *file, unsigned index)
{
	const char *at = file->text, *end = at + file->length;
	unsigned depth = 0;
	bool key = true;

	while (at < end) {
		if (*at == '"' && depth == 1 && key && index-- == 0)
			break;
		if (*at == '"') {
			at = skip_string(at, end);
			key = false;
			continue;
		}
		if (*at == '{' || *at == '[')
			depth++;
		else if (*at == '}' || *at == ']')
			depth--;
		else if (*at == ',')
			key = true;
		at++;
	}
	return at < end ? json_line_of(file->text, (size_t)(at - file->text)) : 1;
}

/* Whether the file writes this setting as a string; all others are numbers. */
static bool is_text(enum settings_key key)
{
	enum settings_type type = settings_spec(key)->type;

	return type != SETTINGS_TYPE_COUNT && type != SETTINGS_TYPE_SECONDS;
}

/* Returns NULL, or what was expected instead. */
static const char *set_value(struct settings *settings, enum settings_key key,
			     const struct cJSON *value)
{
	char text[32];

	if (is_text(key))
		return cJSON_IsString(value) ? settings_set(settings, key, value->valuestring)
					     : "a string";
	if (!cJSON_IsNumber(value))
		return "a number";
	snprintf(text, sizeof(text), "%.15g", value->valuedouble);
	return settings_set(settings, key, text);
}

static void note_source(struct settings *settings, enum settings_key key, const char *source)
{
	if (key == SETTINGS_PROXY)
		snprintf(settings->proxy_source, sizeof(settings->proxy_source), "%s", source);
}

static int apply_member(const struct file *file, const struct cJSON *member, unsigned index)
{
	const char *expected = NULL;
	unsigned key = 0;

	while (key < SETTINGS_KEYS &&
	       strcmp(settings_key_name((enum settings_key)key), member->string) != 0)
		key++;
	if (key < SETTINGS_KEYS) {
		expected = set_value(file->settings, (enum settings_key)key, member);
		if (!expected) {
			note_source(file->settings, (enum settings_key)key, file->name);
			return 0;
		}
	}
	failure_set(file->failure, FAILURE_USAGE, SCHEMA_HINT, "%s:%u: %s \"%.64s\"%s%s",
		    file->name, line_of_member(file, index),
		    expected ? "invalid value of" : "unknown key", member->string,
		    expected ? ": expected " : "", expected ? expected : "");
	return -1;
}

static int apply_object(const struct file *file, const struct cJSON *root)
{
	const struct cJSON *member;
	unsigned index = 0;

	if (!cJSON_IsObject(root)) {
		failure_set(file->failure, FAILURE_USAGE, SCHEMA_HINT, "%s:1: expected an object",
			    file->name);
		return -1;
	}
	cJSON_ArrayForEach(member, root)
	{
		if (apply_member(file, member, index++) < 0)
			return -1;
	}
	return 0;
}

int config_apply_file(struct settings *settings, const char *text, size_t length, const char *name,
		      struct failure *failure)
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
	const struct file file = {name, copy, length, settings, failure};
	if (root)
		status = apply_object(&file, root);
	else
		failure_set(failure, FAILURE_USAGE, SCHEMA_HINT, "%s:%u: %s", name, where.line,
			    json_fault_text(fault));
	cJSON_Delete(root);
	free(copy);
	return status;
}

/* --- overrides --- */

static int open_overrides(struct ipc_incoming *in, const uint8_t *datagram, size_t size)
{
	memset(in, 0, sizeof(*in));
	return ipc_parse(in, datagram, size) < 0 || in->type != MESSAGE_OVERRIDES ? -1 : 0;
}

void config_file_name(const uint8_t *datagram, size_t size, char name[256])
{
	struct ipc_incoming in;
	const char *got = "";

	if (open_overrides(&in, datagram, size) == 0) {
		(void)ipc_get_string(&in);
		got = ipc_get_string(&in);
	}
	snprintf(name, 256, "%s", *got ? got : "config.json");
}

/* The command chose the token for the API address it knows of, which is github.com's unless it was
 * told another one. An address that only the file names must not get that token. */
static int check_token_host(const struct config *config, struct failure *failure)
{
	struct validate_origin origin;
	const char *url = config->settings.api_url, *why;

	if (!*config->token_source || (validate_api_url(url, strlen(url), &origin, &why) == 0 &&
				       validate_is_github(origin.host)))
		return 0;
	failure_set(failure, FAILURE_AUTHENTICATION,
		    "Set GITHUB_API_URL or GITHUB_HOSTNAME to that server as well, and "
		    "GH_ENTERPRISE_TOKEN to a token of it.",
		    "the token from %s is for github.com, but the configuration names %s",
		    config->token_source, url);
	return -1;
}

int config_apply_overrides(struct config *config, const uint8_t *datagram, size_t size,
			   struct failure *failure)
{
	struct ipc_incoming in;

	failure_set(failure, FAILURE_INTERNAL, "Install ghward completely from one version.",
		    "the command's settings are malformed");
	if (open_overrides(&in, datagram, size) < 0)
		return -1;
	snprintf(config->token_source, sizeof(config->token_source), "%s", ipc_get_string(&in));
	(void)ipc_get_string(&in);
	snprintf(config->vault_path, sizeof(config->vault_path), "%s", ipc_get_string(&in));
	bool chosen = false;
	unsigned count = ipc_get_u8(&in);
	for (unsigned i = 0; i < count && !in.reader.poisoned; i++) {
		enum settings_key key = (enum settings_key)ipc_get_enum(&in, SETTINGS_KEYS);
		const char *variable = ipc_get_string(&in), *value = ipc_get_string(&in);
		const char *wrong = settings_set(&config->settings, key, value);
		chosen |= key == SETTINGS_API_URL;
		if (!wrong)
			note_source(&config->settings, key, variable);
		if (in.reader.poisoned || !wrong)
			continue;
		failure_set(failure, FAILURE_USAGE, "", "%.64s=%.100s: expected %s", variable,
			    settings_is_secret(key) ? "****" : value, wrong);
		return -1;
	}
	if (ipc_end(&in) < 0)
		return -1;
	return chosen ? 0 : check_token_host(config, failure);
}
