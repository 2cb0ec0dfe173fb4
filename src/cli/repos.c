/* ghward repos: copies of repositories. */
#include "cli/commands.h"
#include "cli/destination.h"
#include "cli/job.h"
#include "cli/repos_request.h"

#include <stdio.h>
#include <unistd.h>

static int refuse(const struct invocation *invocation, struct failure *failure)
{
	if (!*failure->hint)
		snprintf(failure->hint, sizeof(failure->hint),
			 "ghward %s --help shows what it takes.", invocation->command->name);
	return errors_report(failure, "", invocation->errors);
}

/* With the directory that --dest names, of those that take one. */
static int run_order(const struct invocation *invocation, struct repos_order *order,
		     struct destination *destination)
{
	const struct job_repositories repositories = {
		.listed = &order->listed,
		.destination = destination->named ? destination : NULL,
	};

	order->job.repos.destination = destination->path;
	return job_run_repositories(invocation, &order->job, *order->host ? order->host : NULL,
				    &repositories);
}

static int run(const struct invocation *invocation, enum job_kind kind)
{
	bool can_ask = isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
	struct destination destination = {
		.named = invocation->options.values[OPTION_DESTINATION],
		.use = kind == JOB_REPOS_SYNC ? DESTINATION_MAKE : DESTINATION_LOOK,
	};
	struct repos_order order;
	struct failure failure;
	int status;

	if (repos_order_make(&order, kind, &invocation->options, &environment_own, can_ask,
			     &failure) < 0)
		status = refuse(invocation, &failure);
	else
		status = run_order(invocation, &order, &destination);
	repos_order_free(&order);
	return status;
}

int repos_list(const struct invocation *invocation)
{
	return run(invocation, JOB_REPOS_LIST);
}

int repos_sync(const struct invocation *invocation)
{
	return run(invocation, JOB_REPOS_SYNC);
}

int repos_status(const struct invocation *invocation)
{
	return run(invocation, JOB_REPOS_STATUS);
}

int repos_verify(const struct invocation *invocation)
{
	return run(invocation, JOB_REPOS_VERIFY);
}
