/* Every block of the registries, from its first to its last address and to the neighbours outside.
 */
#include "dial/address.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct address parse(const char *text)
{
	struct address address;

	if (!address_parse(text, &address))
		fail_msg("%s is not an address", text);
	return address;
}

static const struct {
	const char *text;
	enum address_class class;
} classes[] = {
	{"0.0.0.0", ADDRESS_UNSPECIFIED},
	{"0.255.255.255", ADDRESS_UNSPECIFIED},
	{"1.0.0.0", ADDRESS_GLOBAL},
	{"9.255.255.255", ADDRESS_GLOBAL},
	{"10.0.0.0", ADDRESS_PRIVATE},
	{"10.255.255.255", ADDRESS_PRIVATE},
	{"11.0.0.0", ADDRESS_GLOBAL},
	{"100.63.255.255", ADDRESS_GLOBAL},
	{"100.64.0.0", ADDRESS_SHARED},
	{"100.100.100.199", ADDRESS_SHARED},
	{"100.100.100.200", ADDRESS_METADATA},
	{"100.100.100.201", ADDRESS_SHARED},
	{"100.127.255.255", ADDRESS_SHARED},
	{"100.128.0.0", ADDRESS_GLOBAL},
	{"126.255.255.255", ADDRESS_GLOBAL},
	{"127.0.0.0", ADDRESS_LOOPBACK},
	{"127.0.0.1", ADDRESS_LOOPBACK},
	{"127.255.255.255", ADDRESS_LOOPBACK},
	{"128.0.0.0", ADDRESS_GLOBAL},
	{"140.82.112.5", ADDRESS_GLOBAL},
	{"168.63.129.15", ADDRESS_GLOBAL},
	{"168.63.129.16", ADDRESS_METADATA},
	{"168.63.129.17", ADDRESS_GLOBAL},
	{"169.253.255.255", ADDRESS_GLOBAL},
	{"169.254.0.0", ADDRESS_LINK_LOCAL},
	{"169.254.169.254", ADDRESS_LINK_LOCAL},
	{"169.254.255.255", ADDRESS_LINK_LOCAL},
	{"169.255.0.0", ADDRESS_GLOBAL},
	{"172.15.255.255", ADDRESS_GLOBAL},
	{"172.16.0.0", ADDRESS_PRIVATE},
	{"172.31.255.255", ADDRESS_PRIVATE},
	{"172.32.0.0", ADDRESS_GLOBAL},
	{"191.255.255.255", ADDRESS_GLOBAL},
	{"192.0.0.0", ADDRESS_RESERVED},
	{"192.0.0.192", ADDRESS_RESERVED},
	{"192.0.1.0", ADDRESS_GLOBAL},
	{"192.0.2.1", ADDRESS_RESERVED},
	{"192.0.3.0", ADDRESS_GLOBAL},
	{"192.88.98.255", ADDRESS_GLOBAL},
	{"192.88.99.1", ADDRESS_RESERVED},
	{"192.88.100.0", ADDRESS_GLOBAL},
	{"192.167.255.255", ADDRESS_GLOBAL},
	{"192.168.0.0", ADDRESS_PRIVATE},
	{"192.168.255.255", ADDRESS_PRIVATE},
	{"192.169.0.0", ADDRESS_GLOBAL},
	{"198.17.255.255", ADDRESS_GLOBAL},
	{"198.18.0.0", ADDRESS_RESERVED},
	{"198.19.255.255", ADDRESS_RESERVED},
	{"198.20.0.0", ADDRESS_GLOBAL},
	{"198.51.99.255", ADDRESS_GLOBAL},
	{"198.51.100.7", ADDRESS_RESERVED},
	{"198.51.101.0", ADDRESS_GLOBAL},
	{"203.0.112.255", ADDRESS_GLOBAL},
	{"203.0.113.1", ADDRESS_RESERVED},
	{"203.0.114.0", ADDRESS_GLOBAL},
	{"223.255.255.255", ADDRESS_GLOBAL},
	{"224.0.0.0", ADDRESS_MULTICAST},
	{"239.255.255.255", ADDRESS_MULTICAST},
	{"240.0.0.0", ADDRESS_RESERVED},
	{"255.255.255.255", ADDRESS_RESERVED},

	{"::", ADDRESS_UNSPECIFIED},
	{"::1", ADDRESS_LOOPBACK},
	{"::2", ADDRESS_RESERVED},
	{"::127.0.0.1", ADDRESS_RESERVED}, /* the deprecated IPv4-compatible form */
	{"::140.82.112.5", ADDRESS_RESERVED},
	{"64:ff9b:1::1", ADDRESS_RESERVED},
	{"100::1", ADDRESS_RESERVED},
	{"1fff:ffff::1", ADDRESS_RESERVED},
	{"2000::", ADDRESS_GLOBAL},
	{"2000:ffff::1", ADDRESS_GLOBAL},
	{"2001::1", ADDRESS_RESERVED}, /* Teredo */
	{"2001:2::1", ADDRESS_RESERVED},
	{"2001:1ff:ffff::1", ADDRESS_RESERVED},
	{"2001:200::1", ADDRESS_GLOBAL},
	{"2001:db7:ffff::1", ADDRESS_GLOBAL},
	{"2001:db8::1", ADDRESS_RESERVED},
	{"2001:db9::1", ADDRESS_GLOBAL},
	{"2606:50c0:8000::64", ADDRESS_GLOBAL},
	{"3ffe:ffff::1", ADDRESS_GLOBAL},
	{"3fff::1", ADDRESS_RESERVED},
	{"3fff:fff:ffff::1", ADDRESS_RESERVED},
	{"3fff:1000::1", ADDRESS_GLOBAL},
	{"4000::1", ADDRESS_RESERVED},
	{"5f00::1", ADDRESS_RESERVED},
	{"fbff:ffff::1", ADDRESS_RESERVED},
	{"fc00::1", ADDRESS_PRIVATE},
	{"fd12:3456:789a::1", ADDRESS_PRIVATE},
	{"fd00:ec2::253", ADDRESS_PRIVATE},
	{"fd00:ec2::254", ADDRESS_METADATA},
	{"fd20:ce::254", ADDRESS_METADATA},
	{"fe00::1", ADDRESS_RESERVED},
	{"fe80::1", ADDRESS_LINK_LOCAL},
	{"febf:ffff::1", ADDRESS_LINK_LOCAL},
	{"fec0::1", ADDRESS_RESERVED},
	{"feff::1", ADDRESS_RESERVED},
	{"ff00::1", ADDRESS_MULTICAST},
	{"ff02::1", ADDRESS_MULTICAST},
};

static void test_classes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
		struct address address = parse(classes[i].text);
		if (address_classify(&address) != classes[i].class)
			fail_msg("%s is %s", classes[i].text,
				 address_class_name(address_classify(&address)));
	}
}

/* Whatever IPv4 address is carried, the carrier changes nothing. */
static void test_carried(void **state)
{
	static const char *const carriers[] = {"::ffff:%s", "64:ff9b::%s"};
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
		struct address inner = parse(classes[i].text), outer = {.family = AF_INET6};
		if (inner.family != AF_INET)
			continue;
		for (size_t c = 0; c < sizeof(carriers) / sizeof(*carriers); c++) {
			size_t head = strcspn(carriers[c], "%");
			memcpy(text, carriers[c], head);
			strncpy(text + head, classes[i].text, sizeof(text) - head);
			outer = parse(text);
			assert_int_equal(address_classify(&outer), classes[i].class);
		}
		outer = (struct address){.family = AF_INET6, .bytes = {0x20, 0x02}};
		memcpy(outer.bytes + 2, inner.bytes, 4);
		outer.bytes[15] = 1;
		assert_int_equal(address_classify(&outer), classes[i].class);
	}
}

static bool permitted(enum address_rule rule, const char *literal, const char *text)
{
	struct address origin, address = parse(text);

	if (!literal)
		return address_permitted(rule, NULL, &address);
	origin = parse(literal);
	return address_permitted(rule, &origin, &address);
}

static void test_public_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++)
		assert_int_equal(permitted(ADDRESSES_PUBLIC, NULL, classes[i].text),
				 classes[i].class == ADDRESS_GLOBAL);
}

static void test_private_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++) {
		enum address_class class = classes[i].class;
		assert_int_equal(permitted(ADDRESSES_PRIVATE, NULL, classes[i].text),
				 class == ADDRESS_GLOBAL || class == ADDRESS_PRIVATE ||
					 class == ADDRESS_SHARED);
	}
	assert_false(permitted(ADDRESSES_PRIVATE, NULL, "169.254.169.254"));
	assert_false(permitted(ADDRESSES_PRIVATE, NULL, "fd00:ec2::254"));
	assert_false(permitted(ADDRESSES_PRIVATE, NULL, "::ffff:127.0.0.1"));
}

static void test_loopback_rule_for_localhost(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(classes) / sizeof(*classes); i++)
		assert_int_equal(permitted(ADDRESSES_LOOPBACK, NULL, classes[i].text),
				 classes[i].class == ADDRESS_LOOPBACK);
}

static void test_loopback_rule_for_literals(void **state)
{
	(void)state;
	assert_true(permitted(ADDRESSES_LOOPBACK, "127.0.0.1", "127.0.0.1"));
	assert_true(permitted(ADDRESSES_LOOPBACK, "[::1]", "::1"));
	assert_true(permitted(ADDRESSES_LOOPBACK, "10.1.2.3", "10.1.2.3"));
	assert_true(permitted(ADDRESSES_LOOPBACK, "140.82.112.5", "140.82.112.5"));
	assert_false(permitted(ADDRESSES_LOOPBACK, "127.0.0.1", "127.0.0.2"));
	assert_false(permitted(ADDRESSES_LOOPBACK, "127.0.0.1", "::ffff:127.0.0.1"));
	assert_false(permitted(ADDRESSES_LOOPBACK, "10.1.2.3", "127.0.0.1"));
	/* Spelled out or not: these never. */
	assert_false(permitted(ADDRESSES_LOOPBACK, "169.254.169.254", "169.254.169.254"));
	assert_false(permitted(ADDRESSES_LOOPBACK, "fd00:ec2::254", "fd00:ec2::254"));
	assert_false(permitted(ADDRESSES_LOOPBACK, "0.0.0.0", "0.0.0.0"));
	assert_false(permitted(ADDRESSES_LOOPBACK, "::", "::"));
	assert_false(permitted(ADDRESSES_LOOPBACK, "224.0.0.1", "224.0.0.1"));
	assert_false(permitted(ADDRESSES_LOOPBACK, "fe80::1", "fe80::1"));
	assert_false(permitted(ADDRESSES_LOOPBACK, "203.0.113.1", "203.0.113.1"));
}

static void test_unknown_rule(void **state)
{
	(void)state;
	assert_false(permitted(ADDRESS_RULES, NULL, "140.82.112.5"));
}

static void test_parse(void **state)
{
	static const char *const refused[] = {
		"",	      "localhost",
		"127.1",      "127.0.0.1.",
		"0x7f000001", "2130706433",
		"127.0.0.01", "[127.0.0.1]",
		"[::1",	      "::1]",
		"[]",	      "::1%lo",
		"256.0.0.1",  "1:2:3:4:5:6:7:8:9",
		" ::1",	      "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa",
	};
	struct address address;

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		if (address_parse(refused[i], &address))
			fail_msg("took \"%s\" for an address", refused[i]);
	}
	assert_true(address_parse("[2001:db8::1]", &address));
	assert_int_equal(address.family, AF_INET6);
	assert_true(address_parse("192.0.2.1", &address));
	assert_int_equal(address.family, AF_INET);
	assert_memory_equal(address.bytes, ((uint8_t[]){192, 0, 2, 1}), 4);
}

static void test_socket_forms(void **state)
{
	static const char *const texts[] = {"192.0.2.1", "2001:db8::1"};
	struct sockaddr_storage name;
	char text[ADDRESS_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct address before = parse(texts[i]), after;
		socklen_t size = address_to_socket(&before, 443, &name);
		assert_int_equal(size,
				 i == 0 ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
		assert_int_equal(name.ss_family, before.family);
		/* The port stands at the same place in both. */
		assert_int_equal(ntohs(((struct sockaddr_in *)&name)->sin_port), 443);
		assert_int_equal(address_from_socket((struct sockaddr *)&name, &after), 0);
		assert_true(address_equal(&before, &after));
		address_text(&after, text);
		assert_string_equal(text, texts[i]);
	}
	name.ss_family = AF_UNIX;
	assert_int_equal(address_from_socket((struct sockaddr *)&name, &(struct address){0}), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_carried),
		cmocka_unit_test(test_public_rule),
		cmocka_unit_test(test_private_rule),
		cmocka_unit_test(test_loopback_rule_for_localhost),
		cmocka_unit_test(test_loopback_rule_for_literals),
		cmocka_unit_test(test_unknown_rule),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_socket_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
