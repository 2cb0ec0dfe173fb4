/* Grants. */
#include "broker/grant.h"

#include "lib/base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BIT(parameter) OPERATION_PARAMETER_BIT(PARAMETER_##parameter)

/* What a worker may choose itself: where in a list it reads. */
#define PAGING (BIT(PAGE) | BIT(PER_PAGE) | BIT(BEFORE) | BIT(AFTER))

bool grant_operation(const struct job_request *request, enum operation_id *operation)
{
	const char *const *values = request->arguments.values;

	switch (request->kind) {
	case JOB_ALERTS_LIST:
		*operation = values[PARAMETER_ORG]	    ? OPERATION_ALERTS_LIST_ORG
			     : values[PARAMETER_ENTERPRISE] ? OPERATION_ALERTS_LIST_ENTERPRISE
							    : OPERATION_ALERTS_LIST;
		return true;
	case JOB_ALERTS_VIEW:
		*operation = OPERATION_ALERTS_GET;
		return true;
	case JOB_RATE_LIMIT:
		*operation = OPERATION_RATE_LIMIT;
		return true;
	case JOB_DOCTOR:
	case JOB_KINDS:
		break;
	}
	return false;
}

int grant_make(struct grant *grant, const struct job_request *request,
	       enum operation_parameter *wrong)
{
	memset(grant, 0, sizeof(*grant));
	*wrong = PARAMETERS;
	if (!grant_operation(request, &grant->operation) ||
	    operation_check(grant->operation, &request->arguments, wrong) < 0)
		return -1;
	for (unsigned i = 0; i < PARAMETERS; i++) {
		const char *value = request->arguments.values[i];
		/* A client may not choose pages: the list would look whole and not be. */
		if (value && (PAGING & OPERATION_PARAMETER_BIT(i))) {
			*wrong = (enum operation_parameter)i;
			return -1;
		}
		if (value && !(grant->fixed[i] = strdup(value)))
			return -1;
	}
	grant->holes = PAGING & operation_get(grant->operation)->query;
	grant->calls_left = grant->holes ? GRANT_CALLS_MAX : 1;
	grant->bytes_left = GRANT_BYTES_MAX;
	grant->expires_boottime_ms = clock_boottime_ms() + GRANT_LIFETIME_MS;
	return 0;
}

void grant_free(struct grant *grant)
{
	for (unsigned i = 0; i < PARAMETERS; i++) {
		free(grant->fixed[i]);
		grant->fixed[i] = NULL;
	}
}

static bool is_covered(const struct grant *grant, unsigned parameter, const char *value)
{
	const char *fixed = grant->fixed[parameter];

	if (grant->holes & OPERATION_PARAMETER_BIT(parameter))
		return true;
	if (!fixed || !value)
		return !fixed && !value;
	return strcmp(fixed, value) == 0;
}

const char *grant_take(struct grant *grant, enum operation_id operation,
		       const struct operation_arguments *arguments)
{
	enum operation_parameter wrong;

	if (operation != grant->operation)
		return "another operation than the one granted";
	for (unsigned i = 0; i < PARAMETERS; i++) {
		if (!is_covered(grant, i, arguments->values[i]))
			return "another value than the one granted";
	}
	if (operation_check(operation, arguments, &wrong) < 0)
		return "a malformed parameter";
	if (clock_boottime_ms() >= grant->expires_boottime_ms)
		return "the grant has expired";
	if (!grant->calls_left)
		return "more calls than granted";
	grant->calls_left--;
	return NULL;
}

int grant_take_bytes(struct grant *grant, uint64_t bytes)
{
	if (bytes > grant->bytes_left)
		return -1;
	grant->bytes_left -= bytes;
	return 0;
}

void grant_target(const struct grant *grant, char *text, size_t size)
{
	const char *owner = grant->fixed[PARAMETER_OWNER];
	const char *number = grant->fixed[PARAMETER_ALERT_NUMBER];
	const char *wide = grant->fixed[PARAMETER_ORG] ? grant->fixed[PARAMETER_ORG]
						       : grant->fixed[PARAMETER_ENTERPRISE];

	if (owner)
		snprintf(text, size, "%s/%s%s%s", owner, grant->fixed[PARAMETER_REPO],
			 number ? "#" : "", number ? number : "");
	else
		snprintf(text, size, "%s", wide ? wide : "");
}
