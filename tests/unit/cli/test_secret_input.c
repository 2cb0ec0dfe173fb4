/* Where a secret comes from: moved to standard input, and nowhere else. */
#include "cli/secret_input.h"
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

static char path[] = "/tmp/ghward-secret-XXXXXX";
static struct options options;
static struct failure failure;

static int set_up(void **state)
{
	(void)state;
	memset(&options, 0, sizeof(options));
	memset(&failure, 0, sizeof(failure));
	int fd = open("/dev/null", O_RDONLY);
	int status = dup2(fd, STDIN_FILENO) < 0 ? -1 : 0;
	io_close(&fd);
	return status;
}

static int make_file(void **state)
{
	(void)state;
	int fd = mkstemp(path);
	int status = fd < 0 ? -1 : io_write_full(fd, "from a file\n", 12);
	io_close(&fd);
	return status;
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static void assert_input(const char *expected)
{
	char text[64];

	if (secret_input_open(&options, SECRET_TOKEN, &failure) < 0)
		fail_msg("%s", failure.message);
	ssize_t got = io_read_full(STDIN_FILENO, text, sizeof(text));
	assert_int_equal(got, strlen(expected));
	assert_memory_equal(text, expected, strlen(expected));
}

static void assert_refused(const char *part)
{
	assert_int_equal(secret_input_open(&options, SECRET_TOKEN, &failure), -1);
	assert_int_equal(failure.kind, FAILURE_USAGE);
	if (!strstr(failure.message, part))
		fail_msg("\"%s\" should mention \"%s\"", failure.message, part);
}

static void test_standard_input_stays_what_it_is(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(io_write_full(ends[1], "piped", 5), 0);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	close(ends[0]);
	close(ends[1]);
	assert_input("piped");
}

static void test_a_file(void **state)
{
	(void)state;
	options.values[OPTION_FROM_FILE] = path;
	assert_input("from a file\n");
	options.values[OPTION_FROM_FILE] = "/nonexistent/token";
	assert_refused("/nonexistent/token");
	options.values[OPTION_FROM_FILE] = "/tmp";
	assert_refused("Is a directory");
}

static void test_a_variable_is_moved(void **state)
{
	(void)state;
	assert_int_equal(setenv("GHWARD_TEST_SECRET", "from a variable", 1), 0);
	const char *bytes = getenv("GHWARD_TEST_SECRET");
	options.values[OPTION_FROM_ENV] = "GHWARD_TEST_SECRET";
	assert_input("from a variable");
	assert_null(getenv("GHWARD_TEST_SECRET"));
	assert_string_equal(bytes, "");
	assert_refused("GHWARD_TEST_SECRET is not set");
}

/* Nobody waits for a reader that is not there yet. */
static void test_a_variable_that_no_pipe_takes(void **state)
{
	static char endless[100001];

	(void)state;
	memset(endless, 'x', sizeof(endless) - 1);
	assert_int_equal(setenv("GHWARD_TEST_SECRET", endless, 1), 0);
	options.values[OPTION_FROM_ENV] = "GHWARD_TEST_SECRET";
	assert_refused("100000 bytes");
	assert_null(getenv("GHWARD_TEST_SECRET"));
}

static void test_one_source_at_a_time(void **state)
{
	(void)state;
	options.values[OPTION_FROM_FILE] = path;
	options.values[OPTION_FROM_ENV] = "PATH";
	assert_refused("exclude each other");
	assert_non_null(getenv("PATH"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_standard_input_stays_what_it_is, set_up),
		cmocka_unit_test_setup(test_a_file, set_up),
		cmocka_unit_test_setup(test_a_variable_is_moved, set_up),
		cmocka_unit_test_setup(test_a_variable_that_no_pipe_takes, set_up),
		cmocka_unit_test_setup(test_one_source_at_a_time, set_up),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
