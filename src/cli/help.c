/* --help on each level. */
#include "cli/help.h"

#include "cli/layout.h"
#include "cli/variables.h"
#include "lib/failure/exits.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Left columns grow with what is in them, up to here. */
#define TERM_MAX 34u

static unsigned longer(unsigned width, const char *term)
{
	unsigned length = (unsigned)strlen(term) + 2;

	return length > width && length <= TERM_MAX ? length : width;
}

static bool is_of(const struct command *command, const char *noun)
{
	return !*noun || commands_has_noun(command, noun);
}

/* All commands of a noun, or of all for "". */
static void print_commands(const char *noun)
{
	unsigned width = 0;
	char term[64];

	for (size_t i = 0; commands_at(i); i++) {
		if (is_of(commands_at(i), noun))
			width = longer(width, commands_at(i)->name);
	}
	printf("\nCommands:\n");
	for (size_t i = 0; commands_at(i); i++) {
		if (!is_of(commands_at(i), noun))
			continue;
		snprintf(term, sizeof(term), "  %s", commands_at(i)->name);
		layout_item(width + 2, term, commands_at(i)->summary);
	}
}

void help_all(void)
{
	printf("ghward: a confined GitHub agent. No token is ever in a process that reads\n"
	       "GitHub's answers.\n\n"
	       "Usage: ghward <command> [options]\n");
	print_commands("");
	printf("\nTopics:\n");
	for (size_t i = 0; help_topic_at(i); i++) {
		char term[64];
		snprintf(term, sizeof(term), "  help %s", help_topic_at(i)->name);
		layout_item(20, term, help_topic_at(i)->summary);
	}
	printf("\n"
	       "ghward <command> --help shows the options of a command, ghward --version the\n"
	       "version of ghward and of the libraries in it.\n");
}

void help_noun(const char *noun)
{
	printf("Usage: ghward %s <command> [options]\n", noun);
	print_commands(noun);
	printf("\nghward %s <command> --help shows the options of a command.\n", noun);
}

static void put_term(char *term, size_t size, const struct option_spec *spec)
{
	char letter[8] = "    ";

	if (spec->letter)
		snprintf(letter, sizeof(letter), "-%c, ", spec->letter);
	snprintf(term, size, "  %s--%s%s%s", letter, spec->name, *spec->placeholder ? " " : "",
		 spec->placeholder);
}

static void print_group(const struct command *command, enum option_group group, unsigned width)
{
	char term[128], text[OPTION_DESCRIPTION_MAX];
	bool begun = false;

	for (unsigned i = 0; i < OPTIONS; i++) {
		enum option_id id = (enum option_id)i;
		if (!(command->options & OPTION_BIT(i)) || option_group_of(id) != group)
			continue;
		if (!begun)
			printf("\n%s:\n", option_group_title(group));
		begun = true;
		put_term(term, sizeof(term), option_get(id));
		option_describe(id, text);
		if (command->required & OPTION_BIT(i))
			strncat(text, " (required)", sizeof(text) - strlen(text) - 1);
		layout_item(width, term, text);
	}
}

static void print_examples(const char *examples)
{
	while (*examples) {
		size_t length = strcspn(examples, "\n");
		printf("  %.*s\n", (int)length, examples);
		examples += length;
		examples += *examples == '\n';
	}
}

static void print_usage(const struct command *command)
{
	char line[512];
	int used = snprintf(line, sizeof(line), "%s%s%s", command->name,
			    command->word_count ? " " : "", command->words);

	for (unsigned i = 0; i < OPTIONS && used < (int)sizeof(line); i++) {
		const struct option_spec *spec = option_get((enum option_id)i);
		if (command->required & OPTION_BIT(i))
			used += snprintf(line + used, sizeof(line) - (size_t)used, " --%s %s",
					 spec->name, spec->placeholder);
	}
	if (used < (int)sizeof(line))
		snprintf(line + used, sizeof(line) - (size_t)used, " [options]");
	printf("\nUsage: ghward ");
	layout_text((unsigned)strlen("Usage: ghward "), 4, line);
}

void help_command(const struct command *command)
{
	unsigned width = 0;
	char term[128];

	layout_text(0, 0, command->summary);
	print_usage(command);
	for (unsigned i = 0; i < OPTIONS; i++) {
		if (!(command->options & OPTION_BIT(i)))
			continue;
		put_term(term, sizeof(term), option_get((enum option_id)i));
		width = longer(width, term);
	}
	for (unsigned i = 0; i < OPTION_GROUPS; i++)
		print_group(command, (enum option_group)i, width);
	printf("\nExamples:\n");
	print_examples(command->examples);
}

/* --- topics --- */

static void print_environment(void)
{
	layout_text(0, 0,
		    "What ghward reads from its environment. An empty variable counts as "
		    "unset; of several in one line the first one wins.");
	for (size_t i = 0; variables_at(i); i++) {
		printf("\n%s\n    ", variables_at(i)->names);
		layout_text(4, 4, variables_at(i)->summary);
	}
}

static void print_exit_codes(void)
{
	char term[16];

	printf("How ghward ends:\n\n");
	for (size_t i = 0; failure_exit_at(i); i++) {
		snprintf(term, sizeof(term), "  %3d", failure_exit_at(i)->code);
		layout_item(7, term, failure_exit_at(i)->meaning);
	}
	putchar('\n');
	layout_text(0, 0,
		    "With --json an error is one object on standard error, whose \"kind\" is "
		    "finer than the code:");
	putchar('\n');
	for (unsigned i = FAILURE_NONE + 1; i < FAILURE_KINDS; i++)
		printf("  %3d  %s\n", failure_exit_code((enum failure_kind)i),
		       failure_name((enum failure_kind)i));
}

/* Paragraphs, and lists whose items begin with a word of their own. */
static const struct {
	const char *term, *text; /* without a term a paragraph */
} credentials[] = {
	{NULL, "Which credential a command uses, for the host that it asks:"},
	{"  1", "--credential NAME: that one of the vault. \"env\" stands for what 3 and 4 say"},
	{"  2", "the vault: an entry for this host, rather one for this owner than one for any"},
	{"  3", "the environment: GH_TOKEN or GITHUB_TOKEN for github.com and ghe.com, "
		"GH_ENTERPRISE_TOKEN or GITHUB_ENTERPRISE_TOKEN for any other host"},
	{"  4", "the answer of \"gh auth token\" for this host"},
	{NULL, "\"ghward auth status\" says which one it is and why, \"ghward auth check\" what it "
	       "suffices for."},
	{NULL, "The vault is encrypted. What opens it is asked for in this order; everything that "
	       "is there is tried:"},
	{"  1", "GHWARD_KEY_FILE: a file with 32 bytes in base64, mode 0400"},
	{"  2", "TOKEN_ENCRYPTION_KEY: the same as a variable"},
	{"  3", "the credential ghward-vault-key of systemd, in CREDENTIALS_DIRECTORY"},
	{"  4", "key_file in config.json, where none of these is set"},
	{"  5", "the key \"ghward:vault\" in the kernel's keyring, until the next reboot"},
	{"  6", "a passphrase, from the descriptor GHWARD_PASSPHRASE_FD; or asked for on the "
		"terminal, where there is nothing else"},
	{NULL, "\"ghward vault init\" makes a vault; \"ghward vault rekey\" gives it another key. "
	       "\"ghward serve\" is told the key once, at its start."},
};

static void print_credentials(void)
{
	for (size_t i = 0; i < sizeof(credentials) / sizeof(credentials[0]); i++) {
		bool begins = !credentials[i].term;
		if (begins && i > 0)
			putchar('\n');
		if (begins)
			layout_text(0, 0, credentials[i].text);
		else
			layout_item(5, credentials[i].term, credentials[i].text);
	}
}

static const struct help_topic topics[] = {
	{"credentials", "which token is used, and what opens the vault", print_credentials},
	{"environment", "the environment variables that ghward reads", print_environment},
	{"exit-codes", "how ghward tells a script what happened", print_exit_codes},
};

const struct help_topic *help_topic_at(size_t index)
{
	return index < sizeof(topics) / sizeof(topics[0]) ? &topics[index] : NULL;
}
