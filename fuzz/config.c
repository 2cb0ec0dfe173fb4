/* Configuration files and overrides: what is accepted is within its bounds, and written anew it is
 * the same; what is refused is named with its line. */
#include "config/config.h"
#include "lib/json/gate.h"
#include "lib/validate/validate.h"

#include "fuzz.h"

#include <stdio.h>

#define HOUR_MS 3600000u

static void check_settings(const struct settings *settings)
{
	struct validate_origin origin;
	const char *why;

	require(settings->in_flight >= 1 && settings->in_flight <= 64);
	require(settings->max_retries <= 20);
	require(settings->backoff_base_ms <= HOUR_MS);
	require(settings->max_backoff_ms <= HOUR_MS);
	require(settings->timeout_ms <= HOUR_MS);
	require(strnlen(settings->api_version, sizeof(settings->api_version)) == 10);
	require(validate_api_url(settings->api_url, strlen(settings->api_url), &origin, &why) == 0);
}

static void require_same(const struct settings *one, const struct settings *other)
{
	require(strcmp(one->api_url, other->api_url) == 0);
	require(strcmp(one->api_version, other->api_version) == 0);
	require(one->max_retries == other->max_retries && one->in_flight == other->in_flight);
	require(one->backoff_base_ms == other->backoff_base_ms);
	require(one->max_backoff_ms == other->max_backoff_ms);
	require(one->timeout_ms == other->timeout_ms);
}

static void check_written_anew(const struct settings *settings)
{
	struct settings again;
	struct failure failure;
	char text[1024];

	int length = snprintf(
		text, sizeof(text),
		"{\"api_url\":\"%s\",\"api_version\":\"%s\",\"max_retries\":%u,"
		"\"backoff_base\":%u.%03u,\"max_backoff\":%u.%03u,\"timeout\":%u.%03u,"
		"\"in_flight\":%u}",
		settings->api_url, settings->api_version, settings->max_retries,
		settings->backoff_base_ms / 1000, settings->backoff_base_ms % 1000,
		settings->max_backoff_ms / 1000, settings->max_backoff_ms % 1000,
		settings->timeout_ms / 1000, settings->timeout_ms % 1000, settings->in_flight);
	require(length > 0 && (size_t)length < sizeof(text));
	settings_defaults(&again);
	require(config_apply_file(&again, text, (size_t)length, "again", &failure) == 0);
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
	if (config_apply_file(&settings, text, size, "config.json", &failure) == 0)
		check_written_anew(&settings);
	else
		check_refusal(&failure, text, size);
	/* Even what precedes a refused setting is one that may be used. */
	check_settings(&settings);
	free(text);
}

/* The bytes behind an honest header, so that the fuzzer need not guess lengths. */
static void check_overrides(const uint8_t *data, size_t size)
{
	struct config config = {0};
	struct failure failure;
	struct validate_origin origin;
	const char *why;
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
		require(memchr(config.token_source, 0, sizeof(config.token_source)) != NULL);
		require(validate_api_url(url, strlen(url), &origin, &why) == 0);
		/* A token that was chosen for github.com does not go where only the file points. */
		require(!*config.token_source || strcmp(url, "https://ghes.example") != 0 ||
			memmem(datagram, size, "https://ghes.example", 20));
	} else {
		require(failure.kind != FAILURE_NONE && *failure.message);
	}
	check_settings(&config.settings);
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
