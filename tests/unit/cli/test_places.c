/* Files and directories for the agent: made privately, refused when others could have a hand in
 * them. */
#include "cli/places.h"
#include "lib/base/io.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char root[] = "/tmp/ghward-places-XXXXXX";
static char values[4][256];
static struct failure failure;

/* XDG_STATE_HOME, XDG_RUNTIME_DIR, GHWARD_CONFIG and GHWARD_CA_FILE, set by the tests. */
static const char *lookup(void *context, const char *name)
{
	static const char *const names[] = {"XDG_STATE_HOME", "XDG_RUNTIME_DIR", "GHWARD_CONFIG",
					    "GHWARD_CA_FILE"};

	(void)context;
	for (size_t i = 0; i < 4; i++) {
		if (strcmp(names[i], name) == 0)
			return values[i];
	}
	return NULL;
}

enum { STATE, RUNTIME, CONFIG, ROOTS };

static const struct environment environment = {.lookup = lookup};

static int set_up(void **state)
{
	static const char *const parts[] = {"state", "run", "config.json", "ca.pem"};

	(void)state;
	strcpy(root + strlen(root) - 6, "XXXXXX");
	if (!mkdtemp(root))
		return -1;
	for (size_t i = 0; i < 4; i++)
		snprintf(values[i], sizeof(values[i]), "%s/%s", root, parts[i]);
	memset(&failure, 0, sizeof(failure));
	return 0;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	return remove(path);
}

static int tear_down(void **state)
{
	(void)state;
	return nftw(root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void write_file(const char *path, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static mode_t mode_of(const char *directory, const char *below)
{
	char path[512];
	struct stat status;

	snprintf(path, sizeof(path), "%s%s", directory, below);
	assert_int_equal(lstat(path, &status), 0);
	return status.st_mode & 07777;
}

static void assert_refused(int fd, enum failure_kind kind, const char *part)
{
	assert_int_equal(fd, -1);
	assert_int_equal(failure.kind, kind);
	if (!strstr(failure.message, part))
		fail_msg("\"%s\" should mention \"%s\"", failure.message, part);
}

static void test_the_audit_directory_is_made_privately(void **state)
{
	mode_t before = umask(0);
	int fd = places_open_audit(&environment, &failure);

	(void)state;
	umask(before);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(mode_of(values[STATE], ""), 0700);
	assert_int_equal(mode_of(values[STATE], "/ghward"), 0700);
	assert_int_equal(mode_of(values[STATE], "/ghward/audit"), 0700);
	io_close(&fd);
	fd = places_open_audit(&environment, &failure);
	assert_true(fd >= 0);
	io_close(&fd);
}

static void audit_path(char path[512])
{
	int fd = places_open_audit(&environment, &failure);

	assert_true(fd >= 0);
	io_close(&fd);
	snprintf(path, 512, "%s/ghward/audit", values[STATE]);
}

static void test_a_directory_that_others_can_write_to_is_refused(void **state)
{
	char path[512];

	(void)state;
	audit_path(path);
	assert_int_equal(chmod(path, 0770), 0);
	assert_refused(places_open_audit(&environment, &failure), FAILURE_AUDIT, "mode 0770");
	assert_int_equal(chmod(path, 0755), 0);
	int fd = places_open_audit(&environment, &failure);
	assert_true(fd >= 0);
	io_close(&fd);
}

static void test_a_directory_of_somebody_else_is_refused(void **state)
{
	char path[512];

	(void)state;
	if (geteuid() != 0)
		skip();
	audit_path(path);
	assert_int_equal(chown(path, 12345, 12345), 0);
	assert_refused(places_open_audit(&environment, &failure), FAILURE_AUDIT, "12345");
}

static void test_a_link_in_the_directorys_place_is_refused(void **state)
{
	char path[512];

	(void)state;
	audit_path(path);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(symlink(root, path), 0);
	assert_refused(places_open_audit(&environment, &failure), FAILURE_AUDIT, "audit directory");
}

static void test_a_file_in_the_directorys_place_is_refused(void **state)
{
	(void)state;
	write_file(values[STATE], 0600);
	assert_refused(places_open_audit(&environment, &failure), FAILURE_AUDIT, "Not a directory");
}

static void test_the_configuration_must_be_safe_from_others(void **state)
{
	char name[ENVIRONMENT_PATH_MAX];

	(void)state;
	assert_refused(places_open_config(&environment, name, &failure), FAILURE_USAGE,
		       "config.json");
	write_file(values[CONFIG], 0644);
	int fd = places_open_config(&environment, name, &failure);
	assert_true(fd >= 0);
	assert_string_equal(name, values[CONFIG]);
	io_close(&fd);
	assert_int_equal(chmod(values[CONFIG], 0664), 0);
	assert_refused(places_open_config(&environment, name, &failure), FAILURE_USAGE, "others");
	assert_int_equal(chmod(values[CONFIG], 0602), 0);
	assert_refused(places_open_config(&environment, name, &failure), FAILURE_USAGE, "others");
	/* Named on purpose, and nobody's to change. */
	strcpy(values[CONFIG], "/dev/null");
	fd = places_open_config(&environment, name, &failure);
	assert_true(fd >= 0);
	io_close(&fd);
}

static void test_the_bundle_must_be_a_file(void **state)
{
	(void)state;
	assert_refused(places_open_roots(&environment, &failure), FAILURE_TLS, "ca.pem");
	assert_int_equal(mkfifo(values[ROOTS], 0600), 0);
	assert_refused(places_open_roots(&environment, &failure), FAILURE_TLS, "ca.pem");
	unlink(values[ROOTS]);
	write_file(values[ROOTS], 0644);
	int fd = places_open_roots(&environment, &failure);
	assert_true(fd >= 0);
	io_close(&fd);
}

static void test_evidence_is_not_made(void **state)
{
	(void)state;
	assert_refused(places_open_evidence(&environment, NULL, &failure), FAILURE_NOT_FOUND,
		       "audit directory");
	assert_refused(places_open_evidence(&environment, "/dev/null", &failure), FAILURE_AUDIT,
		       "/dev/null");
	int fd = places_open_evidence(&environment, root, &failure);
	assert_true(fd >= 0);
	io_close(&fd);
}

static void test_the_sockets_directory_is_private(void **state)
{
	char path[ENVIRONMENT_PATH_MAX];
	int fd = places_open_runtime(&environment, path, &failure);

	(void)state;
	assert_true(fd >= 0);
	io_close(&fd);
	assert_int_equal(mode_of(path, ""), 0700);
	assert_int_equal(chmod(path, 0777), 0);
	assert_refused(places_open_runtime(&environment, path, &failure), FAILURE_INTERNAL, "0777");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_the_audit_directory_is_made_privately, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_directory_that_others_can_write_to_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_directory_of_somebody_else_is_refused,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_link_in_the_directorys_place_is_refused,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_file_in_the_directorys_place_is_refused,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_configuration_must_be_safe_from_others,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_bundle_must_be_a_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_evidence_is_not_made, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_the_sockets_directory_is_private, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
