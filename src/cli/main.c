/* ghward: finds the command, parses its options, runs it. */
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/output.h"
#include "cli/version.h"
#include "lib/github/fields.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Descriptors opened later must not become somebody's standard output. */
static void fill_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd)
			_exit(EXIT_FAILURE);
	}
}

/* What a parent ignored would be ignored here: children would vanish, broken pipes go unnoticed. */
static void reset_signals(void)
{
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
}

static int fail(const struct failure *failure, enum errors_form form)
{
	return errors_report(failure, "", form);
}

static int list_fields(enum field_set set)
{
	for (unsigned i = 0; i < field_count(set); i++)
		printf("%s\n", field_name(set, i));
	return output_finish(EXIT_SUCCESS);
}

static int check_required(const struct invocation *invocation, const char *hint,
			  struct failure *failure)
{
	const struct command *command = invocation->command;

	for (unsigned i = 0; i < OPTIONS; i++) {
		const struct option_spec *spec = option_get((enum option_id)i);
		if (!(command->required & OPTION_BIT(i)) || invocation->options.values[i])
			continue;
		failure_set(failure, FAILURE_USAGE, hint, "ghward %s needs --%s %s", command->name,
			    spec->name, spec->placeholder);
		return -1;
	}
	return 0;
}

static int check_words(const struct invocation *invocation, struct failure *failure)
{
	const struct command *command = invocation->command;
	const struct options *options = &invocation->options;
	char hint[sizeof(failure->hint)];

	snprintf(hint, sizeof(hint), "ghward %s --help shows what it takes.", command->name);
	if (options->word_count + command->word_optional < command->word_count)
		failure_set(failure, FAILURE_USAGE, hint, "ghward %s needs a %s", command->name,
			    command->words);
	else if (options->word_count > command->word_count)
		failure_set(failure, FAILURE_USAGE, hint, "unexpected argument \"%s\"",
			    options->words[command->word_count]);
	else
		return check_required(invocation, hint, failure);
	return -1;
}

static int run_command(const struct command *command, char *const *arguments, unsigned count)
{
	struct invocation invocation = {
		.command = command,
		.errors = options_want_json(arguments, count) ? ERRORS_JSON : ERRORS_TEXT,
	};
	struct failure failure;

	if (options_parse(command->options, command->name, arguments, count, &invocation.options,
			  &failure) < 0)
		return fail(&failure, invocation.errors);
	if (invocation.options.values[OPTION_HELP]) {
		help_command(command);
		return output_finish(EXIT_SUCCESS);
	}
	const char *fields = invocation.options.values[OPTION_JSON];
	if (fields && strcmp(fields, "help") == 0)
		return list_fields(command->fields);
	if (check_words(&invocation, &failure) < 0)
		return fail(&failure, invocation.errors);
	return command->run(&invocation);
}

static bool is_help(const char *word)
{
	return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static const struct help_topic *find_topic(const char *name)
{
	size_t i = 0;

	while (help_topic_at(i) && strcmp(help_topic_at(i)->name, name) != 0)
		i++;
	return help_topic_at(i);
}

/* `ghward help [noun [verb]]` or a topic, and --help behind nouns and verbs. */
static int show_help(char *const *words, unsigned count)
{
	struct failure failure;
	unsigned used;

	if (count == 0) {
		help_all();
		return output_finish(EXIT_SUCCESS);
	}
	const struct help_topic *topic = count == 1 ? find_topic(words[0]) : NULL;
	const struct command *command = commands_find(words, count, &used, &failure);
	if (topic)
		topic->print();
	else if (command)
		help_command(command);
	else if (count == 1 && commands_is_noun(words[0]))
		help_noun(words[0]);
	else
		return fail(&failure, ERRORS_TEXT);
	return output_finish(EXIT_SUCCESS);
}

int main(int argc, char **argv)
{
	unsigned count = argc > 1 ? (unsigned)argc - 1 : 0, used;
	char *const *words = argv + 1;
	struct failure failure;

	fill_standard_descriptors();
	reset_signals();
	if (count == 0 || is_help(words[0]))
		return show_help(words, 0);
	if (strcmp(words[0], "--version") == 0) {
		version_print(options_want_json(words, count));
		return output_finish(EXIT_SUCCESS);
	}
	if (strcmp(words[0], "help") == 0)
		return show_help(words + 1, count - 1);
	if (count == 2 && is_help(words[1]) && commands_is_noun(words[0]))
		return show_help(words, 1);
	const struct command *command = commands_find(words, count, &used, &failure);
	if (!command)
		return fail(&failure, options_want_json(words, count) ? ERRORS_JSON : ERRORS_TEXT);
	return run_command(command, words + used, count - used);
}
