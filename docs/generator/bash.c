/* Completion for bash: the tables as two functions, and one engine. */
#include "papers.h"
#include "quote.h"

#include "cli/help.h"

#include <string.h>

/* What a shell would take apart. bash inserts a match as it is, so they are offered escaped. */
#define SPECIAL " \t'\"\\$`&|;<>()*?[]!#~{}"

static const char engine[] =
	"_ghward_match() {\n"
	"\tlocal word\n"
	"\tfor word in \"${words[@]}\"; do\n"
	"\t\t[[ $word == \"$cur\"* ]] && COMPREPLY+=(\"$prefix$word\")\n"
	"\tdone\n"
	"}\n"
	"\n"
	"# One more of a list with commas, but none twice.\n"
	"_ghward_match_list() {\n"
	"\tlocal chosen=,${cur%\"${cur##*,}\"} word\n"
	"\tlocal -a left=()\n"
	"\tfor word in \"${words[@]}\"; do\n"
	"\t\t[[ $chosen == *\",$word,\"* ]] || left+=(\"${chosen#,}$word\")\n"
	"\tdone\n"
	"\twords=(\"${left[@]}\")\n"
	"\tcompopt -o nospace 2>/dev/null\n"
	"\t_ghward_match\n"
	"}\n"
	"\n"
	"_ghward_match_paths() {\n"
	"\tlocal path\n"
	"\tcompopt -o filenames 2>/dev/null\n"
	"\twhile IFS= read -r path; do\n"
	"\t\tCOMPREPLY+=(\"$prefix$path\")\n"
	"\tdone < <(compgen \"$1\" -- \"$cur\")\n"
	"}\n"
	"\n"
	"_ghward() {\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
	"\tlocal command='' kind='' prefix=''\n"
	"\tlocal -a words=()\n"
	"\tCOMPREPLY=()\n"
	"\t# \"--state=open\" comes in three words where \"=\" breaks them, as it does by "
	"default.\n"
	"\tif [[ $cur == = ]]; then\n"
	"\t\tcur=''\n"
	"\telif [[ $prev == = ]]; then\n"
	"\t\tprev=${COMP_WORDS[COMP_CWORD - 2]}\n"
	"\telif [[ $cur == --*=* ]]; then\n"
	"\t\tprev=${cur%%=*} prefix=${cur%%=*}= cur=${cur#*=}\n"
	"\tfi\n"
	"\tif ((COMP_CWORD > 2)); then\n"
	"\t\tcommand=\"${COMP_WORDS[1]} ${COMP_WORDS[2]}\"\n"
	"\t\t_ghward_next \"$command\"\n"
	"\tfi\n"
	"\tif ((COMP_CWORD > 1 && ${#words[@]} == 0)); then\n"
	"\t\tcommand=${COMP_WORDS[1]}\n"
	"\tfi\n"
	"\t_ghward_values \"$command\" \"$prev\"\n"
	"\t[[ $kind == fields && $cur == -* ]] && kind=''\n"
	"\tcase $kind in\n"
	"\twords) _ghward_match ;;\n"
	"\tfields) _ghward_match_list ;;\n"
	"\tdirectory) _ghward_match_paths -d ;;\n"
	"\tfile) _ghward_match_paths -f ;;\n"
	"\t'')\n"
	"\t\twords=()\n"
	"\t\t_ghward_next \"$command\"\n"
	"\t\t_ghward_match\n"
	"\t\t;;\n"
	"\tesac\n"
	"}\n"
	"\n"
	"complete -F _ghward ghward\n";

static void put_word(FILE *out, const char *word)
{
	fputs(" '", out);
	quote_inside(out, word, SPECIAL);
	putc('\'', out);
}

/* --- what may follow --- */

static void put_noun(FILE *out, const struct command *first)
{
	fprintf(out, " '%.*s'", (int)commands_noun_length(first), first->name);
}

static void put_nouns(FILE *out)
{
	for (size_t i = 0; noun_at(i); i++)
		put_noun(out, noun_at(i));
}

static void put_verbs(FILE *out, const struct command *first)
{
	for (size_t i = 0; verb_at(first, i); i++)
		put_word(out, commands_verb(verb_at(first, i)));
}

static void put_options(FILE *out, const struct command *command)
{
	const struct option_spec *spec;
	enum option_id id;

	for (size_t i = 0; (spec = option_at(command, i, &id)); i++) {
		fprintf(out, " '--%s'", spec->name);
		if (spec->letter)
			fprintf(out, " '-%c'", spec->letter);
	}
}

static void put_next(FILE *out)
{
	const struct command *command;

	fputs("# The words that may follow these.\n"
	      "_ghward_next() {\n\tcase $1 in\n\t'') words=(",
	      out);
	put_nouns(out);
	fputs(" 'help' '--help' '--version') ;;\n\t'--version') words=('--json') ;;\n"
	      "\t'help') words=(",
	      out);
	put_nouns(out);
	for (size_t i = 0; help_topic_at(i); i++)
		put_word(out, help_topic_at(i)->name);
	fputs(") ;;\n", out);
	for (size_t i = 0; (command = noun_at(i)); i++) {
		if (is_single(command))
			continue;
		for (unsigned helping = 0; helping < 2; helping++) {
			fprintf(out, "\t'%s%.*s') words=(", helping ? "help " : "",
				(int)commands_noun_length(command), command->name);
			put_verbs(out, command);
			fputs(helping ? ") ;;\n" : " '--help') ;;\n", out);
		}
	}
	for (size_t i = 0; (command = commands_at(i)); i++) {
		fprintf(out, "\t'%s') words=(", command->name);
		put_options(out, command);
		fputs(") ;;\n", out);
	}
	fputs("\tesac\n}\n\n", out);
}

/* --- values --- */

static void put_kind(FILE *out, const struct command *command, enum option_id id)
{
	const char *const *words = option_words(id);

	switch (value_kind(id)) {
	case VALUE_NONE:
		fputs("kind=none", out);
		break;
	case VALUE_WORDS:
		fputs("kind=words words=(", out);
		for (; *words; words++)
			put_word(out, *words);
		putc(')', out);
		break;
	case VALUE_FIELDS:
		fputs("kind=fields words=('help'", out);
		for (unsigned i = 0; i < field_count(command->fields); i++)
			put_word(out, field_name(command->fields, i));
		putc(')', out);
		break;
	case VALUE_DIRECTORY:
		fputs("kind=directory", out);
		break;
	case VALUE_FILE:
		fputs("kind=file", out);
		break;
	}
}

static void put_values(FILE *out)
{
	const struct command *command;
	const struct option_spec *spec;
	enum option_id id;

	fputs("# The values of an option: which kind they are, and their words.\n"
	      "_ghward_values() {\n\tcase \"$1 $2\" in\n",
	      out);
	for (size_t i = 0; (command = commands_at(i)); i++) {
		for (size_t k = 0; (spec = option_at(command, k, &id)); k++) {
			if (spec->takes == OPTION_TAKES_NOTHING)
				continue;
			fprintf(out, "\t'%s --%s'", command->name, spec->name);
			if (spec->letter)
				fprintf(out, " | '%s -%c'", command->name, spec->letter);
			fputs(") ", out);
			put_kind(out, command, id);
			fputs(" ;;\n", out);
		}
	}
	fputs("\tesac\n}\n\n", out);
}

void complete_bash(FILE *out)
{
	fputs("# bash completion for ghward, written by its build from the tables of the "
	      "command.\n\n",
	      out);
	put_next(out);
	put_values(out);
	fputs(engine, out);
}
