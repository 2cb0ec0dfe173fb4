/* Classes of IP addresses. */
#include "dial/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

struct block {
	uint8_t prefix[16];
	uint8_t bits;
	enum address_class class;
};

/* First match wins, so the narrower of two overlapping blocks stands first. */
static const struct block ipv4_blocks[] = {
	{{100, 100, 100, 200}, 32, ADDRESS_METADATA}, /* Alibaba Cloud */
	{{168, 63, 129, 16}, 32, ADDRESS_METADATA},   /* Azure's WireServer */
	{{0}, 8, ADDRESS_UNSPECIFIED},		      /* RFC 791 */
	{{10}, 8, ADDRESS_PRIVATE},		      /* RFC 1918 */
	{{100, 64}, 10, ADDRESS_SHARED},	      /* RFC 6598 */
	{{127}, 8, ADDRESS_LOOPBACK},		      /* RFC 1122 */
	{{169, 254}, 16, ADDRESS_LINK_LOCAL},	      /* RFC 3927; every cloud's 169.254.169.254 */
	{{172, 16}, 12, ADDRESS_PRIVATE},	      /* RFC 1918 */
	{{192, 0, 0}, 24, ADDRESS_RESERVED},	      /* RFC 6890: protocol assignments */
	{{192, 0, 2}, 24, ADDRESS_RESERVED},	      /* RFC 5737: documentation */
	{{192, 88, 99}, 24, ADDRESS_RESERVED},	      /* RFC 7526: former 6to4 relays */
	{{192, 168}, 16, ADDRESS_PRIVATE},	      /* RFC 1918 */
	{{198, 18}, 15, ADDRESS_RESERVED},	      /* RFC 2544: benchmarks */
	{{198, 51, 100}, 24, ADDRESS_RESERVED},	      /* RFC 5737: documentation */
	{{203, 0, 113}, 24, ADDRESS_RESERVED},	      /* RFC 5737: documentation */
	{{224}, 4, ADDRESS_MULTICAST},		      /* RFC 5771 */
	{{240}, 4, ADDRESS_RESERVED},		      /* RFC 1112; with the limited broadcast */
};

static const struct block ipv6_blocks[] = {
	{{0xfd, 0x00, 0x0e, 0xc2, [15] = 0x54, [14] = 0x02}, 128, ADDRESS_METADATA}, /* AWS */
	{{0xfd, 0x20, 0x00, 0xce, [15] = 0x54, [14] = 0x02}, 128, ADDRESS_METADATA}, /* Google */
	{{[15] = 0}, 128, ADDRESS_UNSPECIFIED},					     /* RFC 4291 */
	{{[15] = 1}, 128, ADDRESS_LOOPBACK},					     /* RFC 4291 */
	{{0x20, 0x01}, 23, ADDRESS_RESERVED},		  /* RFC 2928: Teredo, ORCHID, ... */
	{{0x20, 0x01, 0x0d, 0xb8}, 32, ADDRESS_RESERVED}, /* RFC 3849: documentation */
	{{0x3f, 0xff}, 20, ADDRESS_RESERVED},		  /* RFC 9637: documentation */
	{{0x20}, 3, ADDRESS_GLOBAL},			  /* RFC 4291: all that is given out */
	{{0xfc}, 7, ADDRESS_PRIVATE},			  /* RFC 4193 */
	{{0xfe, 0x80}, 10, ADDRESS_LINK_LOCAL},		  /* RFC 4291 */
	{{0xff}, 8, ADDRESS_MULTICAST},			  /* RFC 4291 */
	{{0}, 0, ADDRESS_RESERVED},			  /* whatever is left */
};

/* IPv6 prefixes in front of an IPv4 address. */
static const struct {
	uint8_t prefix[12];
	uint8_t bits;
	uint8_t offset; /* of the IPv4 address, in bytes */
} carriers[] = {
	{{[10] = 0xff, [11] = 0xff}, 96, 12}, /* mapped, RFC 4291 */
	{{0x00, 0x64, 0xff, 0x9b}, 96, 12},   /* NAT64, RFC 6052 */
	{{0x20, 0x02}, 16, 2},		      /* 6to4, RFC 3056 */
};

static bool has_prefix(const uint8_t *bytes, const uint8_t *prefix, unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(bytes, prefix, whole) != 0)
		return false;
	return rest == 0 || ((bytes[whole] ^ prefix[whole]) >> (8 - rest)) == 0;
}

static enum address_class look_up(const struct block *blocks, size_t count, const uint8_t *bytes,
				  enum address_class otherwise)
{
	for (size_t i = 0; i < count; i++) {
		if (has_prefix(bytes, blocks[i].prefix, blocks[i].bits))
			return blocks[i].class;
	}
	return otherwise;
}

static enum address_class classify_ipv4(const uint8_t *bytes)
{
	return look_up(ipv4_blocks, sizeof(ipv4_blocks) / sizeof(*ipv4_blocks), bytes,
		       ADDRESS_GLOBAL);
}

enum address_class address_classify(const struct address *address)
{
	if (address->family == AF_INET)
		return classify_ipv4(address->bytes);
	for (size_t i = 0; i < sizeof(carriers) / sizeof(*carriers); i++) {
		if (has_prefix(address->bytes, carriers[i].prefix, carriers[i].bits))
			return classify_ipv4(address->bytes + carriers[i].offset);
	}
	return look_up(ipv6_blocks, sizeof(ipv6_blocks) / sizeof(*ipv6_blocks), address->bytes,
		       ADDRESS_RESERVED);
}

const char *address_class_name(enum address_class class)
{
	static const char *const names[ADDRESS_CLASSES] = {
		[ADDRESS_GLOBAL] = "a public address",
		[ADDRESS_PRIVATE] = "a private address",
		[ADDRESS_SHARED] = "an address of a provider's own network",
		[ADDRESS_LOOPBACK] = "a loopback address",
		[ADDRESS_LINK_LOCAL] = "a link-local address",
		[ADDRESS_MULTICAST] = "a multicast address",
		[ADDRESS_UNSPECIFIED] = "an unspecified address",
		[ADDRESS_RESERVED] = "a reserved address",
		[ADDRESS_METADATA] = "the address of a cloud's metadata service",
	};

	return class < ADDRESS_CLASSES ? names[class] : names[ADDRESS_RESERVED];
}

bool address_parse(const char *text, struct address *address)
{
	char inner[ADDRESS_TEXT_SIZE];
	size_t length = strlen(text);

	memset(address, 0, sizeof(*address));
	address->family = AF_INET;
	if (inet_pton(AF_INET, text, address->bytes) == 1)
		return true;
	if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
		text++;
		length -= 2;
	}
	if (length >= sizeof(inner))
		return false;
	memcpy(inner, text, length);
	inner[length] = '\0';
	address->family = AF_INET6;
	return inet_pton(AF_INET6, inner, address->bytes) == 1;
}

bool address_equal(const struct address *one, const struct address *other)
{
	return one->family == other->family &&
	       memcmp(one->bytes, other->bytes, sizeof(one->bytes)) == 0;
}

bool address_permitted(enum address_rule rule, const struct address *literal,
		       const struct address *address)
{
	enum address_class class = address_classify(address);
	bool routable =
		class == ADDRESS_GLOBAL || class == ADDRESS_PRIVATE || class == ADDRESS_SHARED;

	switch (rule) {
	case ADDRESSES_PUBLIC:
		return class == ADDRESS_GLOBAL;
	case ADDRESSES_PRIVATE:
		return routable;
	case ADDRESSES_LOOPBACK:
		if (literal)
			return address_equal(literal, address) &&
			       (routable || class == ADDRESS_LOOPBACK);
		return class == ADDRESS_LOOPBACK;
	case ADDRESS_RULES:
		break;
	}
	return false;
}

int address_from_socket(const struct sockaddr *name, struct address *address)
{
	memset(address, 0, sizeof(*address));
	address->family = name->sa_family;
	if (name->sa_family == AF_INET) {
		struct sockaddr_in in;
		memcpy(&in, name, sizeof(in));
		memcpy(address->bytes, &in.sin_addr, sizeof(in.sin_addr));
	} else if (name->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;
		memcpy(&in6, name, sizeof(in6));
		memcpy(address->bytes, &in6.sin6_addr, sizeof(in6.sin6_addr));
	} else {
		return -1;
	}
	return 0;
}

socklen_t address_to_socket(const struct address *address, uint16_t port,
			    struct sockaddr_storage *name)
{
	memset(name, 0, sizeof(*name));
	if (address->family == AF_INET) {
		struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port)};
		memcpy(&in.sin_addr, address->bytes, sizeof(in.sin_addr));
		memcpy(name, &in, sizeof(in));
		return sizeof(in);
	}
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	memcpy(&in6.sin6_addr, address->bytes, sizeof(in6.sin6_addr));
	memcpy(name, &in6, sizeof(in6));
	return sizeof(in6);
}

void address_text(const struct address *address, char text[ADDRESS_TEXT_SIZE])
{
	if (!inet_ntop(address->family, address->bytes, text, ADDRESS_TEXT_SIZE))
		snprintf(text, ADDRESS_TEXT_SIZE, "?");
}
