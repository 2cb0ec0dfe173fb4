/* Places of the system, and those of somebody. */
#include "lib/path/system.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void expect(bool expected, const char *const *paths)
{
	for (; *paths; paths++) {
		if (path_is_system(*paths) != expected)
			fail_msg("%s: expected %d", *paths, expected);
	}
}

static void test_the_system(void **state)
{
	static const char *const paths[] = {
		"/",
		"/etc",
		"/etc/mirrors",
		"/usr/local/mirrors",
		"/lib64/x",
		"/proc/self/cwd",
		"/dev",
		"/dev/fd",
		"/run",
		"/run/ghward",
		"/run/userx/1000",
		"/var",
		"/var/lib",
		"/var/lib/dpkg",
		"/var/lib/ghwardx",
		"/var/spool/cron",
		"/boot/efi",
		NULL,
	};

	(void)state;
	expect(true, paths);
}

/* Directories that many put theirs into. */
static void test_what_all_share(void **state)
{
	static const char *const paths[] = {
		"/home",	"/tmp",	      "/var/tmp",	 "/dev/shm", "/run/user",
		"/var/backups", "/var/local", "/var/lib/ghward", NULL};

	(void)state;
	expect(true, paths);
}

static void test_what_is_somebodys(void **state)
{
	static const char *const paths[] = {
		"/home/ann",
		"/home/ann/etc",
		"/root",
		"/root/mirrors",
		"/srv",
		"/srv/git",
		"/opt/mirrors",
		"/mnt/backup",
		"/data",
		"/etcetera",
		"/library",
		"/tmp/mirrors",
		"/var/tmp/mirrors",
		"/dev/shm/mirrors",
		"/run/user/1000",
		"/run/user/1000/mirrors",
		"/var/lib/ghward/mirrors",
		"/var/backups/github",
		NULL,
	};

	(void)state;
	expect(false, paths);
}

/* Nobody knows where these lead. */
static void test_what_is_not_canonical(void **state)
{
	static const char *const paths[] = {
		"",	      "srv",	     "./srv",	"/srv/",       "//srv",
		"/srv//git",  "/srv/.",	     "/srv/..", "/srv/../etc", "/./srv",
		"/srv/./git", "/tmp/../etc", NULL,
	};

	(void)state;
	expect(true, paths);
}

static void test_dots_in_names(void **state)
{
	static const char *const paths[] = {"/srv/.git", "/srv/..git", "/srv/...", "/srv/a.", NULL};

	(void)state;
	expect(false, paths);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_system),
		cmocka_unit_test(test_what_all_share),
		cmocka_unit_test(test_what_is_somebodys),
		cmocka_unit_test(test_what_is_not_canonical),
		cmocka_unit_test(test_dots_in_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
