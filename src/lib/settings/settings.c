/* The settings of an agent. */
#include "lib/settings/settings.h"

#include "lib/validate/validate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPECTED_URL(min, max) "an https URL such as https://api.github.com"
#define EXPECTED_DATE(min, max) "a date such as 2022-11-28"
#define EXPECTED_PROXY(min, max) "an address such as http://proxy.example.com:3128"
#define EXPECTED_LIST(min, max) "a list of at most 1023 characters"
#define EXPECTED_ID(min, max) "the client id of an app, such as Iv23liAbCdEfGhIjKlMn"
#define EXPECTED_PATH(min, max) "an absolute path such as /etc/ghward/vault.key"
#define EXPECTED_COUNT(min, max) "a number from " #min " to " #max
#define EXPECTED_FLAG(min, max) "true or false"
#define EXPECTED_WEBHOOK(min, max)                                                                 \
	"an https URL such as https://hooks.example.com/services/T00000000/B00000000/XXXXXXXX"
#define EXPECTED_SECONDS(min, max) "a number of seconds from " #min " to " #max ", such as 1.5"

static const struct settings_spec specs[SETTINGS_KEYS] = {
#define SETTING(identifier, name_, variable_, type_, fallback_, min_, max_, summary_)              \
	[SETTINGS_##identifier] = {                                                                \
		.name = (name_),                                                                   \
		.variable = (variable_),                                                           \
		.type = SETTINGS_TYPE_##type_,                                                     \
		.fallback = (fallback_),                                                           \
		.min = (min_),                                                                     \
		.max = (max_),                                                                     \
		.expected = EXPECTED_##type_(min_, max_),                                          \
		.summary = (summary_),                                                             \
	},
#include "lib/settings/settings.def"
#undef SETTING
};

const struct settings_spec *settings_spec(enum settings_key key)
{
	return &specs[key];
}

const char *settings_key_name(enum settings_key key)
{
	return specs[key].name;
}

const char *settings_variable(enum settings_key key)
{
	return specs[key].variable;
}

bool settings_is_secret(enum settings_key key)
{
	return key == SETTINGS_PROXY || key == SETTINGS_AUDIT_WEBHOOK;
}

void settings_defaults(struct settings *settings)
{
	memset(settings, 0, sizeof(*settings));
	for (unsigned i = 0; i < SETTINGS_KEYS; i++) {
		if (*specs[i].fallback &&
		    settings_set(settings, (enum settings_key)i, specs[i].fallback))
			abort(); /* a row of settings.def contradicts itself */
	}
}

/* "1", "0.25", "30.0" seconds into milliseconds. */
static bool parse_seconds(const struct settings_spec *spec, const char *text,
			  uint32_t *milliseconds)
{
	uint32_t whole = 0, fraction = 0, scale = 100;
	const char *dot = strchr(text, '.');
	size_t length = dot ? (size_t)(dot - text) : strlen(text);

	if (validate_parse_u32(text, length, spec->min, spec->max, &whole) < 0)
		return false;
	for (const char *at = dot ? dot + 1 : ""; *at; at++) {
		if (*at < '0' || *at > '9')
			return false;
		fraction += (uint32_t)(*at - '0') * scale;
		scale /= 10;
	}
	*milliseconds = whole * 1000 + fraction;
	return (!dot || dot[1]) && !(whole == spec->max && fraction);
}

static const char *set_url(char *url, size_t size, enum settings_key key, const char *text)
{
	struct validate_origin origin;
	const char *why = specs[key].expected;

	if (strlen(text) >= size || validate_api_url(text, strlen(text), &origin, &why) < 0)
		return why;
	snprintf(url, size, "%s", text);
	return NULL;
}

/* GitHub names its API versions by date. */
static const char *set_api_version(struct settings *settings, const char *text)
{
	static const char form[] = "dddd-dd-dd";

	for (size_t i = 0; i < sizeof(form); i++) {
		bool digit = text[i] >= '0' && text[i] <= '9';
		if (form[i] == 'd' ? !digit : text[i] != form[i])
			return specs[SETTINGS_API_VERSION].expected;
	}
	snprintf(settings->api_version, sizeof(settings->api_version), "%s", text);
	return NULL;
}

static const char *set_proxy(struct settings *settings, const char *text)
{
	struct validate_proxy proxy;
	const char *expected = *text ? validate_proxy(text, &proxy) : NULL;

	if (!expected)
		snprintf(settings->proxy, sizeof(settings->proxy), "%s", text);
	explicit_bzero(&proxy, sizeof(proxy));
	return expected;
}

static const char *set_no_proxy(struct settings *settings, const char *text)
{
	if (strlen(text) >= sizeof(settings->no_proxy))
		return specs[SETTINGS_NO_PROXY].expected;
	snprintf(settings->no_proxy, sizeof(settings->no_proxy), "%s", text);
	return NULL;
}

static const char *set_client_id(struct settings *settings, const char *text)
{
	if (*text && !validate_param(VALIDATE_CLIENT_ID, text, strlen(text)))
		return specs[SETTINGS_CLIENT_ID].expected;
	snprintf(settings->client_id, sizeof(settings->client_id), "%s", text);
	return NULL;
}

static const char *set_path(char *path, size_t size, enum settings_key key, const char *text)
{
	if (*text && (*text != '/' || strlen(text) >= size))
		return specs[key].expected;
	snprintf(path, size, "%s", text);
	return NULL;
}

static const char *set_flag(bool *flag, enum settings_key key, const char *text)
{
	if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		return specs[key].expected;
	*flag = strcmp(text, "true") == 0;
	return NULL;
}

static const char *set_webhook(struct settings *settings, const char *text)
{
	char origin[VALIDATE_ORIGIN_MAX + 1];

	if (*text && validate_webhook(text, origin) < 0)
		return specs[SETTINGS_AUDIT_WEBHOOK].expected;
	snprintf(settings->audit.webhook, sizeof(settings->audit.webhook), "%s", text);
	return NULL;
}

static const char *set_number(uint32_t *value, enum settings_key key, const char *text)
{
	const struct settings_spec *spec = &specs[key];

	return validate_parse_u32(text, strlen(text), spec->min, spec->max, value) < 0
		       ? spec->expected
		       : NULL;
}

static const char *set_seconds(uint32_t *value, enum settings_key key, const char *text)
{
	uint32_t milliseconds;

	/* What is refused leaves the setting as it was. */
	if (!parse_seconds(&specs[key], text, &milliseconds))
		return specs[key].expected;
	*value = milliseconds;
	return NULL;
}

const char *settings_set(struct settings *settings, enum settings_key key, const char *text)
{
	switch (key) {
	case SETTINGS_API_URL:
		return set_url(settings->api_url, sizeof(settings->api_url), key, text);
	case SETTINGS_API_VERSION:
		return set_api_version(settings, text);
	case SETTINGS_PROXY:
		return set_proxy(settings, text);
	case SETTINGS_NO_PROXY:
		return set_no_proxy(settings, text);
	case SETTINGS_MAX_RETRIES:
		return set_number(&settings->max_retries, key, text);
	case SETTINGS_BACKOFF_BASE:
		return set_seconds(&settings->backoff_base_ms, key, text);
	case SETTINGS_MAX_BACKOFF:
		return set_seconds(&settings->max_backoff_ms, key, text);
	case SETTINGS_TIMEOUT:
		return set_seconds(&settings->timeout_ms, key, text);
	case SETTINGS_IDLE_TIMEOUT:
		return set_seconds(&settings->idle_timeout_ms, key, text);
	case SETTINGS_IN_FLIGHT:
		return set_number(&settings->in_flight, key, text);
	case SETTINGS_CLIENT_ID:
		return set_client_id(settings, text);
	case SETTINGS_KEY_FILE:
		return set_path(settings->key_file, sizeof(settings->key_file), key, text);
	case SETTINGS_GIT_URL:
		return set_url(settings->git.url, sizeof(settings->git.url), key, text);
	case SETTINGS_GIT_TIMEOUT:
		return set_number(&settings->git.timeout_s, key, text);
	case SETTINGS_GIT_CPU:
		return set_number(&settings->git.cpu_s, key, text);
	case SETTINGS_GIT_MEMORY:
		return set_number(&settings->git.memory_mib, key, text);
	case SETTINGS_GIT_FILE_SIZE:
		return set_number(&settings->git.file_size_mib, key, text);
	case SETTINGS_GIT_RECEIVE:
		return set_number(&settings->git.receive_mib, key, text);
	case SETTINGS_GIT_PROCESSES:
		return set_number(&settings->git.processes, key, text);
	case SETTINGS_GIT_SWEEP:
		return set_number(&settings->git.sweep_s, key, text);
	case SETTINGS_AUDIT_DIR:
		return set_path(settings->audit_dir, sizeof(settings->audit_dir), key, text);
	case SETTINGS_AUDIT_SEGMENT_SIZE:
		return set_number(&settings->audit.segment_size, key, text);
	case SETTINGS_AUDIT_SEGMENT_AGE:
		return set_number(&settings->audit.segment_age_s, key, text);
	case SETTINGS_AUDIT_RETENTION:
		return set_number(&settings->audit.retention_days, key, text);
	case SETTINGS_AUDIT_HOLD:
		return set_flag(&settings->audit.hold, key, text);
	case SETTINGS_AUDIT_WEBHOOK:
		return set_webhook(settings, text);
	case SETTINGS_KEYS:
		break;
	}
	return "a known key";
}
