/* Reader of policy files: one rule per line, each after a comment that says who needs it and why.
 */
#include "rules.h"

#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cursor {
	const char *path;
	unsigned line;
	char *rest; /* for strtok_r */
};

static int complain(const struct cursor *at, const char *what, const char *word)
{
	fprintf(stderr, "%s:%u: %s%s%s\n", at->path, at->line, what, word ? ": " : "",
		word ? word : "");
	return -1;
}

static char *next_word(struct cursor *at, char *line)
{
	return strtok_r(line, " \t\n", &at->rest);
}

/* "arg2 & PROT_EXEC == 0", "arg0 == AF_INET" */
static int read_condition(struct cursor *at, struct rule *rule)
{
	const char *argument = next_word(at, NULL);
	const char *comparison = next_word(at, NULL);

	if (rule->condition_count == RULE_CONDITIONS_MAX)
		return complain(at, "too many conditions", NULL);
	if (!argument || strncmp(argument, "arg", 3) != 0 || argument[3] < '0' ||
	    argument[3] > '5' || argument[4])
		return complain(at, "expected arg0 to arg5", argument);
	struct rule_condition *condition = &rule->conditions[rule->condition_count];
	condition->index = (unsigned)(argument[3] - '0');
	for (size_t i = 0; i < rule->condition_count; i++) {
		if (rule->conditions[i].index == condition->index)
			return complain(at, "two conditions for one argument", argument);
	}
	condition->mask = UINT64_MAX;
	if (comparison && strcmp(comparison, "&") == 0) {
		const char *mask = next_word(at, NULL);
		if (!mask || constant_value(mask, &condition->mask) < 0)
			return complain(at, "unknown constant", mask);
		comparison = next_word(at, NULL);
	}
	/* Only equality: older libseccomp merges 64-bit less/greater comparisons wrongly. */
	if (!comparison || strcmp(comparison, "==") != 0)
		return complain(at, "expected ==", comparison);
	const char *value = next_word(at, NULL);
	if (!value || constant_value(value, &condition->value) < 0)
		return complain(at, "unknown constant", value);
	if (condition->value & ~condition->mask)
		return complain(at, "a value outside of its mask can never match", value);
	rule->condition_count++;
	return 0;
}

static int read_conditions(struct cursor *at, const char *word, struct rule *rule)
{
	if (!word)
		return 0;
	if (strcmp(word, "where") != 0)
		return complain(at, "expected where", word);
	do {
		if (read_condition(at, rule) < 0)
			return -1;
		word = next_word(at, NULL);
	} while (word && strcmp(word, "and") == 0);
	return word ? complain(at, "expected and", word) : 0;
}

static int read_action(struct cursor *at, const char *word, struct rule *rule)
{
	if (strcmp(word, "allow") == 0) {
		rule->action = RULE_ALLOW;
		return 0;
	}
	if (strcmp(word, "errno") != 0)
		return complain(at, "expected allow or errno", word);
	const char *name = next_word(at, NULL);
	int number = name ? constant_errno(name) : -1;
	if (number < 0)
		return complain(at, "unknown errno", name);
	rule->action = RULE_ERRNO;
	rule->error = (unsigned)number;
	return 0;
}

/* "poll or ppoll": the first of them that this architecture has, a negative number for none.
 * Returns the word behind. */
static const char *read_syscall(struct cursor *at, struct rule *rule)
{
	const char *word;

	rule->syscall = -1;
	do {
		const char *name = next_word(at, NULL);
		/* libseccomp gives negative numbers to names of other architectures. */
		if (name && rule->syscall < 0)
			rule->syscall = seccomp_syscall_resolve_name(name);
		word = next_word(at, NULL);
	} while (word && strcmp(word, "or") == 0);
	return word;
}

/* Returns 1 with a rule, 0 for a system call that this architecture does not have, -1 for an error.
 */
static int read_rule(struct cursor *at, char *line, struct rule *rule)
{
	bool optional = false;
	const char *word = next_word(at, line);

	*rule = (struct rule){0};
	if (word && strcmp(word, "maybe") == 0) {
		optional = true;
		word = next_word(at, NULL);
	}
	if (!word || read_action(at, word, rule) < 0)
		return -1;
	word = read_syscall(at, rule);
	if (rule->syscall < 0 && !optional)
		return complain(at, "this architecture has no such system call", NULL);
	if (read_conditions(at, word, rule) < 0)
		return -1;
	return rule->syscall < 0 ? 0 : 1;
}

/* "# who: ... why: ...", both with something behind them. */
static bool is_explanation(const char *comment)
{
	const char *who = strstr(comment, "who:"), *why = strstr(comment, "why:");

	return who && why && who < why && strspn(who + 4, " \t") < (size_t)(why - who - 4) &&
	       why[4 + strspn(why + 4, " \t\n")];
}

/* Returns 0, or -1 after printing why. */
static int take_line(struct cursor *at, char *line, bool *explained,
		     const char *(*take)(void *, const struct rule *), void *context)
{
	struct rule rule;

	if (line[0] == '\n') {
		*explained = false;
		return 0;
	}
	if (line[0] == '#') {
		*explained = *explained || is_explanation(line);
		return 0;
	}
	if (!*explained)
		return complain(at, "a rule needs '# who: ... why: ...' above it", NULL);
	int got = read_rule(at, line, &rule);
	if (got <= 0)
		return got;
	const char *wrong = take(context, &rule);
	return wrong ? complain(at, wrong, NULL) : 0;
}

int rules_read(const char *path, const char *(*take)(void *, const struct rule *), void *context)
{
	struct cursor at = {.path = path};
	char line[512];
	bool explained = false;
	int status = 0;
	FILE *file = fopen(path, "re");

	if (!file) {
		perror(path);
		return -1;
	}
	while (status == 0 && fgets(line, sizeof(line), file)) {
		at.line++;
		if (!strchr(line, '\n'))
			status = complain(&at, "a line without an end", NULL);
		else
			status = take_line(&at, line, &explained, take, context);
	}
	if (ferror(file))
		status = complain(&at, "cannot be read", NULL);
	fclose(file);
	return status;
}
