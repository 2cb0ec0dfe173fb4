/* Completion for zsh: one function per command for _arguments, one per noun, one for all. */
#include "papers.h"
#include "quote.h"

#include "cli/help.h"

#include <string.h>

/* What means something in the explanation of an _arguments specification. */
#define SPECIAL "[]:\\"

static void put_function_name(FILE *out, const char *name)
{
	fputs("_ghward_", out);
	for (; *name; name++)
		putc(*name == ' ' || *name == '-' ? '_' : *name, out);
}

/* ":message:action", to stand inside of single quotes. */
static void put_value(FILE *out, const struct command *command, enum option_id id)
{
	const struct option_spec *spec = option_get(id);
	const char *const *words = option_words(id);

	if (spec->takes == OPTION_TAKES_NOTHING)
		return;
	fputs(spec->takes == OPTION_TAKES_FIELDS ? "::" : ":", out);
	quote_inside(out, spec->placeholder, SPECIAL);
	putc(':', out);
	switch (value_kind(id)) {
	case VALUE_NONE:
		break;
	case VALUE_WORDS:
		putc('(', out);
		for (; *words; words++) {
			quote_inside(out, *words, " ()\\");
			putc(words[1] ? ' ' : ')', out);
		}
		break;
	case VALUE_FIELDS:
		fputs("_values -s , field help", out);
		for (unsigned i = 0; i < field_count(command->fields); i++)
			fprintf(out, " %s", field_name(command->fields, i));
		break;
	case VALUE_DIRECTORY:
		fputs("_files -/", out);
		break;
	case VALUE_FILE:
		fputs("_files", out);
		break;
	}
}

static void put_option(FILE *out, const struct command *command, enum option_id id)
{
	const struct option_spec *spec = option_get(id);
	bool takes = spec->takes != OPTION_TAKES_NOTHING;
	bool again = spec->takes == OPTION_TAKES_LIST;

	fputs(again ? " \\\n\t\t'*'" : " \\\n\t\t", out);
	if (spec->letter && !again)
		fprintf(out, "'(-%c --%s)'", spec->letter, spec->name);
	if (spec->letter)
		fprintf(out, "{-%c%s,--%s%s}", spec->letter, takes ? "+" : "", spec->name,
			takes ? "=" : "");
	else
		fprintf(out, "--%s%s", spec->name, takes ? "=" : "");
	fputs("'[", out);
	quote_inside(out, spec->help, SPECIAL);
	putc(']', out);
	put_value(out, command, id);
	putc('\'', out);
}

static void put_command(FILE *out, const struct command *command)
{
	enum option_id id;

	put_function_name(out, command->name);
	fputs("() {\n\t_arguments -s -S", out);
	for (size_t i = 0; option_at(command, i, &id); i++)
		put_option(out, command, id);
	if (command->word_count)
		fprintf(out, " \\\n\t\t'1:%s:'", command->words);
	fputs("\n}\n\n", out);
}

/* 'word:explanation' for _describe. */
static void put_described(FILE *out, const char *word, size_t length, const char *summary)
{
	fprintf(out, "\t\t'%.*s:", (int)length, word);
	quote_inside(out, summary, "\\:");
	fputs("'\n", out);
}

static void put_noun(FILE *out, const struct command *first)
{
	const struct command *command;

	fprintf(out, "_ghward_%.*s() {\n", (int)commands_noun_length(first), first->name);
	fputs("\tlocal curcontext=$curcontext state line\n\tlocal -a verbs=(\n", out);
	for (size_t i = 0; (command = verb_at(first, i)); i++) {
		const char *verb = commands_verb(command);
		put_described(out, verb, strlen(verb), command->summary);
	}
	fputs("\t)\n\t_arguments -C '(- *)'{-h,--help}'[its commands]' '1:command:->verb' "
	      "'*::option:->rest'\n"
	      "\tcase $state in\n"
	      "\tverb) _describe -t commands command verbs ;;\n"
	      "\trest)\n\t\tcase $words[1] in\n",
	      out);
	for (size_t i = 0; (command = verb_at(first, i)); i++) {
		fprintf(out, "\t\t%s) ", commands_verb(command));
		put_function_name(out, command->name);
		fputs(" ;;\n", out);
	}
	fputs("\t\tesac\n\t\t;;\n\tesac\n}\n\n", out);
}

static void put_help(FILE *out)
{
	const struct command *first;

	fputs("_ghward_help() {\n\tlocal -a topics=(\n", out);
	for (size_t i = 0; (first = noun_at(i)); i++)
		put_described(out, first->name, commands_noun_length(first),
			      is_single(first) ? first->summary : "its commands");
	for (size_t i = 0; help_topic_at(i); i++)
		put_described(out, help_topic_at(i)->name, strlen(help_topic_at(i)->name),
			      help_topic_at(i)->summary);
	fputs("\t)\n\t_describe -t topics topic topics\n}\n\n", out);
}

static void put_all(FILE *out)
{
	const struct command *first;

	fputs("_ghward() {\n\tlocal curcontext=$curcontext state line\n\tlocal -a nouns=(\n", out);
	for (size_t i = 0; (first = noun_at(i)); i++)
		put_described(out, first->name, commands_noun_length(first),
			      is_single(first) ? first->summary : "its commands");
	fputs("\t\t'help:explain a command or a topic'\n\t)\n"
	      "\t_arguments -C '(- *)'{-h,--help}'[the commands]' \\\n"
	      "\t\t'(- *)--version[versions of ghward and its libraries]' \\\n"
	      "\t\t'1:command:->noun' '*::option:->rest'\n"
	      "\tcase $state in\n"
	      "\tnoun) _describe -t commands command nouns ;;\n"
	      "\trest)\n\t\tcase $words[1] in\n\t\thelp) _ghward_help ;;\n",
	      out);
	for (size_t i = 0; (first = noun_at(i)); i++) {
		char noun[64];
		snprintf(noun, sizeof(noun), "%.*s", (int)commands_noun_length(first), first->name);
		fprintf(out, "\t\t%s) ", noun);
		put_function_name(out, noun);
		fputs(" ;;\n", out);
	}
	fputs("\t\tesac\n\t\t;;\n\tesac\n}\n\n", out);
}

void complete_zsh(FILE *out)
{
	const struct command *command;

	fputs("#compdef ghward\n"
	      "# zsh completion for ghward, written by its build from the tables of the "
	      "command.\n\n",
	      out);
	for (size_t i = 0; (command = commands_at(i)); i++)
		put_command(out, command);
	for (size_t i = 0; (command = noun_at(i)); i++) {
		if (!is_single(command))
			put_noun(out, command);
	}
	put_help(out);
	put_all(out);
	/* Autoloaded it is the body of _ghward; sourced it has to be registered. */
	fputs("if [[ $funcstack[1] == _ghward ]]; then\n\t_ghward \"$@\"\nelse\n"
	      "\tcompdef _ghward ghward\nfi\n",
	      out);
}
