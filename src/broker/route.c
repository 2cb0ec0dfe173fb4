/* The route from here to a base URL: proxy or not, which addresses, and the two processes' wires.
 */
#include "broker/upstream.h"

#include "lib/base/log.h"
#include "lib/validate/validate.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static enum address_rule address_rule(const struct validate_origin *origin)
{
	if (origin->host_is_literal || strcmp(origin->host, "localhost") == 0)
		return ADDRESSES_LOOPBACK;
	if (validate_is_github(origin->host))
		return ADDRESSES_PUBLIC;
	return ADDRESSES_PRIVATE;
}

static void origin_of(const char *base, struct validate_origin *origin)
{
	const char *why;

	if (validate_api_url(base, strlen(base), origin, &why) < 0)
		fatal("the address %s is not usable: %s", base, why);
}

bool upstream_proxy(const struct broker *broker, const char *base, struct validate_proxy *proxy)
{
	struct validate_origin origin;

	memset(proxy, 0, sizeof(*proxy));
	origin_of(base, &origin);
	if (!*broker->settings.proxy ||
	    validate_without_proxy(broker->settings.no_proxy, origin.host, origin.port))
		return false;
	if (validate_proxy(broker->settings.proxy, proxy))
		fatal("the proxy's address is not usable");
	return true;
}

/* A proxy stands where its owner has put it: also on this machine, if that is what was written. */
static void put_proxy_origin(const struct validate_proxy *proxy, struct ipc_message *message)
{
	bool local = proxy->host_is_literal || strcmp(proxy->host, "localhost") == 0;

	ipc_put_string(message, proxy->host);
	ipc_put_u16(message, proxy->port);
	ipc_put_u8(message, local ? ADDRESSES_LOOPBACK : ADDRESSES_PRIVATE);
	ipc_put_u8(message, true);
}

void upstream_put_origin(const struct broker *broker, const char *base, struct ipc_message *message)
{
	struct validate_origin origin;
	struct validate_proxy proxy;

	if (upstream_proxy(broker, base, &proxy)) {
		put_proxy_origin(&proxy, message);
	} else {
		origin_of(base, &origin);
		ipc_put_string(message, origin.host);
		ipc_put_u16(message, origin.port);
		ipc_put_u8(message, (uint8_t)address_rule(&origin));
		ipc_put_u8(message, false);
	}
	explicit_bzero(&proxy, sizeof(proxy));
}

void upstream_put_proxy(const struct broker *broker, const char *base, struct ipc_message *message)
{
	struct validate_proxy proxy;
	char url[UPSTREAM_PROXY_NAME_MAX + 16] = "";

	if (upstream_proxy(broker, base, &proxy)) {
		char name[UPSTREAM_PROXY_NAME_MAX];
		upstream_proxy_name(&proxy, name);
		snprintf(url, sizeof(url), "%s://%s", proxy.secure ? "https" : "http", name);
	}
	ipc_put_string(message, url);
	ipc_put_string(message, proxy.user);
	ipc_put_string(message, proxy.password);
	ipc_put_string(message, broker->settings.proxy_source);
	explicit_bzero(&proxy, sizeof(proxy));
}

void upstream_proxy_name(const struct validate_proxy *proxy, char name[UPSTREAM_PROXY_NAME_MAX])
{
	bool brackets = strchr(proxy->host, ':') != NULL;

	snprintf(name, UPSTREAM_PROXY_NAME_MAX, "%s%s%s:%u", brackets ? "[" : "", proxy->host,
		 brackets ? "]" : "", (unsigned)proxy->port);
}

static void pair_or_die(int ends[2])
{
	if (ipc_pair(ends) < 0)
		fatal("cannot make a socket pair: %m");
}

void upstream_wire(struct upstream_wiring *wiring)
{
	int net[2], dial[2], between[2];

	pair_or_die(net);
	pair_or_die(dial);
	pair_or_die(between);
	/* The only child that could send some here. */
	ipc_refuse_descriptors(dial[0]);
	*wiring = (struct upstream_wiring){
		.net_channel = net[0],
		.dial_channel = dial[0],
		.net_fds = {net[1], between[0], fcntl(FD_BROKER_ROOTS, F_DUPFD_CLOEXEC, 0)},
		.dial_fds = {dial[1], between[1]},
	};
}
