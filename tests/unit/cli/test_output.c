/* The way to standard output: a terminal gets a filtered stream, anything else the bytes as they
 * are. */
#include "cli/output.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char *variables[8];

static const char *lookup(void *context, const char *name)
{
	size_t length = strlen(name);

	(void)context;
	for (size_t i = 0; variables[i]; i++) {
		if (strncmp(variables[i], name, length) == 0 && variables[i][length] == '=')
			return variables[i] + length + 1;
	}
	return NULL;
}

static const struct environment environment = {.lookup = lookup};

static int set_up(void **state)
{
	memset(variables, 0, sizeof(variables));
	*state = calloc(1, sizeof(struct output));
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

/* Lets the output take a text from a pipe; returns what it would write next. */
static const char *take(struct output *output, const char *text, size_t length)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], text, length), (ssize_t)length);
	close(ends[1]);
	if (length > 0)
		assert_int_equal(output_take(output, ends[0]), OUTPUT_TAKEN);
	else
		assert_int_equal(output_take(output, ends[0]), OUTPUT_TAKEN_ALL);
	close(ends[0]);
	output->pending[output->end] = 0;
	return output->pending + output->start;
}

static void written(struct output *output)
{
	output->start = output->end;
	assert_false(output_is_pending(output));
}

static void test_pipes_get_the_bytes_unchanged(void **state)
{
	static const char text[] = "a\x1b]0;x\x07\xff\n";
	struct output *output = *state;

	assert_memory_equal(take(output, text, sizeof(text)), text, sizeof(text));
	assert_int_equal(output->end - output->start, sizeof(text));
	assert_true(output_is_pending(output));
	written(output);
	take(output, "", 0);
	assert_false(output_is_pending(output));
}

static void test_terminals_get_no_sequences_but_colours(void **state)
{
	static const char text[] = "\x1b[31mred\x1b[0m \x1b]0;x\x07\n";
	struct output *output = *state;

	output->terminal = true;
	assert_string_equal(take(output, text, strlen(text)),
			    "\x1b[31mred\x1b[0m \\x1b]0;x\\x07\n");
}

static void test_a_sequence_may_come_in_pieces(void **state)
{
	struct output *output = *state;

	output->terminal = true;
	assert_string_equal(take(output, "a\x1b[", 3), "a");
	written(output);
	assert_string_equal(take(output, "2J", 2), "\\x1b[2J");
	written(output);
	assert_string_equal(take(output, "b\x1b", 2), "b");
	written(output);
	assert_string_equal(take(output, "", 0), "\\x1b");
}

/* Writes everything that is pending to a pipe in place of standard output; returns how much came
 * out. */
static size_t drain(struct output *output, int *status)
{
	static char sink[65536];
	int ends[2], saved = dup(STDOUT_FILENO);
	size_t total = 0;

	assert_int_equal(pipe(ends), 0);
	assert_true(saved >= 0 && dup2(ends[1], STDOUT_FILENO) >= 0);
	close(ends[1]);
	*status = OUTPUT_GIVEN;
	while (output_is_pending(output) && *status == OUTPUT_GIVEN) {
		*status = (int)output_give(output);
		ssize_t got = *status == OUTPUT_GIVEN ? read(ends[0], sink, sizeof(sink)) : 0;
		total += got > 0 ? (size_t)got : 0;
	}
	dup2(saved, STDOUT_FILENO);
	close(saved);
	close(ends[0]);
	return total;
}

static void test_growth_in_the_filter_loses_nothing(void **state)
{
	static char bells[40000];
	struct output *output = *state;
	int status;

	output->terminal = output->waits = true;
	memset(bells, '\a', sizeof(bells));
	take(output, bells, sizeof(bells));
	size_t total = drain(output, &status);
	assert_int_equal(status, OUTPUT_GIVEN);
	assert_int_equal(total, sizeof(bells) * strlen("\\x07"));
}

static void test_writing_never_takes_more_than_a_pipe_has_room_for(void **state)
{
	static char much[30000];
	struct output *output = *state;
	int ends[2], saved = dup(STDOUT_FILENO);

	output->waits = true;
	memset(much, 'x', sizeof(much));
	take(output, much, sizeof(much));
	assert_int_equal(pipe(ends), 0);
	dup2(ends[1], STDOUT_FILENO);
	enum output_given given = output_give(output);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	assert_int_equal(given, OUTPUT_GIVEN);
	assert_int_equal(output->start, 4096);
	assert_true(output_is_pending(output));
	close(ends[0]);
	close(ends[1]);
}

static void test_a_reader_that_has_gone_and_a_full_disk_are_told_apart(void **state)
{
	struct output *output = *state;
	int ends[2], saved = dup(STDOUT_FILENO), full = open("/dev/full", O_WRONLY);

	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	take(output, "text", 4);
	dup2(ends[1], STDOUT_FILENO);
	enum output_given gone = output_give(output);
	dup2(full, STDOUT_FILENO);
	enum output_given failed = output_give(output);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	close(full);
	close(ends[1]);
	assert_int_equal(gone, OUTPUT_READER_GONE);
	assert_int_equal(failed, OUTPUT_FAILED);
}

static void test_colour_follows_the_conventions(void **state)
{
	struct output *output;

	(void)state;
	/* Standard output of a test is no terminal. */
	output = output_new(&environment);
	assert_int_equal(output->colour, 0);
	free(output);
	variables[0] = "CLICOLOR_FORCE=1";
	output = output_new(&environment);
	assert_int_equal(output->colour, 1);
	free(output);
	variables[1] = "NO_COLOR=1";
	output = output_new(&environment);
	assert_int_equal(output->colour, 0);
	free(output);
	variables[0] = "CLICOLOR_FORCE=0";
	variables[1] = "COLUMNS=132";
	output = output_new(&environment);
	assert_int_equal(output->colour, 0);
	free(output);
}

static void test_the_form_follows_the_descriptor(void **state)
{
	struct output *output = *state;

	assert_int_equal(output_format(output, false), OUTPUT_LINES);
	output->terminal = true;
	assert_int_equal(output_format(output, false), OUTPUT_TABLE);
	assert_int_equal(output_format(output, true), OUTPUT_JSON);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_pipes_get_the_bytes_unchanged, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_terminals_get_no_sequences_but_colours, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_a_sequence_may_come_in_pieces, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_growth_in_the_filter_loses_nothing, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(
			test_writing_never_takes_more_than_a_pipe_has_room_for, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			test_a_reader_that_has_gone_and_a_full_disk_are_told_apart, set_up,
			tear_down),
		cmocka_unit_test_setup_teardown(test_colour_follows_the_conventions, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(test_the_form_follows_the_descriptor, set_up,
						tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
