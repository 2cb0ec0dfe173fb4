/* ghward rate-limit. */
#include "cli/commands.h"
#include "cli/job.h"
#include "cli/request.h"

int rate_limit_run(const struct invocation *invocation)
{
	struct request request;
	struct failure failure;

	if (request_make_rate_limit(&request, &invocation->options, &failure) < 0)
		return errors_report(&failure, "", invocation->errors);
	return job_run(invocation, &request.job, NULL);
}
