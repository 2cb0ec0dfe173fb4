/* HTTP proxies: their addresses, and NO_PROXY. */
#ifndef GHWARD_VALIDATE_PROXY_H
#define GHWARD_VALIDATE_PROXY_H

#include <stdbool.h>
#include <stdint.h>

/* Longest text of an address, credentials included, and of NO_PROXY. */
#define VALIDATE_PROXY_MAX 511u
#define VALIDATE_NO_PROXY_MAX 1023u

struct validate_proxy {
	bool secure;	/* TLS to the proxy itself */
	char host[256]; /* lower case; an IPv6 literal without its brackets */
	uint16_t port;	/* 80 or 443 unless given */
	bool host_is_literal;
	char user[256], password[256]; /* percent-decoded; "" without credentials. A secret. */
};

/* "[http[s]://][user[:password]@]host[:port]". Returns NULL, or what was expected. */
const char *validate_proxy(const char *text, struct validate_proxy *)
	__attribute__((warn_unused_result, nonnull));

/* Whether NO_PROXY exempts a host (lower case) and port. Entries with commas or spaces between
 * them:
 * "*", a domain and all below it, with or without a dot in front, an address, a network such as
 * 10.0.0.0/8, each perhaps with a port. */
bool validate_without_proxy(const char *list, const char *host, uint16_t port)
	__attribute__((nonnull));

#endif
