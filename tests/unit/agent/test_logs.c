/* The agent's log: nobody who writes to it, and nobody who does not read it, holds the agent up. */
#include "agent/logs.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const struct log_style style = {.level = LOG_LEVEL_WARNING};
static int kept_stderr, reader;

/* Standard error becomes a pipe. */
static int set_up(void **state)
{
	int ends[2];

	(void)state;
	kept_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (kept_stderr < 0 || pipe2(ends, O_CLOEXEC) < 0 || dup2(ends[1], STDERR_FILENO) < 0)
		return -1;
	close(ends[1]);
	reader = ends[0];
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	dup2(kept_stderr, STDERR_FILENO);
	close(kept_stderr);
	close(reader);
	return 0;
}

/* Everything in the pipe, as one string. */
static char *read_all(void)
{
	static char text[1 << 17];
	size_t used = 0;
	ssize_t got;

	fcntl(reader, F_SETFL, O_NONBLOCK);
	while ((got = read(reader, text + used, sizeof(text) - 1 - used)) > 0)
		used += (size_t)got;
	text[used] = 0;
	return text;
}

static unsigned count(const char *text, const char *word)
{
	unsigned found = 0;

	while ((text = strstr(text, word)) != NULL) {
		found++;
		text++;
	}
	return found;
}

static void test_a_full_standard_error_is_not_waited_for(void **state)
{
	(void)state;
	alarm(20); /* ends the test should it wait */
	for (int i = 0; i < 10000; i++)
		log_agent(&style, LOG_LEVEL_ERROR, "line %d", i);
	alarm(0);
	const char *text = read_all();
	assert_non_null(strstr(text, "line 0\n"));
	assert_null(strstr(text, "line 9999\n"));
	log_agent(&style, LOG_LEVEL_ERROR, "again");
	assert_non_null(strstr(read_all(), "again\n"));
}

static void write_lines(int fd, const char *line, unsigned times)
{
	for (unsigned i = 0; i < times; i++)
		assert_int_equal(write(fd, line, strlen(line)), strlen(line));
}

static void test_a_flood_is_cut(void **state)
{
	struct loop *loop = loop_new();
	uint32_t number = 0;
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	struct log_source *source = log_source_new(loop, ends[0], ROLE_WORKER, 1, &style);
	write_lines(ends[1], "<6>quiet\n", 1000); /* below the level: counts for nothing */
	log_source_drain(source);
	write_lines(ends[1], "<3>loud\n", 1000);
	write_lines(ends[1], "violation syscall=41 arch=c000003e\n", 1);
	log_source_drain(source);
	close(ends[1]);
	const char *text = read_all();
	assert_int_equal(count(text, "quiet"), 0);
	assert_in_range(count(text, "loud"), 300, 900); /* a slow machine may begin anew */
	assert_int_equal(count(text, "lines were dropped"), count(text, "loud") / 300);
	/* What is not shown is read all the same. */
	assert_true(log_source_violation(source, &number));
	assert_int_equal(number, 41);
	log_source_free(source);
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_full_standard_error_is_not_waited_for,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_flood_is_cut, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
