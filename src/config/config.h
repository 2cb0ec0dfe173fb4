/* Configuration: defaults, then the file, then what the command overrides. */
#ifndef GHWARD_CONFIG_CONFIG_H
#define GHWARD_CONFIG_CONFIG_H

#include "lib/ipc/protocol.h"

/* Largest config.json. */
#define CONFIG_FILE_MAX ((size_t)256 * 1024)

/* Longest path of a vault. */
#define CONFIG_VAULT_PATH_MAX 4095u

struct config {
	struct settings settings;
	struct audit_rules rules;
	char token_source[64];
	char vault_path[CONFIG_VAULT_PATH_MAX + 1];
};

/* Applies the text of a config file; the name is for messages. An empty text changes nothing.
 * Returns 0, or -1 with a failure that names file and line. */
int config_apply_file(struct settings *, struct audit_rules *, const char *text, size_t length,
		      const char *name, struct failure *)
	__attribute__((warn_unused_result, nonnull));

/* Keeps where a setting is from, for those of which a message says so. */
void config_note_source(struct settings *, enum settings_key, const char *source)
	__attribute__((nonnull));

/* Applies an encoded MESSAGE_OVERRIDES; failures name the environment variable. */
int config_apply_overrides(struct config *, const uint8_t *datagram, size_t size, struct failure *)
	__attribute__((warn_unused_result, nonnull));

/* The name of the config file in an encoded MESSAGE_OVERRIDES; "config.json" when unreadable. */
void config_file_name(const uint8_t *datagram, size_t size, char name[256])
	__attribute__((nonnull));

#endif
