/* Configuration files and overrides: what is accepted is within its bounds, and written anew it is
 * the same; what is refused is named with its line. */
#include "config/config.h"
#include "lib/json/gate.h"
#include "lib/json/write.h"
#include "lib/validate/validate.h"

#include "fuzz.h"

#include <stdio.h>

#define HOUR_MS 3600000u

static void check_settings(const struct settings *settings)
{
	struct validate_origin origin;
	struct validate_proxy proxy;
	const char *why;

	require(settings->in_flight >= 1 && settings->in_flight <= 64);
	require(settings->max_retries <= 20);
	require(settings->backoff_base_ms <= HOUR_MS);
	require(settings->max_backoff_ms <= HOUR_MS);
	require(settings->timeout_ms <= HOUR_MS);
	require(strnlen(settings->api_version, sizeof(settings->api_version)) == 10);
	require(validate_api_url(settings->api_url, strlen(settings->api_url), &origin, &why) == 0);
	require(!*settings->proxy || !validate_proxy(settings->proxy, &proxy));
}

static void require_same(const struct settings *one, const struct settings *other)
{
	require(strcmp(one->api_url, other->api_url) == 0);
	require(strcmp(one->api_version, other->api_version) == 0);
	require(strcmp(one->proxy, other->proxy) == 0);
	require(strcmp(one->no_proxy, other->no_proxy) == 0);
	require(one->max_retries == other->max_retries && one->in_flight == other->in_flight);
	require(one->backoff_base_ms == other->backoff_base_ms);
	require(one->max_backoff_ms == other->max_backoff_ms);
	require(one->timeout_ms == other->timeout_ms);
}

static void apply(struct settings *settings, const char *text, size_t length)
{
	struct failure failure;

	require(config_apply_file(settings, text, length, "again", &failure) == 0);
}

static void put_string(struct json_writer *writer, enum settings_key key, const char *value)
{
	json_key(writer, settings_key_name(key));
	json_string(writer, value);
}

/* What has a fraction has a file of its own: the writer knows none. */
static void check_written_anew(const struct settings *settings)
{
	struct json_writer writer;
	struct settings again;
	size_t length;
	char text[16384];

	settings_defaults(&again);
	json_writer_init(&writer, text, sizeof(text));
	json_object_begin(&writer);
	put_string(&writer, SETTINGS_API_URL, settings->api_url);
	put_string(&writer, SETTINGS_API_VERSION, settings->api_version);
	put_string(&writer, SETTINGS_PROXY, settings->proxy);
	put_string(&writer, SETTINGS_NO_PROXY, settings->no_proxy);
	json_key(&writer, settings_key_name(SETTINGS_MAX_RETRIES));
	json_u64(&writer, settings->max_retries);
	json_key(&writer, settings_key_name(SETTINGS_IN_FLIGHT));
	json_u64(&writer, settings->in_flight);
	json_object_end(&writer);
	require(json_finish(&writer, &length) == 0);
	apply(&again, text, length);
	int size =
		snprintf(text, sizeof(text),
			 "{\"backoff_base\":%u.%03u,\"max_backoff\":%u.%03u,\"timeout\":%u.%03u}",
			 settings->backoff_base_ms / 1000, settings->backoff_base_ms % 1000,
			 settings->max_backoff_ms / 1000, settings->max_backoff_ms % 1000,
			 settings->timeout_ms / 1000, settings->timeout_ms % 1000);
	apply(&again, text, (size_t)size);
	require_same(settings, &again);
}

/* "config.json:3: what": the line is one that the file has. */
static void check_refusal(const struct failure *failure, const char *text, size_t length)
{
	unsigned line;
	int used = 0;

	require(failure->kind == FAILURE_USAGE && *failure->hint);
	require(sscanf(failure->message, "config.json:%u: %n", &line, &used) == 1 && used > 0);
	require(line >= 1 && line <= json_line_of(text, length));
	require(failure->message[used] != 0);
}

static void check_file(const uint8_t *data, size_t size)
{
	struct settings settings;
	struct failure failure;
	char *text = malloc(size ? size : 1);

	require(text != NULL);
	memcpy(text, data, size);
	settings_defaults(&settings);
	if (config_apply_file(&settings, text, size, "config.json", &failure) == 0) {
		check_settings(&settings);
		check_written_anew(&settings);
	} else {
		check_refusal(&failure, text, size);
	}
	free(text);
}

/* The bytes behind an honest header, so that the fuzzer need not guess lengths. */
static void check_overrides(const uint8_t *data, size_t size)
{
	struct config config = {0};
	struct failure failure;
	char name[256];
	uint8_t *datagram = calloc(1, IPC_HEADER_SIZE + size);

	require(datagram != NULL);
	datagram[0] = MESSAGE_OVERRIDES;
	for (unsigned i = 0; i < 4; i++)
		datagram[8 + i] = (uint8_t)(size >> (8 * i));
	memcpy(datagram + IPC_HEADER_SIZE, data, size);
	size += IPC_HEADER_SIZE;
	config_file_name(datagram, size, name);
	require(*name && memchr(name, 0, sizeof(name)));
	settings_defaults(&config.settings);
	snprintf(config.settings.api_url, sizeof(config.settings.api_url), "https://ghes.example");
	if (config_apply_overrides(&config, datagram, size, &failure) == 0) {
		const char *url = config.settings.api_url;
		check_settings(&config.settings);
		require(memchr(config.token_source, 0, sizeof(config.token_source)) != NULL);
		/* A token that was chosen for github.com does not go where only the file points. */
		require(!*config.token_source || strcmp(url, "https://ghes.example") != 0 ||
			memmem(datagram, size, "https://ghes.example", 20));
	} else {
		require(failure.kind != FAILURE_NONE && *failure.message);
	}
	free(datagram);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > CONFIG_FILE_MAX)
		return 0;
	check_file(data, size);
	if (size <= IPC_MESSAGE_MAX - IPC_HEADER_SIZE)
		check_overrides(data, size);
	return 0;
}
