/* Completion for fish: one `complete` per word and option. */
#include "papers.h"
#include "quote.h"

#include "cli/help.h"

#include <string.h>

static const char head[] =
	"# fish completion for ghward, written by its build from the tables of the command.\n"
	"\n"
	"# The line begins with these words.\n"
	"function __ghward_is\n"
	"\tset -l typed (commandline -opc)[2..]\n"
	"\tfor word in $argv\n"
	"\t\ttest \"$typed[1]\" = $word; or return 1\n"
	"\t\tset -e typed[1]\n"
	"\tend\n"
	"end\n"
	"\n"
	"# It consists of them.\n"
	"function __ghward_at\n"
	"\ttest (count (commandline -opc)) -eq (math (count $argv) + 1); and __ghward_is $argv\n"
	"end\n"
	"\n"
	"complete -c ghward -f\n"
	"complete -c ghward -n __ghward_at -l version -d 'versions of ghward and its libraries'\n"
	"complete -c ghward -n __ghward_at -s h -l help -d 'the commands'\n"
	"complete -c ghward -n __ghward_at -a help -d 'explain a command or a topic'\n"
	"complete -c ghward -n '__ghward_at --version' -l json -d JSON\n";

static void put_word(FILE *out, const char *place, const char *word, size_t length,
		     const char *summary)
{
	fprintf(out, "complete -c ghward -n '__ghward_at%s%s' -a %.*s -d ", *place ? " " : "",
		place, (int)length, word);
	quote_fish(out, summary);
	putc('\n', out);
}

static void put_nouns(FILE *out, const char *place)
{
	const struct command *first;

	for (size_t i = 0; (first = noun_at(i)); i++)
		put_word(out, place, first->name, commands_noun_length(first),
			 is_single(first) ? first->summary : "its commands");
}

static void put_verbs(FILE *out, const char *before, const struct command *first)
{
	const struct command *command;
	char place[128];

	snprintf(place, sizeof(place), "%s%.*s", before, (int)commands_noun_length(first),
		 first->name);
	for (size_t i = 0; (command = verb_at(first, i)); i++) {
		const char *verb = commands_verb(command);
		put_word(out, place, verb, strlen(verb), command->summary);
	}
}

/* The argument of -a is itself a command line: words in it are quoted once more. */
static void put_value(FILE *out, const struct command *command, enum option_id id)
{
	const char *const *words = option_words(id);

	switch (value_kind(id)) {
	case VALUE_NONE:
		fputs(" -x", out);
		break;
	case VALUE_WORDS:
		fputs(" -x -a '", out);
		for (; *words; words++) {
			if (strpbrk(*words, " '\\")) {
				fputs("\"", out);
				for (const char *at = *words; *at; at++)
					fprintf(out, strchr("'\\", *at) ? "\\%c" : "%c", *at);
				fputs("\"", out);
			} else {
				fputs(*words, out);
			}
			fputs(words[1] ? " " : "'", out);
		}
		break;
	case VALUE_FIELDS:
		fputs(" -x -a '(__fish_append , help", out);
		for (unsigned i = 0; i < field_count(command->fields); i++)
			fprintf(out, " %s", field_name(command->fields, i));
		fputs(")'", out);
		break;
	case VALUE_DIRECTORY:
		fputs(" -x -a '(__fish_complete_directories)'", out);
		break;
	case VALUE_FILE:
		fputs(" -r -F", out);
		break;
	}
}

static void put_options(FILE *out, const struct command *command)
{
	const struct option_spec *spec;
	enum option_id id;

	for (size_t i = 0; (spec = option_at(command, i, &id)); i++) {
		fprintf(out, "complete -c ghward -n '__ghward_is %s' -l %s", command->name,
			spec->name);
		if (spec->letter)
			fprintf(out, " -s %c", spec->letter);
		if (spec->takes != OPTION_TAKES_NOTHING)
			put_value(out, command, id);
		fputs(" -d ", out);
		quote_fish(out, spec->help);
		putc('\n', out);
	}
}

void complete_fish(FILE *out)
{
	const struct command *command;

	fputs(head, out);
	put_nouns(out, "");
	put_nouns(out, "help");
	for (size_t i = 0; help_topic_at(i); i++)
		put_word(out, "help", help_topic_at(i)->name, strlen(help_topic_at(i)->name),
			 help_topic_at(i)->summary);
	for (size_t i = 0; (command = noun_at(i)); i++) {
		if (is_single(command))
			continue;
		put_verbs(out, "", command);
		put_verbs(out, "help ", command);
	}
	for (size_t i = 0; (command = commands_at(i)); i++)
		put_options(out, command);
}
