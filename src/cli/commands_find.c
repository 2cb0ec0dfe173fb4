/* From words to a command. */
#include "cli/commands.h"

#include "cli/suggest.h"

#include <stdio.h>
#include <string.h>

size_t commands_noun_length(const struct command *command)
{
	return strcspn(command->name, " ");
}

const char *commands_verb(const struct command *command)
{
	const char *rest = command->name + commands_noun_length(command);

	return *rest ? rest + 1 : rest;
}

bool commands_has_noun(const struct command *command, const char *word)
{
	size_t length = commands_noun_length(command);

	return strlen(word) == length && memcmp(command->name, word, length) == 0;
}

int commands_is_noun(const char *word)
{
	for (size_t i = 0; commands_at(i); i++) {
		if (commands_has_noun(commands_at(i), word))
			return 1;
	}
	return 0;
}

static void unknown_noun(const char *word, struct failure *failure)
{
	struct suggestion suggestion;
	char noun[32];

	suggest_start(&suggestion, word);
	for (size_t i = 0; commands_at(i); i++) {
		size_t length = commands_noun_length(commands_at(i));
		memcpy(noun, commands_at(i)->name, length);
		noun[length] = 0;
		suggest_name(&suggestion, noun);
		/* The name lives in this frame only. */
		if (suggestion.nearest == noun)
			suggestion.nearest = commands_at(i)->name;
	}
	if (suggestion.nearest)
		failure_set(failure, FAILURE_USAGE, "ghward --help lists the commands.",
			    "unknown command \"%s\"; did you mean \"%.*s\"?", word,
			    (int)strcspn(suggestion.nearest, " "), suggestion.nearest);
	else
		failure_set(failure, FAILURE_USAGE, "ghward --help lists the commands.",
			    "unknown command \"%s\"", word);
}

static void unknown_verb(const char *noun, const char *word, struct failure *failure)
{
	struct suggestion suggestion;
	char hint[sizeof(failure->hint)];

	suggest_start(&suggestion, word);
	for (size_t i = 0; commands_at(i); i++) {
		if (commands_has_noun(commands_at(i), noun))
			suggest_name(&suggestion, commands_verb(commands_at(i)));
	}
	snprintf(hint, sizeof(hint), "ghward %s --help lists its commands.", noun);
	if (!*word)
		failure_set(failure, FAILURE_USAGE, hint, "ghward %s needs a command", noun);
	else if (suggestion.nearest)
		failure_set(failure, FAILURE_USAGE, hint,
			    "unknown command \"%s %s\"; did you mean \"%s %s\"?", noun, word, noun,
			    suggestion.nearest);
	else
		failure_set(failure, FAILURE_USAGE, hint, "unknown command \"%s %s\"", noun, word);
}

const struct command *commands_find(char *const *arguments, unsigned count, unsigned *used,
				    struct failure *failure)
{
	const char *noun = count > 0 ? arguments[0] : "";
	/* An option in the verb's place is no verb. */
	const char *verb = count > 1 && arguments[1][0] != '-' ? arguments[1] : "";

	for (size_t i = 0; commands_at(i); i++) {
		const struct command *command = commands_at(i);
		const char *own_verb = commands_verb(command);
		if (!commands_has_noun(command, noun) || (*own_verb && strcmp(own_verb, verb) != 0))
			continue;
		*used = *own_verb ? 2 : 1;
		return command;
	}
	if (commands_is_noun(noun))
		unknown_verb(noun, verb, failure);
	else
		unknown_noun(noun, failure);
	return NULL;
}
