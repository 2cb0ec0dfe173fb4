/* What a GitHub Enterprise Server of some version can do. */
#include "lib/operations/operations.h"

#include <string.h>

/* The digits at *at as a number; leaves behind them. Versions have few digits, more do not count.
 */
static bool take_number(const char **at, unsigned *number)
{
	unsigned digits = 0;

	for (*number = 0; **at >= '0' && **at <= '9'; ++*at, digits++) {
		if (digits == 6)
			return false;
		*number = *number * 10 + (unsigned)(**at - '0');
	}
	return digits > 0;
}

/* "3.19", "3.19.2", "3.20.0.rc1": what stands behind the second number does not matter here. */
static bool parse_version(const char *text, unsigned *major, unsigned *minor)
{
	if (!take_number(&text, major) || *text++ != '.' || !take_number(&text, minor))
		return false;
	return *text == 0 || *text == '.';
}

bool operation_ghes_at_least(const char *version, const char *least)
{
	unsigned major, minor, least_major, least_minor;

	if (!parse_version(version, &major, &minor) ||
	    !parse_version(least, &least_major, &least_minor))
		return false;
	return major > least_major || (major == least_major && minor >= least_minor);
}

static const char *later(const char *one, const char *other)
{
	if (!one || !other)
		return one ? one : other;
	if (strcmp(one, OPERATION_GHES_NEVER) == 0 || strcmp(other, OPERATION_GHES_NEVER) == 0)
		return OPERATION_GHES_NEVER;
	return operation_ghes_at_least(one, other) ? one : other;
}

const char *operation_ghes_since(enum operation_id id, const struct operation_arguments *arguments)
{
	const char *since = operation_get(id)->ghes_since;

	for (unsigned i = 0; i < PARAMETERS; i++) {
		if (arguments->values[i])
			since = later(since,
				      operation_parameter_ghes_since((enum operation_parameter)i));
	}
	return since;
}
