/* The validators on arbitrary text: what is accepted has the shape that others rely on. */
#include "fuzz.h"

#include "lib/github/web.h"
#include "lib/validate/validate.h"

static bool has_any(const char *text, size_t length, const char *characters)
{
	for (size_t i = 0; i < length; i++) {
		if (!text[i] || strchr(characters, text[i]))
			return true;
	}
	return false;
}

/* "contents:read,issues:write": lower names, each once, with a level. */
static void check_permissions(const char *text, size_t length)
{
	const char *end = text + length;

	for (const char *at = text, *comma; at < end; at = comma + 1) {
		comma = memchr(at, ',', (size_t)(end - at));
		comma = comma ? comma : end;
		const char *colon = memchr(at, ':', (size_t)(comma - at));
		require(colon && colon > at && comma > colon + 1);
		for (const char *other = comma; other < end; other++)
			require(*other != ',' || end - other <= comma - at ||
				memcmp(other + 1, at, (size_t)(colon + 1 - at)) != 0);
	}
}

static void check_param(enum validate_kind kind, const char *text, size_t length)
{
	size_t characters;

	if (!validate_param(kind, text, length))
		return;
	require(length <= VALIDATE_OPAQUE_MAX && !memchr(text, 0, length));
	require(validate_utf8(text, length, &characters));
	require(!has_any(text, length, kind == VALIDATE_COMMENT ? "\x1b\x7f" : "\r\x1b\x7f"));
	switch (kind) {
	case VALIDATE_OWNER:
	case VALIDATE_ENTERPRISE:
	case VALIDATE_REPO:
		require(characters == length && length > 0 && !has_any(text, length, "/%?#&\\ \n"));
		require(!(length == 2 && memcmp(text, "..", 2) == 0));
		break;
	case VALIDATE_COMMENT:
		require(characters <= VALIDATE_COMMENT_MAX);
		break;
	case VALIDATE_CURSOR:
		require(characters == length && !has_any(text, length, "%&#?\n "));
		break;
	case VALIDATE_REPOS:
	case VALIDATE_TOKENS:
	case VALIDATE_SCOPES:
	case VALIDATE_OPAQUE:
	case VALIDATE_ENTRY_NAME:
		require(characters == length && length > 0 && !has_any(text, length, "\n\t"));
		break;
	case VALIDATE_PERMISSIONS:
		check_permissions(text, length);
		break;
	case VALIDATE_REF:
		require(text[0] != '-' && !memmem(text, length, "..", 2));
		break;
	default:
		break;
	}
}

/* A closed set is named by its words, accepts each of them, and nothing else. */
static void check_words(enum validate_kind kind, const char *text, size_t length)
{
	const char *const *words = validate_words(kind);
	bool found = false;

	require(*validate_expectation(kind));
	for (; words && *words; words++) {
		require(validate_param(kind, *words, strlen(*words)));
		require(strstr(validate_expectation(kind), *words));
		found |= strlen(*words) == length && memcmp(*words, text, length) == 0;
	}
	if (validate_words(kind))
		require(found == validate_param(kind, text, length));
}

static void check_number(const char *text, size_t length)
{
	char again[16];
	uint32_t value;

	if (validate_parse_u32(text, length, 0, UINT32_MAX, &value) < 0)
		return;
	snprintf(again, sizeof(again), "%u", value);
	require(strlen(again) == length && memcmp(again, text, length) == 0);
}

static void check_token(const char *text, size_t length)
{
	enum validate_token_kind kind = validate_token(text, length);

	require(kind < VALIDATE_TOKEN_KINDS && *validate_token_kind_name(kind));
	if (kind == VALIDATE_TOKEN_INVALID)
		return;
	require(length >= 40 && length <= VALIDATE_TOKEN_MAX);
	/* It goes into a header. */
	require(!has_any(text, length, " \t\r\n:,\"\\"));
}

/* An accepted base URL, written anew from its parts, is the same origin. */
static void check_url(const char *text, size_t length)
{
	struct validate_origin origin, again;
	const char *why;
	char url[512];

	if (validate_api_url(text, length, &origin, &why) < 0) {
		require(why && *why);
		return;
	}
	require(origin.port > 0 && *origin.host && strlen(origin.host) <= 253);
	require(!has_any(origin.host, strlen(origin.host), "/@?#%\\ []_ABCXYZ"));
	require(origin.path[0] == 0 || (origin.path[0] == '/' && origin.path[1] != 0));
	require(!strstr(origin.path, "..") || !strstr(origin.path, "/."));
	bool v6 = strchr(origin.host, ':') != NULL;
	int size = snprintf(url, sizeof(url), "https://%s%s%s:%u%s", v6 ? "[" : "", origin.host,
			    v6 ? "]" : "", origin.port, origin.path);
	require(size > 0 && (size_t)size < sizeof(url));
	require(validate_api_url(url, (size_t)size, &again, &why) == 0);
	require(validate_origin_equal(&origin, &again));
	require(origin.host_is_literal == again.host_is_literal);
}

/* The site of an API is at its host, or below which that is called "api". */
static void check_web(const char *text, size_t length)
{
	struct validate_origin api, site;
	char web[GITHUB_WEB_URL_MAX];
	const char *why;

	if (memchr(text, 0, length) || validate_api_url(text, length, &api, &why) < 0)
		return;
	require(github_web_url(text, web, sizeof(web)) == 0);
	require(validate_api_url(web, strlen(web), &site, &why) == 0);
	require(api.port == site.port);
	if (strcmp(api.host, site.host) != 0)
		require(strcmp(api.host + 4, site.host) == 0 && validate_is_github(site.host) &&
			api.port == 443 && !*site.path);
	require(!*site.path || strcmp(site.path, api.path) == 0);
}

static void check_repository(const char *text, size_t length)
{
	struct validate_repo_spec spec;

	if (validate_repo_spec(text, length, &spec) == 0) {
		require(strlen(spec.owner) <= VALIDATE_OWNER_MAX);
		require(strlen(spec.repo) <= VALIDATE_REPO_MAX);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = 0;
	for (unsigned kind = 0; kind <= VALIDATE_KINDS; kind++) {
		check_param((enum validate_kind)kind, text, size);
		check_words((enum validate_kind)kind, text, size);
	}
	check_number(text, size);
	check_token(text, size);
	check_url(text, size);
	check_web(text, size);
	check_repository(text, size);
	free(text);
	return 0;
}
