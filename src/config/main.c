/* ghward-config: reads configuration, answers settings, exits. */
#include "config/config.h"

#include "lib/base/io.h"
#include "lib/base/log.h"
#include "lib/ipc/channel.h"
#include "lib/rules/rules.h"
#include "lib/sandbox/roles.h"

#include <errno.h>
#include <stdlib.h>

static size_t read_all(int fd, void *buffer, size_t size)
{
	ssize_t got = io_read_full(fd, buffer, size);

	if (got < 0)
		fatal("cannot read the configuration: %m");
	return (size_t)got;
}

static void send_or_die(struct ipc_message *message)
{
	if (ipc_send_blocking(FD_CHANNEL, message) == 0)
		return;
	/* The doctor's patients are sent home before they have said anything. */
	if (errno == EPIPE)
		exit(EXIT_SUCCESS);
	fatal("cannot answer the broker: %m");
}

static int configure(struct config *config, struct failure *failure)
{
	static uint8_t overrides[IPC_MESSAGE_MAX];
	static char text[CONFIG_FILE_MAX + 1];
	char name[256];

	settings_defaults(&config->settings);
	rules_defaults(&config->rules);
	size_t size = read_all(FD_CONFIG_OVERRIDES, overrides, sizeof(overrides));
	size_t length = read_all(FD_CONFIG_FILE, text, sizeof(text));
	config_file_name(overrides, size, name);
	if (length > CONFIG_FILE_MAX) {
		failure_set(failure, FAILURE_USAGE, "", "%s is larger than 256 KiB", name);
		return -1;
	}
	if (config_apply_file(&config->settings, &config->rules, text, length, name, failure) < 0)
		return -1;
	return config_apply_overrides(config, overrides, size, failure);
}

int main(void)
{
	struct sandbox_report report;
	struct config config = {0};
	struct failure failure;

	if (sandbox_enter_role("config", &(struct sandbox_variables){0}, &report) < 0)
		fatal("cannot confine ghward-config at %s: %m", sandbox_failed_step());
	struct ipc_message *hello = ipc_new(MESSAGE_HELLO, 0);
	protocol_put_report(hello, &report);
	send_or_die(hello);

	struct ipc_message *answer;
	if (configure(&config, &failure) < 0) {
		answer = ipc_new(MESSAGE_CONFIG_FAILED, 0);
		protocol_put_failure(answer, &failure);
	} else {
		answer = ipc_new(MESSAGE_SETTINGS, 0);
		protocol_put_settings(answer, &config.settings);
		protocol_put_rules(answer, &config.rules);
		ipc_put_string(answer, config.token_source);
		ipc_put_string(answer, config.vault_path);
	}
	send_or_die(answer);
	return EXIT_SUCCESS;
}
