/* A job that the broker does alone. */
#include "cli/broker_job.h"

#include "cli/job.h"
#include "cli/output.h"
#include "cli/pump.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int broker_job_begin(struct broker_job *job, const struct invocation *invocation,
		     enum job_kind kind)
{
	memset(job, 0, sizeof(*job));
	job->invocation = invocation;
	job->request.kind = kind;
	job->request.format = invocation->errors == ERRORS_JSON ? OUTPUT_JSON : OUTPUT_LINES;
	job->agent = job_agent(invocation);
	job->last_fd = FD_CHANNEL;
	job->result.errors = invocation->errors;
	job->take = vault_result_take;
	job->context = &job->result;
	/* Asked now, as the sandbox refuses the question. */
	job->terminal = isatty(STDOUT_FILENO);
	job_launch(invocation, &job->api, &job->launch);
	return environment_find_api(&environment_own, NULL, &job->api, &job->end.failure);
}

static void run(struct broker_job *job, struct session *session, struct output *output)
{
	const struct pump_extras extras = {
		.secret = job->secret, .take = job->take, .context = job->context};
	struct sandbox_report report;

	if ((!job->prepare || job->prepare(job, &job->end.failure) == 0) &&
	    session_confine(job->last_fd, &report, &job->end.failure) == 0)
		pump_run(session, &job->request, output, &extras, &job->end);
}

int broker_job_run(struct broker_job *job)
{
	struct output *output = output_new(&environment_own);
	struct session session;

	if (session_open(&session, &job->launch, job->agent, &job->end.failure) == 0) {
		run(job, &session, output);
		session_close(&session);
	}
	free(output);
	return job->end.failure.kind == FAILURE_NONE && !job->end.reader_gone ? 0 : -1;
}

int broker_job_end(struct broker_job *job)
{
	vault_result_free(&job->result);
	if (job->end.reader_gone)
		return OUTPUT_EXIT_READER_GONE;
	return output_finish(
		errors_report(&job->end.failure, job->end.job, job->invocation->errors));
}
