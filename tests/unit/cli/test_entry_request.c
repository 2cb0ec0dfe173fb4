/* The request for a vault entry: dates, names, and what is for an App. */
#include "cli/entry_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct options options;
static struct entry_request entry;
static struct failure failure;
static const char *client_id;

static const char *lookup(void *context, const char *name)
{
	(void)context;
	return strcmp(name, "GHWARD_CLIENT_ID") == 0 ? client_id : NULL;
}

static const struct environment environment = {.lookup = lookup};

static int set_up(void **state)
{
	(void)state;
	memset(&options, 0, sizeof(options));
	memset(&failure, 0, sizeof(failure));
	client_id = NULL;
	return 0;
}

static int make(void)
{
	return entry_request_make(&entry, "work", &options, &environment, &failure);
}

static void test_what_was_given(void **state)
{
	(void)state;
	assert_int_equal(make(), 0);
	assert_string_equal(entry.name, "work");
	assert_null(entry.owner);
	assert_null(entry.account);
	assert_null(entry.scopes);
	assert_int_equal(entry.expires, 0);
	assert_int_equal(entry.form, SECRET_TOKEN);
	options.values[OPTION_OWNER] = "acme";
	options.values[OPTION_SCOPES] = "repo,gist";
	assert_int_equal(make(), 0);
	assert_string_equal(entry.owner, "acme");
	assert_string_equal(entry.scopes, "repo,gist");
}

static void test_an_app(void **state)
{
	(void)state;
	options.values[OPTION_APP_ID] = "12345";
	client_id = "Iv1.other";
	assert_int_equal(make(), 0);
	assert_string_equal(entry.account, "12345");
	assert_int_equal(entry.form, SECRET_APP_KEY);
}

static void test_client_ids(void **state)
{
	(void)state;
	client_id = "Iv1.environment";
	assert_int_equal(make(), 0);
	assert_string_equal(entry.account, "Iv1.environment");
	options.values[OPTION_CLIENT_ID] = "Iv1.option";
	assert_int_equal(make(), 0);
	assert_string_equal(entry.account, "Iv1.option");
	assert_int_equal(entry.form, SECRET_TOKEN);
}

static void test_the_secret_of_an_app(void **state)
{
	(void)state;
	client_id = "Iv1.environment";
	options.values[OPTION_SECRET_OF] = "Iv1.option";
	assert_int_equal(make(), 0);
	assert_string_equal(entry.account, "Iv1.option");
	assert_int_equal(entry.form, SECRET_CLIENT);
	options.values[OPTION_APP_ID] = "12345";
	assert_int_equal(make(), -1);
	assert_int_equal(failure.kind, FAILURE_USAGE);
	assert_non_null(strstr(failure.message, "exclude"));
}

static void test_dates(void **state)
{
	static const struct {
		const char *text;
		uint64_t seconds; /* 0: refused */
	} cases[] = {
		{"2026-11-21", 1795219200},
		{"2026-11-21T10:00:00Z", 1795255200},
		{"2028-02-29", 1835395200},
		{"2027-02-29", 0},
		{"2026-13-01", 0},
		{"2026-11-21T10:00:00", 0},
		{"2026-11-21T10:00:00+01:00", 0},
		{"2026-1-2", 0},
		{"20261121", 0},
		{"tomorrow", 0},
		{"1970-01-01", 0},
		{"0000-00-00", 0},
		{"2026-11-21 ", 0},
		{"+026-11-21", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		options.values[OPTION_EXPIRES] = cases[i].text;
		int status = make();
		if ((status == 0) != (cases[i].seconds > 0))
			fail_msg("\"%s\" is %s", cases[i].text, status ? "refused" : "accepted");
		if (status == 0) {
			assert_int_equal(entry.expires, cases[i].seconds);
		} else {
			assert_int_equal(failure.kind, FAILURE_USAGE);
			assert_non_null(strstr(failure.message, cases[i].text));
		}
	}
}

static void test_names_of_hosts(void **state)
{
	static const struct environment_api hosts[] = {{.hostname = "github.com"},
						       {.hostname = "ghe.example.com:8443"}};
	char name[ENVIRONMENT_HOST_MAX];

	(void)state;
	entry_default_name(&hosts[0], name);
	assert_string_equal(name, "github.com");
	entry_default_name(&hosts[1], name);
	assert_string_equal(name, "ghe.example.com-8443");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_what_was_given, set_up),
		cmocka_unit_test_setup(test_an_app, set_up),
		cmocka_unit_test_setup(test_client_ids, set_up),
		cmocka_unit_test_setup(test_the_secret_of_an_app, set_up),
		cmocka_unit_test_setup(test_dates, set_up),
		cmocka_unit_test_setup(test_names_of_hosts, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
