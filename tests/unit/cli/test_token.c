/* The token's way: from a variable or from gh into the pipe, and out of this process. */
#include "cli/token.h"
#include "lib/base/io.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[] = "/tmp/ghward-token-XXXXXX";
static const struct environment_api github = {.hostname = "github.com"};
static const struct environment_api server = {.hostname = "ghe.example.com", .enterprise = true};
static struct failure failure;
static const char *source;

/* A gh that only this test sees; NULL for none at all. */
static void install_gh(const char *script)
{
	char path[128];

	assert_int_equal(setenv("PATH", directory, 1), 0);
	snprintf(path, sizeof(path), "%s/gh", directory);
	unlink(path);
	if (!script)
		return;
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "#!/bin/sh\n%s\n", script);
	fclose(file);
	assert_int_equal(chmod(path, 0700), 0);
}

static int set_up(void **state)
{
	(void)state;
	memset(&failure, 0, sizeof(failure));
	install_gh(NULL);
	return 0;
}

static int make_directory(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
	(void)state;
	install_gh(NULL);
	return rmdir(directory);
}

static void assert_pipe(const struct environment_api *api, const char *expected)
{
	char text[256] = "";
	int fd = token_pipe(&environment_own, api, ERRORS_JSON, &source, &failure);

	assert_true(fd >= 0);
	ssize_t got = io_read_full(fd, text, sizeof(text) - 1);
	assert_true(got >= 0);
	io_close(&fd);
	assert_string_equal(text, expected);
}

static void test_a_variable_is_moved(void **state)
{
	(void)state;
	setenv("GH_TOKEN", "ghp_first", 1);
	setenv("GITHUB_TOKEN", "ghp_second", 1);
	const char *bytes = getenv("GH_TOKEN");
	assert_pipe(&github, "ghp_first");
	assert_string_equal(source, "GH_TOKEN");
	assert_null(getenv("GH_TOKEN"));
	assert_null(getenv("GITHUB_TOKEN"));
	assert_string_equal(bytes, "");
}

static void test_tokens_for_other_hosts_only_vanish(void **state)
{
	(void)state;
	setenv("GH_TOKEN", "ghp_first", 1);
	assert_pipe(&server, "");
	assert_string_equal(source, "");
	assert_null(getenv("GH_TOKEN"));
}

static void test_gh_is_asked_without_any_token_in_its_environment(void **state)
{
	(void)state;
	install_gh("echo \"$*\"; echo \"[$GH_TOKEN$GH_ENTERPRISE_TOKEN]\"");
	setenv("GH_ENTERPRISE_TOKEN", "ghp_other", 1);
	assert_pipe(&github, "auth token --hostname github.com\n[]\n");
	assert_string_equal(source, "gh auth token");
}

static void test_gh_is_not_asked_when_a_variable_is_set(void **state)
{
	(void)state;
	install_gh("echo from-gh");
	setenv("GH_TOKEN", "ghp_first", 1);
	assert_pipe(&github, "ghp_first");
}

static void test_what_a_failing_gh_writes_is_no_token(void **state)
{
	(void)state;
	install_gh("echo junk; exit 1");
	assert_pipe(&github, "");
	assert_string_equal(source, "");
	install_gh("echo junk; kill -9 $$");
	assert_pipe(&github, "");
}

static void test_relative_paths_do_not_choose_gh(void **state)
{
	(void)state;
	install_gh("echo from-gh");
	assert_int_equal(chdir(directory), 0);
	setenv("PATH", ".::bin", 1);
	assert_pipe(&github, "");
	assert_int_equal(chdir("/"), 0);
}

static void assert_too_long(void)
{
	assert_int_equal(token_pipe(&environment_own, &github, ERRORS_JSON, &source, &failure), -1);
	assert_int_equal(failure.kind, FAILURE_AUTHENTICATION);
	assert_null(getenv("GH_TOKEN"));
}

static void test_endless_tokens_are_refused(void **state)
{
	static char endless[8194];

	(void)state;
	memset(endless, 'x', sizeof(endless) - 1);
	setenv("GH_TOKEN", endless, 1);
	assert_too_long();
	install_gh("printf '%09000d' 0");
	assert_too_long();
	endless[8192] = 0;
	setenv("GH_TOKEN", endless, 1);
	int fd = token_pipe(&environment_own, &github, ERRORS_JSON, &source, &failure);
	assert_true(fd >= 0);
	io_close(&fd);
}

/* What comes after an order, or after the end of all orders. */
static void assert_answer(const char *order, const char *expected)
{
	char text[256] = "";
	int fd = token_on_demand(&environment_own, &github, ERRORS_JSON, &source, &failure);

	assert_true(fd >= 0);
	assert_string_equal(source, "gh auth token");
	if (*order)
		assert_int_equal(write(fd, order, 1), 1);
	else
		assert_int_equal(shutdown(fd, SHUT_WR), 0);
	ssize_t got = io_read_full(fd, text, sizeof(text) - 1);
	assert_true(got >= 0);
	io_close(&fd);
	assert_string_equal(text, expected);
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static void test_gh_is_asked_once_it_is_wanted(void **state)
{
	char marker[128], script[256];

	(void)state;
	snprintf(marker, sizeof(marker), "%s/asked", directory);
	snprintf(script, sizeof(script),
		 "echo >%s; echo \"$*\"; echo \"[$GH_ENTERPRISE_TOKEN"
		 "$TOKEN_ENCRYPTION_KEY]\"",
		 marker);
	install_gh(script);
	setenv("GH_ENTERPRISE_TOKEN", "ghp_other", 1);
	setenv("TOKEN_ENCRYPTION_KEY", "key", 1);
	assert_answer("", "");
	assert_int_equal(access(marker, F_OK), -1);
	assert_answer("x", "");
	assert_int_equal(access(marker, F_OK), -1);
	assert_answer("g", "auth token --hostname github.com\n[]\n");
	assert_int_equal(unlink(marker), 0);
	assert_null(getenv("GH_ENTERPRISE_TOKEN"));
	unsetenv("TOKEN_ENCRYPTION_KEY");
}

static void test_on_demand_a_failing_gh_has_no_token_either(void **state)
{
	(void)state;
	install_gh("echo junk; exit 1");
	assert_answer("g", "");
	install_gh("printf '%09000d' 0");
	assert_answer("g", "");
}

static void test_what_waits_holds_no_descriptor_of_ours(void **state)
{
	int ends[2];
	char byte;

	(void)state;
	install_gh("echo from-gh");
	assert_int_equal(pipe(ends), 0);
	int fd = token_on_demand(&environment_own, &github, ERRORS_JSON, &source, &failure);
	assert_true(fd >= 0);
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	close(ends[0]);
	io_close(&fd);
	while (waitpid(-1, NULL, 0) > 0)
		;
}

static void test_without_gh_nothing_waits(void **state)
{
	char byte;

	(void)state;
	int fd = token_on_demand(&environment_own, &github, ERRORS_JSON, &source, &failure);
	assert_true(fd >= 0);
	assert_string_equal(source, "");
	assert_int_equal(read(fd, &byte, 1), 0);
	io_close(&fd);
	install_gh("echo from-gh");
	setenv("GH_TOKEN", "ghp_first", 1);
	fd = token_on_demand(&environment_own, &github, ERRORS_JSON, &source, &failure);
	assert_true(fd >= 0);
	assert_string_equal(source, "GH_TOKEN");
	assert_int_equal(read(fd, &byte, 1), 1);
	io_close(&fd);
	assert_int_equal(waitpid(-1, NULL, 0), -1);
}

static void test_commands_without_need_get_an_empty_pipe(void **state)
{
	char byte;

	(void)state;
	install_gh("echo from-gh");
	setenv("GH_TOKEN", "ghp_first", 1);
	int fd = token_empty_pipe(&source, &failure);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, &byte, 1), 0);
	io_close(&fd);
	assert_string_equal(source, "");
	assert_null(getenv("GH_TOKEN"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_a_variable_is_moved, set_up),
		cmocka_unit_test_setup(test_tokens_for_other_hosts_only_vanish, set_up),
		cmocka_unit_test_setup(test_gh_is_asked_without_any_token_in_its_environment,
				       set_up),
		cmocka_unit_test_setup(test_gh_is_not_asked_when_a_variable_is_set, set_up),
		cmocka_unit_test_setup(test_what_a_failing_gh_writes_is_no_token, set_up),
		cmocka_unit_test_setup(test_relative_paths_do_not_choose_gh, set_up),
		cmocka_unit_test_setup(test_endless_tokens_are_refused, set_up),
		cmocka_unit_test_setup(test_gh_is_asked_once_it_is_wanted, set_up),
		cmocka_unit_test_setup(test_on_demand_a_failing_gh_has_no_token_either, set_up),
		cmocka_unit_test_setup(test_what_waits_holds_no_descriptor_of_ours, set_up),
		cmocka_unit_test_setup(test_without_gh_nothing_waits, set_up),
		cmocka_unit_test_setup(test_commands_without_need_get_an_empty_pipe, set_up),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
