/* The commands: what they are called, what they take, and what runs them. */
#ifndef GHWARD_CLI_COMMANDS_H
#define GHWARD_CLI_COMMANDS_H

#include "cli/errors.h"
#include "cli/options.h"
#include "lib/github/fields.h"

#include <stdbool.h>
#include <stddef.h>

struct command;

/* A parsed command line. */
struct invocation {
	const struct command *command;
	struct options options;
	enum errors_form errors;
};

struct command {
	const char *name; /* "alerts list"; the first word is the noun */
	const char *summary;
	const char *words; /* what is not an option: "NUMBER", "[NAME]", "" for none */
	unsigned word_count;
	unsigned word_optional; /* so many of them may be missing */
	enum field_set fields;	/* what --json may choose from */
	option_set options;
	option_set required;  /* those of the options without which it does not run */
	const char *examples; /* one per line */
	int (*run)(const struct invocation *); /* returns the exit status */
};

/* One after the other, NULL at the end; those of one noun stand together. */
const struct command *commands_at(size_t index);

/* The length of the first word of its name. */
size_t commands_noun_length(const struct command *) __attribute__((nonnull));

/* The second word of its name, "" for a command of one word. */
const char *commands_verb(const struct command *) __attribute__((nonnull, returns_nonnull));

bool commands_has_noun(const struct command *, const char *word) __attribute__((nonnull));

/* Finds the command that the first words name; *used is how many words that took. Returns NULL with
 * a FAILURE_USAGE for an unknown or incomplete one. */
const struct command *commands_find(char *const *arguments, unsigned count, unsigned *used,
				    struct failure *) __attribute__((nonnull));

/* True if the word is the first one of some command. */
int commands_is_noun(const char *word) __attribute__((nonnull));

#define RUN(function) int function(const struct invocation *) __attribute__((nonnull));
#include "cli/runs.def"
#undef RUN

#endif
