/* ghward alerts: everything about code scanning alerts. */
#include "cli/commands.h"
#include "cli/job.h"
#include "cli/request.h"

#include <unistd.h>

int alerts_list(const struct invocation *invocation)
{
	struct request request;
	struct failure failure;

	if (request_make_list(&request, &invocation->options, &environment_own, &failure) < 0)
		return errors_report(&failure, "", invocation->errors);
	return job_run(invocation, &request.job, request_host(&request));
}

int alerts_view(const struct invocation *invocation)
{
	struct request request;
	struct failure failure;

	if (request_make_view(&request, &invocation->options, &environment_own, &failure) < 0)
		return errors_report(&failure, "", invocation->errors);
	return job_run(invocation, &request.job, request_host(&request));
}

int alerts_instances(const struct invocation *invocation)
{
	struct request request;
	struct failure failure;

	if (request_make_instances(&request, &invocation->options, &environment_own, &failure) < 0)
		return errors_report(&failure, "", invocation->errors);
	return job_run(invocation, &request.job, request_host(&request));
}

static int change(const struct invocation *invocation, enum job_kind kind)
{
	bool can_ask = isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
	struct request request;
	struct failure failure;

	if (request_make_write(&request, kind, &invocation->options, &environment_own, can_ask,
			       &failure) < 0)
		return errors_report(&failure, "", invocation->errors);
	return job_run(invocation, &request.job, request_host(&request));
}

int alerts_dismiss(const struct invocation *invocation)
{
	return change(invocation, JOB_ALERTS_DISMISS);
}

int alerts_reopen(const struct invocation *invocation)
{
	return change(invocation, JOB_ALERTS_REOPEN);
}

int alerts_assign(const struct invocation *invocation)
{
	return change(invocation, JOB_ALERTS_ASSIGN);
}

int alerts_unassign(const struct invocation *invocation)
{
	return change(invocation, JOB_ALERTS_UNASSIGN);
}
