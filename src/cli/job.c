/* One job from its request to the exit status. */
#include "cli/job.h"

#include "cli/pager.h"
#include "cli/pump.h"

#include <signal.h>
#include <stdlib.h>

/* What a shell shows for a process that died of SIGPIPE; the sandbox ignores that signal for good.
 */
#define EXIT_READER_GONE (128 + SIGPIPE)

static void run(struct session *session, const struct job_request *request, struct output *output,
		struct session_end *end)
{
	struct sandbox_report report;

	if (session_confine(FD_CHANNEL, &report, &end->failure) == 0)
		pump_run(session, request, output, end);
	session_close(session);
}

/* What is only read may be long; a change says one line, and may ask before. */
static bool may_be_paged(enum job_kind kind)
{
	return kind == JOB_ALERTS_LIST || kind == JOB_ALERTS_VIEW || kind == JOB_ALERTS_INSTANCES ||
	       kind == JOB_RATE_LIMIT;
}

static pid_t start_pager(const struct job_request *request, struct output *output,
			 enum errors_form form)
{
	const char *command = pager_command(&environment_own);

	if (!command || !output->terminal || !may_be_paged(request->kind))
		return 0;
	pid_t pid = pager_start(&environment_own, command, form);
	output->paged = pid > 0;
	return pid;
}

int job_run(const struct invocation *invocation, struct job_request *request, const char *repo_host)
{
	const struct options *options = &invocation->options;
	struct session_end end = {.job = ""};
	struct environment_api api;
	struct session session;

	if (environment_find_api(&environment_own, repo_host, &api, &end.failure) < 0)
		return errors_report(&end.failure, "", invocation->errors);
	struct launch launch = {.environment = &environment_own,
				.api = &api,
				.token = LAUNCH_WITH_TOKEN,
				.errors = invocation->errors};
	struct output *output = output_new(&environment_own);
	request->api_url = api.chosen ? api.url : "";
	request->format = output_format(output, options->values[OPTION_JSON] ||
							options->values[OPTION_JSON_WHOLE] ||
							options->values[OPTION_JQ]);
	request->width = output->width;
	request->wait = options->values[OPTION_WAIT] != NULL;
	/* A jq program reads the JSON first. */
	request->colour = output->colour && !options->values[OPTION_JQ];
	enum session_agent agent = options->values[OPTION_PRIVATE] ? SESSION_PRIVATE : SESSION_ANY;
	if (session_open(&session, &launch, agent, &end.failure) == 0) {
		pid_t pager = start_pager(request, output, invocation->errors);
		run(&session, request, output, &end);
		if (pager)
			pager_wait(pager);
		/* Whoever quits a pager has seen enough. */
		if (pager && end.reader_gone) {
			free(output);
			return EXIT_SUCCESS;
		}
	}
	free(output);
	if (end.reader_gone)
		return EXIT_READER_GONE;
	return output_finish(errors_report(&end.failure, end.job, invocation->errors));
}
