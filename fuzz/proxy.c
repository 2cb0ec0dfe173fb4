/* Proxy addresses and NO_PROXY lists: the first line is an address, the second a list, the third a
 * host. What is accepted can stand in a URL and in a header. */
#include "fuzz.h"

#include "lib/validate/proxy.h"
#include "lib/validate/validate.h"

#include <arpa/inet.h>

static void check_text(const char *text)
{
	for (; *text; text++)
		require((unsigned char)*text >= ' ' && *text != 0x7f);
}

static void check_address(const char *text)
{
	struct validate_proxy proxy;
	unsigned char address[16];

	if (validate_proxy(text, &proxy))
		return;
	require(proxy.port != 0);
	require(validate_host(proxy.host, strlen(proxy.host)) ||
		inet_pton(AF_INET6, proxy.host, address) == 1);
	require(!strchr(proxy.user, ':'));
	check_text(proxy.user);
	check_text(proxy.password);
}

/* Exempt is what one of the entries exempts, and nothing else. */
static void check_list(const char *list, const char *host)
{
	bool exempt = validate_without_proxy(list, host, 443);
	bool any = false;
	char entry[1100];

	for (const char *at = list; *at;) {
		at += strspn(at, ", \t");
		size_t length = strcspn(at, ", \t");
		if (length >= sizeof(entry))
			return;
		snprintf(entry, sizeof(entry), "%.*s", (int)length, at);
		any |= validate_without_proxy(entry, host, 443);
		at += length;
	}
	require(exempt == any);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = 0;
	char *list = strchr(text, '\n'), *host = NULL;
	if (list) {
		*list++ = 0;
		host = strchr(list, '\n');
	}
	if (host)
		*host++ = 0;
	check_address(text);
	if (list)
		check_list(list, host ? host : "api.example.com");
	free(text);
	return 0;
}
