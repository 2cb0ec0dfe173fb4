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
	int fd = places_open_audit(&environment, NULL, &failure);

	(void)state;
	umask(before);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(mode_of(values[STATE], ""), 0700);
	assert_int_equal(mode_of(values[STATE], "/ghward"), 0700);
	assert_int_equal(mode_of(values[STATE], "/ghward/audit"), 0700);
	io_close(&fd);
	fd = places_open_audit(&environment, NULL, &failure);
	assert_true(fd >= 0);
	io_close(&fd);
}

static void audit_path(char path[512])
{
	int fd = places_open_audit(&environment, NULL, &failure);

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
	assert_refused(places_open_audit(&environment, NULL, &failure), FAILURE_AUDIT, "mode 0770");
	assert_int_equal(chmod(path, 0755), 0);
	int fd = places_open_audit(&environment, NULL, &failure);
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
	assert_refused(places_open_audit(&environment, NULL, &failure), FAILURE_AUDIT, "12345");
}

static void test_a_link_in_the_directorys_place_is_refused(void **state)
{
	char path[512];

	(void)state;
	audit_path(path);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(symlink(root, path), 0);
	assert_refused(places_open_audit(&environment, NULL, &failure), FAILURE_AUDIT,
		       "audit directory");
}

static void test_a_file_in_the_directorys_place_is_refused(void **state)
{
	(void)state;
	write_file(values[STATE], 0600);
	assert_refused(places_open_audit(&environment, NULL, &failure), FAILURE_AUDIT,
		       "Not a directory");
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
	int fd = places_open_runtime(values[RUNTIME], &failure);

	(void)state;
	assert_true(fd >= 0);
	io_close(&fd);
	assert_int_equal(mode_of(values[RUNTIME], ""), 0700);
	assert_int_equal(chmod(values[RUNTIME], 0777), 0);
	assert_refused(places_open_runtime(values[RUNTIME], &failure), FAILURE_INTERNAL, "0777");
}

static int open_vault(const char *file, struct places_vault *vault)
{
	memset(&failure, 0, sizeof(failure));
	return places_open_vault(&environment, file, vault, &failure);
}

static void test_the_vault_is_beside_the_audit_log(void **state)
{
	char expected[512], path[ENVIRONMENT_PATH_MAX];
	struct places_vault vault;

	(void)state;
	int fd = open_vault(NULL, &vault);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	io_close(&fd);
	assert_int_equal(mode_of(values[STATE], "/ghward"), 0700);
	snprintf(expected, sizeof(expected), "%s/ghward/vault", values[STATE]);
	assert_string_equal(vault.path, expected);
	assert_string_equal(vault.name, "vault");
	assert_false(vault.exists);
	assert_int_equal(places_vault_path(&environment, NULL, path), 0);
	assert_string_equal(path, expected);
	write_file(expected, 0600);
	fd = open_vault(NULL, &vault);
	assert_true(fd >= 0 && vault.exists);
	io_close(&fd);
	snprintf(expected, sizeof(expected), "%s/ghward", values[STATE]);
	assert_int_equal(chmod(expected, 0720), 0);
	assert_refused(open_vault(NULL, &vault), FAILURE_INTEGRITY, "mode 0720");
	assert_int_equal(chmod(expected, 0700), 0);
}

static void test_a_vault_that_is_named(void **state)
{
	struct places_vault vault;
	char path[512];

	(void)state;
	snprintf(path, sizeof(path), "%s/mine", root);
	int fd = open_vault(path, &vault);
	assert_true(fd >= 0);
	io_close(&fd);
	assert_string_equal(vault.path, path);
	assert_string_equal(vault.name, "mine");
	assert_false(vault.exists);
	/* A link is something, even to nowhere; the broker will say what it thinks of it. */
	assert_int_equal(symlink("nowhere", path), 0);
	fd = open_vault(path, &vault);
	assert_true(fd >= 0 && vault.exists);
	io_close(&fd);
	assert_int_equal(chdir(root), 0);
	fd = open_vault("mine", &vault);
	assert_true(fd >= 0 && vault.exists);
	assert_string_equal(vault.path, "mine");
	io_close(&fd);
	assert_int_equal(chdir("/"), 0);
}

static void test_what_is_no_name_of_a_vault(void **state)
{
	static const char *const names[] = {"/", "/tmp/", ".", "..", "/tmp/.", "/tmp/.."};
	struct places_vault vault;
	char path[512];

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_refused(open_vault(names[i], &vault), FAILURE_USAGE, names[i]);
	snprintf(path, sizeof(path), "%s/none/vault", root);
	assert_refused(open_vault(path, &vault), FAILURE_USAGE, "No such file");
}

/* Who can rename what is there can put an older vault into its place. */
static void test_a_vault_that_others_could_exchange(void **state)
{
	struct places_vault vault;
	char path[512];

	(void)state;
	snprintf(path, sizeof(path), "%s/mine", root);
	assert_int_equal(chmod(root, 0770), 0);
	assert_refused(open_vault(path, &vault), FAILURE_INTEGRITY, "mode 0770");
	assert_int_equal(chmod(root, 0702), 0);
	assert_refused(open_vault(path, &vault), FAILURE_INTEGRITY, "mode 0702");
	/* As in /tmp, where everybody has his own. */
	assert_int_equal(chmod(root, 01777), 0);
	int fd = open_vault(path, &vault);
	assert_true(fd >= 0);
	io_close(&fd);
	assert_int_equal(chmod(root, 0755), 0);
	fd = open_vault(path, &vault);
	assert_true(fd >= 0);
	io_close(&fd);
	if (geteuid() != 0)
		return;
	assert_int_equal(chown(root, 12345, 12345), 0);
	assert_refused(open_vault(path, &vault), FAILURE_INTEGRITY, "12345");
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
		cmocka_unit_test_setup_teardown(test_the_vault_is_beside_the_audit_log, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_a_vault_that_is_named, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_is_no_name_of_a_vault, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_vault_that_others_could_exchange, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
