/* Whether two rules say the same, or opposite things. */
#include "rules.h"

static const struct rule_condition *find(const struct rule *rule, unsigned index)
{
	for (size_t i = 0; i < rule->condition_count; i++) {
		if (rule->conditions[i].index == index)
			return &rule->conditions[i];
	}
	return NULL;
}

static bool same_answer(const struct rule *one, const struct rule *other)
{
	return one->action == other->action &&
	       (one->action == RULE_ALLOW || one->error == other->error);
}

/* Every condition of `wide` follows from one of `narrow`. */
static bool conditions_cover(const struct rule *wide, const struct rule *narrow)
{
	for (size_t i = 0; i < wide->condition_count; i++) {
		const struct rule_condition *outer = &wide->conditions[i];
		const struct rule_condition *inner = find(narrow, outer->index);
		if (!inner || (outer->mask & ~inner->mask) != 0 ||
		    (inner->value & outer->mask) != outer->value)
			return false;
	}
	return true;
}

/* No argument has to have two values at once. */
static bool conditions_overlap(const struct rule *one, const struct rule *other)
{
	for (size_t i = 0; i < one->condition_count; i++) {
		const struct rule_condition *here = &one->conditions[i];
		const struct rule_condition *there = find(other, here->index);
		if (there && ((here->value ^ there->value) & here->mask & there->mask) != 0)
			return false;
	}
	return true;
}

bool rule_covers(const struct rule *wide, const struct rule *narrow)
{
	return wide->syscall == narrow->syscall && same_answer(wide, narrow) &&
	       conditions_cover(wide, narrow);
}

bool rule_contradicts(const struct rule *one, const struct rule *other)
{
	return one->syscall == other->syscall && !same_answer(one, other) &&
	       conditions_overlap(one, other);
}
