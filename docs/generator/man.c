/* The pages of section 1. */
#include "mdoc.h"
#include "papers.h"

#include "cli/help.h"
#include "cli/variables.h"
#include "lib/failure/exits.h"

#include <string.h>

/* --- parts --- */

/* "alerts list" as the name of its page: "ghward-alerts-list". */
static void page_name(const char *topic, char name[128])
{
	snprintf(name, 128, "ghward-%s", topic);
	for (char *at = name; *at; at++) {
		if (*at == ' ')
			*at = '-';
	}
}

static void noun_of(const struct command *command, char noun[64])
{
	snprintf(noun, 64, "%.*s", (int)commands_noun_length(command), command->name);
}

static void put_sentence(FILE *out, const char *summary)
{
	char text[256];

	snprintf(text, sizeof(text), "%s.", summary);
	mdoc_text(out, text);
}

static void cross_reference(FILE *out, const char *topic, const char *behind)
{
	char name[128];

	page_name(topic, name);
	fprintf(out, ".Xr %s 1%s\n", name, behind);
}

/* "-R , --repo [HOST/]OWNER/REPO" as macros of one line. */
static void put_option(FILE *out, const struct option_spec *spec)
{
	if (spec->letter)
		fprintf(out, " Fl %c ,", spec->letter);
	fputs(" Fl Fl", out);
	mdoc_argument(out, spec->name);
	if (*spec->placeholder) {
		fputs(" Ar", out);
		mdoc_argument(out, spec->placeholder);
	}
}

/* Each option in one form, in brackets unless it is required. */
static void put_synopsis(FILE *out, const struct command *command)
{
	const struct option_spec *spec;
	enum option_id id;

	fprintf(out, ".Sh SYNOPSIS\n.Nm ghward %s\n", command->name);
	if (command->word_count) {
		fputs(".Ar", out);
		mdoc_argument(out, command->words);
		putc('\n', out);
	}
	for (size_t i = 0; (spec = option_at(command, i, &id)); i++) {
		bool required = command->required & OPTION_BIT(id);
		fputs(required ? "." : ".Op", out);
		fputs(required ? "Fl Fl" : " Fl Fl", out);
		mdoc_argument(out, spec->name);
		if (*spec->placeholder) {
			fputs(" Ar", out);
			mdoc_argument(out, spec->placeholder);
		}
		putc('\n', out);
	}
}

static void put_group(FILE *out, const struct command *command, enum option_group group)
{
	char text[OPTION_DESCRIPTION_MAX];
	const struct option_spec *spec;
	enum option_id id;
	bool begun = false;

	for (size_t i = 0; (spec = option_at(command, i, &id)); i++) {
		if (option_group_of(id) != group)
			continue;
		if (!begun)
			fprintf(out, ".Ss %s\n.Bl -tag -width Ds\n", option_group_title(group));
		begun = true;
		fputs(".It", out);
		put_option(out, spec);
		putc('\n', out);
		option_describe(id, text);
		mdoc_text(out, text);
		if (command->required & OPTION_BIT(id))
			fputs("(required)\n", out);
	}
	if (begun)
		fputs(".El\n", out);
}

static void put_fields(FILE *out, const struct command *command)
{
	if (!(command->options & OPTION_BIT(OPTION_JSON)))
		return;
	fputs(".Ss Fields of JSON\n", out);
	for (unsigned i = 0; i < field_count(command->fields); i++)
		fprintf(out, "%s%s", field_name(command->fields, i),
			i + 1 < field_count(command->fields) ? ",\n" : ".\n");
}

static void put_commands(FILE *out, const struct command *only)
{
	fputs(".Bl -tag -width Ds\n", out);
	for (size_t i = 0; only ? verb_at(only, i) != NULL : commands_at(i) != NULL; i++) {
		const struct command *command = only ? verb_at(only, i) : commands_at(i);
		fputs(".It Ic", out);
		mdoc_argument(out, command->name);
		putc('\n', out);
		put_sentence(out, command->summary);
		fputs("See\n", out);
		cross_reference(out, command->name, " .");
	}
	fputs(".El\n", out);
}

/* --- pages of commands --- */

void man_command(FILE *out, const struct command *command)
{
	char name[128], noun[64];

	page_name(command->name, name);
	mdoc_begin(out, name, 1, command->summary);
	put_synopsis(out, command);
	fputs(".Sh DESCRIPTION\n", out);
	put_sentence(out, command->summary);
	fputs(".Pp\nThe options are:\n", out);
	for (unsigned i = 0; i < OPTION_GROUPS; i++)
		put_group(out, command, (enum option_group)i);
	put_fields(out, command);
	fputs(".Sh EXIT STATUS\nThe codes are explained in\n.Xr ghward 1 .\n.Sh EXAMPLES\n", out);
	mdoc_literal(out, command->examples);
	fputs(".Sh SEE ALSO\n.Xr ghward 1 ,\n", out);
	if (!is_single(command)) {
		noun_of(command, noun);
		cross_reference(out, noun, " ,");
	}
	fputs(".Xr ghward-config 5\n", out);
}

void man_noun(FILE *out, const struct command *first)
{
	char name[128], noun[64], summary[128];

	noun_of(first, noun);
	page_name(noun, name);
	snprintf(summary, sizeof(summary), "The commands of ghward about %s", noun);
	mdoc_begin(out, name, 1, summary);
	fprintf(out, ".Sh SYNOPSIS\n.Nm ghward %s\n.Ar command\n.Op Ar options\n", noun);
	fputs(".Sh DESCRIPTION\nThe commands are:\n", out);
	put_commands(out, first);
	fputs(".Sh SEE ALSO\n.Xr ghward 1\n", out);
}

/* --- ghward(1) --- */

static void put_environment(FILE *out)
{
	fputs(".Sh ENVIRONMENT\nAn empty variable counts as unset; of several in one entry the "
	      "first one wins.\n.Bl -tag -width Ds\n",
	      out);
	for (size_t i = 0; variables_at(i); i++) {
		fprintf(out, ".It Ev %s\n", variables_at(i)->names);
		mdoc_text(out, variables_at(i)->summary);
	}
	fputs(".El\n", out);
}

static void put_files(FILE *out)
{
	fputs(".Sh FILES\n.Bl -tag -width Ds\n"
	      ".It Pa ~/.config/ghward/config.json , /etc/ghward/config.json\n"
	      "The configuration, see\n.Xr ghward-config 5 .\n"
	      ".It Pa ~/.local/state/ghward/audit/\n"
	      "The audit log: segments named by the number of their first record,\n"
	      ".Pa head\nand\n.Pa lock .\n"
	      "Without a home directory it is\n.Pa /var/lib/ghward/audit/ .\n"
	      ".It Pa $XDG_RUNTIME_DIR/ghward/agent.sock , /run/ghward/agent.sock\n"
	      "The socket of\n.Xr ghward-serve 1 .\n"
	      ".El\n",
	      out);
}

static void put_exit_status(FILE *out)
{
	fputs(".Sh EXIT STATUS\n.Bl -tag -width Ds\n", out);
	for (size_t i = 0; failure_exit_at(i); i++) {
		const struct failure_exit *one = failure_exit_at(i);
		bool begun = false;
		fprintf(out, ".It %d\n", one->code);
		mdoc_text(out, one->meaning);
		for (unsigned kind = FAILURE_NONE + 1; kind < FAILURE_KINDS; kind++) {
			if (failure_exit_code((enum failure_kind)kind) != one->code)
				continue;
			fprintf(out, "%s\n.Ql %s",
				begun ? " ," : "In JSON:", failure_name((enum failure_kind)kind));
			begun = true;
		}
		fputs(begun ? " .\n" : "", out);
	}
	fputs(".El\n", out);
}

static void put_examples(FILE *out)
{
	const struct command *first;

	fputs(".Sh EXAMPLES\n", out);
	for (size_t i = 0; (first = noun_at(i)); i++) {
		char line[256];
		snprintf(line, sizeof(line), "%.*s\n", (int)strcspn(first->examples, "\n"),
			 first->examples);
		mdoc_text(out, first->summary);
		mdoc_literal(out, line);
	}
}

void man_overview(FILE *out)
{
	mdoc_begin(out, "ghward", 1, "A confined GitHub agent");
	fputs(".Sh SYNOPSIS\n"
	      ".Nm\n.Ar command\n.Op Ar options\n"
	      ".Nm\n.Ar command\n.Fl Fl help\n"
	      ".Nm\n.Cm help\n.Op Ar command | topic\n"
	      ".Nm\n.Fl Fl version\n.Op Fl Fl json\n"
	      ".Sh DESCRIPTION\n",
	      out);
	mdoc_text(out,
		  "ghward does its work in several small processes. The one that holds the token "
		  "parses nothing that GitHub sends; those that parse it have no token, no file "
		  "system and no network. Everything that is asked of GitHub is recorded in a "
		  "hash-chained audit log before the token is used.");
	fputs(".Pp\n", out);
	mdoc_text(out, "A command starts the processes it needs, or uses those of a running "
		       "\"ghward serve\" unless --private forbids it. Output is a table on a "
		       "terminal, tab-separated lines without heading in a pipe, and JSON with "
		       "--json. Errors go to standard error, with --json as one JSON object.");
	fputs(".Ss Commands\n", out);
	put_commands(out, NULL);
	fputs(".Ss Topics\n.Bl -tag -width Ds\n", out);
	for (size_t i = 0; help_topic_at(i); i++) {
		fputs(".It Ic", out);
		mdoc_argument(out, "help ");
		fputs(" Ns Ic", out);
		mdoc_argument(out, help_topic_at(i)->name);
		putc('\n', out);
		mdoc_text(out, help_topic_at(i)->summary);
	}
	fputs(".El\n", out);
	put_environment(out);
	put_files(out);
	put_exit_status(out);
	put_examples(out);
	fputs(".Sh SEE ALSO\n", out);
	const struct command *first;
	for (size_t i = 0; (first = noun_at(i)); i++) {
		char noun[64];
		noun_of(first, noun);
		cross_reference(out, noun, " ,");
	}
	fputs(".Xr ghward-config 5\n", out);
}
