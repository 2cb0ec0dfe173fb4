/* The commands: what they are called, what they take, and what runs them. */
#ifndef GHWARD_CLI_COMMANDS_H
#define GHWARD_CLI_COMMANDS_H

#include "cli/errors.h"
#include "cli/options.h"
#include "lib/github/fields.h"

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
	const char *words; /* what is not an option: "NUMBER", "" for none */
	unsigned word_count;
	enum field_set fields; /* what --json may choose from */
	option_set options;
	const char *examples;		       /* one per line */
	int (*run)(const struct invocation *); /* returns the exit status */
};

/* One after the other, NULL at the end; those of one noun stand together. */
const struct command *commands_at(size_t index);

/* Finds the command that the first words name; *used is how many words that took. Returns NULL with
 * a FAILURE_USAGE for an unknown or incomplete one. */
const struct command *commands_find(char *const *arguments, unsigned count, unsigned *used,
				    struct failure *) __attribute__((nonnull));

/* True if the word is the first one of some command. */
int commands_is_noun(const char *word) __attribute__((nonnull));

/* The commands, by file. */
int alerts_list(const struct invocation *) __attribute__((nonnull));
int alerts_view(const struct invocation *) __attribute__((nonnull));
int alerts_instances(const struct invocation *) __attribute__((nonnull));
int alerts_dismiss(const struct invocation *) __attribute__((nonnull));
int alerts_reopen(const struct invocation *) __attribute__((nonnull));
int alerts_assign(const struct invocation *) __attribute__((nonnull));
int alerts_unassign(const struct invocation *) __attribute__((nonnull));
int audit_verify(const struct invocation *) __attribute__((nonnull));
int doctor_run(const struct invocation *) __attribute__((nonnull));
int operations_run(const struct invocation *) __attribute__((nonnull));
int rate_limit_run(const struct invocation *) __attribute__((nonnull));
int serve_run(const struct invocation *) __attribute__((nonnull));

#endif
