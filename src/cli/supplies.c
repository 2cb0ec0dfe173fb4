/* What an agent is given at its start. */
#include "cli/supplies.h"

#include "cli/places.h"
#include "cli/token.h"
#include "lib/base/io.h"
#include "lib/base/memory.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of a configuration that is looked at without reading it: its largest size. */
#define CONFIG_LOOK_MAX ((size_t)256 * 1024)

/* While the descriptors are opened. */
struct supplies {
	const struct launch *launch;
	struct failure *failure;
	int *fds;
	char config_name[ENVIRONMENT_PATH_MAX]; /* "" for none */
	struct places_vault vault;
	bool learnt; /* settings are those of the configuration */
	struct settings settings;
	struct environment_api api;
};

/* --- messages in pipes --- */

/* Returns the read end of a pipe that holds the whole message. */
static int message_pipe(struct ipc_message *message, struct failure *failure)
{
	int ends[2] = {-1, -1};

	/* Nobody reads yet, so a message that does not fit must fail instead of waiting. */
	if (ipc_seal(message) < 0 || pipe2(ends, O_CLOEXEC) < 0 ||
	    io_set_nonblocking(ends[1]) < 0 ||
	    write(ends[1], message->bytes, message->used) != (ssize_t)message->used) {
		failure_set(failure, FAILURE_USAGE,
			    "Look for an over-long GITHUB_* or GHWARD_* variable.",
			    "cannot hand over the settings from the environment");
		io_close(&ends[0]);
	}
	io_close(&ends[1]);
	ipc_free(message);
	return ends[0];
}

static struct ipc_message *make_overrides(const struct supplies *supplies, const char *token_source)
{
	struct ipc_message *message = ipc_new(MESSAGE_OVERRIDES, 0);
	const char *values[SETTINGS_KEYS], *variables[SETTINGS_KEYS];
	uint8_t count = 0;

	for (unsigned i = 0; i < SETTINGS_KEYS; i++) {
		values[i] = environment_setting(supplies->launch->environment, (enum settings_key)i,
						&variables[i]);
	}
	/* The host may have been named in another way than by the variable. */
	values[SETTINGS_API_URL] = supplies->api.chosen ? supplies->api.url : NULL;
	variables[SETTINGS_API_URL] = settings_variable(SETTINGS_API_URL);
	/* Opened here, where relative paths have a meaning. */
	values[SETTINGS_KEY_FILE] = values[SETTINGS_AUDIT_DIR] = NULL;
	for (unsigned i = 0; i < SETTINGS_KEYS; i++)
		count = (uint8_t)(count + (values[i] != NULL));
	ipc_put_string(message, token_source);
	ipc_put_string(message, supplies->config_name);
	ipc_put_string(message, supplies->vault.path);
	ipc_put_u8(message, count);
	for (unsigned i = 0; i < SETTINGS_KEYS; i++) {
		if (!values[i])
			continue;
		ipc_put_u8(message, (uint8_t)i);
		ipc_put_string(message, variables[i]);
		ipc_put_string(message, values[i]);
	}
	return message;
}

/* --- what the configuration says --- */

static int learn_settings(struct supplies *supplies)
{
	if (supplies->learnt)
		return 0;
	/* Opened anew: what one reader has read the other would miss. */
	int config = places_open_config(supplies->launch->environment, supplies->config_name,
					supplies->failure);
	int overrides =
		config < 0 ? -1 : message_pipe(make_overrides(supplies, ""), supplies->failure);

	if (overrides < 0) {
		io_close(&config);
		return -1;
	}
	if (launch_settings(supplies->launch, overrides, config, &supplies->settings,
			    supplies->failure) < 0)
		return -1;
	supplies->learnt = true;
	return 0;
}

/* Whether gh is to be asked for the token of a host that only the configuration names. */
static bool asks_gh_elsewhere(const struct supplies *supplies)
{
	const struct environment *environment = supplies->launch->environment;
	struct environment_token token;
	char gh[ENVIRONMENT_PATH_MAX];

	environment_find_token(environment, &supplies->api, &token);
	return supplies->launch->token == LAUNCH_WITH_TOKEN && !supplies->api.chosen &&
	       !token.variable && places_find_program(environment, "gh", gh) == 0;
}

static int learn_if_needed(struct supplies *supplies, enum supplies_gh gh)
{
	const struct launch *launch = supplies->launch;
	bool keys = launch->keys.purpose != KEYS_NONE && launch->keys.purpose != KEYS_INIT &&
		    !keys_in_environment(launch->environment);

	if (!supplies->vault.exists || !*supplies->config_name ||
	    !(keys || (gh == SUPPLIES_GH_LATER && asks_gh_elsewhere(supplies))))
		return 0;
	if (learn_settings(supplies) < 0)
		return -1;
	if (gh == SUPPLIES_GH_LATER && !supplies->api.chosen)
		environment_set_url(&supplies->api, supplies->settings.api_url);
	return 0;
}

/* Whether the file can say where the audit log is: asking a process of its own what it says takes
 * longer than all the rest. A word can be spelt with backslashes. */
static bool mentions_audit(const struct supplies *supplies)
{
	static char text[CONFIG_LOOK_MAX];
	char name[ENVIRONMENT_PATH_MAX];
	struct failure ignored;
	IO_AUTOCLOSE int fd = places_open_config(supplies->launch->environment, name, &ignored);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		return false;
	ssize_t got = io_read_full(fd, text, sizeof(text));
	bool mentions = got > 0 && (memmem(text, (size_t)got, "\"audit\"", 7) ||
				    memchr(text, '\\', (size_t)got) || got == sizeof(text));
	explicit_bzero(text, sizeof(text)); /* a proxy's password may stand there */
	return mentions;
}

/* The audit directory that is named somewhere, in *directory, or NULL. */
static int find_audit(struct supplies *supplies, const char **directory)
{
	const char *variable;

	*directory =
		environment_setting(supplies->launch->environment, SETTINGS_AUDIT_DIR, &variable);
	if (*directory || !mentions_audit(supplies))
		return 0;
	if (learn_settings(supplies) < 0)
		return -1;
	*directory = *supplies->settings.audit_dir ? supplies->settings.audit_dir : NULL;
	return 0;
}

/* --- the descriptors --- */

/* Without a place for an index a search takes longer, and nothing else needs one. */
static int open_review(struct supplies *supplies)
{
	const struct launch *launch = supplies->launch;
	int *fds = supplies->fds;
	struct failure ignored;

	fds[FD_AGENT_EVIDENCE] = launch->evidence
					 ? places_open_evidence(launch->environment,
								launch->evidence, supplies->failure)
					 : fcntl(fds[FD_AGENT_AUDIT], F_DUPFD_CLOEXEC, 0);
	if (fds[FD_AGENT_EVIDENCE] < 0)
		return -1;
	fds[FD_AGENT_STORE] = places_open_store(launch->environment, &ignored);
	if (fds[FD_AGENT_STORE] < 0)
		fds[FD_AGENT_STORE] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return 0;
}

static int open_destination(struct supplies *supplies)
{
	struct destination *destination = supplies->launch->destination;
	int *fd = &supplies->fds[FD_AGENT_DESTINATION];

	*fd = destination ? destination_open(destination, supplies->failure)
			  : open("/dev/null", O_RDONLY | O_CLOEXEC);
	return *fd < 0 ? -1 : 0;
}

static int open_places(struct supplies *supplies)
{
	const char *audit;
	const struct environment *environment = supplies->launch->environment;
	int *fds = supplies->fds;

	fds[FD_AGENT_CONFIG] =
		places_open_config(environment, supplies->config_name, supplies->failure);
	if (fds[FD_AGENT_CONFIG] < 0)
		return -1;
	fds[FD_AGENT_ROOTS] = places_open_roots(environment, supplies->failure);
	if (fds[FD_AGENT_ROOTS] < 0)
		return -1;
	if (find_audit(supplies, &audit) < 0)
		return -1;
	fds[FD_AGENT_AUDIT] = places_open_audit(environment, audit, supplies->failure);
	if (fds[FD_AGENT_AUDIT] < 0)
		return -1;
	if (open_review(supplies) < 0 || open_destination(supplies) < 0)
		return -1;
	fds[FD_AGENT_VAULT] = places_open_vault(environment, supplies->launch->vault,
						&supplies->vault, supplies->failure);
	return fds[FD_AGENT_VAULT] < 0 ? -1 : 0;
}

static int fill_keys(struct supplies *supplies)
{
	struct keys_scene scene = {.vault = supplies->vault.path,
				   .vault_exists = supplies->vault.exists,
				   .configured = supplies->settings.key_file};
	struct ipc_message *keys = keys_gather(supplies->launch->environment,
					       &supplies->launch->keys, &scene, supplies->failure);

	if (!keys)
		return -1;
	supplies->fds[FD_AGENT_KEYS] = message_pipe(keys, supplies->failure);
	return supplies->fds[FD_AGENT_KEYS] < 0 ? -1 : 0;
}

static int fill_token(struct supplies *supplies, enum supplies_gh gh, const char **source)
{
	const struct launch *launch = supplies->launch;

	if (launch->token == LAUNCH_WITHOUT_TOKEN)
		return token_empty_pipe(source, supplies->failure);
	if (gh == SUPPLIES_GH_LATER && supplies->vault.exists)
		return token_on_demand(launch->environment, &supplies->api, launch->errors, source,
				       supplies->failure);
	return token_pipe(launch->environment, &supplies->api, launch->errors, source,
			  supplies->failure);
}

static int fill(struct supplies *supplies, enum supplies_gh gh)
{
	const char *source = "";
	int *fds = supplies->fds;

	if (open_places(supplies) < 0 || learn_if_needed(supplies, gh) < 0 ||
	    fill_keys(supplies) < 0)
		return -1;
	/* The token is last, as gh takes its time and need not be asked in vain. */
	fds[FD_AGENT_TOKEN] = fill_token(supplies, gh, &source);
	if (fds[FD_AGENT_TOKEN] < 0)
		return -1;
	fds[FD_AGENT_OVERRIDES] = message_pipe(make_overrides(supplies, source), supplies->failure);
	return fds[FD_AGENT_OVERRIDES] < 0 ? -1 : 0;
}

static struct supplies *begin(const struct launch *launch, int *fds, struct failure *failure)
{
	struct supplies *supplies = memory_new(sizeof(*supplies));

	supplies->launch = launch;
	supplies->failure = failure;
	supplies->fds = fds;
	supplies->api = *launch->api;
	settings_defaults(&supplies->settings);
	return supplies;
}

/* A proxy's password may be among the settings, and the secret of a webhook. */
static void end(struct supplies *supplies)
{
	explicit_bzero(supplies, sizeof(*supplies));
	free(supplies);
}

int supplies_fill(int fds[AGENT_DESCRIPTORS], const struct launch *launch, enum supplies_gh gh,
		  struct failure *failure)
{
	struct supplies *supplies = begin(launch, fds, failure);
	int status = fill(supplies, gh);

	environment_forget_secrets(environ);
	end(supplies);
	return status;
}

int supplies_settings(const struct launch *launch, struct settings *settings,
		      struct failure *failure)
{
	struct supplies *supplies = begin(launch, NULL, failure);
	int status = learn_settings(supplies);

	*settings = supplies->settings;
	explicit_bzero(settings->proxy, sizeof(settings->proxy));
	explicit_bzero(settings->audit.webhook, sizeof(settings->audit.webhook));
	end(supplies);
	return status;
}

int supplies_audit_path(const struct launch *launch, char path[ENVIRONMENT_PATH_MAX],
			struct failure *failure)
{
	struct supplies *supplies = begin(launch, NULL, failure);
	const char *directory;
	int status = find_audit(supplies, &directory);

	int length = -1;
	if (status == 0 && directory)
		length = snprintf(path, ENVIRONMENT_PATH_MAX, "%s", directory);
	else if (status == 0)
		length = places_audit_path(launch->environment, path);
	if (status == 0 && (length < 0 || (size_t)length >= ENVIRONMENT_PATH_MAX)) {
		failure_set(failure, FAILURE_USAGE, "Use a shorter one.",
			    "the path of the audit directory is too long");
		status = -1;
	}
	end(supplies);
	return status;
}
