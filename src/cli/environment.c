/* What the environment says. */
#include "cli/environment.h"

#include "lib/validate/validate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *lookup_own(void *context, const char *name)
{
	(void)context;
	return getenv(name);
}

const struct environment environment_own = {.lookup = lookup_own};

const char *environment_get(const struct environment *environment, const char *name)
{
	const char *value = environment->lookup(environment->context, name);

	return value && *value ? value : NULL;
}

/* --- the API --- */

static bool has_suffix(const char *host, const char *suffix)
{
	size_t length = strlen(host), wanted = strlen(suffix);

	return length > wanted && strcasecmp(host + length - wanted, suffix) == 0;
}

static bool is_github(const char *host)
{
	return strcasecmp(host, "github.com") == 0 || has_suffix(host, ".github.com");
}

static bool is_tenant(const char *host)
{
	return has_suffix(host, ".ghe.com");
}

/* HOST or HOST:PORT with nothing in it that could change the meaning of a URL. */
static bool is_host(const char *text)
{
	size_t length = strcspn(text, ":");
	const char *port = text + length;
	uint32_t number;

	return validate_host(text, length) &&
	       (!*port ||
		validate_parse_u32(port + 1, strlen(port + 1), 1, UINT16_MAX, &number) == 0);
}

/* The base URL of the API of a host as people name it. */
static int url_of_host(const char *host, char *url, size_t size)
{
	int length;

	if (!is_host(host))
		return -1;
	if (is_github(host))
		length = snprintf(url, size, "https://api.github.com");
	else if (is_tenant(host) && strncasecmp(host, "api.", 4) != 0)
		length = snprintf(url, size, "https://api.%s", host);
	else if (is_tenant(host))
		length = snprintf(url, size, "https://%s", host);
	else
		length = snprintf(url, size, "https://%s/api/v3", host);
	return length > 0 && (size_t)length < size ? 0 : -1;
}

static int parse_origin(const char *url, struct validate_origin *origin)
{
	const char *why;

	return validate_api_url(url, strlen(url), origin, &why);
}

/* True when both are on one host; a port counts where `host` names one. */
static bool is_host_of(const char *host, const struct validate_origin *origin)
{
	struct validate_origin other;
	char url[512];

	if (url_of_host(host, url, sizeof(url)) < 0 || parse_origin(url, &other) < 0)
		return false;
	return strcasecmp(other.host, origin->host) == 0 &&
	       (!strchr(host, ':') || other.port == origin->port);
}

static int usage(struct failure *failure, const char *name, const char *value, const char *expected)
{
	failure_set(failure, FAILURE_USAGE, "", "%s is \"%s\": expected %s", name, value, expected);
	return -1;
}

static int set_url(struct environment_api *api, const char *text, struct failure *failure)
{
	struct validate_origin origin;
	const char *why = "an https URL such as https://api.github.com";
	size_t length = strlen(text);

	while (length > 0 && text[length - 1] == '/')
		length--;
	if (length >= sizeof(api->url) || validate_api_url(text, length, &origin, &why) < 0)
		return usage(failure, "GITHUB_API_URL", text, why);
	memcpy(api->url, text, length);
	api->url[length] = 0;
	return 0;
}

static int set_url_of_host(struct environment_api *api, const char *name, const char *host,
			   struct failure *failure)
{
	struct validate_origin origin;

	if (url_of_host(host, api->url, sizeof(api->url)) < 0 ||
	    parse_origin(api->url, &origin) < 0)
		return usage(failure, name, host, "a host name such as ghe.example.com");
	return 0;
}

static void put_hostname(const struct validate_origin *origin, char hostname[ENVIRONMENT_HOST_MAX])
{
	const char *host = origin->host;

	if (is_github(host))
		host = "github.com";
	else if (is_tenant(host) && strncasecmp(host, "api.", 4) == 0)
		host += 4;
	if (origin->port == 443)
		snprintf(hostname, ENVIRONMENT_HOST_MAX, "%s", host);
	else
		snprintf(hostname, ENVIRONMENT_HOST_MAX, "%s:%u", host, (unsigned)origin->port);
}

void environment_hostname(const char *url, char hostname[ENVIRONMENT_HOST_MAX])
{
	struct validate_origin origin;

	*hostname = 0;
	if (parse_origin(url, &origin) == 0)
		put_hostname(&origin, hostname);
}

static void set_hostname(struct environment_api *api, const struct validate_origin *origin)
{
	api->enterprise = !is_github(origin->host) && !is_tenant(origin->host);
	put_hostname(origin, api->hostname);
}

void environment_set_url(struct environment_api *api, const char *url)
{
	struct validate_origin origin;

	if (parse_origin(url, &origin) < 0)
		return;
	snprintf(api->url, sizeof(api->url), "%s", url);
	api->chosen = true;
	set_hostname(api, &origin);
}

static int contradiction(struct failure *failure, const char *name, const char *host,
			 const char *url)
{
	failure_set(failure, FAILURE_USAGE, "Unset one of them, or make them agree.",
		    "%s is \"%s\", but the API's address is %s", name, host, url);
	return -1;
}

int environment_find_api(const struct environment *environment, const char *repo_host,
			 struct environment_api *api, struct failure *failure)
{
	const char *url = environment_get(environment, "GITHUB_API_URL");
	const char *hostname = environment_get(environment, "GITHUB_HOSTNAME");
	const char *gh_host = environment_get(environment, "GH_HOST");
	struct validate_origin origin;
	int status = 0;

	memset(api, 0, sizeof(*api));
	api->chosen = true;
	if (url) {
		status = set_url(api, url, failure);
	} else if (hostname) {
		status = set_url_of_host(api, "GITHUB_HOSTNAME", hostname, failure);
	} else if (gh_host) {
		status = set_url_of_host(api, "GH_HOST", gh_host, failure);
	} else if (repo_host) {
		status = set_url_of_host(api, "the repository's host", repo_host, failure);
	} else {
		api->chosen = false;
		snprintf(api->url, sizeof(api->url), "https://api.github.com");
	}
	if (status < 0)
		return -1;
	if (parse_origin(api->url, &origin) < 0)
		return usage(failure, "the API's address", api->url, "an https URL");
	if (hostname && !is_host_of(hostname, &origin))
		return contradiction(failure, "GITHUB_HOSTNAME", hostname, api->url);
	if (repo_host && !is_host_of(repo_host, &origin))
		return contradiction(failure, "the repository's host", repo_host, api->url);
	set_hostname(api, &origin);
	return 0;
}

int environment_find_host(const struct environment *environment, const char *host,
			  struct environment_api *api, struct failure *failure)
{
	const char *url = environment_get(environment, "GITHUB_API_URL");
	struct environment_api named = {.url = ""};
	struct validate_origin origin;

	if (!host) {
		if (environment_find_api(environment, NULL, api, failure) < 0)
			return -1;
		api->chosen = true;
		return 0;
	}
	memset(api, 0, sizeof(*api));
	api->chosen = true;
	if (set_url_of_host(api, "--host", host, failure) < 0)
		return -1;
	/* The address may say more than the host: a path of its own. */
	if (url && set_url(&named, url, failure) < 0)
		return -1;
	if (url && parse_origin(named.url, &origin) == 0 && is_host_of(host, &origin))
		memcpy(api->url, named.url, sizeof(api->url));
	if (parse_origin(api->url, &origin) < 0)
		return usage(failure, "--host", host, "a host name such as ghe.example.com");
	set_hostname(api, &origin);
	return 0;
}

/* --- the token --- */

static const char *const token_variables[2][2] = {
	{"GH_TOKEN", "GITHUB_TOKEN"},
	{"GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN"},
};

void environment_find_token(const struct environment *environment,
			    const struct environment_api *api, struct environment_token *token)
{
	const char *const *mine = token_variables[api->enterprise];
	const char *const *others = token_variables[!api->enterprise];
	const char *first = environment_get(environment, mine[0]);
	const char *second = environment_get(environment, mine[1]);

	memset(token, 0, sizeof(*token));
	token->value = first ? first : second;
	token->variable = first ? mine[0] : second ? mine[1] : NULL;
	if (first && second && strcmp(first, second) != 0)
		token->overruled = mine[1];
	for (unsigned i = 0; i < 2 && !token->misplaced; i++) {
		if (environment_get(environment, others[i]))
			token->misplaced = others[i];
	}
}

const char *environment_any_token(const struct environment *environment)
{
	for (unsigned i = 0; i < 4; i++) {
		const char *name = token_variables[i / 2][i % 2];
		if (environment_get(environment, name))
			return name;
	}
	return NULL;
}

static bool is_entry_of(const char *entry, const char *name)
{
	size_t length = strlen(name);

	return strncmp(entry, name, length) == 0 && entry[length] == '=';
}

static bool is_token(const char *entry, const char *unused)
{
	(void)unused;
	for (unsigned i = 0; i < 4; i++) {
		if (is_entry_of(entry, token_variables[i / 2][i % 2]))
			return true;
	}
	return false;
}

static void forget(char **block, bool (*is_secret)(const char *entry, const char *name),
		   const char *name)
{
	char **kept = block;

	for (char **at = block; *at; at++) {
		if (is_secret(*at, name))
			explicit_bzero(*at, strlen(*at));
		else
			*kept++ = *at;
	}
	*kept = NULL;
}

void environment_forget(char **block, const char *name)
{
	forget(block, is_entry_of, name);
}

void environment_forget_tokens(char **block)
{
	forget(block, is_token, NULL);
}

/* --- settings --- */

static const char *const proxy_variables[] = {"HTTPS_PROXY", "https_proxy", "ALL_PROXY",
					      "all_proxy", NULL};
static const char *const no_proxy_variables[] = {"NO_PROXY", "no_proxy", NULL};

const char *environment_setting(const struct environment *environment, enum settings_key key,
				const char **variable)
{
	const char *const one[] = {settings_variable(key), NULL};
	const char *const *names = key == SETTINGS_PROXY      ? proxy_variables
				   : key == SETTINGS_NO_PROXY ? no_proxy_variables
							      : one;

	for (; *names; names++) {
		const char *value = environment_get(environment, *names);
		*variable = *names;
		if (value)
			return value;
	}
	*variable = NULL;
	return NULL;
}

static bool is_proxy_secret(const char *entry, const char *unused)
{
	const char *value = strchr(entry, '=');

	(void)unused;
	return value && strchr(value, '@') && value - entry >= 6 &&
	       strncasecmp(value - 6, "_proxy", 6) == 0;
}

void environment_forget_secrets(char **block)
{
	environment_forget_tokens(block);
	environment_forget(block, "TOKEN_ENCRYPTION_KEY");
	environment_forget(block, settings_variable(SETTINGS_AUDIT_WEBHOOK));
	forget(block, is_proxy_secret, NULL);
}

/* --- places --- */

static int join(char path[ENVIRONMENT_PATH_MAX], const char *first, size_t first_length,
		const char *rest)
{
	int length = snprintf(path, ENVIRONMENT_PATH_MAX, "%.*s%s", (int)first_length, first, rest);

	return length > 0 && (size_t)length < ENVIRONMENT_PATH_MAX ? 1 : -1;
}

/* A directory variable counts only when absolute (XDG base directory specification); systemd's may
 * be a list. Returns its first entry's length, 0 for none. */
static size_t directory(const struct environment *environment, const char *name, const char **value)
{
	*value = environment_get(environment, name);
	return *value && **value == '/' ? strcspn(*value, ":") : 0;
}

int environment_state_directory(const struct environment *environment,
				char path[ENVIRONMENT_PATH_MAX])
{
	const char *value;
	size_t length = directory(environment, "STATE_DIRECTORY", &value);
	int status;

	if (length > 0)
		status = join(path, value, length, "");
	else if ((length = directory(environment, "XDG_STATE_HOME", &value)) > 0)
		status = join(path, value, length, "/ghward");
	else if ((length = directory(environment, "HOME", &value)) > 0)
		status = join(path, value, length, "/.local/state/ghward");
	else
		status = join(path, "/var/lib/ghward", strlen("/var/lib/ghward"), "");
	return status < 0 ? -1 : 0;
}

int environment_socket_directory(const struct environment *environment, unsigned index,
				 char path[ENVIRONMENT_PATH_MAX])
{
	const char *value;
	size_t length = directory(environment, "GHWARD_SOCKET_DIRECTORY", &value);

	if (length > 0)
		return index == 0 ? join(path, value, strlen(value), "") : 0;
	length = directory(environment, "RUNTIME_DIRECTORY", &value);
	if (length > 0 && index-- == 0)
		return join(path, value, length, "");
	length = directory(environment, "XDG_RUNTIME_DIR", &value);
	if (length > 0 && index-- == 0)
		return join(path, value, length, "/ghward");
	if (index == 0)
		return join(path, ENVIRONMENT_SHARED_SOCKET, strlen(ENVIRONMENT_SHARED_SOCKET), "");
	return 0;
}

int environment_shared_socket_directory(const struct environment *environment,
					char path[ENVIRONMENT_PATH_MAX])
{
	const char *value;

	if (directory(environment, "GHWARD_SOCKET_DIRECTORY", &value) > 0)
		return join(path, value, strlen(value), "");
	size_t length = directory(environment, "RUNTIME_DIRECTORY", &value);
	if (length > 0)
		return join(path, value, length, "");
	return join(path, ENVIRONMENT_SHARED_SOCKET, strlen(ENVIRONMENT_SHARED_SOCKET), "");
}

int environment_config_file(const struct environment *environment, unsigned index,
			    char path[ENVIRONMENT_PATH_MAX])
{
	const char *value = environment_get(environment, "GHWARD_CONFIG");

	if (value)
		return index == 0 ? join(path, value, strlen(value), "") : 0;
	size_t length = directory(environment, "XDG_CONFIG_HOME", &value);
	const char *rest = "/ghward/config.json";
	if (length == 0) {
		length = directory(environment, "HOME", &value);
		rest = "/.config/ghward/config.json";
	}
	if (length > 0 && index-- == 0)
		return join(path, value, length, rest);
	if (index == 0)
		return join(path, "/etc", strlen("/etc"), "/ghward/config.json");
	return 0;
}

/* --- logging --- */

/* Returns the agent's word for the user's one, NULL when there is none. */
static const char *translate(const char *value, const char *const (*words)[2])
{
	for (; (*words)[0]; words++) {
		if (strcasecmp(value, (*words)[0]) == 0)
			return (*words)[1];
	}
	return NULL;
}

int environment_log_style(const struct environment *environment, const char **level,
			  const char **format, struct failure *failure)
{
	static const char *const levels[][2] = {
		{"debug", "debug"},  {"info", "info"},	 {"warning", "warning"},
		{"warn", "warning"}, {"error", "error"}, {"critical", "error"},
		{NULL, NULL}};
	static const char *const formats[][2] = {{"text", "text"}, {"json", "json"}, {NULL, NULL}};
	const char *wanted_level = environment_get(environment, "LOG_LEVEL");
	const char *wanted_format = environment_get(environment, "LOG_FORMAT");

	*level = translate(wanted_level ? wanted_level : "warning", levels);
	*format = translate(wanted_format ? wanted_format : "text", formats);
	if (!*level)
		return usage(failure, "LOG_LEVEL", wanted_level, "error, warning, info or debug");
	if (!*format)
		return usage(failure, "LOG_FORMAT", wanted_format, "text or json");
	return 0;
}
