/* The settings of an agent, and where each of them may come from. */
#ifndef GHWARD_SETTINGS_SETTINGS_H
#define GHWARD_SETTINGS_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum settings_key {
#define SETTING(identifier, ...) SETTINGS_##identifier,
#include "lib/settings/settings.def"
#undef SETTING
	SETTINGS_KEYS
};

struct settings {
	char api_url[512];
	char api_version[16];
	uint32_t max_retries;
	uint32_t backoff_base_ms, max_backoff_ms, timeout_ms;
	uint32_t in_flight; /* requests of one job at a time */
};

/* The config file's key and the environment variable of each setting; NULL where it has none. */
const char *settings_key_name(enum settings_key) __attribute__((returns_nonnull));
const char *settings_variable(enum settings_key);

void settings_defaults(struct settings *) __attribute__((nonnull));

/* Sets one value from its text form. Returns NULL, or what was expected instead. */
const char *settings_set(struct settings *, enum settings_key, const char *text)
	__attribute__((warn_unused_result, nonnull));

#endif
