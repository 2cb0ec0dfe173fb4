/* Values that are refused and look like an attack, in the words of the security monitor's rules. */
#ifndef GHWARD_BROKER_REFUSAL_H
#define GHWARD_BROKER_REFUSAL_H

#include "broker/job.h"

/* What a value that no validator accepts may have been meant for. */
enum refusal_kind {
	REFUSAL_MISTAKE,   /* nothing besides */
	REFUSAL_TRAVERSAL, /* climbing out of a path */
	REFUSAL_INJECTION, /* commands, options, terminal controls */
};
enum refusal_kind refusal_kind(const char *value) __attribute__((nonnull));

/* Records `input.refused` unless it is a mistake; `what` is the parameter's name. */
void refusal_record(const struct job *, const char *what, const char *value)
	__attribute__((nonnull));

#endif
