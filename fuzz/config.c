/* Configuration files and overrides. Text that begins with "!" becomes a well-formed message: the
 * lines are the source of the token, the names of the file and of the vault, and KEY=VALUE for each
 * setting. */
#include "fuzz.h"

#include "config/config.h"

#include "lib/rules/rules.h"

/* Whatever was read, the limits hold. */
static void check(const struct settings *settings)
{
	require(settings->in_flight >= 1 && settings->in_flight <= 64);
	require(settings->max_retries <= 20 && settings->timeout_ms <= 3600000);
	require(settings->backoff_base_ms <= 3600000 && settings->max_backoff_ms <= 3600000);
	require(strncmp(settings->api_url, "https://", 8) == 0);
	require(!*settings->client_id || validate_param(VALIDATE_CLIENT_ID, settings->client_id,
							strlen(settings->client_id)));
	require(!*settings->key_file || *settings->key_file == '/');
	require(!*settings->audit_dir || *settings->audit_dir == '/');
	require(settings->audit.segment_size >= 65536 && settings->audit.segment_age_s >= 60);
	require(!*settings->audit.webhook || strncmp(settings->audit.webhook, "https://", 8) == 0);
}

static void check_rules(struct audit_rules *rules)
{
	require(rules->count <= RULES_MAX);
	for (unsigned i = 0; i < rules->count; i++) {
		const struct audit_rule *rule = &rules->list[i];
		require(rules_is_name(rule->name) && rules_is_name(rule->type));
		require(rules_is_pattern(rule->event) && rules_is_pattern(rule->outcome));
		require(rule->threshold >= 1 && rule->threshold <= RULE_THRESHOLD_MAX);
		require(rule->window_s >= 1 && rule->window_s <= RULE_WINDOW_MAX);
		require(rules_find(rules, rule->name) == rule && !rules_check(rule));
	}
}

/* `file` is the address that config.json named. */
static void apply_to(const char *file, const uint8_t *datagram, size_t size)
{
	struct config config = {.token_source = ""};
	struct failure failure = {.kind = FAILURE_NONE};
	char name[256];

	settings_defaults(&config.settings);
	require(!settings_set(&config.settings, SETTINGS_API_URL, file));
	config_file_name(datagram, size, name);
	require(*name && memchr(name, 0, sizeof(name)));
	if (config_apply_overrides(&config, datagram, size, &failure) < 0)
		require(failure.kind != FAILURE_NONE && *failure.message);
	check(&config.settings);
}

static void apply(const uint8_t *datagram, size_t size)
{
	apply_to("https://api.github.com", datagram, size);
	apply_to("https://ghe.example.com/api/v3", datagram, size);
}

/* An honest header, so that the fuzzer need not guess it. */
static void apply_payload(const uint8_t *payload, size_t size)
{
	struct ipc_message *message = ipc_new(MESSAGE_OVERRIDES, 0);

	for (size_t i = 0; i < size; i++)
		ipc_put_u8(message, payload[i]);
	if (ipc_seal(message) == 0)
		apply(message->bytes, message->used);
	ipc_free(message);
}

static void apply_lines(char *text)
{
	struct ipc_message *settings = ipc_new(MESSAGE_OVERRIDES, 0);
	struct ipc_message *message = ipc_new(MESSAGE_OVERRIDES, 0);
	uint8_t count = 0;

	for (unsigned i = 0; i < 3; i++)
		ipc_put_string(message, take_line(&text));
	while (*text && count < UINT8_MAX) {
		char *key = take_line(&text), *value = strchr(key, '=');
		unsigned number = 0;
		if (value)
			*value++ = 0;
		while (number < SETTINGS_KEYS &&
		       strcmp(settings_key_name((enum settings_key)number), key) != 0)
			number++;
		ipc_put_u8(settings, (uint8_t)number);
		ipc_put_string(settings, "VARIABLE");
		ipc_put_string(settings, value);
		count++;
	}
	ipc_put_u8(message, count);
	for (size_t i = IPC_HEADER_SIZE; i < settings->used; i++)
		ipc_put_u8(message, settings->bytes[i]);
	if (ipc_seal(message) == 0)
		apply(message->bytes, message->used);
	ipc_free(settings);
	ipc_free(message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct settings settings;
	struct audit_rules rules;
	struct failure failure = {.kind = FAILURE_NONE};
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = 0;
	settings_defaults(&settings);
	rules_defaults(&rules);
	if (config_apply_file(&settings, &rules, text, size, "config.json", &failure) < 0)
		require(failure.kind == FAILURE_USAGE &&
			strncmp(failure.message, "config.json:", 12) == 0);
	check(&settings);
	check_rules(&rules);
	apply(data, size);
	apply_payload(data, size);
	if (*text == '!')
		apply_lines(text + 1);
	free(text);
	return 0;
}
