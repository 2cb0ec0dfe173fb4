/* A jq program at work: libjq between two pipes. */
#include "jq/program.h"

#include "lib/sanitize/sanitize.h"

#include <errno.h>
#include <jq.h>
#include <jv.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define CHUNK 65536u
#define TEXT_MAX 384u

struct program {
	jq_state *jq;
	jv_parser *parser;
	FILE *out;
	struct failure *failure;
	char complaint[TEXT_MAX]; /* the compiler's first */
};

static const char hint_error[] = "The jq manual describes the language: "
				 "https://jqlang.org/manual/";

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* --- the compiler --- */

/* "jq: error: X at <top-level>, line 1:\n<the line>" becomes "X, line 1". */
static void tidy_complaint(const char *text, char tidy[TEXT_MAX])
{
	static const char place[] = " at <top-level>";
	char line[TEXT_MAX];

	if (starts_with(text, "jq: "))
		text += strlen("jq: ");
	if (starts_with(text, "error: "))
		text += strlen("error: ");
	size_t length = strcspn(text, "\n");
	while (length && (text[length - 1] == ':' || text[length - 1] == ' '))
		length--;
	snprintf(line, sizeof(line), "%.*s", (int)(length < TEXT_MAX ? length : TEXT_MAX), text);
	char *found = strstr(line, place);
	if (found) {
		const char *rest = found + strlen(place);
		memmove(found, rest, strlen(rest) + 1);
	}
	sanitize_text(tidy, TEXT_MAX, line, strlen(line));
}

/* The first complaint tells most; the last is only their number. */
static void take_complaint(void *context, jv message)
{
	struct program *program = context;

	if (!*program->complaint && jv_get_kind(message) == JV_KIND_STRING)
		tidy_complaint(jv_string_value(message), program->complaint);
	jv_free(message);
}

/* Nothing is to be looked for anywhere. The search path has to be there: without one libjq ends the
 * process when a program imports a module. */
static void cut_off_modules(jq_state *jq)
{
	jq_set_attr(jq, jv_string("JQ_LIBRARY_PATH"), jv_array());
	jq_set_attr(jq, jv_string("JQ_ORIGIN"), jv_string("/nonexistent"));
	jq_set_attr(jq, jv_string("PROGRAM_ORIGIN"), jv_string("/nonexistent"));
}

/* The document is all there is. What is not set here libjq 1.6 takes from memory as it finds it. */
static jv no_more_input(jq_state *jq, void *unused)
{
	(void)jq;
	(void)unused;
	return jv_invalid();
}

static bool compile(struct program *program, const char *text)
{
	jq_set_error_cb(program->jq, take_complaint, program);
	jq_set_input_cb(program->jq, no_more_input, NULL);
	jq_set_debug_cb(program->jq, NULL, NULL);
	cut_off_modules(program->jq);
	if (jq_compile(program->jq, text))
		return true;
	failure_set(program->failure, FAILURE_USAGE, hint_error, "the jq program is wrong: %s",
		    *program->complaint ? program->complaint : "it does not compile");
	return false;
}

/* --- results --- */

static void write_result(struct program *program, jv result)
{
	if (jv_get_kind(result) == JV_KIND_STRING) {
		size_t length = (size_t)jv_string_length_bytes(jv_copy(result));
		fwrite(jv_string_value(result), 1, length, program->out);
		jv_free(result);
	} else {
		jv_dumpf(result, program->out, 0);
	}
	putc('\n', program->out);
}

/* Takes the message: what a program said in the end, a string or any other value. */
static void fail_with(struct program *program, const char *what, jv message)
{
	char clean[TEXT_MAX];

	if (jv_get_kind(message) != JV_KIND_STRING)
		message = jv_dump_string(message, 0);
	const char *text = jv_string_value(message);
	size_t length = strlen(text);
	/* No more is looked at than could ever be shown. */
	sanitize_text(clean, sizeof(clean), text, length < TEXT_MAX ? length : TEXT_MAX);
	failure_set(program->failure, FAILURE_FILTER, hint_error, "%s: %s", what, clean);
	jv_free(message);
}

/* `halt` is an end like any other; halt_error comes with a code for the exit status. */
static void take_halt(struct program *program)
{
	jv code = jq_get_exit_code(program->jq);

	if (jv_is_valid(code))
		fail_with(program, "the jq program ended with halt_error",
			  jq_get_error_message(program->jq));
	jv_free(code);
}

/* Returns false when nothing further shall be tried. */
static bool run_on(struct program *program, jv value)
{
	jv result;

	jq_start(program->jq, value, 0);
	for (;;) {
		result = jq_next(program->jq);
		if (!jv_is_valid(result))
			break;
		write_result(program, result);
		if (ferror(program->out))
			return false;
	}
	if (jq_halted(program->jq)) {
		take_halt(program);
		jv_free(result);
		return false;
	}
	if (jv_invalid_has_msg(jv_copy(result))) {
		fail_with(program, "the jq program failed", jv_invalid_get_msg(result));
		return false;
	}
	jv_free(result);
	return true;
}

/* --- the input --- */

/* Runs the program on what is complete. Returns false when nothing further shall be tried. */
static bool run_on_values(struct program *program)
{
	char clean[TEXT_MAX];
	jv value;

	for (;;) {
		value = jv_parser_next(program->parser);
		if (!jv_is_valid(value))
			break;
		if (!run_on(program, value))
			return false;
	}
	if (!jv_invalid_has_msg(jv_copy(value))) {
		jv_free(value);
		return true;
	}
	jv message = jv_invalid_get_msg(value);
	const char *text = jv_string_value(message);
	sanitize_text(clean, sizeof(clean), text, strlen(text));
	failure_set(program->failure, FAILURE_MALFORMED, "",
		    "the jq program got JSON that cannot be used: %s", clean);
	jv_free(message);
	return false;
}

/* To the end of file in any case: whoever writes must not find its reader gone because the program
 * had seen enough. */
static void run_on_input(struct program *program, int in)
{
	char chunk[CHUNK];
	bool wanted = true;

	for (;;) {
		ssize_t got = read(in, chunk, sizeof(chunk));
		if (got < 0 && errno == EINTR)
			continue;
		if (wanted) {
			jv_parser_set_buf(program->parser, chunk, got > 0 ? (int)got : 0, got > 0);
			wanted = run_on_values(program);
		}
		if (got <= 0 || program->failure->kind != FAILURE_NONE || ferror(program->out))
			return;
	}
}

void program_run(const char *text, int in, int out, program_no_memory_fn *no_memory,
		 struct failure *failure)
{
	struct program program = {.failure = failure};

	memset(failure, 0, sizeof(*failure));
	program.out = fdopen(out, "w");
	program.jq = jq_init();
	program.parser = jv_parser_new(0);
	if (!program.out || !program.jq || !program.parser)
		no_memory(NULL);
	setvbuf(program.out, NULL, _IOFBF, CHUNK);
	jq_set_nomem_handler(program.jq, no_memory, NULL);
	if (compile(&program, text))
		run_on_input(&program, in);
	bool lost = ferror(program.out) != 0;
	lost |= fclose(program.out) != 0;
	if (lost && failure->kind == FAILURE_NONE)
		failure_set(failure, FAILURE_INTERRUPTED, "", "the output was closed");
	jv_parser_free(program.parser);
	jq_teardown(&program.jq);
}
