/* What kind of network an IP address belongs to, and which kinds an origin may lead to. */
#ifndef GHWARD_DIAL_ADDRESS_H
#define GHWARD_DIAL_ADDRESS_H

#include "lib/ipc/protocol.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

/* Bytes are in network order; an IPv4 address uses the first four. */
struct address {
	sa_family_t family; /* AF_INET or AF_INET6 */
	uint8_t bytes[16];
};

/* By the IANA registries of special-purpose IPv4 and IPv6 addresses (RFC 6890 and its updates). */
enum address_class {
	ADDRESS_GLOBAL,	 /* global unicast that none of the following claims */
	ADDRESS_PRIVATE, /* RFC 1918, RFC 4193 */
	ADDRESS_SHARED,	 /* between a provider and its customers, RFC 6598 */
	ADDRESS_LOOPBACK,
	ADDRESS_LINK_LOCAL,
	ADDRESS_MULTICAST,
	ADDRESS_UNSPECIFIED, /* "this host on this network" */
	ADDRESS_RESERVED, /* documentation, benchmarks, protocol assignments, tunnels, the future */
	ADDRESS_METADATA, /* where a cloud answers its machines with their credentials */
	ADDRESS_CLASSES
};

/* An IPv6 address that carries an IPv4 address (mapped, NAT64, 6to4) is of the carried one's class.
 */
enum address_class address_classify(const struct address *) __attribute__((nonnull));

/* "a private address". */
const char *address_class_name(enum address_class) __attribute__((returns_nonnull));

/* True when `text` is an IPv4 or IPv6 address in its usual form; brackets around IPv6 are allowed.
 */
bool address_parse(const char *text, struct address *) __attribute__((nonnull));

/* True when an origin under `rule` may be reached at this address. `literal` is the origin's own
 * address, NULL where the origin is a name. */
bool address_permitted(enum address_rule rule, const struct address *literal,
		       const struct address *) __attribute__((nonnull(3)));

bool address_equal(const struct address *, const struct address *) __attribute__((nonnull));

/* Conversions to and from the socket layer. address_from_socket() returns -1 for another family. */
int address_from_socket(const struct sockaddr *, struct address *)
	__attribute__((warn_unused_result, nonnull));
socklen_t address_to_socket(const struct address *, uint16_t port, struct sockaddr_storage *)
	__attribute__((nonnull));

/* The text form: "192.0.2.1", "2001:db8::1". */
#define ADDRESS_TEXT_SIZE INET6_ADDRSTRLEN
void address_text(const struct address *, char text[ADDRESS_TEXT_SIZE]) __attribute__((nonnull));

#endif
