/* The settings of an agent, and where each of them may come from. */
#ifndef GHWARD_SETTINGS_SETTINGS_H
#define GHWARD_SETTINGS_SETTINGS_H

#include "lib/validate/proxy.h"
#include "lib/validate/validate.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum settings_key {
#define SETTING(identifier, ...) SETTINGS_##identifier,
#include "lib/settings/settings.def"
#undef SETTING
	SETTINGS_KEYS
};

enum settings_type {
	SETTINGS_TYPE_URL,
	SETTINGS_TYPE_DATE,
	SETTINGS_TYPE_PROXY,
	SETTINGS_TYPE_LIST, /* with commas */
	SETTINGS_TYPE_ID,   /* of an app of GitHub's */
	SETTINGS_TYPE_PATH, /* absolute */
	SETTINGS_TYPE_COUNT,
	SETTINGS_TYPE_SECONDS, /* whole or with a fraction */
	SETTINGS_TYPE_FLAG,    /* true or false */
	SETTINGS_TYPE_WEBHOOK, /* an https URL with a path, perhaps a query */
};

/* What settings.def says about one. */
struct settings_spec {
	const char *name;     /* the key in config.json, with a dot that of an object's member */
	const char *variable; /* of the environment; NULL where it has none */
	enum settings_type type;
	const char *fallback; /* the default in its text form */
	uint32_t min, max;    /* of numbers */
	const char *expected; /* "a number from 0 to 20" */
	const char *summary;
};

struct settings {
	char api_url[512];
	char api_version[16];
	char proxy[VALIDATE_PROXY_MAX + 1]; /* "" for none; may hold a password */
	char proxy_source[128];		    /* the variable or the file that it is from */
	char no_proxy[VALIDATE_NO_PROXY_MAX + 1];
	uint32_t max_retries;
	uint32_t backoff_base_ms, max_backoff_ms, timeout_ms;
	uint32_t idle_timeout_ms;
	uint32_t in_flight; /* requests of one credential at a time */
	/* These three are the command's business. */
	char client_id[VALIDATE_CLIENT_ID_MAX + 1];
	char key_file[1024];
	char audit_dir[1024];
	struct {
		char url[512]; /* "" where it follows from the API's */
		uint32_t timeout_s, cpu_s;
		uint32_t memory_mib, file_size_mib, receive_mib;
		uint32_t processes;
		uint32_t sweep_s;
	} git;
	struct {
		uint32_t segment_size, segment_age_s;
		uint32_t retention_days; /* 0: for ever */
		bool hold;
		char webhook[VALIDATE_WEBHOOK_MAX + 1]; /* "" for none */
	} audit;
};

/* Whether the value may hold a secret, so that no message may repeat it. */
bool settings_is_secret(enum settings_key);

const struct settings_spec *settings_spec(enum settings_key) __attribute__((returns_nonnull));

/* The config file's key and the environment variable of each setting; NULL where it has none. */
const char *settings_key_name(enum settings_key) __attribute__((returns_nonnull));
const char *settings_variable(enum settings_key);

void settings_defaults(struct settings *) __attribute__((nonnull));

/* Sets one value from its text form. Returns NULL, or what was expected instead. */
const char *settings_set(struct settings *, enum settings_key, const char *text)
	__attribute__((warn_unused_result, nonnull));

#endif
