/* The command line: a parser driven by the table options.def. */
#ifndef GHWARD_CLI_OPTIONS_H
#define GHWARD_CLI_OPTIONS_H

#include "lib/failure/failure.h"
#include "lib/operations/operations.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_id {
#define OPTION(identifier, ...) OPTION_##identifier,
#include "cli/options.def"
	OPTIONS
};

enum option_group {
#define GROUP(identifier, title) OPTION_GROUP_##identifier,
#include "cli/options.def"
	OPTION_GROUPS
};

/* The options of a command, one bit each. */
__extension__ typedef unsigned __int128 option_set;
#define OPTION_BIT(option) ((option_set)1 << (option))

enum option_takes {
	OPTION_TAKES_NOTHING,
	OPTION_TAKES_WORD,
	/* A comma-separated list in the next word, unless there is none or it starts with "-" or is
	 * a number: `--json --limit 5`, `view --json 7`. */
	OPTION_TAKES_FIELDS,
	/* A comma-separated list; given several times, all of them count, see options_next(). */
	OPTION_TAKES_LIST,
};

struct option_spec {
	const char *name;
	char letter; /* 0 for none */
	enum option_takes takes;
	const char *placeholder;
	enum operation_parameter parameter; /* PARAMETERS for none */
	const char *help;
};

#define OPTION_WORDS_MAX 2u

/* Of all options that take a list, on one command line. */
#define OPTION_LISTS_MAX 1000u

struct options {
	const char
		*values[OPTIONS]; /* NULL when absent, "" for one without a value; the last wins */
	const char *words[OPTION_WORDS_MAX]; /* what is not an option */
	unsigned word_count;
	unsigned list_count;
	struct {
		enum option_id option;
		const char *value;
	} lists[OPTION_LISTS_MAX];
};

const struct option_spec *option_get(enum option_id) __attribute__((returns_nonnull));

enum option_group option_group_of(enum option_id);
const char *option_group_title(enum option_group) __attribute__((returns_nonnull));

/* The words of an option that takes one of a closed set, NULL behind the last; NULL for others. */
const char *const *option_words(enum option_id);

/* Which of them the text is, or -1. */
int option_word_index(enum option_id, const char *text, size_t length) __attribute__((nonnull));

/* Sets a FAILURE_USAGE that says which ones there are. Returns -1. */
int option_no_word(enum option_id, const char *text, struct failure *) __attribute__((nonnull));

#define OPTION_EXPECTATION_MAX 256u
#define OPTION_DESCRIPTION_MAX 512u

/* What a value should be: "open, closed, dismissed or fixed"; "" where the help says it all. */
void option_expectation(enum option_id, char text[OPTION_EXPECTATION_MAX]) __attribute__((nonnull));

/* The help and what a value should be: "only alerts in this state: open, closed, ...". */
void option_describe(enum option_id, char text[OPTION_DESCRIPTION_MAX]) __attribute__((nonnull));

/* Parses the words after the command's name. `command` is for messages: "alerts list". Strings stay
 * argv's. Returns 0, or -1 with a FAILURE_USAGE. */
int options_parse(option_set known, const char *command, char *const *arguments, unsigned count,
		  struct options *, struct failure *) __attribute__((warn_unused_result, nonnull));

/* The values of an option that takes a list, one after the other; *at begins with 0. NULL at the
 * end.
 */
const char *options_next(const struct options *, enum option_id, unsigned *at)
	__attribute__((nonnull));

/* All of them in one list. Returns 0, or -1 with a FAILURE_USAGE when it is too long. */
int options_join(const struct options *, enum option_id, char *text, size_t size, struct failure *)
	__attribute__((warn_unused_result, nonnull));

/* True when the words ask for JSON: needed before they are parsed, for the form of errors. */
bool options_want_json(char *const *arguments, unsigned count) __attribute__((nonnull));

#endif
