/* Key files: made with what nobody can guess, and refused where others could have read them. */
#include "cli/key_file.h"
#include "lib/base/base64.h"
#include "lib/base/io.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[] = "/tmp/ghward-key-XXXXXX";
static char path[64];
static struct failure failure;
static struct key_text key;

static int set_up(void **state)
{
	(void)state;
	strcpy(directory + strlen(directory) - 6, "XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/key", directory);
	memset(&failure, 0, sizeof(failure));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	remove(path);
	return rmdir(directory);
}

static void write_file(const char *text, size_t length, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	assert_true(fd >= 0);
	assert_int_equal(io_write_full(fd, text, length), 0);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void assert_refused(enum key_file_owner owner, enum failure_kind kind, const char *part)
{
	assert_int_equal(key_file_read(path, owner, &key, &failure), -1);
	assert_int_equal(failure.kind, kind);
	assert_non_null(strstr(failure.message, path));
	if (!strstr(failure.message, part))
		fail_msg("\"%s\" should mention \"%s\"", failure.message, part);
}

static void test_a_new_key(void **state)
{
	struct key_text other;
	uint8_t bytes[32];
	struct stat status;

	(void)state;
	mode_t before = umask(0);
	assert_int_equal(key_file_make(path, &failure), 0);
	umask(before);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0400);
	assert_int_equal(key_file_read(path, KEY_FILE_OWN, &key, &failure), 0);
	assert_int_equal(key.length, 45);
	assert_int_equal(key.bytes[44], '\n');
	assert_int_equal(base64_decode(key.bytes, 44, bytes, sizeof(bytes)), 0);
	assert_int_equal(key_text_make(&other, &failure), 0);
	assert_memory_not_equal(key.bytes, other.bytes, 44);
}

static void test_a_key_that_is_there_stays(void **state)
{
	(void)state;
	write_file("old\n", 4, 0600);
	assert_int_equal(key_file_make(path, &failure), 0);
	assert_int_equal(key_file_read(path, KEY_FILE_OWN, &key, &failure), 0);
	assert_int_equal(key.length, 4);
	assert_memory_equal(key.bytes, "old\n", 4);
}

/* It is not made behind a link either, not even behind one that leads nowhere. */
static void test_a_link_is_not_followed(void **state)
{
	(void)state;
	assert_int_equal(symlink("elsewhere", path), 0);
	assert_int_equal(key_file_make(path, &failure), 0);
	assert_refused(KEY_FILE_OWN, FAILURE_INTEGRITY, "symbolic link");
	assert_refused(KEY_FILE_DELIVERED, FAILURE_INTEGRITY, "symbolic link");
}

static void test_a_directory_that_is_not_there(void **state)
{
	char deeper[96];

	(void)state;
	snprintf(deeper, sizeof(deeper), "%s/none/key", directory);
	assert_int_equal(key_file_make(deeper, &failure), -1);
	assert_int_equal(failure.kind, FAILURE_USAGE);
	assert_non_null(strstr(failure.message, deeper));
	assert_refused(KEY_FILE_OWN, FAILURE_USAGE, "No such file");
}

static void test_nobody_else_may_have_read_it(void **state)
{
	static const mode_t open_to_others[] = {0440, 0404, 0420, 0402, 0401, 0410, 0644, 0666};

	(void)state;
	write_file("k\n", 2, 0400);
	assert_int_equal(key_file_read(path, KEY_FILE_OWN, &key, &failure), 0);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(key_file_read(path, KEY_FILE_OWN, &key, &failure), 0);
	for (size_t i = 0; i < sizeof(open_to_others) / sizeof(open_to_others[0]); i++) {
		assert_int_equal(chmod(path, open_to_others[i]), 0);
		assert_refused(KEY_FILE_OWN, FAILURE_INTEGRITY, "open to others");
	}
}

/* systemd grants access by a list, which shows as a right of the group. */
static void test_a_delivered_one_may_be_its_groups(void **state)
{
	static const mode_t open_to_others[] = {0404, 0402, 0401, 0460, 0420};

	(void)state;
	write_file("k\n", 2, 0440);
	assert_int_equal(key_file_read(path, KEY_FILE_DELIVERED, &key, &failure), 0);
	for (size_t i = 0; i < sizeof(open_to_others) / sizeof(open_to_others[0]); i++) {
		assert_int_equal(chmod(path, open_to_others[i]), 0);
		assert_refused(KEY_FILE_DELIVERED, FAILURE_INTEGRITY, "open to others");
	}
}

static void test_a_key_of_somebody_else(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	write_file("k\n", 2, 0400);
	assert_int_equal(chown(path, 12345, 12345), 0);
	assert_refused(KEY_FILE_OWN, FAILURE_INTEGRITY, "user id 12345");
}

static void test_what_is_no_file(void **state)
{
	(void)state;
	assert_int_equal(mkfifo(path, 0400), 0);
	assert_refused(KEY_FILE_OWN, FAILURE_USAGE, "regular file");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_refused(KEY_FILE_OWN, FAILURE_USAGE, "regular file");
}

static void test_how_long_it_may_be(void **state)
{
	char text[KEY_MATERIAL_MAX + 1];

	(void)state;
	memset(text, 'x', sizeof(text));
	write_file(text, sizeof(text), 0400);
	assert_refused(KEY_FILE_OWN, FAILURE_USAGE, "longer than 1024 bytes");
	assert_int_equal(key.length, 0);
	assert_int_equal(unlink(path), 0);
	write_file(text, KEY_MATERIAL_MAX, 0400);
	assert_int_equal(key_file_read(path, KEY_FILE_OWN, &key, &failure), 0);
	assert_int_equal(key.length, KEY_MATERIAL_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_new_key, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_key_that_is_there_stays, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_link_is_not_followed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_directory_that_is_not_there, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_nobody_else_may_have_read_it, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_a_delivered_one_may_be_its_groups, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_a_key_of_somebody_else, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_is_no_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_how_long_it_may_be, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
