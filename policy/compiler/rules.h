/* Rules of a policy file, as the compiler reads them. See policy/seccomp/common.policy for the
 * syntax. */
#ifndef GHWARD_POLICY_RULES_H
#define GHWARD_POLICY_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RULE_CONDITIONS_MAX 4u

/* argument[index] & mask == value; equality has a mask of all ones. No argument appears twice in a
 * rule. */
struct rule_condition {
	unsigned index;
	uint64_t mask, value;
};

enum rule_action { RULE_ALLOW, RULE_ERRNO };

struct rule {
	enum rule_action action;
	unsigned error; /* for RULE_ERRNO */
	int syscall;
	struct rule_condition conditions[RULE_CONDITIONS_MAX];
	size_t condition_count;
};

/* Calls `take` for each rule of the file; it returns NULL, or what is wrong with the rule. Returns
 * 0, or -1 after printing file, line and reason. */
int rules_read(const char *path, const char *(*take)(void *context, const struct rule *),
	       void *context);

/* The value of a named constant, a decimal or a 0x number, or several of them joined by '|' without
 * spaces. Returns 0, or -1 if unknown. */
int constant_value(const char *names, uint64_t *value);

/* The number of an errno's name, or -1. */
int constant_errno(const char *name);

/* Both answer the same call in the same way, and there is no call that only `narrow` answers. */
bool rule_covers(const struct rule *wide, const struct rule *narrow);

/* There is a call that the two answer differently. */
bool rule_contradicts(const struct rule *one, const struct rule *other);

#endif
