/* papers DIRECTORY: writes man/, bash-completion/, zsh/ and fish/ into it. */
#include "papers.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

/* Nothing is run here. */
#define RUN(function)                                                                              \
	int function(const struct invocation *invocation)                                          \
	{                                                                                          \
		(void)invocation;                                                                  \
		abort();                                                                           \
	}
#include "cli/runs.def"
#undef RUN

static bool starts_noun(size_t index)
{
	const struct command *command = commands_at(index);
	const struct command *before = index > 0 ? commands_at(index - 1) : NULL;
	size_t length = commands_noun_length(command);

	return !before || commands_noun_length(before) != length ||
	       memcmp(before->name, command->name, length) != 0;
}

const struct command *noun_at(size_t index)
{
	for (size_t i = 0; commands_at(i); i++) {
		if (starts_noun(i) && index-- == 0)
			return commands_at(i);
	}
	return NULL;
}

const struct command *verb_at(const struct command *first, size_t index)
{
	char noun[64];

	snprintf(noun, sizeof(noun), "%.*s", (int)commands_noun_length(first), first->name);
	for (size_t i = 0; commands_at(i); i++) {
		if (commands_has_noun(commands_at(i), noun) && index-- == 0)
			return commands_at(i);
	}
	return NULL;
}

bool is_single(const struct command *command)
{
	return !*commands_verb(command);
}

const struct option_spec *option_at(const struct command *command, size_t index, enum option_id *id)
{
	for (unsigned i = 0; i < OPTIONS; i++) {
		if (!(command->options & OPTION_BIT(i)) || index-- != 0)
			continue;
		*id = (enum option_id)i;
		return option_get(*id);
	}
	return NULL;
}

enum value_kind value_kind(enum option_id id)
{
	const struct option_spec *spec = option_get(id);

	if (spec->takes == OPTION_TAKES_FIELDS)
		return VALUE_FIELDS;
	if (option_words(id))
		return VALUE_WORDS;
	if (strcmp(spec->placeholder, "DIR") == 0)
		return VALUE_DIRECTORY;
	return strcmp(spec->placeholder, "FILE") == 0 ? VALUE_FILE : VALUE_NONE;
}

/* --- files --- */

static FILE *create(const char *directory, const char *name)
{
	char path[4096];
	FILE *file = NULL;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", directory, name) < sizeof(path))
		file = fopen(path, "we");
	if (!file)
		err(EXIT_FAILURE, "cannot write %s/%s", directory, name);
	return file;
}

static void finish(FILE *file)
{
	bool failed = ferror(file) != 0;

	if (fclose(file) != 0 || failed)
		err(EXIT_FAILURE, "cannot write");
}

static void write_file(const char *directory, const char *name, void (*write)(FILE *))
{
	FILE *file = create(directory, name);

	write(file);
	finish(file);
}

/* "alerts list" is explained in man1/ghward-alerts-list.1. */
static void write_page(const char *directory, const char *topic, const struct command *command,
		       void (*write)(FILE *, const struct command *))
{
	char name[128];

	snprintf(name, sizeof(name), "man/man1/ghward-%s.1", topic);
	for (char *at = name; *at; at++) {
		if (*at == ' ')
			*at = '-';
	}
	FILE *file = create(directory, name);
	write(file, command);
	finish(file);
}

static void write_pages(const char *directory)
{
	const struct command *command;
	char noun[64];

	write_file(directory, "man/man1/ghward.1", man_overview);
	write_file(directory, "man/man5/ghward-config.5", man_config);
	for (size_t i = 0; (command = noun_at(i)); i++) {
		snprintf(noun, sizeof(noun), "%.*s", (int)commands_noun_length(command),
			 command->name);
		if (!is_single(command))
			write_page(directory, noun, command, man_noun);
	}
	for (size_t i = 0; (command = commands_at(i)); i++)
		write_page(directory, command->name, command, man_command);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		errx(EXIT_FAILURE, "usage: papers DIRECTORY");
	write_pages(argv[1]);
	write_file(argv[1], "bash-completion/completions/ghward", complete_bash);
	write_file(argv[1], "zsh/site-functions/_ghward", complete_zsh);
	write_file(argv[1], "fish/vendor_completions.d/ghward.fish", complete_fish);
	return EXIT_SUCCESS;
}
