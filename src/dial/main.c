/* ghward-dial: connects to one origin, for a process that cannot. */
#include "dial/dial.h"

#include "lib/base/log.h"
#include "lib/sandbox/roles.h"

#include <errno.h>
#include <netdb.h>
#include <nss.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* An origin is a host name or an address; the longest name has 253 characters (RFC 1035). */
#define HOST_MAX 255

struct origin {
	char host[HOST_MAX + 1];
	char name[HOST_MAX + 32]; /* "host:port", "the proxy host:port" */
	uint16_t port;
	enum address_rule rule;
	bool is_proxy;
};

/* The broker names the origin before the sandbox, whose rules depend on it. */
static int receive_origin(struct origin *origin)
{
	static const struct ipc_permit permits[] = {
		{MESSAGE_ORIGIN, IPC_ONCE, 0, 1024, {IPC_FD_NONE}, NULL},
	};
	uint8_t *buffer = ipc_buffer_new();
	struct ipc_incoming in;
	struct address literal;
	int got;

	do {
		got = ipc_receive(FD_CHANNEL, buffer, permits, 1, &in);
	} while (got < 0 && errno == EINTR);
	if (got == 0)
		exit(EXIT_SUCCESS); /* the broker does not need it any more */
	if (got < 0)
		goto out;
	const char *host = ipc_get_string(&in);
	origin->port = ipc_get_u16(&in);
	origin->rule = (enum address_rule)ipc_get_enum(&in, ADDRESS_RULES);
	origin->is_proxy = ipc_get_enum(&in, 2);
	if (ipc_end(&in) < 0 || !*host || strlen(host) > HOST_MAX || !origin->port ||
	    (origin->rule == ADDRESSES_LOOPBACK && strcasecmp(host, "localhost") != 0 &&
	     !address_parse(host, &literal))) {
		errno = EBADMSG;
		got = -1;
		goto out;
	}
	snprintf(origin->host, sizeof(origin->host), "%s", host);
	bool bare = strchr(host, ':') && *host != '[';
	snprintf(origin->name, sizeof(origin->name), "%s%s%s%s:%u",
		 origin->is_proxy ? "the proxy " : "", bare ? "[" : "", host, bare ? "]" : "",
		 origin->port);
out:
	free(buffer);
	return got < 0 ? -1 : 0;
}

int main(void)
{
	struct sandbox_report report;
	struct origin origin;

	if (receive_origin(&origin) < 0)
		fatal("cannot learn which origin to connect to: %m");
	/* Without this, glibc would load whatever nsswitch.conf names, and ask nscd. */
	if (__nss_configure_lookup("hosts", "files dns") < 0)
		fatal("cannot configure the resolver: %m");
	if (sandbox_enter_role("dial", &(struct sandbox_variables){.connect_port = origin.port},
			       &report) < 0)
		fatal("cannot confine ghward-dial at %s: %m", sandbox_failed_step());

	struct resolver resolver = {
		.host = origin.host,
		.origin = origin.name,
		.port = origin.port,
		.rule = origin.rule,
		.is_proxy = origin.is_proxy,
	};
	struct ipc_message *hello = ipc_new(MESSAGE_HELLO, 0);
	protocol_put_report(hello, &report);
	dial_serve(&resolver, hello);
	return 0;
}
