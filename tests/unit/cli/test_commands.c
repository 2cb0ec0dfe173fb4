/* The table of commands: every example of the help works, and wrong names get a useful answer. */
#include "cli/commands.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The commands themselves are not run here. */
#define RUN(function)                                                                              \
	int function(const struct invocation *invocation)                                          \
	{                                                                                          \
		(void)invocation;                                                                  \
		return EXIT_FAILURE;                                                               \
	}
#include "cli/runs.def"
#undef RUN

static struct failure failure;

static const struct command *find(const char *first, const char *second, unsigned *used)
{
	char words[2][64];
	char *arguments[2] = {words[0], words[1]};

	strncpy(words[0], first, sizeof(words[0]) - 1);
	strncpy(words[1], second, sizeof(words[1]) - 1);
	memset(&failure, 0, sizeof(failure));
	return commands_find(arguments, *second ? 2 : 1, used, &failure);
}

static void test_names_are_found(void **state)
{
	unsigned used = 0;

	(void)state;
	assert_string_equal(find("alerts", "list", &used)->name, "alerts list");
	assert_int_equal(used, 2);
	assert_string_equal(find("doctor", "", &used)->name, "doctor");
	assert_int_equal(used, 1);
	assert_string_equal(find("doctor", "--json", &used)->name, "doctor");
	assert_int_equal(used, 1);
	assert_true(commands_is_noun("audit"));
}

static void assert_unknown(const char *first, const char *second, const char *part)
{
	unsigned used;

	assert_null(find(first, second, &used));
	assert_int_equal(failure.kind, FAILURE_USAGE);
	if (!strstr(failure.message, part))
		fail_msg("\"%s\" should mention \"%s\"", failure.message, part);
}

static void test_unknown_names_get_the_nearest(void **state)
{
	(void)state;
	assert_unknown("alert", "list", "did you mean \"alerts\"?");
	assert_unknown("alerts", "lst", "did you mean \"alerts list\"?");
	assert_unknown("alerts", "", "needs a command");
	assert_unknown("alerts", "--json", "needs a command");
	assert_unknown("frobnicate", "", "unknown command \"frobnicate\"");
	assert_unknown("", "", "unknown command");
	assert_false(commands_is_noun("alert"));
	assert_false(commands_is_noun("alerts list"));
}

/* Splits at spaces, except between double quotes, as a shell does. */
static char *next_word(char **rest)
{
	char *at = *rest + strspn(*rest, " "), *word = at, *to = at;
	bool quoted = false;

	if (!*at)
		return NULL;
	for (; *at && (quoted || *at != ' '); at++) {
		if (*at == '"')
			quoted = !quoted;
		else
			*to++ = *at;
	}
	*rest = *at ? at + 1 : at;
	*to = 0;
	return word;
}

/* One line of examples, which may begin with variables. */
static void check_example(const struct command *command, const char *line)
{
	char copy[256];
	char *words[16], *rest = NULL;
	unsigned count = 0, used = 0;
	struct options options;
	const char *start = strstr(line, "ghward ");

	assert_non_null(start);
	strncpy(copy, start + strlen("ghward "), sizeof(copy) - 1);
	copy[sizeof(copy) - 1] = 0;
	rest = copy;
	for (char *word = next_word(&rest); word && count < 16 && *word != '<' && *word != '>';
	     word = next_word(&rest))
		words[count++] = word;
	assert_ptr_equal(commands_find(words, count, &used, &failure), command);
	if (options_parse(command->options, command->name, words + used, count - used, &options,
			  &failure) < 0)
		fail_msg("%s: %s", line, failure.message);
	/* A shell would take what is behind "<" and ">" for itself. */
	assert_in_range(options.word_count, command->word_count - command->word_optional,
			command->word_count);
}

static void test_every_example_is_a_command_line(void **state)
{
	(void)state;
	for (size_t i = 0; commands_at(i); i++) {
		const struct command *command = commands_at(i);
		char examples[1024], *rest = NULL;
		strncpy(examples, command->examples, sizeof(examples) - 1);
		examples[sizeof(examples) - 1] = 0;
		assert_true(*examples);
		for (char *line = strtok_r(examples, "\n", &rest); line;
		     line = strtok_r(NULL, "\n", &rest))
			check_example(command, line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_are_found),
		cmocka_unit_test(test_unknown_names_get_the_nearest),
		cmocka_unit_test(test_every_example_is_a_command_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
