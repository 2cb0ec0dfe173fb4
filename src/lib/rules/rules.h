/* Rules of the security monitor: those that are built in, and their words. */
#ifndef GHWARD_RULES_RULES_H
#define GHWARD_RULES_RULES_H

#include "lib/ipc/protocol.h"

/* The closed sets, each in the order of its enum with NULL behind the last: "actor", ...; "alert",
 * ...; "intent", ...; "info", ... */
extern const char *const rules_pers[], *const rules_actions[], *const rules_phases[],
								       *const rules_severities[];

/* Which of the words a text is, or -1. */
int rules_word(const char *const *words, const char *text, size_t length) __attribute__((nonnull));

/* "alert,quarantine"; "" for none. */
#define RULES_ACTIONS_SIZE 32u
void rules_put_actions(uint8_t actions, char text[RULES_ACTIONS_SIZE]) __attribute__((nonnull));
/* Returns 0, or -1 for anything that rules_put_actions() does not write. */
int rules_get_actions(const char *text, size_t length, uint8_t *actions)
	__attribute__((warn_unused_result, nonnull));

/* The built-in ones. */
void rules_defaults(struct audit_rules *) __attribute__((nonnull));

/* NULL when there is none of this name. */
struct audit_rule *rules_find(struct audit_rules *, const char *name) __attribute__((nonnull));
void rules_remove(struct audit_rules *, struct audit_rule *) __attribute__((nonnull));

/* Lower-case letters, digits, '_' and '-', at most RULE_NAME_MAX. */
bool rules_is_name(const char *text) __attribute__((nonnull));
/* Printable ASCII without spaces, quotes and backslashes, 1 to RULE_PATTERN_MAX. */
bool rules_is_pattern(const char *text) __attribute__((nonnull));

/* NULL when its parts fit together, else what would. */
const char *rules_check(const struct audit_rule *) __attribute__((nonnull));

/* "SEC-20260102-0123abcd". */
bool rules_is_incident(const char *text, size_t length) __attribute__((nonnull));

#endif
