/* What the environment says: which API, which token variable, which places. Pure functions over a
 * lookup, so that they can be tried without an environment. An empty variable counts as unset. */
#ifndef GHWARD_CLI_ENVIRONMENT_H
#define GHWARD_CLI_ENVIRONMENT_H

#include "lib/base/log.h"
#include "lib/failure/failure.h"
#include "lib/settings/settings.h"

#include <stdbool.h>
#include <stddef.h>

#define ENVIRONMENT_PATH_MAX 4096u
#define ENVIRONMENT_HOST_MAX 264u

struct environment {
	const char *(*lookup)(void *context, const char *name);
	void *context;
};

/* The environment of this process. */
extern const struct environment environment_own;

/* NULL when unset or empty. */
const char *environment_get(const struct environment *, const char *name) __attribute__((nonnull));

/* --- the API --- */

struct environment_api {
	char url[512];			     /* base URL, without a slash at its end */
	char hostname[ENVIRONMENT_HOST_MAX]; /* as people and gh call it: "github.com", "HOST" or
						"HOST:PORT" */
	bool chosen;	 /* by a variable or by -R; otherwise the agent's configuration decides */
	bool enterprise; /* neither github.com nor *.ghe.com */
};

/* Chooses the API from GITHUB_API_URL, GITHUB_HOSTNAME, GH_HOST and the host part of -R (NULL where
 * there is none). Returns 0, or -1 with a FAILURE_USAGE when they contradict each other or are no
 * addresses. */
int environment_find_api(const struct environment *, const char *repo_host,
			 struct environment_api *, struct failure *)
	__attribute__((warn_unused_result, nonnull(1, 3, 4)));

/* The same for a command that is about one host (NULL for the environment's): GITHUB_API_URL counts
 * where it is an address of that host, and contradicts nothing where it is not. Always chosen. */
int environment_find_host(const struct environment *, const char *host, struct environment_api *,
			  struct failure *) __attribute__((warn_unused_result, nonnull(1, 3, 4)));

/* Makes it the API at this valid base URL, as if it had been chosen. */
void environment_set_url(struct environment_api *, const char *url) __attribute__((nonnull));

/* The host of an API's base URL as people and gh call it; "" for what is none. */
void environment_hostname(const char *url, char hostname[ENVIRONMENT_HOST_MAX])
	__attribute__((nonnull));

/* --- the token --- */

struct environment_token {
	const char *variable; /* name and value of the one to use; NULL when there is none */
	const char *value;
	const char *overruled; /* another variable for the same hosts with another value, or NULL */
	const char *misplaced; /* a token variable for other hosts that is set, or NULL */
};

/* Chooses by host as gh does: GH_TOKEN, GITHUB_TOKEN for github.com and *.ghe.com, otherwise
 * GH_ENTERPRISE_TOKEN, GITHUB_ENTERPRISE_TOKEN. */
void environment_find_token(const struct environment *, const struct environment_api *,
			    struct environment_token *) __attribute__((nonnull));

/* The name of a token variable that is set, or NULL. */
const char *environment_any_token(const struct environment *) __attribute__((nonnull));

/* Overwrites every token variable in an environment block and drops it from the list. `unsetenv`
 * would leave the bytes where /proc/PID/environ shows them. */
void environment_forget_tokens(char **block) __attribute__((nonnull));

/* --- settings --- */

/* The value of a setting and the variable it is from, NULL where none is set; the proxy's has
 * several names, of which the first that is set counts. */
const char *environment_setting(const struct environment *, enum settings_key,
				const char **variable) __attribute__((nonnull));

/* Does what environment_forget_tokens() does, and the same with proxies that hold credentials and
 * with the key of the vault. */
void environment_forget_secrets(char **block) __attribute__((nonnull));

/* The same with one variable. */
void environment_forget(char **block, const char *name) __attribute__((nonnull));

/* --- places --- */

/* $STATE_DIRECTORY, $XDG_STATE_HOME/ghward, ~/.local/state/ghward or /var/lib/ghward. Returns 0, or
 * -1 if it is too long. */
int environment_state_directory(const struct environment *, char path[ENVIRONMENT_PATH_MAX])
	__attribute__((warn_unused_result, nonnull));

/* Where agent.sock may be, best first: $RUNTIME_DIRECTORY, $XDG_RUNTIME_DIR/ghward, /run/ghward.
 * $GHWARD_SOCKET_DIRECTORY stands instead of all of them. Returns 1 and the path number `index`, 0
 * behind the last one, or -1 if it is too long. */
int environment_socket_directory(const struct environment *, unsigned index,
				 char path[ENVIRONMENT_PATH_MAX])
	__attribute__((warn_unused_result, nonnull));

#define ENVIRONMENT_SHARED_SOCKET "/run/ghward"

/* Where an agent for every user puts its socket: in none of these that is one user's alone. Returns
 * 1, or -1 if it is too long. */
int environment_shared_socket_directory(const struct environment *, char path[ENVIRONMENT_PATH_MAX])
	__attribute__((warn_unused_result, nonnull));

/* Where config.json may be, best first: $XDG_CONFIG_HOME/ghward or ~/.config/ghward, /etc/ghward.
 * $GHWARD_CONFIG stands instead of all of them. Returns as above. */
int environment_config_file(const struct environment *, unsigned index,
			    char path[ENVIRONMENT_PATH_MAX])
	__attribute__((warn_unused_result, nonnull));

/* --- logging --- */

/* The agent's arguments for LOG_LEVEL and LOG_FORMAT, which are the settings' words in any case.
 * Returns 0, or -1 with a FAILURE_USAGE. */
int environment_log_style(const struct environment *, const char **level, const char **format,
			  struct failure *) __attribute__((warn_unused_result, nonnull));

#endif
