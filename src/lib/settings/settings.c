/* The settings of an agent. */
#include "lib/settings/settings.h"

#include "lib/validate/validate.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name, *variable;
} keys[SETTINGS_KEYS] = {
#define SETTING(identifier, name, variable) [SETTINGS_##identifier] = {name, variable},
#include "lib/settings/settings.def"
#undef SETTING
};

const char *settings_key_name(enum settings_key key)
{
	return keys[key].name;
}

const char *settings_variable(enum settings_key key)
{
	return keys[key].variable;
}

bool settings_is_secret(enum settings_key key)
{
	return key == SETTINGS_PROXY;
}

void settings_defaults(struct settings *settings)
{
	*settings = (struct settings){
		.api_url = "https://api.github.com",
		.api_version = "2022-11-28",
		.max_retries = 5,
		.backoff_base_ms = 1000,
		.max_backoff_ms = 30000,
		.timeout_ms = 30000,
		.in_flight = 10,
	};
}

/* "1", "0.25", "30.0" seconds, at most an hour, into milliseconds. */
static bool parse_seconds(const char *text, uint32_t *milliseconds)
{
	uint32_t whole = 0, fraction = 0, scale = 100;
	const char *dot = strchr(text, '.');
	size_t length = dot ? (size_t)(dot - text) : strlen(text);

	if (validate_parse_u32(text, length, 0, 3600, &whole) < 0)
		return false;
	for (const char *at = dot ? dot + 1 : ""; *at; at++) {
		if (*at < '0' || *at > '9')
			return false;
		fraction += (uint32_t)(*at - '0') * scale;
		scale /= 10;
	}
	*milliseconds = whole * 1000 + fraction;
	return !dot || dot[1];
}

static const char *set_api_url(struct settings *settings, const char *text)
{
	struct validate_origin origin;
	const char *why = "an https URL such as https://api.github.com";

	if (strlen(text) >= sizeof(settings->api_url) ||
	    validate_api_url(text, strlen(text), &origin, &why) < 0)
		return why;
	snprintf(settings->api_url, sizeof(settings->api_url), "%s", text);
	return NULL;
}

/* GitHub names its API versions by date. */
static const char *set_api_version(struct settings *settings, const char *text)
{
	static const char form[] = "dddd-dd-dd";

	for (size_t i = 0; i < sizeof(form); i++) {
		bool digit = text[i] >= '0' && text[i] <= '9';
		if (form[i] == 'd' ? !digit : text[i] != form[i])
			return "a date such as 2022-11-28";
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
		return "a list of at most 1023 characters";
	snprintf(settings->no_proxy, sizeof(settings->no_proxy), "%s", text);
	return NULL;
}

static const char *set_number(uint32_t *value, const char *text, uint32_t min, uint32_t max,
			      const char *expected)
{
	return validate_parse_u32(text, strlen(text), min, max, value) < 0 ? expected : NULL;
}

static const char *set_seconds(uint32_t *value, const char *text)
{
	return parse_seconds(text, value) ? NULL
					  : "a number of seconds from 0 to 3600, such as 1.5";
}

const char *settings_set(struct settings *settings, enum settings_key key, const char *text)
{
	switch (key) {
	case SETTINGS_API_URL:
		return set_api_url(settings, text);
	case SETTINGS_API_VERSION:
		return set_api_version(settings, text);
	case SETTINGS_PROXY:
		return set_proxy(settings, text);
	case SETTINGS_NO_PROXY:
		return set_no_proxy(settings, text);
	case SETTINGS_MAX_RETRIES:
		return set_number(&settings->max_retries, text, 0, 20, "a number from 0 to 20");
	case SETTINGS_BACKOFF_BASE:
		return set_seconds(&settings->backoff_base_ms, text);
	case SETTINGS_MAX_BACKOFF:
		return set_seconds(&settings->max_backoff_ms, text);
	case SETTINGS_TIMEOUT:
		return set_seconds(&settings->timeout_ms, text);
	case SETTINGS_IN_FLIGHT:
		return set_number(&settings->in_flight, text, 1, 64, "a number from 1 to 64");
	case SETTINGS_KEYS:
		break;
	}
	return "a known key";
}
