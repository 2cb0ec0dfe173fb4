/* The command line. */
#include "cli/options.h"

#include "cli/suggest.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct option_spec specs[OPTIONS] = {
#define OPTION(identifier, name_, letter_, takes_, placeholder_, parameter_, help_)                \
	[OPTION_##identifier] = {                                                                  \
		.name = (name_),                                                                   \
		.letter = (letter_),                                                               \
		.takes = OPTION_TAKES_##takes_,                                                    \
		.placeholder = (placeholder_),                                                     \
		.parameter = (parameter_),                                                         \
		.help = (help_),                                                                   \
	},
#include "cli/options.def"
};

_Static_assert(OPTIONS <= sizeof(option_set) * CHAR_BIT, "an option has a bit");

/* A group begins with the number of its first option and takes none itself. */
enum {
#define OPTION(identifier, ...) OPTION_AGAIN_##identifier,
#define GROUP(identifier, title) FIRST_##identifier, BEFORE_##identifier = FIRST_##identifier - 1,
#include "cli/options.def"
};

static const struct {
	const char *title;
	unsigned first;
} groups[OPTION_GROUPS] = {
#define GROUP(identifier, title) [OPTION_GROUP_##identifier] = {title, FIRST_##identifier},
#include "cli/options.def"
};

const struct option_spec *option_get(enum option_id id)
{
	return &specs[id];
}

enum option_group option_group_of(enum option_id id)
{
	unsigned group = OPTION_GROUPS - 1;

	while (group > 0 && groups[group].first > (unsigned)id)
		group--;
	return (enum option_group)group;
}

const char *option_group_title(enum option_group group)
{
	return groups[group].title;
}

const char *const *option_words(enum option_id id)
{
#define OPTION_WORDS(identifier, ...)                                                              \
	static const char *const words_##identifier[] = {__VA_ARGS__, NULL};
#include "cli/options.def"

	switch (id) {
#define OPTION_WORDS(identifier, ...)                                                              \
	case OPTION_##identifier:                                                                  \
		return words_##identifier;
#include "cli/options.def"
	default:
		break;
	}
	return specs[id].takes == OPTION_TAKES_WORD && specs[id].parameter < PARAMETERS
		       ? validate_words(operation_parameter_validator(specs[id].parameter))
		       : NULL;
}

/* "file, state or size" */
static void list_words(const char *const *words, char *text, size_t size)
{
	size_t used = 0;

	for (unsigned i = 0; words[i] && used < size; i++) {
		const char *before = i == 0 ? "" : words[i + 1] ? ", " : " or ";
		used += (size_t)snprintf(text + used, size - used, "%s%s", before, words[i]);
	}
}

void option_expectation(enum option_id id, char text[OPTION_EXPECTATION_MAX])
{
	const struct option_spec *spec = &specs[id];
	const char *const *words = option_words(id);

	*text = 0;
	if (spec->takes == OPTION_TAKES_WORD && spec->parameter < PARAMETERS)
		snprintf(text, OPTION_EXPECTATION_MAX, "%s",
			 validate_expectation(operation_parameter_validator(spec->parameter)));
	else if (words)
		list_words(words, text, OPTION_EXPECTATION_MAX);
}

int option_word_index(enum option_id id, const char *text, size_t length)
{
	const char *const *words = option_words(id);

	for (int i = 0; words[i]; i++) {
		if (strlen(words[i]) == length && memcmp(words[i], text, length) == 0)
			return i;
	}
	return -1;
}

int option_no_word(enum option_id id, const char *text, struct failure *failure)
{
	char expected[OPTION_EXPECTATION_MAX];

	option_expectation(id, expected);
	return failure_usage(failure, "\"%.100s\" is no valid --%s: expected %s", text,
			     specs[id].name, expected);
}

void option_describe(enum option_id id, char text[OPTION_DESCRIPTION_MAX])
{
	char expected[OPTION_EXPECTATION_MAX];

	option_expectation(id, expected);
	snprintf(text, OPTION_DESCRIPTION_MAX, "%s%s%s", specs[id].help, *expected ? ": " : "",
		 expected);
}

struct parser {
	option_set known;
	const char *command;
	char *const *arguments;
	unsigned count, next;
	struct options *options;
	struct failure *failure;
};

__attribute__((format(printf, 2, 3))) static int usage(struct parser *parser, const char *format,
						       ...)
{
	char message[sizeof(parser->failure->message)], hint[sizeof(parser->failure->hint)];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	snprintf(hint, sizeof(hint), "ghward %s --help shows what it takes.", parser->command);
	failure_set(parser->failure, FAILURE_USAGE, hint, "%s", message);
	return -1;
}

static int unknown(struct parser *parser, const char *word, const char *name)
{
	struct suggestion suggestion;

	suggest_start(&suggestion, name);
	for (unsigned i = 0; i < OPTIONS; i++) {
		if (parser->known & OPTION_BIT(i))
			suggest_name(&suggestion, specs[i].name);
	}
	if (suggestion.nearest)
		return usage(parser, "unknown option %s for ghward %s; did you mean --%s?", word,
			     parser->command, suggestion.nearest);
	return usage(parser, "unknown option %s for ghward %s", word, parser->command);
}

static bool is_number(const char *word)
{
	return *word && word[strspn(word, "0123456789")] == 0;
}

static int add_to_list(struct parser *parser, enum option_id id, const char *value)
{
	struct options *options = parser->options;

	if (options->list_count == OPTION_LISTS_MAX)
		return usage(parser, "--%s is given too often: put more into one list",
			     specs[id].name);
	options->lists[options->list_count].option = id;
	options->lists[options->list_count++].value = value;
	return 0;
}

/* `attached` is what follows "=" or the letter, NULL when nothing does. */
static int take(struct parser *parser, enum option_id id, const char *attached)
{
	const struct option_spec *spec = &specs[id];
	const char *next = parser->next < parser->count ? parser->arguments[parser->next] : NULL;
	const char *value = attached;

	switch (spec->takes) {
	case OPTION_TAKES_NOTHING:
		if (attached)
			return usage(parser, "--%s takes no value", spec->name);
		value = "";
		break;
	case OPTION_TAKES_WORD:
	case OPTION_TAKES_LIST:
		if (!attached && next) {
			value = next;
			parser->next++;
		}
		if (!value || !*value)
			return usage(parser, "--%s needs a value: %s", spec->name,
				     spec->placeholder);
		break;
	case OPTION_TAKES_FIELDS:
		if (attached)
			break;
		value = "";
		if (next && *next != '-' && !is_number(next)) {
			value = next;
			parser->next++;
			attached = value;
		}
		break;
	}
	if (spec->takes == OPTION_TAKES_FIELDS && attached && !*attached)
		return usage(parser, "--%s has an empty list of fields", spec->name);
	parser->options->values[id] = value;
	return spec->takes == OPTION_TAKES_LIST ? add_to_list(parser, id, value) : 0;
}

static int parse_long(struct parser *parser, const char *word)
{
	char name[64];
	size_t length = strcspn(word + 2, "=");
	const char *attached = word[2 + length] ? word + 2 + length + 1 : NULL;

	snprintf(name, sizeof(name), "%.*s", (int)(length < sizeof(name) ? length : sizeof(name)),
		 word + 2);
	for (unsigned i = 0; i < OPTIONS; i++) {
		if ((parser->known & OPTION_BIT(i)) && strcmp(specs[i].name, name) == 0)
			return take(parser, (enum option_id)i, attached);
	}
	char shown[80];
	snprintf(shown, sizeof(shown), "--%s", name);
	return unknown(parser, shown, name);
}

static int parse_letter(struct parser *parser, const char *word)
{
	const char *attached = word[2] == '=' ? word + 3 : word + 2;

	for (unsigned i = 0; i < OPTIONS; i++) {
		if ((parser->known & OPTION_BIT(i)) && specs[i].letter &&
		    specs[i].letter == word[1])
			return take(parser, (enum option_id)i, word[2] ? attached : NULL);
	}
	return unknown(parser, word, word + 1);
}

static int parse_word(struct parser *parser, const char *word)
{
	if (parser->options->word_count == OPTION_WORDS_MAX)
		return usage(parser, "unexpected argument \"%s\"", word);
	parser->options->words[parser->options->word_count++] = word;
	return 0;
}

int options_parse(option_set known, const char *command, char *const *arguments, unsigned count,
		  struct options *options, struct failure *failure)
{
	struct parser parser = {.known = known,
				.command = command,
				.arguments = arguments,
				.count = count,
				.options = options,
				.failure = failure};
	bool only_words = false;
	int status = 0;

	memset(options, 0, sizeof(*options));
	while (status == 0 && parser.next < count) {
		const char *word = arguments[parser.next++];
		if (only_words || word[0] != '-' || !word[1])
			status = parse_word(&parser, word);
		else if (strcmp(word, "--") == 0)
			only_words = true;
		else if (word[1] == '-')
			status = parse_long(&parser, word);
		else
			status = parse_letter(&parser, word);
	}
	return status;
}

const char *options_next(const struct options *options, enum option_id id, unsigned *at)
{
	while (*at < options->list_count) {
		unsigned index = (*at)++;
		if (options->lists[index].option == id)
			return options->lists[index].value;
	}
	return NULL;
}

int options_join(const struct options *options, enum option_id id, char *text, size_t size,
		 struct failure *failure)
{
	const char *value;
	size_t used = 0;
	unsigned at = 0;

	*text = 0;
	while ((value = options_next(options, id, &at))) {
		int length = snprintf(text + used, size - used, "%s%s", used ? "," : "", value);
		if (length < 0 || (size_t)length >= size - used)
			return failure_usage(failure, "--%s is longer than %zu bytes",
					     specs[id].name, size - 1);
		used += (size_t)length;
	}
	return 0;
}

bool options_want_json(char *const *arguments, unsigned count)
{
	for (unsigned i = 0; i < count && strcmp(arguments[i], "--") != 0; i++) {
		if (strcmp(arguments[i], "--json") == 0 ||
		    strncmp(arguments[i], "--json=", strlen("--json=")) == 0)
			return true;
	}
	return false;
}
