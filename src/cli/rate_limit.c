/* ghward rate-limit. */
#include "cli/commands.h"
#include "cli/job.h"

int rate_limit_run(const struct invocation *invocation)
{
	struct job_request request = {.kind = JOB_RATE_LIMIT, .api_url = ""};

	return job_run(invocation, &request, NULL);
}
