/* A jq program between two pipes. */
#include "jq/program.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Everything fits the buffers of the pipes, so that one process can be at all ends. */
#define PIPE_ROOM 65536u

static char output[PIPE_ROOM + 1];

static void no_memory(void *unused)
{
	(void)unused;
	fail_msg("out of memory");
}

static int pipe_with(const char *text)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], text, strlen(text)), (ssize_t)strlen(text));
	close(ends[1]);
	return ends[0];
}

/* Leaves what was written in `output`. */
static struct failure run(const char *program, const char *json)
{
	struct failure failure;
	int in = pipe_with(json), ends[2];

	assert_int_equal(pipe(ends), 0);
	program_run(program, in, ends[1], no_memory, &failure);
	ssize_t got = read(ends[0], output, PIPE_ROOM);
	assert_true(got >= 0);
	output[got] = 0;
	/* program_run() has closed its end. */
	assert_int_equal(read(ends[0], output + got, 1), 0);
	close(ends[0]);
	close(in);
	return failure;
}

static void expect(const char *program, const char *json, const char *text)
{
	struct failure failure = run(program, json);

	if (failure.kind != FAILURE_NONE)
		fail_msg("%s: %s", program, failure.message);
	assert_string_equal(failure.message, "");
	assert_string_equal(output, text);
}

static void expect_failure(const char *program, const char *json, enum failure_kind kind,
			   const char *message)
{
	struct failure failure = run(program, json);

	if (failure.kind != kind || !strstr(failure.message, message))
		fail_msg("%s: %s: %s", program, failure_name(failure.kind), failure.message);
}

static void test_results_are_lines(void **state)
{
	(void)state;
	expect(".", "{\"a\" : [1, 2.5, null, true]}\n", "{\"a\":[1,2.5,null,true]}\n");
	expect(".[]", "[1,\"b\",{\"c\":\"d\"}]", "1\nb\n{\"c\":\"d\"}\n");
	expect(".[] | [.n, .s] | @tsv", "[{\"n\":1,\"s\":\"a\\tb\"},{\"n\":2,\"s\":null}]",
	       "1\ta\\tb\n2\t\n");
	expect("empty", "[]", "");
	expect(".", "12", "12\n");
}

static void test_strings_come_as_they_are(void **state)
{
	(void)state;
	expect(".", "\"\\u001b[2J \\u00e9 \\ud83d\\ude00\\n\"",
	       "\x1b[2J \xc3\xa9 \xf0\x9f\x98\x80\n\n");
	expect("[.]", "\"a\\u0000b\"", "[\"a\\u0000b\"]\n");
}

static void test_every_document_has_its_turn(void **state)
{
	(void)state;
	expect(". + 1", "1 2\n3", "2\n3\n4\n");
	expect(". + 1", "", "");
}

static void test_programs_that_do_not_compile(void **state)
{
	(void)state;
	expect_failure(".[", "[]", FAILURE_USAGE, "syntax error");
	expect_failure("nosuch(1)", "[]", FAILURE_USAGE, "nosuch/1 is not defined, line 1");
	expect_failure("1,\n$x", "[]", FAILURE_USAGE, "$x is not defined, line 2");
	expect_failure("\x1b[31m", "[]", FAILURE_USAGE, "the jq program is wrong");
	assert_null(strchr(run("\"\x1b\" | $\x1b", "[]").message, '\x1b'));
	assert_string_equal(output, "");
}

static void test_errors_come_after_the_results_before_them(void **state)
{
	(void)state;
	expect_failure(".[] | 1 / .", "[1,0,2]", FAILURE_FILTER, "cannot be divided");
	assert_string_equal(output, "1\n");
	expect_failure("error(\"\\u001b[2J ghp_0123456789abcdefghijABCDEFGHIJ012345\")", "1",
		       FAILURE_FILTER, "\\x1b[2J ghp_****");
	expect_failure("error({a: 1})", "1", FAILURE_FILTER, "{\"a\":1}");
	expect_failure("error(\"x\" * 100000)", "1", FAILURE_FILTER, "xxx");
	expect_failure("\"bye\" | halt_error", "1", FAILURE_FILTER, "halt_error: bye");
	expect_failure("null | halt_error(0)", "1", FAILURE_FILTER, "halt_error: null");
	expect("1, halt, 2", "1 2", "1\n");
}

static void test_json_that_broke_off(void **state)
{
	(void)state;
	expect_failure(".", "[1,2", FAILURE_MALFORMED, "Unfinished");
	assert_string_equal(output, "");
	expect_failure(".", "{\"a\":1}]", FAILURE_MALFORMED, "Unmatched");
	assert_string_equal(output, "{\"a\":1}\n");
}

static void test_there_is_nothing_but_the_document(void **state)
{
	(void)state;
	expect("[inputs]", "1", "[]\n");
	expect_failure("input", "1", FAILURE_FILTER, "break");
	expect("input_filename", "1", "null\n");
	expect("get_search_list", "1", "[]\n");
	expect_failure("import \"a\" as a; .", "1", FAILURE_USAGE, "module not found: a");
	expect_failure("import \"a\" as $a {search: \"$ORIGIN/x\"}; .", "1", FAILURE_USAGE,
		       "module not found: a");
	expect_failure("\"a\" | modulemeta", "1", FAILURE_FILTER, "module not found: a");
	expect("[.[] | debug] | length", "[1,2]", "2\n");
}

/* Nobody reads: that ends even a program that would not. */
static void test_nobody_listens(void **state)
{
	struct failure failure;
	int in = pipe_with("1"), ends[2];

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	program_run("repeat(1)", in, ends[1], no_memory, &failure);
	assert_int_equal(failure.kind, FAILURE_INTERRUPTED);
	close(in);
}

/* Whoever writes the JSON gets rid of all of it. */
static void test_the_input_is_read_to_its_end(void **state)
{
	struct failure failure;
	int in = pipe_with("1 2 3"), out[2];
	char byte;

	(void)state;
	assert_int_equal(pipe(out), 0);
	program_run("halt", in, out[1], no_memory, &failure);
	assert_int_equal(failure.kind, FAILURE_NONE);
	assert_int_equal(read(in, &byte, 1), 0);
	close(in);
	close(out[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_results_are_lines),
		cmocka_unit_test(test_strings_come_as_they_are),
		cmocka_unit_test(test_every_document_has_its_turn),
		cmocka_unit_test(test_programs_that_do_not_compile),
		cmocka_unit_test(test_errors_come_after_the_results_before_them),
		cmocka_unit_test(test_json_that_broke_off),
		cmocka_unit_test(test_there_is_nothing_but_the_document),
		cmocka_unit_test(test_nobody_listens),
		cmocka_unit_test(test_the_input_is_read_to_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
