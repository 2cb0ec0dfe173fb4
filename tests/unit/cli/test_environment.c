/* Which API, token and places follow from which variables. */
#include "cli/environment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* "NAME=value" entries, NULL at the end. */
static const char *lookup(void *context, const char *name)
{
	size_t length = strlen(name);

	for (const char *const *entry = context; *entry; entry++) {
		if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=')
			return *entry + length + 1;
	}
	return NULL;
}

#define ENVIRONMENT(...)                                                                           \
	&(const struct environment)                                                                \
	{                                                                                          \
		.lookup = lookup, .context = (void *)(uintptr_t)(const char *const[])              \
		{                                                                                  \
			__VA_ARGS__ __VA_OPT__(, ) NULL                                            \
		}                                                                                  \
	}

static struct environment_api api;
static struct environment_token token;
static struct failure failure;

static void assert_api(const struct environment *environment, const char *repo_host,
		       const char *url, const char *hostname)
{
	if (environment_find_api(environment, repo_host, &api, &failure) < 0)
		fail_msg("%s", failure.message);
	assert_string_equal(api.url, url);
	assert_string_equal(api.hostname, hostname);
}

static void assert_no_api(const struct environment *environment, const char *repo_host,
			  const char *part)
{
	memset(&failure, 0, sizeof(failure));
	assert_int_equal(environment_find_api(environment, repo_host, &api, &failure), -1);
	assert_int_equal(failure.kind, FAILURE_USAGE);
	if (!strstr(failure.message, part))
		fail_msg("\"%s\" should mention \"%s\"", failure.message, part);
}

static void test_the_default_is_nobodys_choice(void **state)
{
	(void)state;
	assert_api(ENVIRONMENT(), NULL, "https://api.github.com", "github.com");
	assert_false(api.chosen);
	assert_false(api.enterprise);
	assert_api(ENVIRONMENT("GITHUB_API_URL=", "GH_HOST="), NULL, "https://api.github.com",
		   "github.com");
	assert_false(api.chosen);
}

static void test_hosts_become_addresses(void **state)
{
	(void)state;
	assert_api(ENVIRONMENT("GH_HOST=github.com"), NULL, "https://api.github.com", "github.com");
	assert_true(api.chosen);
	assert_api(ENVIRONMENT("GH_HOST=acme.ghe.com"), NULL, "https://api.acme.ghe.com",
		   "acme.ghe.com");
	assert_false(api.enterprise);
	assert_api(ENVIRONMENT("GH_HOST=api.acme.ghe.com"), NULL, "https://api.acme.ghe.com",
		   "acme.ghe.com");
	assert_api(ENVIRONMENT("GITHUB_HOSTNAME=ghe.example.com", "GH_HOST=other.example.com"),
		   NULL, "https://ghe.example.com/api/v3", "ghe.example.com");
	assert_true(api.enterprise);
	assert_api(ENVIRONMENT("GH_HOST=ghe.example.com:8443"), NULL,
		   "https://ghe.example.com:8443/api/v3", "ghe.example.com:8443");
	assert_api(ENVIRONMENT(), "ghe.example.com", "https://ghe.example.com/api/v3",
		   "ghe.example.com");
	assert_true(api.chosen);
}

static void test_lookalike_hosts_are_strangers(void **state)
{
	static const char *const strangers[] = {"GH_HOST=evil-ghe.com", "GH_HOST=notgithub.com",
						"GH_HOST=github.com.example.com",
						"GH_HOST=ghe.com"};

	(void)state;
	for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
		assert_int_equal(
			environment_find_api(ENVIRONMENT(strangers[i]), NULL, &api, &failure), 0);
		assert_true(api.enterprise);
	}
}

static void test_an_address_is_used_as_given(void **state)
{
	(void)state;
	assert_api(ENVIRONMENT("GITHUB_API_URL=https://localhost:8443"), NULL,
		   "https://localhost:8443", "localhost:8443");
	assert_true(api.enterprise);
	assert_api(ENVIRONMENT("GITHUB_API_URL=https://ghe.example.com/api/v3/"), NULL,
		   "https://ghe.example.com/api/v3", "ghe.example.com");
	assert_api(ENVIRONMENT("GITHUB_API_URL=https://api.github.com", "GH_HOST=ghe.example.com"),
		   NULL, "https://api.github.com", "github.com");
}

static void test_contradictions_are_refused(void **state)
{
	(void)state;
	assert_no_api(ENVIRONMENT("GITHUB_API_URL=https://a.example.com/api/v3",
				  "GITHUB_HOSTNAME=b.example.com"),
		      NULL, "GITHUB_HOSTNAME");
	assert_no_api(ENVIRONMENT("GITHUB_API_URL=https://a.example.com:1/api/v3",
				  "GITHUB_HOSTNAME=a.example.com:2"),
		      NULL, "GITHUB_HOSTNAME");
	assert_no_api(ENVIRONMENT("GITHUB_API_URL=https://a.example.com/api/v3"), "github.com",
		      "repository's host");
	assert_no_api(ENVIRONMENT("GITHUB_HOSTNAME=a.example.com"), "b.example.com",
		      "repository's host");
	assert_api(ENVIRONMENT("GITHUB_API_URL=https://a.example.com:8443/api/v3",
			       "GITHUB_HOSTNAME=A.example.com"),
		   "a.example.com", "https://a.example.com:8443/api/v3", "a.example.com:8443");
	assert_api(ENVIRONMENT("GITHUB_API_URL=https://api.github.com"), "github.com",
		   "https://api.github.com", "github.com");
}

static void test_what_is_no_address_is_refused(void **state)
{
	(void)state;
	assert_no_api(ENVIRONMENT("GITHUB_API_URL=http://api.github.com"), NULL, "https");
	assert_no_api(ENVIRONMENT("GITHUB_API_URL=https://user@api.github.com"), NULL, "https");
	assert_no_api(ENVIRONMENT("GITHUB_HOSTNAME=https://ghe.example.com"), NULL, "host name");
	assert_no_api(ENVIRONMENT("GH_HOST=ghe.example.com/x"), NULL, "host name");
	assert_no_api(ENVIRONMENT("GH_HOST=user@ghe.example.com"), NULL, "host name");
	assert_no_api(ENVIRONMENT("GH_HOST=ghe.example.com:99999"), NULL, "host name");
	assert_no_api(ENVIRONMENT(), "gh?e", "host name");
}

static void find_token(const struct environment *environment)
{
	assert_int_equal(environment_find_api(environment, NULL, &api, &failure), 0);
	environment_find_token(environment, &api, &token);
}

static void test_the_token_follows_the_host(void **state)
{
	(void)state;
	find_token(ENVIRONMENT("GH_TOKEN=a", "GITHUB_TOKEN=b", "GH_ENTERPRISE_TOKEN=c"));
	assert_string_equal(token.variable, "GH_TOKEN");
	assert_string_equal(token.value, "a");
	assert_string_equal(token.overruled, "GITHUB_TOKEN");
	find_token(ENVIRONMENT("GITHUB_TOKEN=b", "GH_HOST=acme.ghe.com"));
	assert_string_equal(token.variable, "GITHUB_TOKEN");
	assert_null(token.overruled);
	find_token(
		ENVIRONMENT("GH_TOKEN=a", "GITHUB_ENTERPRISE_TOKEN=d", "GH_HOST=ghe.example.com"));
	assert_string_equal(token.variable, "GITHUB_ENTERPRISE_TOKEN");
	find_token(ENVIRONMENT("GH_ENTERPRISE_TOKEN=c", "GITHUB_ENTERPRISE_TOKEN=d",
			       "GITHUB_API_URL=https://localhost:1"));
	assert_string_equal(token.value, "c");
}

static void test_a_token_never_goes_to_the_wrong_hosts(void **state)
{
	(void)state;
	find_token(ENVIRONMENT("GH_TOKEN=a", "GITHUB_TOKEN=b", "GH_HOST=ghe.example.com"));
	assert_null(token.variable);
	assert_null(token.value);
	assert_string_equal(token.misplaced, "GH_TOKEN");
	find_token(ENVIRONMENT("GH_ENTERPRISE_TOKEN=c"));
	assert_null(token.variable);
	assert_string_equal(token.misplaced, "GH_ENTERPRISE_TOKEN");
}

static void test_equal_and_empty_tokens_are_no_conflict(void **state)
{
	(void)state;
	find_token(ENVIRONMENT("GH_TOKEN=a", "GITHUB_TOKEN=a"));
	assert_null(token.overruled);
	find_token(ENVIRONMENT("GH_TOKEN=", "GITHUB_TOKEN=b"));
	assert_string_equal(token.variable, "GITHUB_TOKEN");
	assert_null(environment_any_token(ENVIRONMENT("GH_TOKEN=")));
	assert_string_equal(environment_any_token(ENVIRONMENT("GITHUB_ENTERPRISE_TOKEN=x")),
			    "GITHUB_ENTERPRISE_TOKEN");
}

static void test_tokens_are_overwritten_in_place(void **state)
{
	char path[] = "PATH=/bin", gh[] = "GH_TOKEN=secret", like[] = "GH_TOKENS=keep";
	char enterprise[] = "GITHUB_ENTERPRISE_TOKEN=secret", home[] = "HOME=/root";
	char *block[] = {gh, path, enterprise, like, home, NULL};
	const char zeros[sizeof(enterprise)] = {0};

	(void)state;
	environment_forget_tokens(block);
	assert_memory_equal(gh, zeros, sizeof(gh));
	assert_memory_equal(enterprise, zeros, sizeof(enterprise));
	assert_ptr_equal(block[0], path);
	assert_ptr_equal(block[1], like);
	assert_ptr_equal(block[2], home);
	assert_null(block[3]);
	assert_string_equal(like, "GH_TOKENS=keep");
}

static void test_proxies_with_credentials_are_secrets(void **state)
{
	char https[] = "HTTPS_PROXY=http://u:p@h:1", lower[] = "all_proxy=http://u@h:1";
	char unused[] = "ftp_proxy=http://u:p@h:1", gh[] = "GH_TOKEN=secret";
	char plain[] = "ALL_PROXY=http://h:1", other[] = "MAIL=u@h", proxy[] = "proxy=u@h";
	char *block[] = {https, plain, lower, other, unused, proxy, gh, NULL};
	const char zeros[sizeof(https)] = {0};

	(void)state;
	environment_forget_secrets(block);
	assert_memory_equal(https, zeros, sizeof(https));
	assert_memory_equal(lower, zeros, sizeof(lower));
	assert_memory_equal(unused, zeros, sizeof(unused));
	assert_memory_equal(gh, zeros, sizeof(gh));
	assert_ptr_equal(block[0], plain);
	assert_ptr_equal(block[1], other);
	assert_ptr_equal(block[2], proxy);
	assert_null(block[3]);
}

static void test_settings_and_their_variables(void **state)
{
	static const char *const proxies[] = {"HTTPS_PROXY=1", "https_proxy=2", "ALL_PROXY=3",
					      "all_proxy=4"};
	const char *variable;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		const struct environment *from = ENVIRONMENT(
			proxies[3], i < 3 ? proxies[2] : "A=", i < 2 ? proxies[1] : "B=",
			i < 1 ? proxies[0] : "HTTPS_PROXY=", "HTTP_PROXY=5", "http_proxy=6");
		const char *value = environment_setting(from, SETTINGS_PROXY, &variable);
		assert_string_equal(value, strchr(proxies[i], '=') + 1);
		assert_memory_equal(variable, proxies[i], strlen(variable));
	}
	assert_string_equal(environment_setting(ENVIRONMENT("no_proxy=a", "NO_PROXY="),
						SETTINGS_NO_PROXY, &variable),
			    "a");
	assert_string_equal(variable, "no_proxy");
	assert_string_equal(
		environment_setting(ENVIRONMENT("GHWARD_TIMEOUT=7"), SETTINGS_TIMEOUT, &variable),
		"7");
	assert_string_equal(variable, "GHWARD_TIMEOUT");
	assert_null(environment_setting(ENVIRONMENT("HTTP_PROXY=5"), SETTINGS_PROXY, &variable));
	assert_null(variable);
}

static void test_places_follow_the_conventions(void **state)
{
	char path[ENVIRONMENT_PATH_MAX];

	(void)state;
	assert_int_equal(environment_state_directory(
				 ENVIRONMENT("STATE_DIRECTORY=/var/lib/x:/y", "HOME=/h"), path),
			 0);
	assert_string_equal(path, "/var/lib/x");
	assert_int_equal(
		environment_state_directory(ENVIRONMENT("XDG_STATE_HOME=/s", "HOME=/h"), path), 0);
	assert_string_equal(path, "/s/ghward");
	assert_int_equal(
		environment_state_directory(ENVIRONMENT("XDG_STATE_HOME=rel", "HOME=/h"), path), 0);
	assert_string_equal(path, "/h/.local/state/ghward");
	assert_int_equal(environment_state_directory(ENVIRONMENT(), path), 0);
	assert_string_equal(path, "/var/lib/ghward");
}

static void test_several_places_come_best_first(void **state)
{
	const struct environment *all =
		ENVIRONMENT("RUNTIME_DIRECTORY=/run/x", "XDG_RUNTIME_DIR=/run/user/1");
	const struct environment *home = ENVIRONMENT("HOME=/h");
	const struct environment *named = ENVIRONMENT("HOME=/h", "GHWARD_CONFIG=my.json");
	char path[ENVIRONMENT_PATH_MAX];

	(void)state;
	assert_int_equal(environment_socket_directory(all, 0, path), 1);
	assert_string_equal(path, "/run/x");
	assert_int_equal(environment_socket_directory(all, 1, path), 1);
	assert_string_equal(path, "/run/user/1/ghward");
	assert_int_equal(environment_socket_directory(all, 2, path), 1);
	assert_string_equal(path, "/run/ghward");
	assert_int_equal(environment_socket_directory(all, 3, path), 0);
	assert_int_equal(environment_config_file(home, 0, path), 1);
	assert_string_equal(path, "/h/.config/ghward/config.json");
	assert_int_equal(environment_config_file(home, 1, path), 1);
	assert_string_equal(path, "/etc/ghward/config.json");
	assert_int_equal(environment_config_file(home, 2, path), 0);
	assert_int_equal(environment_config_file(named, 0, path), 1);
	assert_string_equal(path, "my.json");
	assert_int_equal(environment_config_file(named, 1, path), 0);
}

/* A host that a command names itself: what the environment says of others does not matter. */
static void test_a_host_of_its_own(void **state)
{
	static const struct {
		const char *host, *url, *hostname;
	} cases[] = {
		{"github.com", "https://api.github.com", "github.com"},
		{"acme.ghe.com", "https://api.acme.ghe.com", "acme.ghe.com"},
		{"ghe.example.com", "https://ghe.example.com/own/path", "ghe.example.com"},
		{"other.example.com:8443", "https://other.example.com:8443/api/v3",
		 "other.example.com:8443"},
	};
	const struct environment *environment = ENVIRONMENT(
		"GITHUB_API_URL=https://ghe.example.com/own/path/", "GH_HOST=third.example.com");

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (environment_find_host(environment, cases[i].host, &api, &failure) < 0)
			fail_msg("%s", failure.message);
		assert_string_equal(api.url, cases[i].url);
		assert_string_equal(api.hostname, cases[i].hostname);
		assert_true(api.chosen);
		assert_int_equal(api.enterprise, i > 1);
	}
	assert_int_equal(environment_find_host(environment, "no host", &api, &failure), -1);
	assert_int_equal(failure.kind, FAILURE_USAGE);
	assert_non_null(strstr(failure.message, "--host is \"no host\""));
	assert_int_equal(environment_find_host(environment, "https://x", &api, &failure), -1);
	/* Without one it is the environment's, or github.com. */
	assert_int_equal(
		environment_find_host(ENVIRONMENT("GH_HOST=ghe.example.com"), NULL, &api, &failure),
		0);
	assert_string_equal(api.url, "https://ghe.example.com/api/v3");
	assert_int_equal(environment_find_host(ENVIRONMENT(), NULL, &api, &failure), 0);
	assert_string_equal(api.url, "https://api.github.com");
	assert_true(api.chosen);
}

static void test_addresses_become_hosts(void **state)
{
	char hostname[ENVIRONMENT_HOST_MAX];

	(void)state;
	environment_hostname("https://api.github.com", hostname);
	assert_string_equal(hostname, "github.com");
	environment_hostname("https://api.acme.ghe.com", hostname);
	assert_string_equal(hostname, "acme.ghe.com");
	environment_hostname("https://localhost:8443/api/v3", hostname);
	assert_string_equal(hostname, "localhost:8443");
	environment_hostname("http://localhost", hostname);
	assert_string_equal(hostname, "");
	environment_set_url(&api, "https://ghe.example.com/api/v3");
	assert_string_equal(api.url, "https://ghe.example.com/api/v3");
	assert_string_equal(api.hostname, "ghe.example.com");
	assert_true(api.chosen && api.enterprise);
}

static void test_the_vault_s_key_is_a_secret(void **state)
{
	char kept[] = "TOKEN_ENCRYPTION_KEYS=1", key[] = "TOKEN_ENCRYPTION_KEY=c2VjcmV0";
	char other[] = "OTHER=2";
	char *block[] = {kept, key, other, NULL};

	(void)state;
	environment_forget_tokens(block);
	assert_ptr_equal(block[1], key);
	environment_forget_secrets(block);
	assert_ptr_equal(block[0], kept);
	assert_ptr_equal(block[1], other);
	assert_null(block[2]);
	for (size_t i = 0; i < sizeof(key); i++)
		assert_int_equal(key[i], 0);
	environment_forget(block, "OTHER");
	assert_null(block[1]);
	assert_int_equal(other[0], 0);
}

static void test_a_socket_s_place_that_is_named(void **state)
{
	const struct environment *named =
		ENVIRONMENT("GHWARD_SOCKET_DIRECTORY=/srv/agent", "RUNTIME_DIRECTORY=/run/unit",
			    "XDG_RUNTIME_DIR=/run/user/1000");
	char path[ENVIRONMENT_PATH_MAX];

	(void)state;
	assert_int_equal(environment_socket_directory(named, 0, path), 1);
	assert_string_equal(path, "/srv/agent");
	assert_int_equal(environment_socket_directory(named, 1, path), 0);
	/* A relative one counts as unset, like the others. */
	assert_int_equal(
		environment_socket_directory(ENVIRONMENT("GHWARD_SOCKET_DIRECTORY=agent"), 0, path),
		1);
	assert_string_equal(path, "/run/ghward");
}

/* One user's own directory would be found by nobody else. */
static void test_a_socket_for_all(void **state)
{
	char path[ENVIRONMENT_PATH_MAX];

	(void)state;
	assert_int_equal(environment_shared_socket_directory(
				 ENVIRONMENT("XDG_RUNTIME_DIR=/run/user/1000"), path),
			 1);
	assert_string_equal(path, "/run/ghward");
	assert_int_equal(environment_shared_socket_directory(
				 ENVIRONMENT("RUNTIME_DIRECTORY=/run/unit:/run/other"), path),
			 1);
	assert_string_equal(path, "/run/unit");
	assert_int_equal(
		environment_shared_socket_directory(ENVIRONMENT("GHWARD_SOCKET_DIRECTORY=/srv/a:b",
								"RUNTIME_DIRECTORY=/run/unit"),
						    path),
		1);
	assert_string_equal(path, "/srv/a:b");
}

static void test_paths_that_are_too_long_are_errors(void **state)
{
	char variable[ENVIRONMENT_PATH_MAX + 64] = "XDG_STATE_HOME=/";
	char path[ENVIRONMENT_PATH_MAX];

	(void)state;
	memset(variable + strlen(variable), 'x', ENVIRONMENT_PATH_MAX);
	assert_int_equal(environment_state_directory(ENVIRONMENT(variable), path), -1);
}

static void test_log_words(void **state)
{
	const char *level, *format;

	(void)state;
	assert_int_equal(environment_log_style(ENVIRONMENT(), &level, &format, &failure), 0);
	assert_string_equal(level, "warning");
	assert_string_equal(format, "text");
	assert_int_equal(environment_log_style(ENVIRONMENT("LOG_LEVEL=DEBUG", "LOG_FORMAT=Json"),
					       &level, &format, &failure),
			 0);
	assert_string_equal(level, "debug");
	assert_string_equal(format, "json");
	assert_int_equal(
		environment_log_style(ENVIRONMENT("LOG_LEVEL=loud"), &level, &format, &failure),
		-1);
	assert_int_equal(
		environment_log_style(ENVIRONMENT("LOG_FORMAT=xml"), &level, &format, &failure),
		-1);
	assert_int_equal(failure.kind, FAILURE_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_default_is_nobodys_choice),
		cmocka_unit_test(test_hosts_become_addresses),
		cmocka_unit_test(test_lookalike_hosts_are_strangers),
		cmocka_unit_test(test_an_address_is_used_as_given),
		cmocka_unit_test(test_contradictions_are_refused),
		cmocka_unit_test(test_what_is_no_address_is_refused),
		cmocka_unit_test(test_the_token_follows_the_host),
		cmocka_unit_test(test_a_token_never_goes_to_the_wrong_hosts),
		cmocka_unit_test(test_equal_and_empty_tokens_are_no_conflict),
		cmocka_unit_test(test_tokens_are_overwritten_in_place),
		cmocka_unit_test(test_proxies_with_credentials_are_secrets),
		cmocka_unit_test(test_settings_and_their_variables),
		cmocka_unit_test(test_places_follow_the_conventions),
		cmocka_unit_test(test_several_places_come_best_first),
		cmocka_unit_test(test_a_host_of_its_own),
		cmocka_unit_test(test_addresses_become_hosts),
		cmocka_unit_test(test_the_vault_s_key_is_a_secret),
		cmocka_unit_test(test_a_socket_s_place_that_is_named),
		cmocka_unit_test(test_a_socket_for_all),
		cmocka_unit_test(test_paths_that_are_too_long_are_errors),
		cmocka_unit_test(test_log_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
