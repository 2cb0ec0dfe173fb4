/* The order of addresses, and origins that need no name server. */
#include "dial/resolve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct resolve_list list_of(const char *const *texts, size_t count)
{
	struct resolve_list list = {.count = count};

	for (size_t i = 0; i < count; i++)
		assert_true(address_parse(texts[i], &list.addresses[i]));
	return list;
}

static void assert_list(const struct resolve_list *list, const char *const *texts, size_t count)
{
	char text[ADDRESS_TEXT_SIZE];

	assert_int_equal(list->count, count);
	for (size_t i = 0; i < count; i++) {
		address_text(&list->addresses[i], text);
		assert_string_equal(text, texts[i]);
	}
}

static void test_interleave(void **state)
{
	static const char *const before[] = {"2001:db8::1", "2001:db8::2", "2001:db8::3",
					     "192.0.2.1", "192.0.2.2"};
	static const char *const after[] = {"2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2",
					    "2001:db8::3"};
	struct resolve_list list = list_of(before, 5);

	(void)state;
	resolve_interleave(&list);
	assert_list(&list, after, 5);
	/* A list that alternates already stays. */
	resolve_interleave(&list);
	assert_list(&list, after, 5);
}

static void test_interleave_begins_with_first(void **state)
{
	static const char *const before[] = {"192.0.2.1", "192.0.2.2", "2001:db8::1"};
	static const char *const after[] = {"192.0.2.1", "2001:db8::1", "192.0.2.2"};
	struct resolve_list list = list_of(before, 3);

	(void)state;
	resolve_interleave(&list);
	assert_list(&list, after, 3);
}

static void test_interleave_one_family(void **state)
{
	static const char *const texts[] = {"192.0.2.3", "192.0.2.1", "192.0.2.2"};
	struct resolve_list list = list_of(texts, 3);

	(void)state;
	resolve_interleave(&list);
	assert_list(&list, texts, 3);
	list.count = 0;
	resolve_interleave(&list);
	assert_int_equal(list.count, 0);
}

static void test_prefer(void **state)
{
	static const char *const before[] = {"192.0.2.1", "2001:db8::1", "192.0.2.2"};
	static const char *const after[] = {"192.0.2.2", "192.0.2.1", "2001:db8::1"};
	struct resolver resolver = {.list = list_of(before, 3)};
	struct address winner = resolver.list.addresses[2], stranger;

	(void)state;
	resolve_prefer(&resolver, &winner);
	assert_list(&resolver.list, after, 3);
	assert_true(address_parse("192.0.2.99", &stranger));
	resolve_prefer(&resolver, &stranger);
	assert_list(&resolver.list, after, 3);
}

static struct resolver resolver_of(const char *host, enum address_rule rule)
{
	return (struct resolver){.host = host, .origin = host, .port = 443, .rule = rule};
}

static void test_a_proxy_is_no_api(void **state)
{
	struct resolver resolver = resolver_of("169.254.169.254", ADDRESSES_LOOPBACK);
	struct failure failure;

	(void)state;
	assert_string_equal(resolve_hint(&resolver, "other"), "other");
	resolver.is_proxy = true;
	assert_null(resolve_origin(&resolver, &failure));
	assert_int_equal(failure.kind, FAILURE_DENIED);
	assert_non_null(strstr(failure.message, "a link-local address"));
	assert_non_null(strstr(failure.hint, "HTTPS_PROXY"));
	assert_null(strstr(failure.hint, "GITHUB_API_URL"));
}

static void test_literal(void **state)
{
	static const char *const found[] = {"::1"};
	struct resolver resolver = resolver_of("[::1]", ADDRESSES_LOOPBACK);
	struct failure failure;

	(void)state;
	const struct resolve_list *list = resolve_origin(&resolver, &failure);
	assert_non_null(list);
	assert_list(list, found, 1);
	/* Remembered. */
	assert_ptr_equal(resolve_origin(&resolver, &failure), list);
	assert_int_equal(list->count, 1);
}

static void test_literal_refused(void **state)
{
	struct resolver resolver = resolver_of("10.0.0.1", ADDRESSES_PUBLIC);
	struct failure failure = {.kind = FAILURE_NONE};

	(void)state;
	assert_null(resolve_origin(&resolver, &failure));
	assert_int_equal(failure.kind, FAILURE_DENIED);
	assert_non_null(strstr(failure.message, "10.0.0.1"));
	assert_non_null(strstr(failure.message, "a private address"));
	/* A failure is remembered, too. */
	memset(&failure, 0, sizeof(failure));
	assert_null(resolve_origin(&resolver, &failure));
	assert_int_equal(failure.kind, FAILURE_DENIED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_interleave),
		cmocka_unit_test(test_interleave_begins_with_first),
		cmocka_unit_test(test_interleave_one_family),
		cmocka_unit_test(test_prefer),
		cmocka_unit_test(test_literal),
		cmocka_unit_test(test_a_proxy_is_no_api),
		cmocka_unit_test(test_literal_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
