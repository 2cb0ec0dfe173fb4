/* How a job ends. */
#include "lib/failure/failure.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	int exit_code;
} kinds[FAILURE_KINDS] = {
	[FAILURE_NONE] = {"none", 0},
	[FAILURE_USAGE] = {"usage", 2},
	[FAILURE_DENIED] = {"denied", 3},
	[FAILURE_AUTHENTICATION] = {"authentication", 4},
	[FAILURE_PERMISSION] = {"permission", 4},
	[FAILURE_NOT_FOUND] = {"not_found", 5},
	[FAILURE_RATE_LIMITED] = {"rate_limited", 6},
	[FAILURE_VALIDATION] = {"validation", 1},
	[FAILURE_CONFLICT] = {"conflict", 1},
	[FAILURE_UNSUPPORTED] = {"unsupported", 1},
	[FAILURE_SERVER] = {"server", 1},
	[FAILURE_NETWORK] = {"network", 1},
	[FAILURE_TLS] = {"tls", 1},
	[FAILURE_TIMEOUT] = {"timeout", 1},
	[FAILURE_MALFORMED] = {"malformed", 1},
	[FAILURE_REDIRECT] = {"redirect", 1},
	[FAILURE_PARTIAL] = {"partial", 7},
	[FAILURE_FILTER] = {"filter", 1},
	[FAILURE_AUDIT] = {"audit", 1},
	[FAILURE_INTEGRITY] = {"integrity", 8},
	[FAILURE_INTERNAL] = {"internal", 1},
	[FAILURE_INTERRUPTED] = {"interrupted", 130},
};

const char *failure_name(enum failure_kind kind)
{
	return kind < FAILURE_KINDS ? kinds[kind].name : kinds[FAILURE_INTERNAL].name;
}

int failure_exit_code(enum failure_kind kind)
{
	return kind < FAILURE_KINDS ? kinds[kind].exit_code : kinds[FAILURE_INTERNAL].exit_code;
}

static void set(struct failure *failure, enum failure_kind kind, const char *hint,
		const char *format, va_list arguments)
{
	memset(failure, 0, sizeof(*failure));
	failure->kind = kind;
	snprintf(failure->hint, sizeof(failure->hint), "%s", hint ? hint : "");
	vsnprintf(failure->message, sizeof(failure->message), format, arguments);
}

void failure_set(struct failure *failure, enum failure_kind kind, const char *hint,
		 const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	set(failure, kind, hint, format, arguments);
	va_end(arguments);
}

int failure_usage(struct failure *failure, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	set(failure, FAILURE_USAGE, "", format, arguments);
	va_end(arguments);
	return -1;
}
