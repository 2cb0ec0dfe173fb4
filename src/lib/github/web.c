/* Addresses of sites. */
#include "lib/github/web.h"

#include "lib/validate/validate.h"

#include <stdio.h>
#include <string.h>

#define HTTPS_PORT 443u

/* GitHub's own API has a host of its own, below "api.". */
static const char *site_of(const struct validate_origin *api)
{
	static const char prefix[] = "api.";
	const char *rest = api->host + sizeof(prefix) - 1;
	bool is_own = strncmp(api->host, prefix, sizeof(prefix) - 1) == 0 &&
		      validate_is_github(rest) && api->port == HTTPS_PORT && !*api->path;

	return is_own ? rest : api->host;
}

int github_web_url(const char *api_url, char *web, size_t size)
{
	struct validate_origin api;
	const char *ignored;
	char port[8] = "";

	if (validate_api_url(api_url, strlen(api_url), &api, &ignored) < 0)
		return -1;
	bool brackets = strchr(api.host, ':') != NULL;
	/* The API of an Enterprise Server is a part of its site. */
	const char *path = strcmp(api.path, "/api/v3") == 0 ? "" : api.path;
	if (api.port != HTTPS_PORT)
		snprintf(port, sizeof(port), ":%u", api.port);
	int length = snprintf(web, size, "https://%s%s%s%s%s", brackets ? "[" : "", site_of(&api),
			      brackets ? "]" : "", port, path);
	return length > 0 && (size_t)length < size ? 0 : -1;
}
