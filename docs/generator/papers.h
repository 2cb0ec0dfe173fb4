/* Manual and shell completions, written from the same tables as the command's help. */
#ifndef GHWARD_PAPERS_PAPERS_H
#define GHWARD_PAPERS_PAPERS_H

#include "cli/commands.h"

#include <stdio.h>

/* ghward(1), ghward-NOUN(1), ghward-NOUN-VERB(1) and ghward-config(5), in mdoc. */
void man_overview(FILE *) __attribute__((nonnull));
void man_noun(FILE *, const struct command *first) __attribute__((nonnull));
void man_command(FILE *, const struct command *) __attribute__((nonnull));
void man_config(FILE *) __attribute__((nonnull));

void complete_bash(FILE *) __attribute__((nonnull));
void complete_zsh(FILE *) __attribute__((nonnull));
void complete_fish(FILE *) __attribute__((nonnull));

/* --- the tables --- */

/* The first command of each noun; NULL behind the last. */
const struct command *noun_at(size_t index);

/* Number `index` of the commands of a noun; NULL behind the last. */
const struct command *verb_at(const struct command *first, size_t index) __attribute__((nonnull));

/* True when there is nothing behind the noun: "doctor". */
bool is_single(const struct command *) __attribute__((nonnull));

/* Number `index` of the options of a command; NULL behind the last. */
const struct option_spec *option_at(const struct command *, size_t index, enum option_id *)
	__attribute__((nonnull));

/* What a shell offers for the value of an option. */
enum value_kind { VALUE_NONE, VALUE_WORDS, VALUE_FIELDS, VALUE_DIRECTORY, VALUE_FILE };
enum value_kind value_kind(enum option_id);

#endif
