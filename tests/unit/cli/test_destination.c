/* The directory of repositories: opened, made when asked to, never a place of the system. */
#include "cli/destination.h"
#include "lib/base/io.h"

#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char home[PATH_MAX];
static struct failure failure;

static int set_up(void **state)
{
	char made[] = "/tmp/ghward-destination-XXXXXX";

	(void)state;
	memset(&failure, 0, sizeof(failure));
	return mkdtemp(made) && realpath(made, home) && chdir(home) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	char command[PATH_MAX + 16];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", home);
	return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

static bool is_directory(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
}

/* `below` is what the canonical path has behind that of the home. */
static void expect(const char *named, enum destination_use use, const char *below)
{
	struct destination destination = {.named = named, .use = use};
	char path[PATH_MAX + 64];
	IO_AUTOCLOSE int fd = destination_open(&destination, &failure);

	if (fd < 0)
		fail_msg("%s: %s", named, failure.message);
	assert_true(is_directory(fd));
	assert_int_not_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
	snprintf(path, sizeof(path), "%s%s", home, below);
	assert_string_equal(destination.path, path);
}

static void assert_refused(const char *named, enum destination_use use, enum failure_kind kind,
			   const char *part)
{
	struct destination destination = {.named = named, .use = use};

	assert_int_equal(destination_open(&destination, &failure), -1);
	assert_int_equal(failure.kind, kind);
	if (!strstr(failure.message, part))
		fail_msg("\"%s\" should mention \"%s\"", failure.message, part);
}

static void test_what_is_there(void **state)
{
	(void)state;
	assert_int_equal(mkdir("mirrors", 0700), 0);
	assert_int_equal(symlink("mirrors", "link"), 0);
	expect(".", DESTINATION_LOOK, "");
	expect("mirrors", DESTINATION_LOOK, "/mirrors");
	expect("./mirrors/../mirrors//", DESTINATION_MAKE, "/mirrors");
	expect("link", DESTINATION_MAKE, "/mirrors");
	expect(home, DESTINATION_MAKE, "");
}

static void test_what_is_made(void **state)
{
	struct stat status;
	mode_t old = umask(0002);

	(void)state;
	expect("new", DESTINATION_MAKE, "/new");
	assert_int_equal(stat("new", &status), 0);
	assert_int_equal(status.st_mode & 07777, 0755);
	umask(0077);
	expect("new/./inner//", DESTINATION_MAKE, "/new/inner");
	assert_int_equal(stat("new/inner", &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
	umask(old);
}

/* The last refusal. */
static void assert_hint(const char *part)
{
	if (!strstr(failure.hint, part))
		fail_msg("\"%s\" should mention \"%s\"", failure.hint, part);
}

static void test_what_is_not_there(void **state)
{
	(void)state;
	assert_refused("new", DESTINATION_LOOK, FAILURE_NOT_FOUND, "No such file");
	assert_hint("repos sync makes it");
	assert_int_equal(access("new", F_OK), -1);
	assert_refused("a/b", DESTINATION_MAKE, FAILURE_USAGE, "cannot use the directory a/b");
	assert_hint("all but the last part must be there");
	assert_int_equal(access("a", F_OK), -1);
}

static void test_what_is_no_directory(void **state)
{
	IO_AUTOCLOSE int fd = open("file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	(void)state;
	assert_true(fd >= 0);
	assert_refused("file", DESTINATION_MAKE, FAILURE_USAGE, "Not a directory");
	assert_refused("file/x", DESTINATION_MAKE, FAILURE_USAGE, "Not a directory");
	assert_int_equal(symlink("nowhere", "dangling"), 0);
	assert_refused("dangling", DESTINATION_MAKE, FAILURE_USAGE, "Not a directory");
	assert_int_equal(access("nowhere", F_OK), -1);
}

static void test_names_that_records_cannot_have(void **state)
{
	(void)state;
	assert_int_equal(mkdir("\xff", 0700), 0);
	assert_refused("\xff", DESTINATION_LOOK, FAILURE_USAGE, "UTF-8");
}

static void test_long_paths(void **state)
{
	char path[REPOS_DESTINATION_MAX + 100];

	(void)state;
	memset(path, '/', sizeof(path));
	memcpy(path + sizeof(path) - 4, "new", 4);
	assert_refused(path, DESTINATION_MAKE, FAILURE_USAGE, "too long");
}

/* The broker is told of it, and nobody gets into it. */
static void expect_nothing(const char *named, const char *canonical)
{
	struct destination destination = {.named = named, .use = DESTINATION_MAKE};
	IO_AUTOCLOSE int fd = destination_open(&destination, &failure);

	if (fd < 0)
		fail_msg("%s: %s", named, failure.message);
	assert_false(is_directory(fd));
	assert_string_equal(destination.path, canonical);
}

static void test_places_of_the_system(void **state)
{
	(void)state;
	expect_nothing("/", "/");
	expect_nothing("/etc/", "/etc");
	expect_nothing("/tmp", "/tmp");
	expect_nothing("/usr/ghward-test-mirrors", "/usr/ghward-test-mirrors");
	assert_int_equal(access("/usr/ghward-test-mirrors", F_OK), -1);
	assert_int_equal(symlink("/usr", "link"), 0);
	expect_nothing("link", "/usr");
	expect_nothing("link/ghward-test-mirrors", "/usr/ghward-test-mirrors");
	assert_int_equal(access("/usr/ghward-test-mirrors", F_OK), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_what_is_there, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_is_made, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_is_not_there, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_is_no_directory, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_names_that_records_cannot_have, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_long_paths, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_places_of_the_system, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
