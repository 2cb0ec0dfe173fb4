/* --help on each level. */
#include "cli/help.h"

#include <stdio.h>
#include <string.h>

static void print_command_line(const struct command *command)
{
	printf("  %-14s %s\n", command->name, command->summary);
}

void help_all(void)
{
	printf("ghward: a confined GitHub agent. No token is ever in a process that reads GitHub's "
	       "answers.\n\n"
	       "Usage: ghward <command> [options]\n\n"
	       "Commands:\n");
	for (size_t i = 0; commands_at(i); i++)
		print_command_line(commands_at(i));
	printf("\n"
	       "ghward <command> --help shows the options of a command; ghward --version the "
	       "version.\n\n"
	       "Environment:\n"
	       "  GH_TOKEN, GITHUB_TOKEN        the token for github.com and ghe.com; without one, "
	       "the\n"
	       "                                answer of \"gh auth token\"\n"
	       "  GH_ENTERPRISE_TOKEN, GITHUB_ENTERPRISE_TOKEN\n"
	       "                                the token for any other host\n"
	       "  GITHUB_API_URL                the API's address, for example "
	       "https://api.github.com\n"
	       "  GITHUB_HOSTNAME, GH_HOST      or only its host\n"
	       "  GH_REPO                       the repository where -R is absent\n"
	       "  GHWARD_CA_FILE                certificate authorities (PEM) instead of the "
	       "system's\n"
	       "  GHWARD_CONFIG                 the configuration file\n"
	       "  LOG_LEVEL, LOG_FORMAT         error, warning, info or debug; text or json\n"
	       "  NO_COLOR, CLICOLOR_FORCE      never or always use colour\n\n"
	       "Exit status: 0 done, 1 failed, 2 usage, 3 denied, 4 authentication or permission,\n"
	       "5 not found, 6 rate limited, 7 partly done, 8 integrity failure, 130 "
	       "interrupted.\n");
}

void help_noun(const char *noun)
{
	printf("Usage: ghward %s <command> [options]\n\nCommands:\n", noun);
	for (size_t i = 0; commands_at(i); i++) {
		const char *name = commands_at(i)->name;
		size_t length = strcspn(name, " ");
		if (strlen(noun) == length && memcmp(name, noun, length) == 0)
			print_command_line(commands_at(i));
	}
	printf("\nghward %s <command> --help shows the options of a command.\n", noun);
}

static void print_option(const struct option_spec *spec)
{
	char left[64];

	snprintf(left, sizeof(left), "%s%s%s", spec->name, *spec->placeholder ? " " : "",
		 spec->placeholder);
	if (spec->letter)
		printf("  -%c, --%-28s", spec->letter, left);
	else
		printf("      --%-28s", left);
	printf(" %s", spec->help);
	if (spec->parameter < PARAMETERS)
		printf(": %s",
		       validate_expectation(operation_parameter_validator(spec->parameter)));
	printf("\n");
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

void help_command(const struct command *command)
{
	printf("%s\n\nUsage: ghward %s %s%s[options]\n\nOptions:\n", command->summary,
	       command->name, command->words, command->word_count ? " " : "");
	for (unsigned i = 0; i < OPTIONS; i++) {
		if (command->options & OPTION_BIT(i))
			print_option(option_get((enum option_id)i));
	}
	printf("\nExamples:\n");
	print_examples(command->examples);
}
