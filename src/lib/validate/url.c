/* Addresses: API base URLs, hosts, [HOST/]OWNER/REPO. */
#include "lib/validate/validate.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

static char to_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool has_suffix(const char *host, const char *suffix)
{
	size_t length = strlen(host), wanted = strlen(suffix);

	return length > wanted && strcmp(host + length - wanted, suffix) == 0;
}

bool validate_is_github(const char *host)
{
	return strcmp(host, "github.com") == 0 || has_suffix(host, ".github.com") ||
	       has_suffix(host, ".ghe.com");
}

bool validate_host(const char *text, size_t length)
{
	size_t label = 0;

	if (length == 0 || length > 253)
		return false;
	for (size_t i = 0; i < length; i++) {
		char c = to_lower(text[i]);
		bool end = i + 1 == length || text[i + 1] == '.';
		if (c == '.') {
			if (label == 0)
				return false;
			label = 0;
			continue;
		}
		bool inner = c == '-' && label > 0 && !end;
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || inner) || ++label > 63)
			return false;
	}
	return label > 0;
}

/* "/api/v3": segments of unreserved characters, none of them "." or "..", no slash at the end. */
static bool is_simple_path(const char *text, size_t length)
{
	for (size_t i = 0; i < length;) {
		size_t start = ++i; /* behind the slash */
		if (text[start - 1] != '/')
			return false;
		while (i < length && text[i] != '/') {
			char c = to_lower(text[i]);
			if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
			      c == '_' || c == '.'))
				return false;
			i++;
		}
		if (i == start || text[start] == '.')
			return false;
	}
	return true;
}

static int copy(char *target, size_t size, const char *text, size_t length)
{
	if (length >= size)
		return -1;
	for (size_t i = 0; i < length; i++)
		target[i] = to_lower(text[i]);
	target[length] = 0;
	return 0;
}

/* "1.2.3", "127.1" or "0x7f": resolvers take it for a number, but it is no address in full. */
static bool ends_in_number(const char *host)
{
	const char *dot = strrchr(host, '.');
	const char *label = dot ? dot + 1 : host;

	if (label[0] == '0' && label[1] == 'x')
		return label[2 + strspn(label + 2, "0123456789abcdef")] == 0;
	return label[strspn(label, "0123456789")] == 0;
}

/* Takes host or [literal] off the front; returns the bytes used, 0 if malformed. */
static size_t take_host(const char *text, size_t length, struct validate_origin *origin)
{
	unsigned char address[16];

	if (length && text[0] == '[') {
		const char *end = memchr(text, ']', length);
		size_t inner = end ? (size_t)(end - text) - 1 : 0;
		origin->host_is_literal = true;
		if (!end || copy(origin->host, sizeof(origin->host), text + 1, inner) < 0 ||
		    inet_pton(AF_INET6, origin->host, address) != 1)
			return 0;
		return inner + 2;
	}
	size_t host = 0;
	while (host < length && text[host] != ':' && text[host] != '/')
		host++;
	if (!validate_host(text, host) || copy(origin->host, sizeof(origin->host), text, host) < 0)
		return 0;
	origin->host_is_literal = inet_pton(AF_INET, origin->host, address) == 1;
	return origin->host_is_literal || !ends_in_number(origin->host) ? host : 0;
}

int validate_api_url(const char *text, size_t length, struct validate_origin *origin,
		     const char **why)
{
	static const char scheme[] = "https://";
	const size_t skip = sizeof(scheme) - 1;
	uint32_t port = 443;

	memset(origin, 0, sizeof(*origin));
	*why = "an https URL such as https://api.github.com or https://HOST/api/v3";
	if (length < skip || memcmp(text, scheme, skip) != 0)
		return -1;
	text += skip;
	length -= skip;
	size_t used = take_host(text, length, origin);
	if (!used) {
		*why = "an https URL with a valid host name and nothing before it";
		return -1;
	}
	text += used;
	length -= used;
	if (length && text[0] == ':') {
		size_t digits = 1;
		while (digits < length && text[digits] != '/')
			digits++;
		if (validate_parse_u32(text + 1, digits - 1, 1, UINT16_MAX, &port) < 0) {
			*why = "an https URL with a port from 1 to 65535";
			return -1;
		}
		text += digits;
		length -= digits;
	}
	origin->port = (uint16_t)port;
	if (!is_simple_path(text, length) || length >= sizeof(origin->path)) {
		*why = "an https URL whose path is simple, such as /api/v3, without a slash at its "
		       "end";
		return -1;
	}
	memcpy(origin->path, text, length);
	return 0;
}

/* "/services/T0/B0/XXXX?thread=1": no segment begins with a dot, or with one that is spelt "%2e".
 */
static bool is_visible_path(const char *text)
{
	for (const char *at = text; *at; at++) {
		bool starts = *at == '/';
		if (*at <= ' ' || *at > '~' || strchr("\"#<>\\^`{|}", *at) ||
		    (starts &&
		     (at[1] == '.' || at[1] == '/' || strncasecmp(at + 1, "%2e", 3) == 0)))
			return false;
	}
	return *text == '/';
}

int validate_webhook(const char *text, char origin[VALIDATE_ORIGIN_MAX + 1])
{
	static const char scheme[] = "https://";
	struct validate_origin parts;
	const char *why;

	if (strlen(text) > VALIDATE_WEBHOOK_MAX || strncmp(text, scheme, sizeof(scheme) - 1) != 0)
		return -1;
	size_t length = sizeof(scheme) - 1;
	length += strcspn(text + length, "/?");
	if (length > VALIDATE_ORIGIN_MAX || !is_visible_path(text + length) ||
	    validate_api_url(text, length, &parts, &why) < 0)
		return -1;
	memcpy(origin, text, length);
	origin[length] = 0;
	return 0;
}

bool validate_origin_equal(const struct validate_origin *one, const struct validate_origin *other)
{
	return one->port == other->port && strcmp(one->host, other->host) == 0 &&
	       strcmp(one->path, other->path) == 0;
}

int validate_repo_spec(const char *text, size_t length, struct validate_repo_spec *spec)
{
	const char *parts[3];
	size_t lengths[3], count = 0;

	memset(spec, 0, sizeof(*spec));
	for (;;) {
		const char *slash = memchr(text, '/', length);
		size_t part = slash ? (size_t)(slash - text) : length;
		if (count == 3 || part == 0)
			return -1;
		parts[count] = text;
		lengths[count++] = part;
		if (!slash)
			break;
		text += part + 1;
		length -= part + 1;
	}
	if (count < 2)
		return -1;
	size_t repo = lengths[count - 1], owner = lengths[count - 2];
	if (repo > VALIDATE_REPO_MAX || owner > VALIDATE_OWNER_MAX)
		return -1;
	memcpy(spec->repo, parts[count - 1], repo);
	memcpy(spec->owner, parts[count - 2], owner);
	return count == 3 ? copy(spec->host, sizeof(spec->host), parts[0], lengths[0]) : 0;
}
