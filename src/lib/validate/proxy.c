/* Addresses of proxies, and which hosts are reached without one. */
#include "lib/validate/proxy.h"

#include "lib/base/percent.h"
#include "lib/validate/validate.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Takes percent-encoding off. Control characters would end the header that this becomes. */
static bool decode(const char *text, size_t length, char *target, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		int byte = (unsigned char)text[i];
		if (byte == '%') {
			int high = i + 2 < length ? percent_digit(text[i + 1]) : -1;
			int low = i + 2 < length ? percent_digit(text[i + 2]) : -1;
			if (high < 0 || low < 0)
				return false;
			byte = high << 4 | low;
			i += 2;
		}
		if (byte < ' ' || byte == 0x7f || used + 1 >= size)
			return false;
		target[used++] = (char)byte;
	}
	target[used] = 0;
	return true;
}

static const char *take_scheme(const char *text, struct validate_proxy *proxy)
{
	const char *end = strstr(text, "://");
	size_t length = end ? (size_t)(end - text) : 0;

	proxy->secure = false;
	if (!end)
		return text;
	if (length == 5 && strncasecmp(text, "https", 5) == 0)
		proxy->secure = true;
	else if (length != 4 || strncasecmp(text, "http", 4) != 0)
		return NULL;
	return end + 3;
}

/* "user:password", of which the password may be missing. */
static const char *take_credentials(const char *text, size_t length, struct validate_proxy *proxy)
{
	const char *at = memrchr(text, '@', length);
	const char *colon = at ? memchr(text, ':', (size_t)(at - text)) : NULL;
	const char *name_end = colon ? colon : at;

	if (!at)
		return text;
	if (!decode(text, (size_t)(name_end - text), proxy->user, sizeof(proxy->user)) ||
	    strchr(proxy->user, ':') || !*proxy->user)
		return NULL;
	if (colon &&
	    !decode(colon + 1, (size_t)(at - colon) - 1, proxy->password, sizeof(proxy->password)))
		return NULL;
	return at + 1;
}

const char *validate_proxy(const char *text, struct validate_proxy *proxy)
{
	static const char form[] =
		"an address such as http://proxy.example.com:3128 or https://…; not socks";
	struct validate_origin origin;
	char url[VALIDATE_PROXY_MAX + 16];
	const char *why;

	memset(proxy, 0, sizeof(*proxy));
	const char *at = take_scheme(text, proxy);
	if (!at || strlen(text) > VALIDATE_PROXY_MAX)
		return form;
	size_t length = strlen(at);
	/* Some write the slash of an empty path. */
	if (length && at[length - 1] == '/')
		length--;
	const char *host = take_credentials(at, length, proxy);
	if (!host)
		return form;
	length -= (size_t)(host - at);
	int used = snprintf(url, sizeof(url), "https://%.*s", (int)length, host);
	if (validate_api_url(url, (size_t)used, &origin, &why) < 0 || *origin.path)
		return form;
	snprintf(proxy->host, sizeof(proxy->host), "%s", origin.host);
	proxy->host_is_literal = origin.host_is_literal;
	/* The validator's default is that of https. */
	const char *bracket = memchr(host, ']', length);
	const char *tail = bracket ? bracket : host;
	bool has_port = memchr(tail, ':', length - (size_t)(tail - host)) != NULL;
	proxy->port = has_port || proxy->secure ? origin.port : 80;
	return NULL;
}

/* --- NO_PROXY --- */

static bool ends_with_domain(const char *host, const char *domain, size_t length)
{
	size_t have = strlen(host);

	return have > length && host[have - length - 1] == '.' &&
	       strncasecmp(host + have - length, domain, length) == 0;
}

/* "10.0.0.0/8", or one address, which may be written in several ways. */
static bool in_network(const char *host, const char *network, size_t length)
{
	unsigned char address[16], base[16];
	const char *slash = memchr(network, '/', length);
	size_t base_length = slash ? (size_t)(slash - network) : length;
	char text[64];

	if (base_length >= sizeof(text))
		return false;
	memcpy(text, network, base_length);
	text[base_length] = 0;
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;
	uint32_t bits = family == AF_INET ? 32 : 128;
	if (inet_pton(family, text, base) != 1 || inet_pton(family, host, address) != 1 ||
	    (slash && validate_parse_u32(slash + 1, length - base_length - 1, 0, bits, &bits) < 0))
		return false;
	if (memcmp(address, base, bits / 8) != 0)
		return false;
	unsigned rest = bits % 8, mask = 0xff00u >> rest & 0xff;
	return !rest || (address[bits / 8] & mask) == (base[bits / 8] & mask);
}

/* Takes ":443" or the brackets of "[::1]:443" off an entry. False when its port is another one. */
static bool take_port(const char **entry, size_t *length, uint16_t port)
{
	const char *colon = memrchr(*entry, ':', *length);
	bool bracketed = **entry == '[';
	const char *close = bracketed ? memchr(*entry, ']', *length) : NULL;
	uint32_t number = port;

	/* Several colons without brackets are an IPv6 address. */
	if (colon && !bracketed && memchr(*entry, ':', *length) != colon)
		return true;
	const char *end = *entry + *length;
	if (bracketed && (!close || (close + 1 != end && close + 1 != colon)))
		return false;
	if (colon && (!bracketed || colon == close + 1)) {
		size_t digits = *length - (size_t)(colon - *entry) - 1;
		if (validate_parse_u32(colon + 1, digits, 1, UINT16_MAX, &number) < 0)
			return false;
		*length = (size_t)(colon - *entry);
	}
	if (close) {
		++*entry;
		*length = (size_t)(close - *entry);
	}
	return number == port;
}

static bool matches(const char *entry, size_t length, const char *host, uint16_t port)
{
	if (length == 1 && *entry == '*')
		return true;
	if (!length || !take_port(&entry, &length, port))
		return false;
	/* "*.example.com" and ".example.com" mean what "example.com" does. */
	if (length > 1 && entry[0] == '*' && entry[1] == '.')
		entry++, length--;
	if (length > 1 && entry[0] == '.')
		entry++, length--;
	if (strlen(host) == length && strncasecmp(host, entry, length) == 0)
		return true;
	unsigned char address[16];
	if (inet_pton(AF_INET, host, address) == 1 || strchr(host, ':'))
		return in_network(host, entry, length);
	return ends_with_domain(host, entry, length);
}

bool validate_without_proxy(const char *list, const char *host, uint16_t port)
{
	while (*list) {
		list += strspn(list, ", \t");
		size_t length = strcspn(list, ", \t");
		if (matches(list, length, host, port))
			return true;
		list += length;
	}
	return false;
}
