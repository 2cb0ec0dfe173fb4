/* ghward alerts list, ghward alerts view. */
#include "cli/commands.h"
#include "cli/job.h"
#include "cli/request.h"

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
