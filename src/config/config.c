/* Configuration. */
#include "config/config.h"

#include "lib/validate/validate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void config_note_source(struct settings *settings, enum settings_key key, const char *source)
{
	if (key == SETTINGS_PROXY)
		snprintf(settings->proxy_source, sizeof(settings->proxy_source), "%s", source);
}

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
			config_note_source(&config->settings, key, variable);
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
